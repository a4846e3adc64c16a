//! SBOM documents: kept and handed out byte for byte.

mod model;
mod ports;
mod service;

pub use model::{SbomContent, SbomDocument, SbomFormat, SbomRecord};
pub use ports::{SbomImports, Sboms};
pub use service::{FoundSbom, SbomImport, SbomImporter, SbomService};
