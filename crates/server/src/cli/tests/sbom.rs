//! `sbom convert`, `sbom diff` and `sbom validate`, which work on files alone.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Parser as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cli::sbom::{InFiles, Report, Sbom};
use crate::cli::{Cli, Command, Failure, run};
use crate::config::Config;
use crate::console::{Answer, Console};

const CONSOLE: Console = Console { json: false };
const SPDX: &str = "everything.spdx.json";
const CYCLONEDX: &str = "everything.cdx.json";
const SYFT: &str = "everything.syft.json";
const TAG_VALUE: &str = "everything.spdx";

/// Documents in a folder, and a data folder beside them that no command makes.
struct Folder(TempDir);

impl Folder {
    /// With a document of each format that says all that it can.
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../sbom/tests/fixtures");
        for name in [SPDX, CYCLONEDX, SYFT, TAG_VALUE] {
            fs::copy(fixtures.join(name), folder.path(name)).unwrap();
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    fn write(&self, name: &str, document: impl AsRef<[u8]>) {
        fs::write(self.path(name), document).unwrap();
    }

    /// The command of a line in which words with a dot are files of the folder.
    fn command(&self, line: &str) -> Command {
        let word = |word: &str| if word.contains('.') { self.path(word).into() } else { word.into() };
        let words = std::iter::once("podarmor".into()).chain(line.split(' ').map(word));
        Cli::try_parse_from::<_, std::ffi::OsString>(words).unwrap().command
    }

    async fn run(&self, line: &str) -> Result<Answer, Failure> {
        let data = self.path("data");
        let answer = run(self.command(line), Config::for_data_dir(data.clone()), CONSOLE).await;
        assert!(!data.exists(), "no database is made");
        Ok(answer?.unwrap())
    }

    async fn answer(&self, line: &str) -> Answer {
        self.run(line).await.unwrap_or_else(|failure| panic!("{line}: {failure}"))
    }

    /// The one line in which a command fails, without the folder's path.
    async fn refusal(&self, line: &str) -> String {
        let failure = self.run(line).await.err().unwrap_or_else(|| panic!("{line} was done"));
        failure.to_string().replace(&format!("{}/", self.0.path().display()), "")
    }

    fn report(&self, name: &str) -> Result<Report, Failure> {
        match self.command(&format!("sbom validate {name}")) {
            Command::Sbom(Sbom::InFiles(InFiles::Validate(validate))) => validate.report(CONSOLE),
            other => panic!("{other:?}"),
        }
    }

    /// The places of what is found in a document.
    fn pointers(&self, name: &str) -> Vec<Value> {
        let report = self.report(name).unwrap();
        let findings = report.answer().json["findings"].take();
        assert_eq!(report.verdict().is_ok(), findings == json!([]));
        findings.as_array().unwrap().iter().map(|finding| finding["pointer"].clone()).collect()
    }
}

/// A CycloneDX document of packages, each a name and a version.
fn packages(packages: &[(&str, &str)]) -> String {
    let component = |(name, version): &(&str, &str)| match *version {
        "" => json!({"type": "library", "name": name, "purl": format!("pkg:generic/{name}")}),
        _ => {
            let purl = format!("pkg:generic/{name}@{version}");
            json!({"type": "library", "name": name, "version": version, "purl": purl})
        }
    };
    let components: Value = packages.iter().map(component).collect();
    json!({"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components}).to_string()
}

#[tokio::test]
async fn every_format_is_converted_into_both_and_what_is_written_is_valid() {
    let folder = Folder::new();
    for file in [SPDX, CYCLONEDX, SYFT, TAG_VALUE] {
        for (format, kept) in [("spdx", "spdx-2.3"), ("cyclonedx", "cyclonedx-1.5")] {
            let answer = folder.answer(&format!("sbom convert {file} --to {format} -o out.json")).await;
            let written = folder.read("out.json");
            let source = folder.read(file);
            let reading = podarmor_sbom::read(&source).unwrap();
            let expected = match format {
                "spdx" => podarmor_sbom::write_spdx(&reading.bom),
                _ => podarmor_sbom::write_cyclonedx(&reading.bom),
            };
            assert!(written == expected, "{file} as {format}");
            assert_eq!(folder.pointers("out.json"), Vec::<Value>::new());
            let (out, from) = (folder.path("out.json"), reading.format.to_string());
            let json = json!({"file": out, "from": from, "format": kept, "sizeBytes": written.len()});
            assert_eq!(answer.json, json);
            let text = format!("wrote {}: {kept} from {from}, {} bytes", out.display(), written.len());
            assert_eq!(answer.text, text);
        }
    }
}

#[tokio::test]
async fn a_document_comes_back_from_the_other_format() {
    let folder = Folder::new();
    for (file, own, other) in [(SPDX, "spdx", "cyclonedx"), (CYCLONEDX, "cyclonedx", "spdx")] {
        folder.answer(&format!("sbom convert {file} --to {own} -o plain.json")).await;
        folder.answer(&format!("sbom convert {file} --to {other} -o there.json")).await;
        folder.answer(&format!("sbom convert there.json --to {own} -o back.json")).await;
        assert!(folder.read("there.json") != folder.read("plain.json"));
        assert!(folder.read("back.json") == folder.read("plain.json"), "{file}");
    }
}

#[tokio::test]
async fn compressed_documents_are_read_and_an_older_file_is_replaced() {
    let folder = Folder::new();
    let plain = folder.read(SPDX);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&plain).unwrap();
    folder.write("a.json.gz", gzip.finish().unwrap());
    folder.write("a.json.zst", zstd::encode_all(plain.as_slice(), 3).unwrap());
    folder.answer(&format!("sbom convert {SPDX} --to cyclonedx -o plain.json")).await;
    for compressed in ["a.json.gz", "a.json.zst"] {
        folder.write("out.json", vec![b' '; 1_000_000]);
        folder.answer(&format!("sbom convert {compressed} --to cyclonedx -o out.json")).await;
        assert!(folder.read("out.json") == folder.read("plain.json"), "{compressed}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_or_written_is_named_with_its_place_and_nothing_is_written() {
    let folder = Folder::new();
    let whole = folder.read(SPDX);
    folder.write("cut.json", &whole[..whole.len() / 2]);
    folder.write("type.json", r#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{"name": 1}]}"#);
    folder.write("old.json", r#"{"bomFormat": "CycloneDX", "specVersion": "1.3"}"#);
    for (file, parts) in [
        ("cut.json", &["cut.json: not readable as JSON: cut off", ", at /", " (line "][..]),
        ("type.json", &["type.json: not as the format has it", ", at /components/0/name (line 1, column "]),
        ("old.json", &["old.json: this is CycloneDX 1.3 (JSON); "]),
        ("none.json", &["none.json: "]),
    ] {
        for line in [&format!("convert {file} --to spdx -o out.json"), &format!("diff {SPDX} {file}")] {
            let message = folder.refusal(&format!("sbom {line}")).await;
            assert!(parts.iter().all(|part| message.contains(part)), "{line}: {message}");
        }
    }
    assert!(!folder.path("out.json").exists());
    let message = folder.refusal(&format!("sbom convert {SPDX} --to spdx -o no/such.json")).await;
    assert!(message.starts_with("no/such.json: "), "{message}");
}

#[tokio::test]
async fn packages_that_were_added_removed_and_changed_are_listed() {
    let folder = Folder::new();
    folder.write("a.json", packages(&[("zlib", "1.2"), ("bash", "5"), ("curl", ""), ("same", "1")]));
    folder
        .write("b.json", packages(&[("zlib", "1.3"), ("zlib", "1.2"), ("curl", "8"), ("dash", "0.5"), ("same", "1")]));
    let answer = folder.answer("sbom diff a.json b.json").await;
    assert_eq!(
        answer.text,
        "added    pkg:generic/dash  0.5\n\
         removed  pkg:generic/bash  5\n\
         changed  pkg:generic/curl  - -> 8\n\
         changed  pkg:generic/zlib  1.2 -> 1.2, 1.3\n\
         1 added, 1 removed, 2 changed"
    );
    let json = json!({
        "added": [{"name": "pkg:generic/dash", "version": "0.5"}],
        "removed": [{"name": "pkg:generic/bash", "version": "5"}],
        "changed": [
            {"name": "pkg:generic/curl", "before": [null], "after": ["8"]},
            {"name": "pkg:generic/zlib", "before": ["1.2"], "after": ["1.2", "1.3"]},
        ],
    });
    assert_eq!(answer.json, json);
}

#[tokio::test]
async fn a_document_in_the_other_format_has_the_same_packages() {
    let folder = Folder::new();
    folder.answer(&format!("sbom convert {SPDX} --to cyclonedx -o other.json")).await;
    let answer = folder.answer(&format!("sbom diff {SPDX} other.json")).await;
    assert_eq!(answer.text, "no package was added, removed or changed");
    assert_eq!(answer.json, json!({"added": [], "removed": [], "changed": []}));
}

#[tokio::test]
async fn names_in_a_document_do_not_reach_the_terminal_as_control_characters() {
    let folder = Folder::new();
    folder.write("a.json", packages(&[]));
    folder.write("b.json", packages(&[("x\u{1b}[2J", "1\u{9b}2\n3")]));
    let answer = folder.answer("sbom diff a.json b.json").await;
    assert!(!answer.text.replace('\n', "").contains(char::is_control), "{:?}", answer.text);
    assert_eq!(answer.text.lines().count(), 2);
}

#[tokio::test]
async fn standard_input_is_one_document() {
    let failure = Folder::new().run("sbom diff - -").await.unwrap_err();
    assert!(matches!(failure, Failure::Usage(_)), "{failure}");
}

#[tokio::test]
async fn a_valid_document_is_told_with_its_format_and_version() {
    let folder = Folder::new();
    folder.answer(&format!("sbom convert {SYFT} --to spdx -o out.spdx.json")).await;
    folder.write("out.cdx.json", packages(&[("zlib", "1.3")]));
    for (file, name, format, version) in [
        ("out.spdx.json", "SPDX 2.3 (JSON)", "spdx", "2.3"),
        ("out.cdx.json", "CycloneDX 1.5 (JSON)", "cyclonedx", "1.5"),
        (TAG_VALUE, "SPDX 2.2 (tag-value)", "spdx-tag-value", "2.2"),
    ] {
        let answer = folder.answer(&format!("sbom validate {file}")).await;
        assert_eq!(answer.text, format!("{name}: no findings\n"));
        assert_eq!(answer.json, json!({"format": format, "version": version, "findings": []}));
    }
}

#[tokio::test]
async fn findings_are_told_with_their_places_and_fail_the_command() {
    let folder = Folder::new();
    let twice = r#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "serialNumber": "x",
        "components": [{"type": "library", "name": "a", "bom-ref": "a"}, {"type": "book", "name": "b", "bom-ref": "a"}]}"#;
    folder.write("twice.json", twice);
    let found = ["/serialNumber", "/components/1/type", "/components/1/bom-ref"];
    assert_eq!(folder.pointers("twice.json"), found.map(Value::from));
    let report = folder.report("twice.json").unwrap();
    let text = report.answer().text;
    assert!(text.starts_with("CycloneDX 1.5 (JSON): 3 findings\n/serialNumber  "), "{text}");
    assert!(text.contains("\n/components/1/bom-ref  `a` is that of another element\n"), "{text}");
    let failure = report.verdict().unwrap_err();
    assert_eq!(failure.to_string(), format!("{}: 3 findings", folder.path("twice.json").display()));
    assert_eq!(format!("{:?}", failure.exit_code()), format!("{:?}", std::process::ExitCode::FAILURE));
}

#[tokio::test]
async fn a_malformed_document_has_findings_and_one_that_is_cut_off_is_refused() {
    let folder = Folder::new();
    folder.write("type.json", r#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{"name": 1}]}"#);
    assert!(folder.pointers("type.json").contains(&json!("/components/0/name")));
    folder.write("cut.json", &folder.read(SPDX)[..2_000]);
    let refused = folder.report("cut.json").err().unwrap().to_string();
    assert!(refused.contains("cut off") && refused.contains(" (line "), "{refused}");
}
