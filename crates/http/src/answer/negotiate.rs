//! `Accept`.

use actix_web::HttpRequest;
use actix_web::http::header::{self, Accept, Header as _};
use podarmor_domain::ErrorKey;

use crate::error::ApiError;

const PROBLEM: &str = "application/problem+json";

/// Whether one of these media types fits the request's `Accept` (all do when there is none, or
/// none that can be read).
pub(crate) fn accepts(request: &HttpRequest, types: &[&str]) -> bool {
    if !request.headers().contains_key(header::ACCEPT) {
        return true;
    }
    let Ok(accept) = Accept::parse(request) else { return true };
    accept.is_empty()
        || accept.iter().any(|item| {
            item.quality > actix_web::http::header::q(0.0) && types.iter().any(|offered| fits(&item.item, offered))
        })
}

fn fits(range: &mime::Mime, offered: &str) -> bool {
    let (kind, subtype) = offered.split_once('/').unwrap_or((offered, ""));
    let essence = range.essence_str();
    let subtype = subtype.split(';').next().unwrap_or_default().trim();
    essence == "*/*" || essence == format!("{kind}/*") || essence.eq_ignore_ascii_case(&format!("{kind}/{subtype}"))
}

/// Whether the client asks for RFC 9457 problem details by name.
pub(crate) fn accepts_problem_json(request: &HttpRequest) -> bool {
    let mut lines = request.headers().get_all(header::ACCEPT);
    lines.any(|line| line.to_str().is_ok_and(|text| text.to_ascii_lowercase().contains(PROBLEM)))
}

pub(crate) fn not_acceptable(offered: &str) -> ApiError {
    ApiError::new(ErrorKey::NotAcceptable, format!("This is to be had as {offered}."))
}
