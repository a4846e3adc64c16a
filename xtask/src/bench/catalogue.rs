//! The catalogue that answers are measured on: fifty images, each with a scan.

use crate::corpus::{Document, figures};
use crate::failure::Outcome;
use crate::portal::Portal;

const IMAGES: usize = 50;
const VERSION: &str = "1.0.0-r0";

pub(crate) fn fill(portal: &Portal, reports: &[Document]) -> Outcome {
    // Small ones that say when they were made: how long an import takes is measured elsewhere.
    let small: Vec<&Document> = reports
        .iter()
        .filter(|report| report.json["descriptor"]["timestamp"].is_string())
        .filter(|report| (1..60).contains(&figures(&report.json).matches))
        .collect();
    println!("making a catalogue of {IMAGES} images from {} reports", small.len());
    for (number, report) in (0..IMAGES).zip(small.iter().cycle()) {
        let image = format!("image-{number:02}");
        portal.publish(&image, VERSION, 50_000_000)?;
        portal.run(&["scan", "import", &image, VERSION, &report.path_text()])?;
    }
    Ok(())
}
