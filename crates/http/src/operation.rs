//! One endpoint: a handler whose first argument is its access rule, and what runs it.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use actix_governor::Governor;
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::from_fn;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, Route, web};
use futures_util::FutureExt as _;
use podarmor_domain::access::LoginLimitState;

use crate::answer::{Answer, accepts, not_acceptable};
use crate::error::ApiError;
use crate::guard::{Access, Guard};
use crate::input::{Input, refuse_parameters};
use crate::limits::{KeyLimit, login_limit_headers, resolve_key};
use crate::services::State;

/// No answer takes longer than this to be made.
const DEADLINE: Duration = Duration::from_secs(30);

/// The state behind a request.
pub(crate) fn state(request: &HttpRequest) -> Result<&State, ApiError> {
    let state = request.app_data::<web::Data<State>>();
    state.map(|state| &***state).ok_or_else(|| ApiError::internal("the application has no state"))
}

/// What an operation answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaks {
    /// JSON.
    Json,
    /// A document whose media type the handler itself compares with `Accept`.
    Document,
}

impl Speaks {
    /// Refuses before anything is done: an answer that cannot be given must not leave a change
    /// behind, least of all a secret that nobody has seen.
    fn require_acceptable(self, request: &HttpRequest) -> Result<(), ApiError> {
        if self == Self::Document || accepts(request, &["application/json", "application/problem+json"]) {
            return Ok(());
        }
        Err(not_acceptable("application/json"))
    }
}

/// A handler. `Args` starts with a [`Guard`]; a function without one is no endpoint.
pub(crate) trait Endpoint<Args>: Copy + 'static {
    const ACCESS: Access;
    /// Whether it heeds an `Idempotency-Key`.
    const DONE_ONCE: bool;

    /// Resolves the arguments one after the other, the guard first, and calls the handler.
    async fn call(self, request: &HttpRequest, payload: &mut web::Payload, speaks: Speaks) -> Result<Answer, ApiError>;
}

macro_rules! endpoint {
    ($($input:ident),*) => {
        impl<F, Answering, G, $($input),*> Endpoint<(G, $($input,)*)> for F
        where
            F: Fn(G, $($input),*) -> Answering + Copy + 'static,
            Answering: Future<Output = Result<Answer, ApiError>>,
            G: Guard,
            $($input: Input),*
        {
            const ACCESS: Access = G::ACCESS;
            const DONE_ONCE: bool = false $(|| $input::DONE_ONCE)*;

            #[allow(non_snake_case, unused_variables, reason = "names and uses depend on the number of arguments")]
            async fn call(
                self,
                request: &HttpRequest,
                payload: &mut web::Payload,
                speaks: Speaks,
            ) -> Result<Answer, ApiError> {
                let guard = G::admit(request).await?;
                speaks.require_acceptable(request)?;
                // Where everybody may ask, a probe may have its own parameter against caches.
                if !(matches!(G::ACCESS, Access::Public) $(|| $input::READS_QUERY)*) {
                    refuse_parameters(request)?;
                }
                $(let $input = $input::read(request, payload).await?;)*
                self(guard, $($input),*).await
            }
        }
    };
}
endpoint!();
endpoint!(A);
endpoint!(A, B);
endpoint!(A, B, C);

/// Mounts an endpoint for one method.
type MakeRoute = Box<dyn Fn(Method, &KeyLimit) -> Route>;

/// An endpoint with what the document says of it.
pub struct Operation {
    /// The operation id, which is the handler's name.
    pub id: &'static str,
    /// The method.
    pub method: Method,
    /// The path, with parameters in braces.
    pub path: String,
    /// Who may call it.
    pub access: Access,
    /// Whether it heeds an `Idempotency-Key`.
    pub done_once: bool,
    route: MakeRoute,
}

impl Operation {
    /// Looks up method and path in the document by the operation id.
    pub(crate) fn new<E, Args>(document: &serde_json::Value, id: &'static str, endpoint: E) -> Option<Self>
    where
        E: Endpoint<Args>,
        Args: 'static,
    {
        let (method, path) = find(document, id)?;
        let speaks = if path.contains("/sbom") { Speaks::Document } else { Speaks::Json };
        let route = move |method: Method, limit: &KeyLimit| {
            let route = web::method(method).to(move |request: HttpRequest, mut payload: web::Payload| async move {
                run(endpoint, &request, &mut payload, speaks).await
            });
            match E::ACCESS {
                Access::NeedsScope(_) => route.wrap(Governor::new(limit)).wrap(from_fn(resolve_key)),
                _ => route,
            }
        };
        Some(Self { id, method, path, access: E::ACCESS, done_once: E::DONE_ONCE, route: Box::new(route) })
    }

    /// The route for one method.
    pub(crate) fn route(&self, method: Method, limit: &KeyLimit) -> Route {
        (self.route)(method, limit)
    }
}

fn find(document: &serde_json::Value, id: &str) -> Option<(Method, String)> {
    document["paths"].as_object()?.iter().find_map(|(path, item)| {
        let (method, _) = item.as_object()?.iter().find(|(_, operation)| operation["operationId"] == id)?;
        Some((method.to_uppercase().parse().ok()?, path.clone()))
    })
}

async fn run<E: Endpoint<Args>, Args>(
    endpoint: E,
    request: &HttpRequest,
    payload: &mut web::Payload,
    speaks: Speaks,
) -> HttpResponse {
    let answering = AssertUnwindSafe(endpoint.call(request, payload, speaks)).catch_unwind();
    let outcome = match tokio::time::timeout(DEADLINE, answering).await {
        Err(_) => Err(ApiError::unavailable(1, "the deadline of the request passed")),
        Ok(Err(panic)) => Err(ApiError::internal(panic_message(&*panic))),
        Ok(Ok(outcome)) => outcome,
    };
    let mut response = match outcome {
        Ok(answer) => answer.respond(request),
        Err(error) => error.respond(request),
    };
    if let Some(limit) = request.extensions().get::<LoginLimitState>() {
        add_limit_headers(&mut response, limit);
    }
    response
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("a handler panicked: {}", text.unwrap_or_default())
}

/// Every answer to an attempt that is counted tells what is left of the limit.
fn add_limit_headers(response: &mut HttpResponse, state: &LoginLimitState) {
    for (name, value) in login_limit_headers(state) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::{TestRequest, call_and_read_body, call_service, init_service};
    use actix_web::{App, http::StatusCode};

    use super::*;
    use crate::guard::Public;

    async fn breaks(_: Public) -> Result<Answer, ApiError> {
        panic!("SELECT secret FROM user_account")
    }

    #[actix_web::test]
    async fn k5_a_handler_that_panics_is_an_internal_error_in_the_shape_and_the_next_request_is_served() {
        let route = web::to(|request: HttpRequest, mut payload: web::Payload| async move {
            run(breaks, &request, &mut payload, Speaks::Json).await
        });
        let app = init_service(App::new().route("/", route).route("/fine", web::to(HttpResponse::Ok))).await;
        for _ in 0..3 {
            let answer = call_service(&app, TestRequest::get().uri("/").to_request()).await;
            assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
            let body = call_and_read_body(&app, TestRequest::get().uri("/").to_request()).await;
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["error"], "INTERNAL_ERROR");
            assert!(!body.to_string().contains("SELECT"));
            let fine = call_service(&app, TestRequest::get().uri("/fine").to_request()).await;
            assert_eq!(fine.status(), StatusCode::OK);
        }
    }
}
