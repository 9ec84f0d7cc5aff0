//! A folder for what a test leaves behind; dropped, it is removed.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

pub(crate) struct Folder(PathBuf);

impl Folder {
    /// A new, empty folder under the system's temporary one.
    pub(crate) fn new(purpose: &str) -> Self {
        let name = format!("cardea-{purpose}-{}", uuid::Uuid::now_v7().simple());
        let path = std::env::temp_dir().join(name);
        // 711: PostgreSQL runs as somebody else when we are root, and has to get through to its
        // own folder.
        DirBuilder::new()
            .mode(0o711)
            .create(&path)
            .expect("the temporary folder is writable");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A server that is just dying may still write; what is left is the system's to clear.
        drop(fs::remove_dir_all(&self.0));
    }
}
