//! `watch list`, `watch add`, `watch remove`: CVE watches of a tenant, as the operator.

use std::sync::Arc;

use clap::Subcommand;
use podarmor_domain::id::WatchId;
use podarmor_domain::paging::{PageLimit, PageRequest};
use podarmor_domain::scan::VulnerabilityId;
use podarmor_domain::tenant::TenantSlug;
use podarmor_domain::watch::{Added, WatchMatch, WatchNote, WatchPosition, WatchService, Watched};
use serde_json::{Value, json};

use super::{Failure, Session, args};
use crate::console::Answer;
use crate::scope;

#[derive(Debug, Subcommand)]
pub(super) enum Watch {
    /// List the CVE watches of a tenant with their matches, newest first
    List {
        /// The tenant
        #[arg(long, value_name = "SLUG", value_parser = args::tenant_slug)]
        tenant: TenantSlug,
    },
    /// Watch a vulnerability for a tenant
    Add {
        /// A CVE or GHSA id
        #[arg(value_name = "CVE", value_parser = args::vulnerability_id)]
        id: VulnerabilityId,
        /// The tenant
        #[arg(long, value_name = "SLUG", value_parser = args::tenant_slug)]
        tenant: TenantSlug,
        /// Why
        #[arg(long, value_parser = args::watch_note)]
        note: Option<WatchNote>,
    },
    /// Remove a watch of a tenant
    Remove {
        /// The watch's id, as `watch list` shows it
        #[arg(value_name = "ID", value_parser = args::watch_id)]
        id: WatchId,
        /// The tenant
        #[arg(long, value_name = "SLUG", value_parser = args::tenant_slug)]
        tenant: TenantSlug,
    },
}

impl Watch {
    pub(super) async fn run(self, session: &Session) -> Result<Answer, Failure> {
        let (clock, random) = (Arc::clone(&session.world.clock), Arc::clone(&session.world.random));
        let watches = WatchService::new(session.store(), clock, random);
        match self {
            Self::List { tenant } => list(&watches, &tenant).await,
            Self::Add { id, tenant, note } => {
                Ok(added(&tenant, &watches.add_for(scope::publisher(), &tenant, id, note).await?))
            }
            Self::Remove { id, tenant } => {
                watches.remove_of(scope::publisher(), &tenant, id).await?;
                let json = json!({"id": id.to_string(), "outcome": "removed"});
                Ok(Answer { text: format!("removed watch {id} of tenant {tenant}"), json })
            }
        }
    }
}

/// All of them: there are at most [`WatchService::MOST`].
async fn list(watches: &WatchService, tenant: &TenantSlug) -> Result<Answer, Failure> {
    let mut all: Vec<Watched> = Vec::new();
    let mut after: Option<WatchPosition> = None;
    loop {
        let request = PageRequest { limit: PageLimit::new(PageLimit::MAX)?, after, count: false };
        let page = watches.list_of(scope::publisher(), tenant, &request).await?;
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let none = || format!("tenant {tenant} watches nothing");
    let text = if all.is_empty() { none() } else { all.iter().map(lines).collect() };
    Ok(Answer { text, json: all.iter().map(object).collect() })
}

fn added(tenant: &TenantSlug, added: &Added) -> Answer {
    let (watched, outcome) = match added {
        Added::New(watched) => (watched, "created"),
        Added::Existing(watched) => (watched, "unchanged"),
    };
    let mut json = object(watched);
    json["outcome"] = json!(outcome);
    Answer { text: format!("{outcome}: tenant {tenant} watches {}", lines(watched)), json }
}

fn lines(watched: &Watched) -> String {
    let Watched { watch, matches, match_count } = watched;
    let note = watch.note.as_ref().map_or_else(String::new, |note| format!("  {note}"));
    let head = format!("{}  {}  {match_count} matches{note}\n", watch.id, watch.vulnerability);
    let line = |it: &WatchMatch| {
        let (package, since) = (&it.package, it.since);
        let fix = it.fix_state;
        format!("  {} {}  {} {}  {fix} since {since}\n", it.image_name, it.version_name, package.name, package.version)
    };
    std::iter::once(head).chain(matches.iter().map(line)).collect()
}

fn object(watched: &Watched) -> Value {
    let one = |it: &WatchMatch| {
        json!({
            "image": it.image_name.as_str(),
            "version": it.version_name.as_str(),
            "vulnerabilityId": it.vulnerability,
            "package": {"name": it.package.name, "version": it.package.version, "type": it.package.kind},
            "severity": it.severity.as_str(),
            "fixState": it.fix_state.as_str(),
            "fixedIn": it.fixed_in,
            "since": it.since.to_string(),
        })
    };
    json!({
        "id": watched.watch.id.to_string(),
        "cveId": watched.watch.vulnerability.as_str(),
        "note": watched.watch.note.as_ref().map(WatchNote::as_str),
        "createdAt": watched.watch.created_at.to_string(),
        "matches": watched.matches.iter().map(one).collect::<Vec<_>>(),
        "matchCount": watched.match_count,
    })
}
