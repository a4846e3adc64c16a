//! How the portal is, for people and for machines.

use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, Keep};
use crate::error::ApiError;
use crate::guard::Public;
use crate::operation::state;

/// A database that takes longer to say hello is in trouble.
const SLOW: Duration = Duration::from_millis(500);

/// How something is.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = Health)]
pub(crate) enum HealthBody {
    /// Everything works.
    Ok,
    /// It works, and slowly or not all of it.
    Degraded,
    /// It does not work.
    Down,
}

/// How the portal is.
#[derive(Serialize, ToSchema)]
pub(crate) struct StatusBody {
    /// Overall.
    status: HealthBody,
    /// The version of the portal.
    version: &'static str,
    /// The server's time.
    #[schema(format = "date-time")]
    time: String,
    /// Its parts.
    components: ComponentsBody,
}

/// The parts of the portal.
#[derive(Serialize, ToSchema)]
pub(crate) struct ComponentsBody {
    /// The database.
    database: HealthBody,
    /// Webhook deliveries of this server: degraded while a step of theirs fails and is tried again.
    webhooks: HealthBody,
}

/// A probe's answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProbeBody {
    /// Always `ok`.
    status: HealthBody,
}

/// Show the status
///
/// Whether the portal works, and which version it is. 503 when it does not.
#[utoipa::path(
    get, path = "/api/status", tag = "Status",
    responses(
        (status = 200, description = "It works.", body = StatusBody),
        (status = 503, description = "It does not.", body = StatusBody),
    )
)]
pub(crate) async fn get_status(_: Public, request: HttpRequest) -> Result<Answer, ApiError> {
    let state = state(&request)?;
    let asked = Instant::now();
    let database = match state.services.store.ping().await {
        Ok(()) if asked.elapsed() > SLOW => HealthBody::Degraded,
        Ok(()) => HealthBody::Ok,
        Err(error) => {
            tracing::warn!(cause = %error, "the database does not answer");
            HealthBody::Down
        }
    };
    let webhooks = if (state.services.deliveries_work)() { HealthBody::Ok } else { HealthBody::Degraded };
    let body = StatusBody {
        // The database matters more: without it nothing works.
        status: if database == HealthBody::Ok { webhooks } else { database },
        version: state.settings.version,
        time: state.services.clock.now().to_string(),
        components: ComponentsBody { database, webhooks },
    };
    let status = if database == HealthBody::Down { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    Ok(Answer::json(Keep::Never, &body)?.with_status(status))
}

/// Probe liveness
///
/// Answers as long as the process does.
#[utoipa::path(
    get, path = "/livez", tag = "Status",
    responses((status = 200, description = "The process is alive.", body = ProbeBody))
)]
pub(crate) async fn get_livez(_: Public) -> Result<Answer, ApiError> {
    Answer::json(Keep::Never, &ProbeBody { status: HealthBody::Ok })
}

/// Probe readiness
///
/// Answers as long as requests can be served.
#[utoipa::path(
    get, path = "/readyz", tag = "Status",
    responses((status = 200, description = "Requests can be served.", body = ProbeBody))
)]
pub(crate) async fn get_readyz(_: Public, request: HttpRequest) -> Result<Answer, ApiError> {
    state(&request)?.services.store.ping().await.map_err(podarmor_domain::Error::from)?;
    Answer::json(Keep::Never, &ProbeBody { status: HealthBody::Ok })
}
