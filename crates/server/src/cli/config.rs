//! `config`: what is in force, secrets masked.

use serde_json::json;

use crate::config::Setting;
use crate::console::Answer;

pub(super) fn show(settings: &[Setting]) -> Answer {
    let width = settings.iter().map(|setting| setting.variable.len()).max().unwrap_or(0);
    let line = |setting: &Setting| format!("{:width$} = {}  ({})\n", setting.variable, setting.value, setting.origin);
    let object = |setting: &Setting| json!({"variable": setting.variable, "value": setting.value, "origin": setting.origin.as_str()});
    Answer { text: settings.iter().map(line).collect(), json: settings.iter().map(object).collect() }
}
