//! The history of a feature request as JSON. It never leaves the database; a field may be added,
//! with a default, but none renamed.

use podarmor_domain::Timestamp;
use podarmor_domain::request::{Reply, RequestStatus, StatusChange};
use podarmor_domain::store::StoreError;
use serde::{Deserialize, Serialize};

use crate::error::other;

#[derive(Serialize, Deserialize)]
struct ChangeJson {
    at: i64,
    status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply: Option<String>,
}

/// The text of a history.
pub(crate) fn write_history(history: &[StatusChange]) -> Result<String, StoreError> {
    let change = |change: &StatusChange| ChangeJson {
        at: change.at.micros(),
        status: change.status.as_str().to_owned(),
        reply: change.reply.as_ref().map(ToString::to_string),
    };
    let changes: Vec<ChangeJson> = history.iter().map(change).collect();
    serde_json::to_string(&changes).map_err(other)
}

/// Reads what [`write_history`] wrote, or says what is wrong with it.
pub(crate) fn read_history(text: &str) -> Result<Vec<StatusChange>, String> {
    let changes: Vec<ChangeJson> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    changes.into_iter().map(change).collect()
}

fn change(json: ChangeJson) -> Result<StatusChange, String> {
    let reply = json.reply.as_deref().map(|text| Reply::parse("reply", text)).transpose();
    Ok(StatusChange {
        at: Timestamp::from_micros(json.at),
        status: RequestStatus::parse("status", &json.status).map_err(|field| field.to_string())?,
        reply: reply.map_err(|field| field.to_string())?,
    })
}
