//! CycloneDX in JSON.

mod dependencies;
mod identify;
mod nesting;
pub(crate) mod objects;
mod reader;
pub(crate) mod writer;

pub(crate) use identify::read as identify;
pub(crate) use reader::{
    CPE, has_shape_of_file, hash, own_field, properties_json, read as from_objects, reference_json, supplier_json, tool,
};
