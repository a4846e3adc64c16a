//! Why a command failed, in one line, and its exit code.

use std::io;
use std::process::ExitCode;

use podarmor_domain::FieldError;

use crate::config::ConfigError;
use crate::documents::{DocumentError, Source};
use crate::wire::StartError;

/// Everything that ends a command early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Domain(#[from] podarmor_domain::Error),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("{from}: {cause}")]
    Document { from: Source, cause: DocumentError },
    #[error("{from}: {found}")]
    Invalid { from: Source, found: String },
    #[error(transparent)]
    Demo(#[from] crate::demo::DemoError),
    #[error("a second signal: stopped at once, and requests in flight were cut off")]
    CutOff,
    #[error("{0}")]
    Usage(&'static str),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Failure {
    /// 2 for wrong usage, as `clap` has it; else 1.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(if matches!(self, Self::Usage(_)) { 2 } else { 1 })
    }
}

impl From<FieldError> for Failure {
    fn from(field: FieldError) -> Self {
        Self::Domain(field.into())
    }
}

impl From<podarmor_domain::store::StoreError> for Failure {
    fn from(error: podarmor_domain::store::StoreError) -> Self {
        Self::Domain(error.into())
    }
}
