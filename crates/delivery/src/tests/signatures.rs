//! Both signature schemes against figures of another program.

use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podarmor_domain::webhook::{Outgoing, WebhookSecret};

use super::fixtures::{DELIVERY, SECRET, outgoing};
use crate::{DeliveryError, signed_headers};

/// 64 bytes of `ff`.
const OTHER: &str = "whsec_/////////////////////////////////////////////////////////////////////////////////////w==";

fn attempt(secrets: &[&str]) -> Outgoing {
    let secrets = secrets.iter().map(|secret| WebhookSecret::parse("secret", secret).unwrap()).collect();
    Outgoing { secrets, ..outgoing("https://receiver.example/") }
}

fn header(outgoing: &Outgoing, name: &str) -> String {
    signed_headers(outgoing).unwrap()[name].to_str().unwrap().to_owned()
}

// The figures, with SECRET, BODY and DELIVERY of the fixtures and hex() { od -v -An -tx1 | tr -d ' \n'; }:
//   printf %s "$BODY" | openssl dgst -sha256 -mac HMAC -macopt hexkey:$(printf %s "$SECRET" | hex)
//   printf %s "$DELIVERY.1772352000.$BODY" | openssl dgst -sha256 -mac HMAC \
//     -macopt hexkey:$(printf %s "${SECRET#whsec_}" | base64 -d | hex) -binary | openssl base64
#[test]
fn d1_signatures_are_those_of_openssl() {
    let one = attempt(&[SECRET]);
    assert_eq!(
        header(&one, "x-podarmor-signature"),
        "sha256=2cf4781a7627757f3f44b8f84a737d7861537966824064c0c63ae8cd68528852"
    );
    assert_eq!(header(&one, "webhook-signature"), "v1,C6RMA5NJyUJ7DU8yzkcDCO4u6+xHSiX8jtJ0axxh7Eg=");
    assert_eq!(header(&one, "webhook-id"), DELIVERY);
    assert_eq!(header(&one, "webhook-timestamp"), "1772352000");
}

#[test]
fn d1_during_a_rotation_both_secrets_sign_newest_first() {
    let both = attempt(&[OTHER, SECRET]);
    assert_eq!(
        header(&both, "x-podarmor-signature"),
        "sha256=a6e5257fe0980a51bcc05a07d482cb65ff735dc3390aa8d3c64fc24f76ee4bd4,\
         sha256=2cf4781a7627757f3f44b8f84a737d7861537966824064c0c63ae8cd68528852"
    );
    assert_eq!(
        header(&both, "webhook-signature"),
        "v1,Lc1qeRpi9dCsROsdSRCFPqV4eoTT59Lkxk6p9B2eRlI= v1,C6RMA5NJyUJ7DU8yzkcDCO4u6+xHSiX8jtJ0axxh7Eg="
    );
}

#[test]
fn d1_openssl_agrees_on_keys_of_every_length() {
    for length in [24, 32, 63, 64] {
        let key: Vec<u8> = (0..length).map(|byte| byte * 3 + 1).collect();
        let secret = format!("whsec_{}", STANDARD.encode(&key));
        let mut outgoing = attempt(&[&secret]);
        outgoing.body = vec![0, 0xff, b'\r', b'\n', length];
        let own = openssl(secret.as_bytes(), &outgoing.body);
        assert_eq!(header(&outgoing, "x-podarmor-signature"), format!("sha256={}", hex(&own)), "{length}");
        let signed = [format!("{DELIVERY}.1772352000.").as_bytes(), &outgoing.body].concat();
        let standard = STANDARD.encode(openssl(&key, &signed));
        assert_eq!(header(&outgoing, "webhook-signature"), format!("v1,{standard}"), "{length}");
    }
}

#[test]
fn nothing_goes_out_unsigned() {
    assert!(matches!(signed_headers(&attempt(&[])), Err(DeliveryError::Unsigned)));
}

#[test]
fn a_value_that_no_header_can_carry_is_an_error() {
    let broken = Outgoing { content_type: "text/plain\r\nX: y", ..attempt(&[SECRET]) };
    assert!(matches!(signed_headers(&broken), Err(DeliveryError::Header(_))));
}

fn openssl(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut openssl = Command::new("openssl")
        .args(["dgst", "-sha256", "-mac", "HMAC", "-macopt", &format!("hexkey:{}", hex(key)), "-binary"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the openssl program");
    openssl.stdin.take().unwrap().write_all(message).unwrap();
    let output = openssl.wait_with_output().unwrap();
    assert!(output.status.success());
    output.stdout
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
