//! Every SBOM of a format that the portal keeps: what is downloaded is what was imported, byte for byte.

use serde_json::Value;

use super::{Case, Document};
use crate::failure::Outcome;
use crate::portal::{Portal, Session, image_name, sha256};

const VERSION: &str = "1.0.0-r0";

struct Sbom<'a> {
    document: &'a Document,
    served_as: &'static str,
    image: String,
}

pub(super) fn cases(documents: &[Document]) -> Vec<Box<dyn Case + '_>> {
    documents
        .iter()
        .filter_map(|document| {
            let served_as = document.format.served_as()?;
            let image = image_name("sbom-", document.file_name());
            Some(Box::new(Sbom { document, served_as, image }) as Box<dyn Case>)
        })
        .collect()
}

impl Case for Sbom<'_> {
    fn name(&self) -> String {
        self.document.name.clone()
    }

    fn import(&mut self, portal: &Portal) -> Outcome {
        portal.publish(&self.image, VERSION, self.document.bytes.len())?;
        portal.run(&["sbom", "import", &self.image, VERSION, &self.document.path_text()])?;
        Ok(())
    }

    fn compare(&self, session: &Session, images: &[Value]) -> Outcome<String> {
        let (place, _) = session.only_version(images, &self.image)?;
        let answer = session.get(&place.below(&format!("sbom/{}", self.served_as)))?;
        if answer.status != 200 {
            return Err(format!("download answers {}", answer.status));
        }
        let (served, imported) = (sha256(&answer.body), sha256(&self.document.bytes));
        if served != imported {
            return Err(format!("served with sha-256 {served}, imported with {imported}"));
        }
        if answer.head.header("x-sbom-origin") != Some("verbatim") {
            return Err("X-SBOM-Origin is not `verbatim`".into());
        }
        Ok(format!("sha-256 {served}"))
    }
}
