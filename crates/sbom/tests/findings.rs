//! Documents that were found by fuzzing, each of which once went wrong.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

use podarmor_sbom::{Bom, check, read, write_cyclonedx, write_spdx};

#[test]
fn what_fuzzing_found_stays_right() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/findings");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let document = std::fs::read(&path).unwrap();
        let _ = check(&document);
        let Ok(reading) = read(&document) else { continue };
        count += 1;
        let writers: [fn(&Bom<'_>) -> Vec<u8>; 2] = [write_spdx, write_cyclonedx];
        for write in writers {
            let rendered = write(&reading.bom);
            assert_eq!(check(&rendered), [], "{}", path.display());
            let again = read(&rendered).unwrap();
            assert_eq!(again.bom.components.len(), reading.bom.components.len(), "{}", path.display());
            let twice = write(&again.bom);
            assert!(twice == rendered, "{}: {}", path.display(), String::from_utf8_lossy(&twice));
        }
    }
    assert!(count > 1);
}
