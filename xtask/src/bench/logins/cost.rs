//! What a refusal by the limit costs, set beside a sign-in that was looked into. In processor time of the server: that is what
//! an attacker can use up.

use std::time::Duration;

use super::client::{Answered, Try, fresh_address, runtime, sign_in};
use super::row;
use super::statistics::quantile;
use crate::bench::answers::milliseconds;
use crate::bench::memory::processor_time;
use crate::bench::table::Table;
use crate::failure::Outcome;
use crate::portal::Server;

const ATTEMPTS: usize = 5;
const VERIFIED: usize = 50;
const LIMITED: usize = 500;
const SHARE: f64 = 1.0 / 20.0;

struct Cost {
    processor: Duration,
    median: Duration,
}

pub(super) fn measure(server: &Server, database: &str, table: &mut Table) -> Outcome {
    let address = fresh_address();
    // From here on this address is over the limit.
    cost(server, ATTEMPTS, 401, || address.clone())?;
    let verified = cost(server, VERIFIED, 401, fresh_address)?;
    let limited = cost(server, LIMITED, 429, || address.clone())?;
    for (what, cost) in [("verified sign-in", &verified), ("sign-in over the limit", &limited)] {
        let figure = format!("{}, answered in {}", milliseconds(cost.processor), milliseconds(cost.median));
        table.push(row(&format!("{what}: processor time"), database, figure, None));
    }
    let share = limited.processor.as_secs_f64() / verified.processor.as_secs_f64();
    let figure = format!("1/{:.0}", 1.0 / share);
    table.push(row("a 429 to a verified sign-in", database, figure, Some(("≤ 1/20", share <= SHARE))));
    Ok(())
}

/// Of one of so many, one after the other.
fn cost(server: &Server, tries: usize, expected: u16, from: impl Fn() -> String) -> Outcome<Cost> {
    let before = processor_time(server.process)?;
    let answers: Vec<Answered> = runtime()?.block_on(async {
        let mut answers = Vec::new();
        for _ in 0..tries {
            answers.push(sign_in(&server.address, &from(), Try::WRONG).await?);
        }
        Outcome::Ok(answers)
    })?;
    let spent = processor_time(server.process)?.saturating_sub(before);
    if let Some(other) = answers.iter().find(|answer| answer.status != expected) {
        return Err(format!("a sign-in answered {} and not {expected}", other.status));
    }
    let mut waits: Vec<Duration> = answers.iter().map(|answer| answer.wait).collect();
    waits.sort_unstable();
    Ok(Cost { processor: spent / u32::try_from(tries).unwrap_or(u32::MAX), median: quantile(&waits, 0.5) })
}
