//! Syft's own JSON.

mod identify;
pub(crate) mod objects;
mod reader;

pub(crate) use identify::read as identify;
pub(crate) use reader::read as from_objects;
