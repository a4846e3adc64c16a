//! Waiting for a condition, and asking many things at once.

use std::time::{Duration, Instant};

/// What is promised to take effect at all takes effect within this.
const BOUND: Duration = Duration::from_secs(5);
const BETWEEN: Duration = Duration::from_millis(50);

/// Asks again until the condition holds.
///
/// # Panics
/// When it does not hold within five seconds.
pub async fn wait_until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < BOUND, "not within {BOUND:?}: {what}");
        tokio::time::sleep(BETWEEN).await;
    }
}

/// The outcomes of all futures, which run at once; in no order.
pub async fn all_at_once<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut pending: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        pending.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(outcome) => {
                done.push(outcome);
                false
            }
            std::task::Poll::Pending => true,
        });
        if pending.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}
