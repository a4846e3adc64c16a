//! The upstream image that an image replaces, as a scanner saw it, and the comparison with it.

mod comparison;
mod model;
mod ports;
mod service;

pub use comparison::{Comparison, Reduction};
pub use model::Baseline;
pub use ports::RecordedBaselines;
pub use service::BaselineService;
