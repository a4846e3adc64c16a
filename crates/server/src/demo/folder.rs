//! The demo's folder: recognised by a marker, locked while a demo runs, emptied before it
//! starts. Nothing is ever deleted in a folder without the marker.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::DemoError;

const MARKER: &str = ".podarmor-demo";
const MARKER_TEXT: &str = "This folder was made by `podarmor demo`, which empties it at every start.\n";

/// A folder that is the demo's for as long as this lives.
#[derive(Debug)]
pub(crate) struct DemoFolder {
    path: PathBuf,
    _lock: File,
}

/// A folder of the user's own, because a fixed name in a folder that all users share could be
/// somebody else's: the cache folder (XDG base directory specification), if there is one.
pub(super) fn default_path() -> PathBuf {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")));
    cache.unwrap_or_else(std::env::temp_dir).join("podarmor-demo")
}

impl DemoFolder {
    /// Makes the folder, or empties the one that an earlier demo made.
    pub(super) fn take(path: PathBuf) -> Result<Self, DemoError> {
        let failed = |source| DemoError::Folder { path: path.clone(), source };
        make(&path).map_err(failed)?;
        let marker = path.join(MARKER);
        let ours = fs::symlink_metadata(&marker).is_ok_and(|found| found.is_file());
        if !ours && fs::read_dir(&path).map_err(failed)?.next().is_some() {
            return Err(DemoError::NotOurs(path));
        }
        let mut lock = OpenOptions::new().write(true).create(true).truncate(false).open(&marker).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(DemoError::Running(path)),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        lock.write_all(MARKER_TEXT.as_bytes()).map_err(failed)?;
        empty(&path).map_err(failed)?;
        Ok(Self { path, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

fn make(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Deletes everything but the marker. Links are deleted, not followed.
fn empty(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_name() == MARKER {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
