//! The gate of the documentation, run as a pipeline would run it.

use std::process::Stdio;

use podarmor_domain::testing::fixtures::fixed;
use podarmor_tests::{TestWorld, on_both_databases};
use tokio::process::Command;

async fn gate(world: &TestWorld, image: &str, ceiling: &[(&str, &str)]) -> (Option<i32>, String) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/ci-gate.sh");
    let output = Command::new("sh")
        .arg(script)
        .arg(image)
        .env("PODARMOR_URL", world.app.url(""))
        .env("PODARMOR_API_KEY", world.key("read:catalog"))
        .envs(ceiling.iter().copied())
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code(), text)
}

on_both_databases! {
    async fn a_pipeline_passes_below_the_ceiling_and_fails_above_it(world: TestWorld) {
        let image = world.image_id("a", "shared").await;
        let (code, text) = gate(&world, &image, &[("MAX_CRITICAL", "2")]).await;
        assert_eq!(code, Some(0), "{text}");
        let (code, text) = gate(&world, &image, &[("MAX_CRITICAL", "1")]).await;
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("critical") && text.contains('2'), "{text}");
        world.publisher.scan("shared", "1.0-r1", "2026-07-01T00:00:00Z", vec![fixed("CVE-2026-1111", "zlib")]).await;
        let (code, text) = gate(&world, &image, &[]).await;
        assert_eq!(code, Some(0), "{text}");
        let (code, text) = gate(&world, "019ab7c2-51f0-7d43-9c1e-3f6a8e2b7d90", &[]).await;
        assert_eq!(code, Some(2), "an image that cannot be looked up is no pass: {text}");
    }
}
