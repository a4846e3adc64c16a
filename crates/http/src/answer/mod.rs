//! From a value to bytes: the one place that knows ETags, 304, compression and cache headers.

mod coding;
mod negotiate;
mod ranges;
mod sbom;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, EntityTag, Header as _, HeaderName, HeaderValue, IfNoneMatch};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use podarmor_domain::Sha256;
use serde::Serialize;

pub(crate) use coding::Coding;
pub(crate) use negotiate::{accepts, accepts_problem_json, not_acceptable};
pub(crate) use sbom::{SbomAnswer, SbomCache};

use crate::error::ApiError;
use crate::paging::next_link;

/// Who may keep an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Nobody: tokens, secrets, the moment's state.
    Never,
    /// The client alone, asking each time whether it still holds.
    Private,
    /// Anybody, asking each time.
    Public,
}

impl Keep {
    const fn directive(self) -> &'static str {
        match self {
            Self::Never => "no-store",
            Self::Private => "private, no-cache",
            Self::Public => "public, no-cache",
        }
    }
}

/// A successful answer on its way out.
pub(crate) enum Answer {
    /// A JSON document.
    Json(JsonAnswer),
    /// Done, and nothing to say.
    Done,
    /// An SBOM document.
    Sbom(Box<SbomAnswer>),
}

pub(crate) struct JsonAnswer {
    status: StatusCode,
    keep: Keep,
    body: Bytes,
    link: Option<String>,
    location: Option<String>,
    /// Given before, to the same request.
    replayed: bool,
}

const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

impl Answer {
    pub(crate) fn json(keep: Keep, body: &impl Serialize) -> Result<Self, ApiError> {
        let body = serde_json::to_vec(body).map_err(ApiError::internal)?;
        Ok(Self::Json(JsonAnswer {
            status: StatusCode::OK,
            keep,
            body: body.into(),
            link: None,
            location: None,
            replayed: false,
        }))
    }

    /// What was answered to the same request before.
    pub(crate) const fn replayed(status: StatusCode, location: Option<String>, body: Bytes) -> Self {
        Self::Json(JsonAnswer { status, keep: Keep::Never, body, link: None, location, replayed: true })
    }

    /// Status, place and body of a JSON document.
    pub(crate) fn into_json_parts(self) -> Option<(StatusCode, Option<String>, Bytes)> {
        match self {
            Self::Json(answer) => Some((answer.status, answer.location, answer.body)),
            _ => None,
        }
    }

    /// Something new, and where it is.
    pub(crate) fn created(location: String, body: &impl Serialize) -> Result<Self, ApiError> {
        Self::put(true, location, body)
    }

    /// Something that is there now, new or as it was or changed, and where it is.
    pub(crate) fn put(new: bool, location: String, body: &impl Serialize) -> Result<Self, ApiError> {
        let status = if new { StatusCode::CREATED } else { StatusCode::OK };
        let mut answer = Self::json(Keep::Never, body)?.with_status(status);
        if let Self::Json(json) = &mut answer {
            json.location = Some(location);
        }
        Ok(answer)
    }

    /// Something that will be done.
    pub(crate) fn accepted(body: &impl Serialize) -> Result<Self, ApiError> {
        Ok(Self::json(Keep::Never, body)?.with_status(StatusCode::ACCEPTED))
    }

    /// A page of a list, with the link to the next.
    pub(crate) fn page(request: &HttpRequest, next: Option<&str>, body: &impl Serialize) -> Result<Self, ApiError> {
        Self::stretch(request, "cursor", next, body)
    }

    /// A stretch of a list or a feed, with the link to the next, which this parameter asks for.
    pub(crate) fn stretch(
        request: &HttpRequest,
        parameter: &str,
        next: Option<&str>,
        body: &impl Serialize,
    ) -> Result<Self, ApiError> {
        let mut answer = Self::json(Keep::Private, body)?;
        if let (Self::Json(json), Some(cursor)) = (&mut answer, next) {
            json.link = Some(next_link(request, parameter, cursor)?);
        }
        Ok(answer)
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        if let Self::Json(json) = &mut self {
            json.status = status;
        }
        self
    }

    pub(crate) fn respond(self, request: &HttpRequest) -> HttpResponse {
        match self {
            Self::Json(answer) => answer.respond(request),
            Self::Done => HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "no-store")).finish(),
            Self::Sbom(answer) => answer.respond(request),
        }
    }
}

impl JsonAnswer {
    fn respond(self, request: &HttpRequest) -> HttpResponse {
        let coding = Coding::negotiate(request, self.body.len());
        let mut response = HttpResponse::build(self.status);
        response.insert_header((header::CACHE_CONTROL, self.keep.directive()));
        vary(request, &mut response);
        if let Some(link) = &self.link {
            response.insert_header((header::LINK, link.as_str()));
        }
        if let Some(location) = &self.location {
            response.insert_header((header::LOCATION, location.as_str()));
        }
        if self.replayed {
            response.insert_header((IDEMPOTENCY_REPLAYED, "true"));
        }
        if self.keep != Keep::Never && self.status == StatusCode::OK {
            let tag = entity_tag(&Sha256::of(&self.body), coding);
            response.insert_header((header::ETAG, tag.to_string()));
            if holds(request, &tag) {
                return response.status(StatusCode::NOT_MODIFIED).finish();
            }
        }
        match coding.encode(&self.body) {
            Some(encoded) => {
                response.insert_header((header::CONTENT_ENCODING, coding.as_str()));
                response.content_type("application/json").body(encoded)
            }
            None => response.content_type("application/json").body(self.body),
        }
    }
}

/// The strong entity tag of one coding of a document.
fn entity_tag(content: &Sha256, coding: Coding) -> EntityTag {
    let hash = content.to_string();
    let hash = &hash[..32];
    match coding {
        Coding::Identity => EntityTag::new_strong(hash.to_owned()),
        other => EntityTag::new_strong(format!("{hash}-{}", other.as_str())),
    }
}

/// Whether the client has this representation already (`If-None-Match`, RFC 9110 section 13.1.2).
fn holds(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => request.headers().contains_key(header::IF_NONE_MATCH),
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|theirs| theirs.weak_eq(tag)),
        Err(_) => false,
    }
}

/// What of the request decides about the answer; a key of the public API has a header of its own.
fn vary(request: &HttpRequest, response: &mut actix_web::HttpResponseBuilder) {
    let names = if request.path().starts_with("/v1/") {
        "Accept, Accept-Encoding, Authorization, X-API-Key, X-Tenant"
    } else {
        "Accept, Accept-Encoding, Authorization, X-Tenant"
    };
    response.insert_header((header::VARY, names));
}

fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

const fn name(name: &'static str) -> HeaderName {
    HeaderName::from_static(name)
}
