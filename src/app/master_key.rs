//! The master key: from the configuration, from its file, or made at the first start.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use super::StartError;
use crate::config::{Config, decode_master_key};
use crate::crypto::random;
use crate::crypto::sealed::MasterKey;

/// Longer than any spelling of 32 bytes.
const MAXIMUM_FILE_BYTES: u64 = 1024;

/// Whether something in the database needs the key that it was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sealed {
    Nothing,
    Something,
}

/// The master key. A file is made if there is none and nothing was sealed yet.
pub(super) fn load(config: &Config, sealed: Sealed) -> Result<MasterKey, StartError> {
    if let Some(key) = &config.keys.master_key {
        return decode(key.expose_secret(), Path::new("`keys.master_key`"));
    }
    let path = config.master_key_file();
    let failed = |source| StartError::MasterKeyFile {
        path: path.clone(),
        source,
    };
    let mut file = match File::open(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if sealed == Sealed::Something {
                return Err(StartError::MasterKeyMissing { path });
            }
            match make(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => File::open(&path),
                made => return made.map_err(failed),
            }
        }
        opened => opened,
    }
    .map_err(failed)?;
    warn_if_readable_by_others(&file, &path);
    let mut text = Zeroizing::new(String::new());
    (&mut file)
        .take(MAXIMUM_FILE_BYTES)
        .read_to_string(&mut text)
        .map_err(failed)?;
    decode(&text, &path)
}

fn decode(text: &str, place: &Path) -> Result<MasterKey, StartError> {
    let key = decode_master_key(text).ok_or_else(|| StartError::MasterKeyMalformed {
        place: place.to_owned(),
    })?;
    Ok(MasterKey::new(key.expose_secret()))
}

/// Makes the key, unless another process is faster: then its key is everybody's. The file appears
/// whole or not at all.
fn make(path: &Path) -> std::io::Result<MasterKey> {
    let key = Zeroizing::new(random::bytes::<{ MasterKey::LENGTH }>());
    let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(*key) + "\n");
    let draft = path.with_extension(format!("{}.draft", uuid::Uuid::now_v7()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    match std::fs::hard_link(&draft, path) {
        // A file system without links: then two that start at once may each make one, and the
        // second to seal something is told so.
        Err(error) if error.kind() != ErrorKind::AlreadyExists => std::fs::rename(&draft, path)?,
        linked => {
            std::fs::remove_file(&draft)?;
            linked?;
        }
    }
    // The name must survive a power cut as the database will: what it seals needs this key.
    if let Some(directory) = path.parent().filter(|path| !path.as_os_str().is_empty()) {
        File::open(directory)?.sync_all()?;
    }
    tracing::info!(path = %path.display(), "made a master key; keep a copy in a safe place");
    Ok(MasterKey::new(&key))
}

#[cfg(unix)]
fn warn_if_readable_by_others(file: &File, path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = file
        .metadata()
        .map_or(0, |about| about.permissions().mode());
    if mode & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "others may read the master key: chmod 600 it");
    }
}

#[cfg(not(unix))]
fn warn_if_readable_by_others(_file: &File, _path: &Path) {}
