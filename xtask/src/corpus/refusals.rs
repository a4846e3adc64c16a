//! Every document of a format that the portal does not read: refused by name, and nothing of it is kept.

use serde_json::Value;

use super::scans::ASSUMED_TIME;
use super::{Case, Document, Format};
use crate::failure::Outcome;
use crate::portal::{Portal, Session, image_name};

const VERSION: &str = "1.0.0-r0";

struct Refusal<'a> {
    document: &'a Document,
    image: String,
}

pub(super) fn cases(documents: &[Document]) -> Vec<Box<dyn Case + '_>> {
    documents
        .iter()
        .filter(|document| document.format != Format::Grype && document.format.served_as().is_none())
        .map(|document| {
            let image = image_name("refused-", &document.name);
            Box::new(Refusal { document, image }) as Box<dyn Case>
        })
        .collect()
}

impl Case for Refusal<'_> {
    fn name(&self) -> String {
        self.document.name.clone()
    }

    fn import(&mut self, portal: &Portal) -> Outcome {
        portal.publish(&self.image, VERSION, self.document.bytes.len())?;
        let path = self.document.path_text();
        let (image, path) = (self.image.as_str(), path.as_str());
        let ran = if self.document.format == Format::Trivy {
            portal.try_run(&["scan", "import", image, VERSION, path, "--scanned-at", ASSUMED_TIME])?
        } else {
            portal.try_run(&["sbom", "import", image, VERSION, path])?
        };
        if ran.ok {
            return Err("was imported".into());
        }
        let said = ran.stderr.to_ascii_lowercase();
        match self.document.format.words().into_iter().find(|word| !said.contains(word)) {
            Some(word) => Err(format!("the refusal does not say `{word}`: {}", ran.said())),
            None => Ok(()),
        }
    }

    fn compare(&self, session: &Session, images: &[Value]) -> Outcome<String> {
        let (place, version) = session.only_version(images, &self.image)?;
        if !version["counts"].is_null() {
            return Err("refused, and yet the version has counts".into());
        }
        for format in ["spdx", "cyclonedx"] {
            let status = session.get(&place.below(&format!("sbom/{format}")))?.status;
            if status != 404 {
                return Err(format!("refused, and yet sbom/{format} answers {status}"));
            }
        }
        Ok("refused by name".into())
    }
}
