//! SBOM documents: the publisher's bytes, in whatever coding the client prefers.

use std::io::Read as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::http::header::{self, ContentDisposition, DispositionParam, DispositionType, HttpDate};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use moka::sync::Cache;
use podarmor_domain::sbom::{FoundSbom, SbomContent, SbomRecord};
use podarmor_domain::{ErrorKey, Sha256};

use crate::answer::coding::Coding;
use crate::answer::ranges::{Part, part};
use crate::answer::{Keep, entity_tag, header_value, holds, name, vary};
use crate::error::ApiError;

/// Finished representations are kept up to this many bytes.
const CACHE_BYTES: u64 = 48 * 1024 * 1024;
/// A larger document is made anew each time rather than push out all others.
const LARGEST_KEPT: usize = 16 * 1024 * 1024;

/// One coding of one document, and its hash.
#[derive(Clone)]
pub(crate) struct Representation {
    bytes: Bytes,
    digest: Sha256,
}

/// Representations by content hash and coding. A hash names its bytes for ever, so nothing here
/// can be stale; who may see them was decided before anybody asks.
pub(crate) struct SbomCache(Cache<(Sha256, Coding), Representation>);

impl SbomCache {
    pub(crate) fn new() -> Self {
        let weigher = |_: &(Sha256, Coding), it: &Representation| u32::try_from(it.bytes.len()).unwrap_or(u32::MAX);
        Self(Cache::builder().max_capacity(CACHE_BYTES).weigher(weigher).build())
    }

    pub(crate) fn get(&self, record: &SbomRecord, coding: Coding) -> Option<Representation> {
        self.0.get(&(record.content, coding))
    }

    /// Makes a representation of what the store kept; work for a blocking thread.
    pub(crate) fn make(
        &self,
        record: &SbomRecord,
        content: SbomContent,
        coding: Coding,
    ) -> Result<Representation, ApiError> {
        let bytes = match (content, coding) {
            // What the store keeps is what such a client wants.
            (SbomContent::Zstd(frame), Coding::Zstd) => frame,
            (content, coding) => {
                let document = decode(content, record)?;
                coding.encode(&document).unwrap_or(document)
            }
        };
        let digest = Sha256::of(&bytes);
        let representation = Representation { bytes: bytes.into(), digest };
        if representation.bytes.len() <= LARGEST_KEPT {
            self.0.insert((record.content, coding), representation.clone());
        }
        Ok(representation)
    }
}

/// The document as it was imported. Its length is known: a frame that says otherwise is damaged.
fn decode(content: SbomContent, record: &SbomRecord) -> Result<Vec<u8>, ApiError> {
    let document = match content {
        SbomContent::Identity(document) => document,
        SbomContent::Zstd(frame) => {
            let mut document = Vec::with_capacity(usize::try_from(record.size_bytes).unwrap_or(0));
            let decoder = zstd::stream::read::Decoder::with_buffer(frame.as_slice()).map_err(ApiError::internal)?;
            decoder.take(record.size_bytes + 1).read_to_end(&mut document).map_err(ApiError::internal)?;
            document
        }
    };
    if Sha256::of(&document) == record.content {
        Ok(document)
    } else {
        Err(ApiError::internal(format_args!("the stored SBOM {} does not have its hash", record.id)))
    }
}

/// A document to send.
pub(crate) struct SbomAnswer {
    found: FoundSbom,
    coding: Coding,
    representation: Representation,
}

impl SbomAnswer {
    pub(crate) const fn new(found: FoundSbom, coding: Coding, representation: Representation) -> Self {
        Self { found, coding, representation }
    }

    /// The coding that this request gets: ranges are of the plain document.
    pub(crate) fn coding(request: &HttpRequest, record: &SbomRecord) -> Coding {
        if range(request).is_some() {
            return Coding::Identity;
        }
        Coding::negotiate(request, usize::try_from(record.size_bytes).unwrap_or(usize::MAX))
    }

