//! A folder under the system's temporary folder that is gone when the command is.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::failure::{Context, Outcome};
use crate::interrupt::Undo;

pub(crate) struct Scratch {
    path: PathBuf,
    _undo: Undo,
}

impl Scratch {
    pub(crate) fn new(purpose: &str) -> Outcome<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("podarmor-{purpose}-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        // `create_dir` refuses what is there already, so nobody can lay a link in our way.
        std::fs::create_dir(&path).context(path.display())?;
        let doomed = path.clone();
        let undo = Undo::new(move || {
            let _ = std::fs::remove_dir_all(doomed);
        });
        Ok(Self { path, _undo: undo })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}
