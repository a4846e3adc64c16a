//! Two hundred sign-ins at the same moment, half of them with the right password.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::task::JoinSet;

use super::client::{Answered, Try, fresh_address, runtime, sign_in};
use super::ping::Pings;
use super::row;
use crate::bench::answers::milliseconds;
use crate::bench::memory::peak_mb;
use crate::bench::table::Table;
use crate::failure::{Context, Outcome};
use crate::portal::Server;

const SIGN_INS: usize = 200;
pub(super) const MEMORY_MB: f64 = 300.0;
pub(super) const STATUS_MS: u128 = 100;
/// Two seconds in the queue, and the way there and back.
pub(super) const PATIENCE_MS: u128 = 2100;

pub(super) fn measure(server: &Server, database: &str, table: &mut Table) -> Outcome {
    let pings = Pings::start(&server.address);
    let answers = all_at_once(&server.address)?;
    let status = pings.finish()?;
    let what = |what: &str| format!("{SIGN_INS} sign-ins at once: {what}");
    table.push(row(
        &what("answers"),
        database,
        counts(&answers),
        Some(("200, 401, 429, 503", only_expected(&answers))),
    ));
    let longest = answers.iter().map(|answer| answer.wait).max().unwrap_or_default();
    table.push(row(&what("longest wait"), database, milliseconds(longest), None));
    table.push(refusals(&what("longest wait for a 503"), database, &answers));
    let peak = peak_mb(server.process)?;
    let bar = format!("< {MEMORY_MB} MB");
    table.push(row(&what("peak memory"), database, format!("{peak:.1} MB"), Some((&bar, peak < MEMORY_MB))));
    table.push(pinged(&what("GET /api/status meanwhile"), database, &status));
    Ok(())
}

fn all_at_once(address: &str) -> Outcome<Vec<Answered>> {
    runtime()?.block_on(async {
        let mut tries = JoinSet::new();
        for number in 0..SIGN_INS {
            let address = address.to_owned();
            // In pairs: connections may be given to two workers in turn.
            let who = if number / 2 % 2 == 0 { Try::RIGHT } else { Try::WRONG };
            tries.spawn(async move { sign_in(&address, &fresh_address(), who).await });
        }
        let mut answers = Vec::new();
        while let Some(answer) = tries.join_next().await {
            answers.push(answer.context("sign-in")??);
        }
        Ok(answers)
    })
}

/// `200: 40, 401: 38, 503: 122`
pub(super) fn counts(answers: &[Answered]) -> String {
    let mut counts = BTreeMap::new();
    for answer in answers {
        *counts.entry(answer.status).or_insert(0_u32) += 1;
    }
    counts.iter().map(|(status, count)| format!("{status}: {count}")).collect::<Vec<_>>().join(", ")
}

pub(super) fn only_expected(answers: &[Answered]) -> bool {
    answers.iter().all(|answer| matches!(answer.status, 200 | 401 | 429 | 503))
}

/// A row about those who were sent away.
pub(super) fn refusals(what: &str, database: &str, answers: &[Answered]) -> Vec<String> {
    let refused: Vec<&Answered> = answers.iter().filter(|answer| answer.status == 503).collect();
    let longest = refused.iter().map(|answer| answer.wait).max();
    let met =
        refused.iter().all(|answer| answer.retry_after) && longest.is_none_or(|wait| wait.as_millis() <= PATIENCE_MS);
    let bar = format!("≤ {PATIENCE_MS} ms, Retry-After");
    row(what, database, longest.map_or_else(|| "none".into(), milliseconds), Some((&bar, met)))
}

/// A row about the small questions.
pub(super) fn pinged(what: &str, database: &str, status: &super::ping::Answers) -> Vec<String> {
    let [median, p99, longest]: [Duration; 3] = [0.5, 0.99, 1.0].map(|share| status.at(share));
    let [median, p99] = [median, p99].map(milliseconds);
    let figure = format!("p50 {median}, p99 {p99}, max {} of {}", milliseconds(longest), status.count());
    let bar = format!("max < {STATUS_MS} ms");
    row(what, database, figure, Some((&bar, longest.as_millis() < STATUS_MS)))
}
