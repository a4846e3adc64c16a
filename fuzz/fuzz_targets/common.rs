//! What is expected of any bytes: no panic, and what can be read can be rendered, is valid by
//! the official schemas, and can be read again.

use podarmor_sbom::{Format, check, read, write_cyclonedx, write_spdx};

/// Reads `document` if `wanted` takes its format.
pub fn convert(document: &[u8], wanted: fn(&Format) -> bool) {
    let _ = check(document);
    let Ok(reading) = read(document) else { return };
    if !wanted(&reading.format) {
        return;
    }
    for write in [write_spdx, write_cyclonedx] {
        let rendered = write(&reading.bom);
        let findings = check(&rendered);
        assert!(findings.is_empty(), "{findings:?}\n{}", String::from_utf8_lossy(&rendered));
        let again = match read(&rendered) {
            Ok(again) => again,
            Err(error) => panic!("{error}\n{}", String::from_utf8_lossy(&rendered)),
        };
        let counts = |bom: &podarmor_sbom::Bom<'_>| (bom.components.len(), bom.packages().count());
        assert_eq!(counts(&reading.bom), counts(&again.bom), "{}", String::from_utf8_lossy(&rendered));
        assert_eq!(write(&again.bom), rendered, "not the same when rendered again");
    }
}
