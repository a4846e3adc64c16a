//! SBOM documents: byte for byte, and which of them is current.

use std::sync::Arc;

use super::Decode;
use super::stock::Stock;
use crate::Sha256;
use crate::error::ErrorKey;
use crate::id::VersionId;
use crate::image::{Image, ImageChange, Version};
use crate::sbom::{FoundSbom, SbomFormat, SbomRecord};
use crate::store::Store;
use crate::testing::{Member, World};

use SbomFormat::{CycloneDx15, Spdx23};

/// A world with one licensed image of one version, and a viewer.
async fn one_version(store: Arc<dyn Store>) -> (World, Member, Image, Version) {
    let world = World::new(store);
    let viewer = world.viewer("acme").await;
    let image = world.image("java17", ImageChange::default()).await;
    world.grant("acme", "java17").await;
    let version = world.version("java17", "1.0", "2025-12-01T00:00:00Z").await;
    (world, viewer, image, version)
}

async fn find(
    world: &World,
    who: &Member,
    version: &Version,
    format: SbomFormat,
    content: Option<&[u8]>,
) -> Option<FoundSbom> {
    let content = content.map(Sha256::of);
    match world.sboms().find(&who.sboms(), version.image, version.id, format, content).await {
        Ok(found) => Some(found),
        Err(error) => {
            assert_eq!(error.key(), ErrorKey::NotFound);
            None
        }
    }
}

async fn round_trip(store: Arc<dyn Store>, decode: Decode, documents: &[Vec<u8>]) {
    let (world, viewer, image, version) = one_version(store).await;
    for bytes in documents {
        let record = world.sbom("java17", "1.0", CycloneDx15, bytes).await.record.into_inner();
        let found = find(&world, &viewer, &version, CycloneDx15, None).await.unwrap();
        let expected = SbomRecord {
            id: record.id,
            version: version.id,
            format: CycloneDx15,
            content: Sha256::of(bytes),
            size_bytes: bytes.len() as u64,
            imported_at: record.imported_at,
        };
        assert_eq!((&found.image, &found.version, &found.record), (&image, &version, &expected));
        let content = world.sboms().content(&viewer.sboms(), &found.record).await.unwrap();
        assert!(decode(content) == *bytes, "{} bytes came back otherwise", bytes.len());
    }
}

/// Whatever the bytes, all 256 of them, and none.
pub async fn an_sbom_comes_back_byte_for_byte(store: Arc<dyn Store>, decode: Decode) {
    let every_byte: Vec<u8> = (0..=255).collect();
    let documents = [
        b"{\r\n\t\"a\" : 1.0 }\r\n\n".to_vec(),
        "\u{feff}{\"name\":\"日本語 🦀 e\u{301}\"}".as_bytes().to_vec(),
        every_byte,
        b"\x28\xb5\x2f\xfd looks like zstd and is not".to_vec(),
        b"\x00".to_vec(),
        Vec::new(),
    ];
    round_trip(store, decode, &documents).await;
}

/// 300 kB of every UTF-8 length, and 3 MB.
pub async fn a_large_sbom_comes_back_byte_for_byte(store: Arc<dyn Store>, decode: Decode) {
    let text = |chars: u32, step: u32| -> Vec<u8> {
        let numbers = (0..chars).map(|n| n.wrapping_mul(step) % 0x11_0000);
        numbers.filter_map(char::from_u32).collect::<String>().into_bytes()
    };
    let (small, large) = (text(80_000, 7_919), text(900_000, 104_729));
    assert!(small.len() > 300_000 && large.len() > 3_000_000, "{} {}", small.len(), large.len());
    round_trip(store, decode, &[small, large]).await;
}

/// By the order of import: the clock may stand still, or be set back.
pub async fn an_sbom_uploaded_later_becomes_current(store: Arc<dyn Store>) {
    let (world, viewer, _, version) = one_version(store).await;
    assert!(find(&world, &viewer, &version, Spdx23, None).await.is_none());
    let back = crate::testing::fixtures::at("2020-01-01T00:00:00Z");
    for (number, bytes) in [b"{\"n\":1}", b"{\"n\":2}", b"{\"n\":3}"].into_iter().enumerate() {
        if number == 2 {
            world.clock.set(back);
        }
        let imported = world.sbom("java17", "1.0", Spdx23, bytes).await.record;
        assert_eq!(imported.outcome(), "created");
        let current = find(&world, &viewer, &version, Spdx23, None).await.unwrap().record;
        assert_eq!((current.content, &current), (Sha256::of(bytes), &imported.into_inner()));
    }
}

/// The same bytes again change nothing.
pub async fn an_sbom_uploaded_again_does_not_become_current_again(store: Arc<dyn Store>) {
    let (world, viewer, _, version) = one_version(store).await;
    let first = world.sbom("java17", "1.0", Spdx23, b"{\"n\":1}").await.record.into_inner();
    let second = world.sbom("java17", "1.0", Spdx23, b"{\"n\":2}").await.record.into_inner();
    let again = world.sbom("java17", "1.0", Spdx23, b"{\"n\":1}").await.record;
    assert_eq!((again.outcome(), again.into_inner()), ("unchanged", first));
    assert_eq!(find(&world, &viewer, &version, Spdx23, None).await.unwrap().record, second);
}

/// The current one too.
pub async fn earlier_sboms_are_found_by_their_hash(store: Arc<dyn Store>) {
    let (world, viewer, _, version) = one_version(store).await;
    for bytes in [b"{\"n\":1}", b"{\"n\":2}"] {
        world.sbom("java17", "1.0", Spdx23, bytes).await;
    }
    for bytes in [b"{\"n\":1}", b"{\"n\":2}"] {
        let found = find(&world, &viewer, &version, Spdx23, Some(bytes)).await.unwrap();
        assert_eq!(found.record.content, Sha256::of(bytes));
        assert!(find(&world, &viewer, &version, CycloneDx15, Some(bytes)).await.is_none());
    }
    assert!(find(&world, &viewer, &version, Spdx23, Some(b"{\"n\":3}")).await.is_none());
}

/// Each has its own current document.
pub async fn sboms_of_two_formats_and_versions_do_not_mix(store: Arc<dyn Store>) {
    let (world, viewer, _, version) = one_version(store).await;
    let other = world.version("java17", "2.0", "2025-12-01T00:00:00Z").await;
    let stranger = Stock::of(&world, "java21").await.version;
    let mut expected: Vec<(VersionId, SbomFormat, SbomRecord)> = Vec::new();
    for (version, format, bytes) in
        [(&version, Spdx23, b"{\"s\":1}"), (&version, CycloneDx15, b"{\"c\":1}"), (&other, Spdx23, b"{\"s\":1}")]
    {
        let record = world.sbom("java17", version.name.as_str(), format, bytes).await.record;
        assert_eq!(record.outcome(), "created");
        expected.push((version.id, format, record.into_inner()));
    }
    for (version, format, record) in expected {
        let version = Version { id: version, ..other.clone() };
        assert_eq!(find(&world, &viewer, &version, format, None).await.unwrap().record, record);
    }
    assert!(find(&world, &viewer, &other, CycloneDx15, None).await.is_none());
    assert!(find(&world, &viewer, &stranger, Spdx23, None).await.is_none());
}
