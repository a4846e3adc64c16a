//! Asks the system for the addresses of a name, with bounded work.

use std::collections::HashMap;
use std::fmt::{Debug, Formatter, Result as FmtResult};
use std::net::{IpAddr, ToSocketAddrs as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use futures_util::future::Shared;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// Finds the addresses of names.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// The addresses of `host`; none when it does not resolve. It may take long: who asks limits
    /// the time.
    async fn resolve(&self, host: &str) -> Vec<IpAddr>;
}

/// How many names are looked up at once. A lookup blocks a thread for as long as the system's
/// resolver pleases, and others need threads too.
const AT_ONCE: usize = 64;

/// How long a lookup waits for room: by then whoever asked has given up.
const WAITING: Duration = Duration::from_secs(5);

/// The system's resolver (`getaddrinfo`). A name that is being looked up is not looked up a second
/// time beside it, so a name that hangs holds one thread however many attempts ask for it.
#[derive(Clone)]
pub struct SystemResolver(Arc<Lookups>);

struct Lookups {
    look_up: Box<LookUp>,
    room: Arc<Semaphore>,
    under_way: Mutex<HashMap<String, Lookup>>,
}

/// Blocks until the addresses of a name are known.
type LookUp = dyn Fn(&str) -> Vec<IpAddr> + Send + Sync;

type Lookup = Shared<oneshot::Receiver<Vec<IpAddr>>>;

impl SystemResolver {
    /// The resolver. It runs on the runtime of whoever asks.
    #[must_use]
    pub fn new() -> Self {
        Self::of(getaddrinfo, AT_ONCE)
    }

    fn of(look_up: impl Fn(&str) -> Vec<IpAddr> + Send + Sync + 'static, at_once: usize) -> Self {
        Self(Arc::new(Lookups {
            look_up: Box::new(look_up),
            room: Arc::new(Semaphore::new(at_once)),
            under_way: Mutex::default(),
        }))
    }

    /// The lookup of `host` that is under way, or a new one.
    fn lookup(&self, host: &str) -> Lookup {
        let mut under_way = self.0.under_way();
        if let Some(lookup) = under_way.get(host) {
            return lookup.clone();
        }
        let (done, found) = oneshot::channel();
        let lookup = found.shared();
        under_way.insert(host.to_owned(), lookup.clone());
        // On its own, because whoever asked may give up waiting while others go on.
        tokio::spawn(run(Arc::clone(&self.0), host.to_owned(), done));
        lookup
    }
}

impl Lookups {
    fn under_way(&self) -> MutexGuard<'_, HashMap<String, Lookup>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn run(lookups: Arc<Lookups>, host: String, done: oneshot::Sender<Vec<IpAddr>>) {
    let mut found = Vec::new();
    let room = timeout(WAITING, Arc::clone(&lookups.room).acquire_owned());
    if let Ok(Ok(permit)) = room.await {
        let (shared, name) = (Arc::clone(&lookups), host.clone());
        let looking = spawn_blocking(move || {
            let found = (shared.look_up)(&name);
            // The room is free once the thread is.
            drop(permit);
            found
        });
        found = looking.await.unwrap_or_default();
    }
    lookups.under_way().remove(&host);
    // Nobody may be waiting any more.
    let _ = done.send(found);
}

fn getaddrinfo(host: &str) -> Vec<IpAddr> {
    (host, 0).to_socket_addrs().map(|found| found.map(|address| address.ip()).collect()).unwrap_or_default()
}

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, host: &str) -> Vec<IpAddr> {
        self.lookup(host).await.unwrap_or_default()
    }
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self::new()
    }
}

impl Debug for SystemResolver {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        f.write_str("SystemResolver")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Condvar;

    use futures_util::future::join_all;

    use super::*;

    /// Lookups that hang until they are let go, and how often each name was asked for.
    #[derive(Default)]
    struct Hanging {
        asked: Mutex<BTreeMap<String, usize>>,
        open: Mutex<bool>,
        opened: Condvar,
    }

    impl Hanging {
        fn resolver(self: &Arc<Self>, at_once: usize) -> SystemResolver {
            let hanging = Arc::clone(self);
            SystemResolver::of(
                move |host| {
                    *hanging.asked.lock().unwrap().entry(host.to_owned()).or_default() += 1;
                    let open = hanging.open.lock().unwrap();
                    drop(hanging.opened.wait_while(open, |open| !*open).unwrap());
                    vec![IpAddr::from([8, 8, 8, 8])]
                },
                at_once,
            )
        }

        fn asked(&self) -> usize {
            self.asked.lock().unwrap().values().sum()
        }

        fn let_go(&self) {
            *self.open.lock().unwrap() = true;
            self.opened.notify_all();
        }
    }

    async fn until(condition: impl Fn() -> bool) {
        let met = async {
            while !condition() {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(20), met).await.expect("in time");
    }

    #[tokio::test]
    async fn names_that_hang_hold_few_threads() {
        let hanging = Arc::new(Hanging::default());
        let resolver = hanging.resolver(4);
        let names: Vec<String> = (0..200).map(|number| format!("host-{number}.example")).collect();
        let all = join_all(names.iter().map(|name| resolver.resolve(name)));
        let (found, ()) = tokio::join!(all, async {
            until(|| hanging.asked() == 4 && resolver.0.room.available_permits() == 0).await;
            hanging.let_go();
        });
        assert!(found.iter().all(|addresses| addresses.len() == 1));
        assert_eq!(hanging.asked(), 200);
        assert!(resolver.0.under_way().is_empty());
    }

    #[tokio::test]
    async fn a_name_is_looked_up_once_for_everybody_who_waits_for_it() {
        let hanging = Arc::new(Hanging::default());
        let resolver = hanging.resolver(4);
        let impatient = timeout(Duration::from_millis(1), resolver.resolve("host.example")).await;
        assert!(impatient.is_err());
        let all = join_all((0..100).map(|_| resolver.resolve("host.example")));
        let (found, ()) = tokio::join!(all, async {
            until(|| hanging.asked() == 1).await;
            hanging.let_go();
        });
        assert!(found.iter().all(|addresses| addresses.len() == 1));
        assert_eq!(hanging.asked(), 1);
        assert_eq!(resolver.resolve("host.example").await.len(), 1);
        assert_eq!(hanging.asked(), 2, "the next one asks again");
    }

    #[tokio::test]
    async fn the_system_knows_localhost_and_not_an_invalid_name() {
        let resolver = SystemResolver::new();
        let found = resolver.resolve("localhost").await;
        assert!(!found.is_empty() && found.iter().all(IpAddr::is_loopback), "{found:?}");
        assert_eq!(resolver.resolve("").await, Vec::<IpAddr>::new());
    }
}
