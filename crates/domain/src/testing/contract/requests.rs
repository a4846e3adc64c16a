//! Feature requests.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::stock::limit;
use crate::access::Role;
use crate::error::{Error, ErrorKey};
use crate::id::{FeatureRequestId, ImageId};
use crate::image::ImageChange;
use crate::paging::{PageRequest, Total};
use crate::request::{
    Description, FeatureRequest, PackageEcosystem, PackageName, PackageVersion, Reply, RequestFilter, RequestKind,
    RequestPosition, RequestStatus, Ruling, StatusChange, Title, TriageService, WantedPackage, Wish,
};
use crate::store::Store;
use crate::testing::fixtures::slug;
use crate::testing::{Member, World, publisher};

fn wish(title: &str) -> Wish {
    Wish {
        kind: RequestKind::Feature,
        title: Title::parse("title", title).unwrap(),
        description: Description::parse("description", "").unwrap(),
        image: None,
        package: None,
    }
}

fn whole_wish(image: ImageId) -> Wish {
    let package = WantedPackage {
        name: PackageName::parse("name", "lib\"x'%_\\").unwrap(),
        version: Some(PackageVersion::parse("version", "1.2.3-ä").unwrap()),
        ecosystem: Some(PackageEcosystem::parse("ecosystem", "npm").unwrap()),
    };
    let description = Description::parse("description", "Two\n\tlines, \u{1f980} and \\u0000.\n").unwrap();
    let kind = RequestKind::Package;
    Wish { kind, description, image: Some(image), package: Some(package), ..wish("Ein Paket, bitte 🦀") }
}

async fn file(world: &World, who: &Member, wish: Wish) -> Result<FeatureRequest, Error> {
    world.requests().file(&who.may(), wish, None).await.map(|outcome| outcome.done().unwrap())
}

async fn user(world: &World, tenant: &str) -> Member {
    world.member(&world.tenant(tenant).await, Role::User).await
}

fn says(status: Option<RequestStatus>, reply: Option<&str>) -> Ruling {
    Ruling { status, reply: reply.map(|text| Reply::parse("reply", text).unwrap()) }
}

/// Every field, with and without the optional ones; of its own tenant alone.
pub async fn a_feature_request_comes_back_as_it_was_filed(store: Arc<dyn Store>) {
    let world = World::new(store);
    let tenant = world.tenant("acme").await;
    let (ours, theirs) = (world.member(&tenant, Role::User).await, user(&world, "globex").await);
    let image = world.image("java17", ImageChange::default()).await.id;
    world.grant("acme", "java17").await;
    for wish in [wish("Small"), whole_wish(image)] {
        let filed = file(&world, &ours, wish.clone()).await.unwrap();
        assert_eq!((filed.wish.clone(), filed.status), (wish, RequestStatus::Open));
        assert_eq!((filed.author.id, filed.author.name.as_ref()), (ours.user.id, Some(&ours.user.name)));
        assert_eq!(world.requests().get(&ours.may(), filed.id).await.unwrap(), filed);
        assert_eq!(world.triage().get(publisher(), filed.id).await.unwrap(), (slug("acme"), filed.clone()));
        let foreign = world.requests().get(&theirs.may(), filed.id).await.unwrap_err();
        assert_eq!(foreign.key(), ErrorKey::NotFound);
    }
    let all = RequestFilter::default();
    let listed = world.requests().list(&theirs.may(), &all, &PageRequest::default()).await.unwrap();
    assert_eq!(listed.items, []);
    // The licence may go, and the author: what was asked stays.
    world.revoke("acme", "java17").await;
    let admin = world.member(&tenant, Role::Admin).await;
    world.users().delete(&admin.may(), ours.user.id).await.unwrap();
    let listed = world.requests().list(&admin.may(), &all, &PageRequest::default()).await.unwrap().items;
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|request| request.author.id == ours.user.id && request.author.name.is_none()));
    assert_eq!(listed[0].wish.image, Some(image));
}

/// Whether there is such an image or not, the answer is the same, and nothing is filed.
pub async fn a_request_names_a_licensed_image_or_none(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (ours, theirs) = (user(&world, "acme").await, user(&world, "globex").await);
    let image = world.image("java17", ImageChange::default()).await.id;
    world.grant("globex", "java17").await;
    let unknown = ImageId::from_uuid(uuid::Uuid::nil());
    let mut refusals = Vec::new();
    for image in [image, unknown] {
        let refused = file(&world, &ours, whole_wish(image)).await.unwrap_err();
        assert_eq!(refused.key(), ErrorKey::ValidationError);
        refusals.push(refused.to_string());
    }
    assert_eq!(refusals[0], refusals[1]);
    let all = RequestFilter::default();
    assert_eq!(world.requests().list(&ours.may(), &all, &PageRequest::default()).await.unwrap().items, []);
    file(&world, &theirs, whole_wish(image)).await.unwrap();
}

