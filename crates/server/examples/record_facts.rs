//! Records facts beside a running server, as `cargo xtask bench-webhooks` needs them: each says that a version of an image
//! was published, and its number is the version's name. `record_facts DATABASE_URL IMAGE VERSION FIRST COUNT BATCH PAUSE_MS`
//! prints one line a commit: the number of its first fact, how many there are, and when it was committed (microseconds
//! since 1970).
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::env::args;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use podarmor_credentials::SystemClock;
use podarmor_domain::access::SystemScope;
use podarmor_domain::event::data::ImageRebuilt;
use podarmor_domain::id::{ImageId, VersionId};
use podarmor_domain::image::{ImageName, VersionName};
use podarmor_domain::outbox::{Fact, VersionFact};
use podarmor_domain::ports::Clock;
use podarmor_domain::store::Store;
use podarmor_persistence::{DatabaseOptions, connect};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = args().skip(1).collect();
    let [url, image, version, numbers @ ..] = arguments.as_slice() else { return Err(USAGE.into()) };
    let numbers = numbers.iter().map(|number| number.parse()).collect::<Result<Vec<u64>, _>>()?;
    let &[first, count, batch, pause] = numbers.as_slice() else { return Err(USAGE.into()) };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store: Arc<dyn Store> = Arc::new(connect(&DatabaseOptions::new(url, Arc::clone(&clock))).await?);
    let facts = Facts::about(&*store, image, version).await?;
    let mut ticks = tokio::time::interval(Duration::from_millis(pause.max(1)));
    let mut next = first;
    while next < first + count {
        if pause > 0 {
            ticks.tick().await;
        }
        let end = (next + batch.max(1)).min(first + count);
        let tx = store.system(publisher()).await?;
        for number in next..end {
            tx.record_fact(&facts.one(number, &*clock)).await?;
        }
        tx.commit().await?;
        println!("{next} {} {}", end - next, clock.now().micros());
        next = end;
    }
    Ok(())
}

const USAGE: &str = "usage: record_facts DATABASE_URL IMAGE VERSION FIRST COUNT BATCH PAUSE_MS";

#[expect(clippy::disallowed_methods, reason = "acts for the publisher, as the command line does")]
const fn publisher() -> SystemScope {
    SystemScope::assume("facts for a measurement")
}

struct Facts {
    image: ImageId,
    version: VersionId,
    name: String,
    digest: String,
}

impl Facts {
    async fn about(store: &dyn Store, image: &str, version: &str) -> Result<Self, Box<dyn Error>> {
        let tx = store.system(publisher()).await?;
        let found = tx.find_image_by_name(&ImageName::parse("image", image)?).await?.ok_or("no such image")?;
        let version = tx.lock_version(found.id, &VersionName::parse("version", version)?).await?;
        let version = version.ok_or("no such version")?;
        Ok(Self { image: found.id, version: version.id, name: image.to_owned(), digest: version.digest.to_string() })
    }

    fn one(&self, number: u64, clock: &dyn Clock) -> Fact {
        let data = ImageRebuilt {
            image_name: self.name.clone(),
            version: number.to_string(),
            digest: self.digest.clone(),
            size_bytes: 20_971_520,
            published_at: clock.now(),
        };
        Fact::VersionPublished(VersionFact { image: self.image, version: self.version, data })
    }
}