    pub(crate) fn respond(self, request: &HttpRequest) -> HttpResponse {
        let Self { found, coding, representation } = self;
        let tag = entity_tag(&found.record.content, coding);
        let modified = modified(&found.record);
        let mut response = HttpResponse::Ok();
        response.insert_header((header::CACHE_CONTROL, Keep::Private.directive()));
        vary(request, &mut response);
        response.insert_header((header::ETAG, tag.to_string()));
        response.insert_header((header::LAST_MODIFIED, HttpDate::from(modified)));
        response.insert_header((name("x-sbom-digest"), digest_header(&found.record.content)));
        response.insert_header((name("x-sbom-origin"), "verbatim"));
        if holds(request, &tag)
            || (!request.headers().contains_key(header::IF_NONE_MATCH) && unmodified(request, modified))
        {
            return response.status(StatusCode::NOT_MODIFIED).finish();
        }
        let length = representation.bytes.len();
        let part = wanted(request, &tag.to_string(), modified, length);
        if coding == Coding::Identity && part == Part::Unsatisfiable {
            let refusal = ApiError::new(ErrorKey::RangeNotSatisfiable, "No byte of the document is in this range.");
            return refusal.with(header::CONTENT_RANGE, &format!("bytes */{length}")).respond(request);
        }
        response.insert_header((name("repr-digest"), digest_header(&representation.digest)));
        response.insert_header(disposition(&found));
        response.insert_header((header::CONTENT_TYPE, found.record.format.media_type()));
        if coding != Coding::Identity {
            response.insert_header((header::CONTENT_ENCODING, coding.as_str()));
            return response.body(representation.bytes);
        }
        response.insert_header((header::ACCEPT_RANGES, "bytes"));
        send_part(
            response,
            wanted(request, &tag.to_string(), modified, representation.bytes.len()),
            representation.bytes,
        )
    }
}

fn send_part(mut response: HttpResponseBuilder, part: Part, bytes: Bytes) -> HttpResponse {
    let length = bytes.len();
    match part {
        Part::Slice(from, to) => {
            response.status(StatusCode::PARTIAL_CONTENT);
            response.insert_header((header::CONTENT_RANGE, format!("bytes {from}-{to}/{length}")));
            response.body(bytes.slice(from..=to))
        }
        Part::Whole | Part::Unsatisfiable => response.body(bytes),
    }
}

/// `Range` is of `GET` alone (RFC 9110 section 14.2).
fn range(request: &HttpRequest) -> Option<&header::HeaderValue> {
    request.headers().get(header::RANGE).filter(|_| request.method() == Method::GET)
}

/// What `Range` asks for, when `If-Range` (if any) names this very representation.
fn wanted(request: &HttpRequest, tag: &str, modified: SystemTime, length: usize) -> Part {
    let text = |name: header::HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let Some(range) = range(request).map(|range| range.to_str().unwrap_or_default()) else { return Part::Whole };
    let unchanged = text(header::IF_RANGE).is_none_or(|condition| {
        condition == tag || condition.parse::<HttpDate>().is_ok_and(|date| same_second(date, modified))
    });
    if unchanged { part(range, length) } else { Part::Whole }
}

fn unmodified(request: &HttpRequest, modified: SystemTime) -> bool {
    let since = request.headers().get(header::IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
    let since = since.and_then(|text| text.parse::<HttpDate>().ok());
    since.is_some_and(|since| SystemTime::from(since) >= whole_second(modified))
}

fn same_second(date: HttpDate, modified: SystemTime) -> bool {
    SystemTime::from(date) == whole_second(modified)
}

fn whole_second(moment: SystemTime) -> SystemTime {
    let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    UNIX_EPOCH + Duration::from_secs(since.as_secs())
}

fn modified(record: &SbomRecord) -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(u64::try_from(record.imported_at.micros()).unwrap_or(0))
}

/// A hash as a digest field (RFC 9530 section 2).
fn digest_header(digest: &Sha256) -> header::HeaderValue {
    header_value(&format!("sha-256=:{}:", STANDARD.encode(digest.as_bytes())))
}

fn disposition(found: &FoundSbom) -> ContentDisposition {
    let file = found.record.format.file_name(&found.image.name, &found.version.name);
    ContentDisposition { disposition: DispositionType::Attachment, parameters: vec![DispositionParam::Filename(file)] }
}
