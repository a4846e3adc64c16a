//! Where attempts go, and where not.

use podarmor_domain::webhook::{DestinationPolicy, SendFailure, WebhookSender as _};

use super::fixtures::{Names, at, nameless, outgoing, policy, sender, settings, status, why};
use super::receiver::{OK, Receiver};
use crate::SenderSettings;

/// `http` is allowed, and no network beyond the public ones.
fn public_only() -> SenderSettings {
    SenderSettings { policy: policy(&[]), ..settings() }
}

#[tokio::test]
async fn w2_a_name_that_leads_inside_is_refused_without_a_connection() {
    let tripwire = Receiver::tripwire().await;
    let port = tripwire.address.port();
    for addresses in [
        &["127.0.0.1"][..],
        &["::1"],
        &["::ffff:127.0.0.1"],
        &["169.254.169.254"],
        &["10.0.0.1", "127.0.0.1", "fc00::1"],
    ] {
        let sender = sender(public_only(), Names::of(&[addresses]));
        let sent = sender.send(&outgoing(&format!("http://host.example:{port}/"))).await;
        assert_eq!(why(&sent), SendFailure::DestinationNotAllowed, "{addresses:?}");
    }
    assert_eq!(tripwire.settled().await, 0);
}

#[tokio::test]
async fn w2_a_name_is_judged_for_every_attempt() {
    let good = Receiver::answering(OK).await;
    let port = good.address.port();
    let tripwire = Receiver::answering_at(&format!("127.0.0.2:{port}"), OK).await;
    let settings = SenderSettings { policy: policy(&["127.0.0.1/32"]), ..settings() };
    let sender = sender(settings, Names::of(&[&["127.0.0.1"], &["127.0.0.2"], &["127.0.0.1"], &["127.0.0.2"]]));
    let attempt = outgoing(&format!("http://host.example:{port}/"));
    for _ in 0..2 {
        assert_eq!(status(&sender.send(&attempt).await), 200);
        assert_eq!(why(&sender.send(&attempt).await), SendFailure::DestinationNotAllowed);
    }
    assert_eq!((good.connections(), tripwire.settled().await), (2, 0));
}

#[tokio::test]
async fn w2_of_several_addresses_only_the_allowed_ones_are_connected_to() {
    let good = Receiver::answering(OK).await;
    let port = good.address.port();
    let tripwire = Receiver::answering_at(&format!("127.0.0.2:{port}"), OK).await;
    let settings = SenderSettings { policy: policy(&["127.0.0.1/32"]), ..settings() };
    for addresses in [
        &["127.0.0.2", "127.0.0.1"][..],
        &["127.0.0.2", "::1", "::ffff:127.0.0.2", "127.0.0.1"],
        &["::ffff:127.0.0.2", "::ffff:127.0.0.1"],
    ] {
        let sender = sender(settings.clone(), Names::of(&[addresses]));
        let sent = sender.send(&outgoing(&format!("http://host.example:{port}/"))).await;
        assert_eq!(status(&sent), 200, "{addresses:?}");
    }
    assert_eq!((good.connections(), tripwire.settled().await), (3, 0));
}

#[tokio::test]
async fn w2_nothing_is_tried_beside_the_allowed_addresses_when_they_fail() {
    let tripwire = Receiver::answering_at("127.0.0.2:0", OK).await;
    let settings = SenderSettings { policy: policy(&["127.0.0.1/32"]), ..settings() };
    let sender = sender(settings, Names::of(&[&["127.0.0.1", "127.0.0.2"]]));
    let sent = sender.send(&outgoing(&format!("http://host.example:{}/", tripwire.address.port()))).await;
    assert_eq!(why(&sent), SendFailure::ConnectionFailed);
    assert_eq!(tripwire.settled().await, 0);
}

#[tokio::test]
async fn w3_an_address_in_a_stored_url_is_refused_without_a_connection() {
    let tripwire = Receiver::tripwire().await;
    let port = tripwire.address.port();
    let sender = nameless(public_only());
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "0",
        "localhost",
        "localhost.",
        "a.localhost",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
    ] {
        let sent = sender.send(&outgoing(&format!("http://{host}:{port}/"))).await;
        assert_eq!(why(&sent), SendFailure::DestinationNotAllowed, "{host}");
    }
    assert_eq!(tripwire.settled().await, 0);
}

#[tokio::test]
async fn w5_a_stored_user_is_never_sent() {
    let tripwire = Receiver::tripwire().await;
    for user in ["a@", "a:b@", ":b@"] {
        let sent = nameless(settings()).send(&outgoing(&format!("http://{user}{}/", tripwire.address))).await;
        assert_eq!(why(&sent), SendFailure::DestinationNotAllowed, "{user}");
    }
    assert_eq!(tripwire.settled().await, 0);
}

#[tokio::test]
async fn w6_a_stored_scheme_or_port_is_judged_again() {
    let tripwire = Receiver::tripwire().await;
    let strict =
        SenderSettings { policy: DestinationPolicy { allow_http: false, ..policy(&["127.0.0.0/8"]) }, ..settings() };
    assert_eq!(why(&nameless(strict).send(&at(tripwire.address)).await), SendFailure::DestinationNotAllowed);
    for url in ["ftp://127.0.0.1/", "http://127.0.0.1:22/", "https://127.0.0.1:25/"] {
        assert_eq!(why(&nameless(settings()).send(&outgoing(url)).await), SendFailure::DestinationNotAllowed, "{url}");
    }
    assert_eq!(tripwire.settled().await, 0);
}
