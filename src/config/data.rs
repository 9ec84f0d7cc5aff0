//! `[data]`: where the server keeps its own files.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::faults::Problems;

/// Where the server keeps its own files.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// Directory of the embedded database and of the master key; made if it is not there.
    pub directory: PathBuf,
}

impl Default for Data {
    fn default() -> Self {
        Self {
            directory: PathBuf::from("data"),
        }
    }
}

impl Data {
    /// The embedded database in this directory, as a URL.
    pub(super) fn database_url(&self) -> String {
        let path = self.directory.join("cardea.db");
        // The three characters that mean something in such a URL.
        let path = path
            .to_string_lossy()
            .replace('%', "%25")
            .replace('?', "%3F")
            .replace('#', "%23");
        format!("sqlite://{path}")
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        if self.directory.as_os_str().is_empty() {
            problems.add(
                &["data.directory"],
                "must name a directory; \".\" is the working directory",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_escaped_in_its_url() {
        let data = Data {
            directory: PathBuf::from("/srv/100%/what?"),
        };
        assert_eq!(
            data.database_url(),
            "sqlite:///srv/100%25/what%3F/cardea.db"
        );
    }

    #[test]
    fn a_directory_has_a_name() {
        let data = Data {
            directory: PathBuf::new(),
        };
        assert_eq!(Problems::collect(|problems| data.check(problems)).len(), 1);
    }
}
