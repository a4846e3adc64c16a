//! The Swagger UI, under a content security policy that lets it load nothing from elsewhere.

use std::sync::{Arc, OnceLock};

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use podarmor_domain::ErrorKey;
use utoipa_swagger_ui::{Config, Url};

use crate::error::ApiError;

/// The pages bring their own scripts and styles; nothing inline, nothing foreign.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn mount(config: &mut web::ServiceConfig) {
    config.service(page("/api/docs", redirect)).service(page("/api/docs/{asset:.*}", asset));
}

/// A page: `GET` and `HEAD`, and 405 for everything else.
pub(crate) fn page<F, Args>(path: &str, handler: F) -> actix_web::Resource
where
    F: actix_web::Handler<Args, Output = HttpResponse> + Clone,
    Args: actix_web::FromRequest + 'static,
{
    web::resource(path).route(web::get().to(handler.clone())).route(web::head().to(handler)).default_service(web::to(
        |request: HttpRequest| async move {
            let refusal = ApiError::new(ErrorKey::MethodNotAllowed, "This path takes GET, HEAD.");
            refusal.with(header::ALLOW, "GET, HEAD").respond(&request)
        },
    ))
}

async fn redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/api/docs/")).finish()
}

fn swagger() -> Arc<Config<'static>> {
    static CONFIG: OnceLock<Arc<Config<'static>>> = OnceLock::new();
    CONFIG
        .get_or_init(|| {
            let config = Config::new([
                Url::with_primary("Portal API", "/api/openapi.json", true),
                Url::new("Public API (v1)", "/v1/openapi.json"),
            ]);
            // A `?url=` in somebody's link must not make our page show his document, and no
            // validator of somebody else is asked about ours.
            Arc::new(config.query_config_enabled(false).validator_url("none").persist_authorization(false))
        })
        .clone()
}

async fn asset(request: HttpRequest, path: web::Path<String>) -> HttpResponse {
    match utoipa_swagger_ui::serve(&path, swagger()) {
        Ok(Some(file)) => {
            let mut response = HttpResponse::Ok();
            response
                .content_type(file.content_type)
                .insert_header((header::CACHE_CONTROL, "public, no-cache"))
                .insert_header((header::CONTENT_SECURITY_POLICY, POLICY));
            if file.gzpipped {
                response.insert_header((header::CONTENT_ENCODING, "gzip"));
            }
            response.body(file.bytes.into_owned())
        }
        Ok(None) => ApiError::not_found().respond(&request),
        Err(error) => ApiError::internal(error).respond(&request),
    }
}
