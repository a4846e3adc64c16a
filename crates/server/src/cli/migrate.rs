//! `migrate`: every command that opens the database has already done it.

use serde_json::json;

use crate::config::Config;
use crate::console::Answer;

pub(super) fn answer(config: &Config) -> Answer {
    let database = config.database_url.to_string();
    Answer { text: format!("{database} has the current schema"), json: json!({"database": database, "current": true}) }
}
