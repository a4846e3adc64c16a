//! The in-memory store keeps the contract; and the contract's list is complete.

use std::sync::Arc;

use podarmor_domain::store::Store;
use podarmor_domain::testing::MemoryStore;
use podarmor_domain::testing::fixtures::FixedClock;

async fn fresh() -> ((), Arc<dyn Store>) {
    ((), Arc::new(MemoryStore::new(Arc::new(FixedClock::default()))))
}

podarmor_domain::contract_suite!(fresh());

#[test]
fn every_promise_that_is_written_down_is_in_the_list() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/testing/contract");
    let list = std::fs::read_to_string(format!("{folder}/mod.rs")).unwrap();
    let listed: Vec<_> = list.lines().map(str::trim).collect();
    let mut count = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let functions = text.lines().filter_map(|line| line.strip_prefix("pub async fn ")?.split('(').next());
        for name in functions {
            assert!(listed.contains(&name), "{name} is in no list of contract_suite!");
            count += 1;
        }
    }
    assert!(count > 60, "{count}");
}
