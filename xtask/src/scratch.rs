//! A folder for what a run leaves behind. Dropped, it is removed.

use std::env;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context, Result};

pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// # Errors
    /// When the folder can't be made, or is there already.
    pub(crate) fn new(purpose: &str) -> Result<Self> {
        let folder = env::temp_dir().join(format!("cardea-{purpose}-{}", process::id()));
        // 711: PostgreSQL runs as another user when we are root, and has to get through to its own folder.
        DirBuilder::new()
            .mode(0o711)
            .create(&folder)
            .with_context(|| format!("cannot make the temporary folder {}", folder.display()))?;
        Ok(Self(folder))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// A folder in it, that only its owner may enter.
    ///
    /// # Errors
    /// When it can't be made.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.0.join(name);
        DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .with_context(|| format!("cannot make the temporary folder {}", folder.display()))?;
        Ok(folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("cannot remove {}: {error}", self.0.display());
        }
    }
}
