//! The bytes of both writers, and that they change with their version only.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::path::{Path, PathBuf};

use podarmor_sbom::{RENDERER_VERSION, check, read, write_cyclonedx, write_spdx};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

const FIXTURES: [&str; 4] = ["everything.spdx.json", "everything.cdx.json", "everything.spdx", "everything.syft.json"];

/// Each document that is rendered, by the name of its file.
fn rendered() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for name in FIXTURES {
        let document = std::fs::read(folder("fixtures").join(name)).unwrap();
        let bom = read(&document).unwrap().bom;
        all.push((format!("{name}.as.spdx.json"), write_spdx(&bom)));
        all.push((format!("{name}.as.cdx.json"), write_cyclonedx(&bom)));
    }
    all
}

/// To take new bytes over, raise `RENDERER_VERSION` and run with `UPDATE_GOLDEN=1`.
#[test]
fn other_bytes_are_another_version_of_the_renderer() {
    let golden = folder("golden");
    let version = std::fs::read_to_string(golden.join("VERSION")).unwrap_or_default();
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    for (name, bytes) in rendered() {
        let expected = std::fs::read(golden.join(&name)).unwrap_or_default();
        if expected == bytes {
            continue;
        }
        assert!(update && version.trim() != RENDERER_VERSION, "{name} changed: raise RENDERER_VERSION, then update");
        std::fs::write(golden.join(&name), bytes).unwrap();
    }
    if update {
        std::fs::write(golden.join("VERSION"), RENDERER_VERSION).unwrap();
    } else {
        assert_eq!(version, RENDERER_VERSION, "the golden files are of another version");
    }
}

#[test]
fn what_is_rendered_is_valid_by_the_official_schema() {
    for (name, bytes) in rendered() {
        assert_eq!(check(&bytes), [], "{name}");
    }
}

#[test]
fn the_order_in_which_a_document_tells_does_not_matter() {
    for name in FIXTURES {
        let document = std::fs::read(folder("fixtures").join(name)).unwrap();
        let mut bom = read(&document).unwrap().bom;
        let (spdx, cyclonedx) = (write_spdx(&bom), write_cyclonedx(&bom));
        let last = bom.components.len() - 1;
        bom.components.reverse();
        bom.subject = bom.subject.map(|subject| last - subject);
        for relationship in &mut bom.relationships {
            for end in [&mut relationship.from, &mut relationship.to] {
                if let podarmor_sbom::Element::Component(index) = end {
                    *index = last - *index;
                }
            }
        }
        bom.relationships.reverse();
        bom.licenses.reverse();
        bom.creators.reverse();
        assert!(write_spdx(&bom) == spdx, "{name}");
        assert!(write_cyclonedx(&bom) == cyclonedx, "{name}");
    }
}
