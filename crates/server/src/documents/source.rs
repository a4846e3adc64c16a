//! A file, or standard input.

use std::ffi::OsStr;
use std::fmt::{Display, Formatter, Result as FmtResult};
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use super::{DocumentError, MAX_BYTES};

/// Where a document comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Stdin,
    File(PathBuf),
}

impl From<&OsStr> for Source {
    fn from(argument: &OsStr) -> Self {
        if argument == "-" { Self::Stdin } else { Self::File(argument.into()) }
    }
}

impl Display for Source {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

impl Source {
    /// All its bytes, as they are.
    pub(crate) fn read(&self) -> Result<Vec<u8>, DocumentError> {
        match self {
            Self::Stdin => read_bounded(io::stdin().lock(), 0),
            Self::File(path) => {
                let file = File::open(path).map_err(DocumentError::Read)?;
                let size = file.metadata().map_err(DocumentError::Read)?.len();
                if size > MAX_BYTES {
                    return Err(DocumentError::TooLarge(size));
                }
                read_bounded(file, size)
            }
        }
    }
}

/// The size that was announced is only a hint: a pipe has none and a file can grow.
fn read_bounded(reader: impl Read, size: u64) -> Result<Vec<u8>, DocumentError> {
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    reader.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(DocumentError::Read)?;
    match bytes.len() as u64 {
        0 => Err(DocumentError::Empty),
        length if length > MAX_BYTES => Err(DocumentError::Endless),
        _ => Ok(bytes),
    }
}