/// Newest first, on pages of every size, also those of one microsecond; filtered and counted.
pub async fn requests_page_newest_first_without_loss_or_repetition(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (ours, theirs) = (user(&world, "acme").await, user(&world, "globex").await);
    let mut filed = Vec::new();
    for number in 0..9 {
        let kind = RequestKind::ALL[number % 3];
        filed.push(file(&world, &ours, Wish { kind, ..wish(&format!("number {number}")) }).await.unwrap());
        file(&world, &theirs, Wish { kind, ..wish("of somebody else") }).await.unwrap();
        if number % 2 == 0 {
            world.clock.advance(Duration::from_micros(1));
        }
    }
    filed.sort_unstable_by_key(|request| std::cmp::Reverse(request.position()));
    let bugs = RequestFilter { kind: Some(RequestKind::Bug), status: None };
    let open_bugs = RequestFilter { status: Some(RequestStatus::Open), ..bugs };
    let shipped = RequestFilter { kind: None, status: Some(RequestStatus::Shipped) };
    for filter in [RequestFilter::default(), bugs, open_bugs, shipped] {
        let expected: Vec<_> = filed.iter().filter(|request| filter.passes(request)).cloned().collect();
        for size in [1, 2, 4, 200] {
            assert_eq!(pages(&world, &ours, &filter, size).await, expected, "{filter:?} by {size}");
        }
        let page = PageRequest { count: true, ..limit(1) };
        let total = world.requests().list(&ours.may(), &filter, &page).await.unwrap().total;
        assert_eq!(total, Some(Total { count: expected.len() as u64, exact: true }));
        assert!(world.store.read(ours.scope()).count_requests(&filter, 2).await.unwrap() <= 2);
        let of_acme = world.triage().list(publisher(), Some(&slug("acme")), &filter).await.unwrap();
        assert_eq!(of_acme, expected.into_iter().map(|it| (slug("acme"), it)).collect::<Vec<_>>());
    }
    let everything = world.triage().list(publisher(), None, &RequestFilter::default()).await.unwrap();
    assert_eq!(everything.len(), 18);
    assert!(everything.windows(2).all(|pair| pair[0].1.position() > pair[1].1.position()));
    let unknown = world.triage().list(publisher(), Some(&slug("nobody")), &bugs).await.unwrap_err();
    assert_eq!(unknown.key(), ErrorKey::NotFound);
}

async fn pages(world: &World, who: &Member, filter: &RequestFilter, size: u32) -> Vec<FeatureRequest> {
    let mut all = Vec::new();
    let mut page = limit::<RequestPosition>(size);
    loop {
        let answer = world.requests().list(&who.may(), filter, &page).await.unwrap();
        assert!(answer.items.len() <= size as usize);
        all.extend(answer.items);
        page.after = answer.next;
        if page.after.is_none() {
            return all;
        }
    }
}

/// Each ruling stands in the history; one that says nothing new does not.
pub async fn what_the_operator_says_stands_in_the_history(store: Arc<dyn Store>) {
    let world = World::new(store);
    let ours = user(&world, "acme").await;
    let (filed, other) =
        (file(&world, &ours, wish("First")).await.unwrap(), file(&world, &ours, wish("Other")).await.unwrap());
    let mut history = Vec::new();
    for (status, reply, now, last) in [
        (Some(RequestStatus::Planned), None, RequestStatus::Planned, None),
        (None, Some("Next\nmonth."), RequestStatus::Planned, Some("Next\nmonth.")),
        (Some(RequestStatus::Shipped), None, RequestStatus::Shipped, Some("Next\nmonth.")),
        (Some(RequestStatus::Shipped), Some("In 1.2."), RequestStatus::Shipped, Some("In 1.2.")),
    ] {
        world.clock.advance(Duration::from_micros(7));
        let ruling = says(status, reply);
        let (ruled, changed) = world.triage().rule(publisher(), filed.id, ruling.clone()).await.unwrap();
        assert!(changed);
        history.push(StatusChange { at: ruled.updated_at, status: now, reply: ruling.reply });
        assert_eq!((ruled.status, ruled.reply.as_ref().map(Reply::as_str)), (now, last));
        assert_eq!(ruled.history, history);
        assert_eq!(world.requests().get(&ours.may(), filed.id).await.unwrap(), ruled);
    }
    let (same, changed) = world.triage().rule(publisher(), filed.id, says(None, None)).await.unwrap();
    assert_eq!((changed, same.history.len()), (false, 4));
    assert_eq!(world.requests().get(&ours.may(), other.id).await.unwrap(), other, "nothing else changed");
    let unknown = FeatureRequestId::from_uuid(uuid::Uuid::nil());
    let refused = world.triage().rule(publisher(), unknown, says(None, Some("x"))).await.unwrap_err();
    assert_eq!(refused.key(), ErrorKey::NotFound);
}

/// Of many rulings at once none is lost, and the history ends somewhere.
pub async fn rulings_at_once_are_all_kept_until_the_history_is_full(store: Arc<dyn Store>) {
    let world = World::new(store);
    let ours = user(&world, "acme").await;
    let filed = file(&world, &ours, wish("First")).await.unwrap();
    let mut tasks = JoinSet::new();
    for number in 0..10 {
        let triage = world.triage();
        let ruling = says(None, Some(&format!("number {number}")));
        tasks.spawn(async move { triage.rule(publisher(), filed.id, ruling).await.unwrap() });
    }
    tasks.join_all().await;
    let mut left = TriageService::MOST_CHANGES - 10;
    assert_eq!(world.requests().get(&ours.may(), filed.id).await.unwrap().history.len(), 10);
    let refused = loop {
        match world.triage().rule(publisher(), filed.id, says(None, Some("again"))).await {
            Ok(_) => left -= 1,
            Err(refused) => break refused,
        }
    };
    assert_eq!((refused.key(), left), (ErrorKey::Conflict, 0));
}
