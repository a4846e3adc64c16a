//! Bodies of requests that nobody reads to their end.
//!
//! actix-http closes a connection, within its disconnect timeout, whose request body is
//! unfinished when the answer has been sent. A chunked body is the exception: once its reader is
//! dropped it is drained instead, for as long as the client likes. Whoever sends half a chunk and
//! falls silent would keep the connection for ever. So the reader is kept until the answer is out.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::HttpMessage as _;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::header;
use bytes::Bytes;
use futures_util::Stream;

use crate::connection::Busy;

/// The reader of a chunked body: one for the handler to read with, one for the answer to hold.
#[derive(Clone)]
pub(crate) struct Reader(Rc<RefCell<Payload>>);

impl Stream for Reader {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(context)
    }
}

impl Reader {
    /// Keeps the reader of the request's body, if that is chunked.
    pub(crate) fn keep(request: &mut ServiceRequest) -> Option<Self> {
        if !request.headers().contains_key(header::TRANSFER_ENCODING) {
            return None;
        }
        let reader = Self(Rc::new(RefCell::new(request.take_payload())));
        request.set_payload(Payload::Stream { payload: Box::pin(reader.clone()) });
        Some(reader)
    }
}

/// The body of an answer, which holds the reader of the request's body until it is sent, and the
/// connection's turn.
pub(crate) struct Answered {
    body: BoxBody,
    _reader: Option<Reader>,
    _busy: Option<Busy>,
}

impl Answered {
    pub(crate) const fn new(body: BoxBody, reader: Option<Reader>, busy: Option<Busy>) -> Self {
        Self { body, _reader: reader, _busy: busy }
    }
}

impl MessageBody for Answered {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
