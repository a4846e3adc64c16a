//! Whether the time of a refusal tells what was wrong.

use std::time::Duration;

use super::client::{Try, fresh_address, runtime, sign_in};
use super::statistics::{distance, probability, quantile};
use super::{DISABLED, EMAIL, OTHER_EMAIL, SUSPENDED_TENANT};
use crate::bench::answers::milliseconds;
use crate::bench::table::{Table, judged};
use crate::failure::Outcome;
use crate::portal::{Server, TENANT};

const ROUNDS: usize = 200;
/// Not counted: the first tries of a server are like no others.
const WARMING_UP: usize = 10;
const PROBABILITY: f64 = 0.01;
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// What is wrong with each, the yardstick first. The passwords of the last three are right.
fn tries() -> [(&'static str, Try<'static>); 6] {
    [
        ("wrong password", Try::WRONG),
        ("unknown tenant", Try { tenant: "nobody", ..Try::WRONG }),
        ("unknown user", Try { email: "nobodys@example.com", ..Try::WRONG }),
        ("disabled user", Try { email: DISABLED, ..Try::RIGHT }),
        ("suspended tenant", Try { tenant: SUSPENDED_TENANT, email: EMAIL, ..Try::RIGHT }),
        ("user of another tenant", Try { tenant: TENANT, email: OTHER_EMAIL, ..Try::RIGHT }),
    ]
}

pub(super) fn measure(server: &Server, database: &str, table: &mut Table) -> Outcome {
    let tries = tries();
    let mut samples: [Vec<Duration>; 6] = Default::default();
    let (mut order, mut seed) = ([0, 1, 2, 3, 4, 5], SEED);
    runtime()?.block_on(async {
        for round in 0..WARMING_UP + ROUNDS {
            // In another order each round, so that none profits from what came before it.
            shuffle(&mut order, &mut seed);
            for kind in order {
                let Some(((what, who), sample)) = tries.get(kind).zip(samples.get_mut(kind)) else { continue };
                let answer = sign_in(&server.address, &fresh_address(), *who).await?;
                if answer.status != 401 {
                    return Err(format!("{what}: answered {} and not 401", answer.status));
                }
                if round >= WARMING_UP {
                    sample.push(answer.wait);
                }
            }
        }
        Ok(())
    })?;
    samples.iter_mut().for_each(|sample| sample.sort_unstable());
    let [wrong_password, ..] = &samples;
    let yardstick = quantile(wrong_password, 0.5);
    for (number, ((what, _), sample)) in tries.iter().zip(&samples).enumerate() {
        let median = quantile(sample, 0.5);
        let mut cells = vec![(*what).to_owned(), database.to_owned(), milliseconds(median)];
        if number == 0 {
            cells.extend(["100.0 %", "-", "-", "-", "-"].map(str::to_owned));
        } else {
            let apart = distance(wrong_password, sample);
            let p = probability(apart, wrong_password.len(), sample.len());
            cells.push(format!("{:.1} %", median.as_secs_f64() / yardstick.as_secs_f64() * 100.0));
            cells.push(format!("{apart:.3}"));
            cells.push(format!("{p:.3}"));
            let bar = format!("p > {PROBABILITY}");
            cells.extend(judged(Some((&bar, p > PROBABILITY))));
        }
        table.push(cells);
    }
    Ok(())
}

/// Fisher and Yates', by Marsaglia's xorshift.
fn shuffle(order: &mut [usize], seed: &mut u64) {
    for last in (1..order.len()).rev() {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        order.swap(last, (*seed % (last as u64 + 1)) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::{SEED, shuffle};

    #[test]
    fn a_shuffled_order_is_another_order_of_the_same() {
        let (mut order, mut seed) = ([0, 1, 2, 3, 4, 5], SEED);
        let mut firsts = [0; 6];
        for _ in 0..600 {
            shuffle(&mut order, &mut seed);
            firsts[order[0]] += 1;
            let mut sorted = order;
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4, 5]);
        }
        assert!(firsts.iter().all(|count| (60..140).contains(count)), "{firsts:?}");
    }
}
