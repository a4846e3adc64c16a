//! Connections between two requests.
//!
//! actix-http times the head of the first request of a connection, and the silence between two.
//! A head that has begun behind an answer it times no more: whoever sends half of one would keep
//! the connection for ever. So its stream ends by itself when bytes came between two requests
//! that did not become a request in time.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use actix_web::rt::time::{Sleep, sleep};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Whose turn it is on a connection: even while a request is worked on (and before the first,
/// which actix-http itself waits for), odd between two.
#[derive(Clone, Default)]
pub(crate) struct Turn(Rc<Cell<u64>>);

impl Turn {
    /// A request has arrived.
    pub(crate) fn begin(&self) -> Busy {
        self.0.set(self.0.get() | 1);
        self.0.set(self.0.get() + 1);
        Busy(self.clone())
    }

    fn is_between(&self) -> bool {
        self.0.get() % 2 == 1
    }
}

/// A request that is worked on until its answer is out.
pub(crate) struct Busy(Turn);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.0.set(self.0.0.get() | 1);
    }
}

/// A client's stream.
pub(crate) struct Connection {
    stream: TcpStream,
    turn: Turn,
    head_timeout: Duration,
    /// For the head that has begun, with the turn that it began in.
    deadline: Option<(u64, Pin<Box<Sleep>>)>,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, head_timeout: Duration) -> Self {
        Self { stream, turn: Turn::default(), head_timeout, deadline: None }
    }

    /// For the requests that come over it.
    pub(crate) fn turn(&self) -> Turn {
        self.turn.clone()
    }

    /// Whether the head that has begun is late, `more` of it having come just now.
    fn is_late(&mut self, context: &mut Context<'_>, more: bool) -> bool {
        let turn = self.turn.0.get();
        if self.deadline.as_ref().is_some_and(|(begun_in, _)| *begun_in != turn) {
            self.deadline = None;
        }
        if more && self.turn.is_between() && self.deadline.is_none() {
            self.deadline = Some((turn, Box::pin(sleep(self.head_timeout))));
        }
        self.deadline.as_mut().is_some_and(|(_, deadline)| deadline.as_mut().poll(context).is_ready())
    }
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if this.is_late(context, buffer.filled().len() > before) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
