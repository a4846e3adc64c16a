//! Downloads a second of a small and a large SBOM, against nginx serving the same file.

use std::time::Duration;

use super::answers::row;
use super::load::Load;
use super::nginx;
use super::table::Table;
use super::{POSTGRES, SQLITE};
use crate::corpus::Document;
use crate::failure::{Context, Outcome};
use crate::portal::{Portal, Server, Session, image_name};
use crate::scratch::Scratch;

/// Fewer than for answers: sixteen of the large one are 200 MB under way.
const CONNECTIONS: usize = 16;
const VERSION: &str = "1.0.0-r0";
/// File in the corpus, what it is called, and the bars on SQLite and PostgreSQL.
const MEASURED: [(&str, &str, Option<[f64; 2]>); 2] = [
    ("made-node-app.spdx.json", "SBOM of 1 MB", Some([0.60, 0.20])),
    ("made-bookworm-large.spdx.json.gz", "SBOM of 10 MB", None),
];

pub(crate) struct Measured<'a> {
    document: &'a Document,
    image: String,
    what: &'static str,
    bars: Option<[f64; 2]>,
}

pub(crate) fn import<'a>(portal: &Portal, sboms: &'a [Document]) -> Outcome<Vec<Measured<'a>>> {
    let mut measured = Vec::new();
    for (file, what, bars) in MEASURED {
        let document = sboms
            .iter()
            .find(|document| document.file_name() == file)
            .ok_or_else(|| format!("the corpus has no {file}"))?;
        let image = image_name("download-", file);
        portal.publish(&image, VERSION, document.bytes.len())?;
        portal.run(&["sbom", "import", &image, VERSION, &document.path_text()])?;
        measured.push(Measured { document, image, what, bars });
    }
    Ok(measured)
}

pub(crate) fn measure(
    server: &Server,
    database: &str,
    measured: &[Measured<'_>],
    nginx: &nginx::Program,
    duration: Duration,
    rates: &mut Table,
) -> Outcome {
    let session = Session::sign_in(server)?;
    let images = session.list("/api/docker-images")?;
    let folder = Scratch::new("documents")?;
    for item in measured {
        let file = folder.join("document.json");
        std::fs::write(&file, &item.document.bytes).context(file.display())?;
        let (place, _) = session.only_version(&images, &item.image)?;
        let headers = session.headers();
        let load = |address: &str, path: &str| {
            Load { address, path, headers: &headers, connections: CONNECTIONS, duration }.measure()
        };
        let ours = load(&server.address, &place.below("sbom/spdx"))?;
        let running = nginx.serve(folder.path())?;
        let reference = load(&running.address, "/document.json")?;
        let bar = item.bars.and_then(|[sqlite, postgres]| match database {
            SQLITE => Some(sqlite),
            POSTGRES => Some(postgres),
            _ => None,
        });
        let what = format!("{} ({:.2} MB)", item.what, item.document.bytes.len() as f64 / 1e6);
        rates.push(row(&what, database, &ours, "nginx", &reference, bar));
    }
    Ok(())
}
