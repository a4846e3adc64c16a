//! Every document of the folder that `PODARMOR_SBOM_CORPUS` names goes through both formats and
//! comes back as it was. Without the variable there is nothing to do.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod facts;

use podarmor_sbom::{Bom, SbomError, check, parity, read, write_cyclonedx, write_spdx};

#[test]
fn documents_come_back_as_they_were() {
    let Some(folder) = std::env::var_os("PODARMOR_SBOM_CORPUS") else { return };
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display();
        let document = std::fs::read(&path).unwrap();
        let bom = match read(&document) {
            Ok(reading) => reading.bom,
            Err(SbomError::UnsupportedVersion(_)) => continue,
            Err(error) => panic!("{name}: {error}"),
        };
        count += 1;
        let writers: [fn(&Bom<'_>) -> Vec<u8>; 2] = [write_spdx, write_cyclonedx];
        for (write, other) in [(writers[0], writers[1]), (writers[1], writers[0])] {
            let once = write(&bom);
            let through = other(&read(&once).unwrap().bom);
            assert_eq!(check(&once), [], "{name}");
            assert!(through == other(&bom), "{name}: other bytes when it took the way through the other format");
            let back = read(&through).unwrap().bom;
            assert_eq!(facts::compare(&bom, &back), Vec::<String>::new(), "{name}");
            assert!(parity(&bom, &back).holds(), "{name}");
        }
    }
    assert!(count > 0, "no document that is read");
}
