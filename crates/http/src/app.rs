//! The server: routes, layers and limits.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::time::Duration;

use actix_cors::Cors;
use actix_governor::Governor;
use actix_http::error::DispatchError;
use actix_http::{HttpService, Protocol};
use actix_service::{ServiceFactoryExt as _, fn_service, map_config};
use actix_web::dev::{AppConfig, Server, ServerHandle};
use actix_web::http::{Method, header};
use actix_web::middleware::{Condition, from_fn};
use actix_web::rt::net::TcpStream;
use actix_web::{App, HttpRequest, web};
use podarmor_domain::ErrorKey;

use crate::connection::Connection;
use crate::docs;
use crate::error::ApiError;
use crate::limits::{self, KeyLimit};
use crate::operation::Operation;
use crate::operations::{portal_operations, public_v1_operations};
use crate::request::observe;
use crate::services::{Services, Settings, State};
use crate::set_password;

/// Connections at once, a worker: enough for a busy day, few enough to survive idle ones.
const MAX_CONNECTIONS: usize = 2_000;
/// A request's head must have arrived within this.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// Starts serving on a bound socket.
///
/// # Errors
/// When the socket cannot be listened on.
pub fn serve(listener: TcpListener, services: Services, settings: Settings) -> std::io::Result<(Server, ServerHandle)> {
    let (workers, shutdown) = (settings.workers.max(1), settings.shutdown);
    let unread_timeout = settings.unread_timeout;
    let origins = settings.cors_origins.clone();
    let impossible = || std::io::Error::other("a limit cannot be made");
    let limit = limits::key_limit().ok_or_else(impossible)?;
    // Made in any case, because the layer has to be; asked only where it is wanted.
    let shielded = settings.shield_per_second.is_some();
    let shield = limits::shield(settings.shield_per_second.unwrap_or(1)).ok_or_else(impossible)?;
    let state = web::Data::new(State::new(services, settings));
    let app = move || {
        App::new()
            .app_data(state.clone())
            .configure(|config| mount(config, &limit))
            .default_service(web::to(no_such_route))
            .wrap(Condition::new(shielded, Governor::new(&shield)))
            .wrap(from_fn(limits::speak))
            .wrap(Condition::new(!origins.is_empty(), cors(&origins)))
            .wrap(from_fn(observe))
    };
    // What `HttpServer` would do, over streams of our own.
    let builder = Server::build()
        .workers(workers)
        .max_concurrent_connections(MAX_CONNECTIONS)
        .shutdown_timeout(shutdown.as_secs())
        .disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let service = move || {
        let (app, stopping) = (app(), stopping.clone());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .client_request_timeout(HEAD_TIMEOUT)
            .client_disconnect_timeout(HEAD_TIMEOUT)
            .on_connect_ext(|connection: &Connection, extensions| {
                extensions.insert(connection.turn());
            })
            .finish(map_config(app, |()| AppConfig::default()));
        fn_service(move |stream: TcpStream| async move {
            limit_unread(&stream, unread_timeout);
            let peer = stream.peer_addr().ok();
            Ok::<_, DispatchError>((Connection::new(stream, HEAD_TIMEOUT), Protocol::Http1, peer))
        })
        .and_then(http)
    };
    let server = builder.listen("portal", listener, service)?.run();
    let handle = server.handle();
    Ok((server, handle))
}

/// Has the system cut a connection whose client reads nothing for this long (`TCP_USER_TIMEOUT`,
/// RFC 5482): the server itself would wait for room in the send buffer without end.
fn limit_unread(stream: &TcpStream, timeout: Duration) {
    #[cfg(target_os = "linux")]
    if let Err(error) = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(timeout)) {
        tracing::debug!(cause = %error, "a connection without a limit on unread answers");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (stream, timeout);
}

fn cors(origins: &[String]) -> Cors {
    let start = Cors::default()
        .allowed_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE])
        .allow_any_header()
        .expose_headers([
            "etag",
            "idempotency-replayed",
            "link",
            "x-request-id",
            "x-sbom-digest",
            "x-sbom-origin",
            "repr-digest",
            "retry-after",
        ])
        .max_age(600);
    origins.iter().fold(start, |cors, origin| cors.allowed_origin(origin))
}

/// Mounts every operation under its path; the other methods of a path are 405 with `Allow`.
fn mount(config: &mut web::ServiceConfig, limit: &KeyLimit) {
    let mut by_path: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
    for operation in portal_operations().into_iter().chain(public_v1_operations()) {
        by_path.entry(operation.path.clone()).or_default().push(operation);
    }
    for (path, operations) in by_path {
        let mut resource = web::resource(&path);
        let mut allowed = Vec::new();
        for operation in &operations {
            resource = resource.route(operation.route(operation.method.clone(), limit));
            allowed.push(operation.method.to_string());
            if operation.method == Method::GET {
                resource = resource.route(operation.route(Method::HEAD, limit));
                allowed.push(Method::HEAD.to_string());
            }
        }
        let allowed = allowed.join(", ");
        config.service(resource.default_service(web::to(move |request: HttpRequest| {
            let refusal = ApiError::new(ErrorKey::MethodNotAllowed, format!("This path takes {allowed}."));
            let response = refusal.with(header::ALLOW, &allowed).respond(&request);
            async move { response }
        })));
    }
    docs::mount(config);
    set_password::mount(config);
}

async fn no_such_route(request: HttpRequest) -> actix_web::HttpResponse {
    ApiError::not_found().respond(&request)
}
