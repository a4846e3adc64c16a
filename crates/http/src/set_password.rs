//! The page that an invitation's link leads to: a form over `POST /api/auth/set-password`, under
//! a policy that lets it load nothing but itself.

use actix_web::http::header;
use actix_web::{HttpResponse, web};

use crate::docs::page;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

const FILES: &[(&str, &str, &str)] = &[
    ("/set-password", "text/html; charset=utf-8", include_str!("pages/set-password.html")),
    ("/set-password/page.css", "text/css; charset=utf-8", include_str!("pages/set-password.css")),
    ("/set-password/page.js", "text/javascript; charset=utf-8", include_str!("pages/set-password.js")),
];

pub(crate) fn mount(config: &mut web::ServiceConfig) {
    for (path, content_type, text) in FILES {
        config.service(page(path, move || async move {
            HttpResponse::Ok()
                .insert_header((header::CONTENT_TYPE, *content_type))
                .insert_header((header::CACHE_CONTROL, "public, no-cache"))
                .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
                .body(*text)
        }));
    }
}
