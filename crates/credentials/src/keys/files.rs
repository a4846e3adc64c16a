//! Files that only their owner may read, written all at once or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use podarmor_domain::Timestamp;
use zeroize::Zeroizing;

use crate::CredentialsError;

/// No key is larger; a larger file is not read.
const MAX_BYTES: u64 = 16 * 1024;
const LOCK_FILE: &str = ".lock";
const UNFINISHED: &str = ".unfinished";

fn at(path: &Path) -> impl FnOnce(io::Error) -> CredentialsError {
    move |source| CredentialsError::File { path: path.to_owned(), source }
}

/// Makes the folder for its owner only, or checks that nobody else can put keys into it.
pub(super) fn make_folder(folder: &Path) -> Result<(), CredentialsError> {
    if folder.exists() {
        return refuse_bits(folder, 0o022, "written", "700");
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(at(folder))
}

/// The names of the files of a folder, as far as they are text.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, CredentialsError> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(at(folder))?;
    Ok(entries.into_iter().filter_map(|entry| entry.file_name().into_string().ok()).collect())
}

/// Reads a file that must be closed to everybody but its owner.
pub(super) fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, CredentialsError> {
    refuse_bits(path, 0o077, "read or written", "600")?;
    // Room for all of it from the start: a buffer that grows leaves copies of the key behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES as usize + 1));
    let file = File::open(path).map_err(at(path))?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(at(path))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(CredentialsError::NotAKey { path: path.to_owned(), expected: "is larger than any key" });
    }
    Ok(bytes)
}

/// When a file or folder was last changed, as far as the file system tells: a folder when something
/// came or went.
pub(crate) fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

/// [`modified`], as the domain writes time; 1970 when the file system does not tell.
pub(super) fn modified_at(path: &Path) -> Timestamp {
    let since_epoch = modified(path).and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
    Timestamp::EPOCH.plus(since_epoch.unwrap_or_default())
}

/// Deletes a file. Call it under the [`lock`].
pub(super) fn remove(folder: &Path, name: &str) -> Result<(), CredentialsError> {
    let path = folder.join(name);
    fs::remove_file(&path).map_err(at(&path))?;
    sync_folder(folder)
}

/// Waits until no other process makes keys in this folder; the lock ends with the file.
pub(super) fn lock(folder: &Path) -> Result<File, CredentialsError> {
    let path = folder.join(LOCK_FILE);
    let file =
        owner_only(OpenOptions::new().write(true).create(true).truncate(false)).open(&path).map_err(at(&path))?;
    file.lock().map_err(at(&path))?;
    Ok(file)
}

/// Writes a new file: under another name, to the disk, and only then under its own, so that
/// nobody ever reads half a key. Call it under the [`lock`].
pub(super) fn create(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), CredentialsError> {
    let (unfinished, path) = (folder.join(UNFINISHED), folder.join(name));
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(&unfinished)(error)),
        _ => {}
    }
    let mut file = owner_only(OpenOptions::new().write(true).create_new(true)).open(&unfinished).map_err(at(&path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(at(&path))?;
    fs::rename(&unfinished, &path).map_err(at(&path))?;
    sync_folder(folder)
}

fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> Result<(), CredentialsError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> Result<(), CredentialsError> {
    Ok(())
}

#[cfg(unix)]
fn refuse_bits(path: &Path, bits: u32, access: &'static str, fix: &'static str) -> Result<(), CredentialsError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).map_err(at(path))?.permissions().mode() & 0o7777;
    // A folder with the sticky bit is written by others all the same: they can add files.
    if mode & bits == 0 {
        return Ok(());
    }
    Err(CredentialsError::TooOpen { path: PathBuf::from(path), access, mode, fix })
}

#[cfg(not(unix))]
fn refuse_bits(_path: &Path, _bits: u32, _access: &'static str, _fix: &'static str) -> Result<(), CredentialsError> {
    Ok(())
}
