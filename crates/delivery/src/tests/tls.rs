//! Attempts over TLS.

use std::sync::Arc;
use std::time::Duration;

use podarmor_domain::webhook::{SendFailure, WebhookSender as _};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::fixtures::{Names, outgoing, settings, status, why};
use super::receiver::{OK, Receiver, until_closed};
use crate::{DeliveryError, HttpSender, SenderSettings};

/// A receiver with a certificate for `name`, and that certificate in PEM.
async fn secure(name: &str) -> (Receiver, String) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let receiver = Receiver::at_once(move |connection| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut secured) = acceptor.accept(connection).await else { return };
            let mut read = [0; 4_096];
            if secured.read(&mut read).await.is_ok_and(|count| count > 0) {
                let _ = secured.write_all(OK.as_bytes()).await;
                let _ = secured.shutdown().await;
            }
        }
    });
    (receiver.await, cert.pem())
}

fn trusting(settings: SenderSettings, roots: Option<&str>) -> HttpSender {
    HttpSender::new(settings, Names::of(&[&["127.0.0.1"]]), roots.map(str::as_bytes)).unwrap()
}

fn by_name(receiver: &Receiver) -> podarmor_domain::webhook::Outgoing {
    outgoing(&format!("https://receiver.example:{}/hook", receiver.address.port()))
}

#[tokio::test]
async fn a_trusted_certificate_with_the_right_name_is_enough() {
    let (receiver, root) = secure("receiver.example").await;
    let sender = trusting(settings(), Some(&root));
    for _ in 0..2 {
        assert_eq!(status(&sender.send(&by_name(&receiver)).await), 200);
    }
    assert_eq!(receiver.connections(), 2);
}

#[tokio::test]
async fn a_certificate_for_an_address_serves_a_url_with_that_address() {
    let (receiver, root) = secure("127.0.0.1").await;
    let attempt = outgoing(&format!("https://{}/hook", receiver.address));
    assert_eq!(status(&trusting(settings(), Some(&root)).send(&attempt).await), 200);
}

#[tokio::test]
async fn an_unknown_certificate_or_another_name_is_refused() {
    let (receiver, _) = secure("receiver.example").await;
    assert_eq!(why(&trusting(settings(), None).send(&by_name(&receiver)).await), SendFailure::TlsFailed);
    let (other, root) = secure("other.example").await;
    assert_eq!(why(&trusting(settings(), Some(&root)).send(&by_name(&other)).await), SendFailure::TlsFailed);
}

#[tokio::test]
async fn a_receiver_that_does_not_speak_tls_is_refused() {
    for answer in ["HTTP/1.1 400 Bad Request\r\n\r\n", ""] {
        let receiver = Receiver::at_once(move |mut connection| async move {
            // The hello first: closing over unread bytes would be a reset.
            let _ = connection.read(&mut [0; 4_096]).await;
            let _ = connection.write_all(answer.as_bytes()).await;
            let _ = connection.shutdown().await;
            until_closed(&mut connection).await;
        })
        .await;
        let sent = trusting(settings(), None).send(&by_name(&receiver)).await;
        assert_eq!(why(&sent), SendFailure::TlsFailed, "{answer:?}");
    }
}

#[tokio::test]
async fn silence_after_the_hello_ends_within_the_connect_timeout() {
    let receiver = Receiver::at_once(|mut connection| async move { until_closed(&mut connection).await }).await;
    let settings = SenderSettings { connect_timeout: Duration::from_millis(200), ..settings() };
    assert_eq!(why(&trusting(settings, None).send(&by_name(&receiver)).await), SendFailure::TimedOut);
    receiver.ended(1).await;
}

#[tokio::test]
async fn roots_that_are_no_certificates_are_refused() {
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (pem, at_start) in [("", true), ("no PEM", true), (broken, false)] {
        let error = HttpSender::new(settings(), Names::of(&[&[]]), Some(pem.as_bytes())).unwrap_err();
        assert_eq!(matches!(error, DeliveryError::Roots), at_start, "{pem}: {error}");
    }
}
