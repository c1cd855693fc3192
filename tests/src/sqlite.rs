//! SQLite files that last as long as their test.

use tempfile::TempDir;

/// A database file that does not exist yet, in a directory of its own that is removed on drop.
#[derive(Debug)]
pub struct File {
    /// `sqlite:///…/jifen.sqlite`
    pub url: String,
    directory: TempDir,
}

impl File {
    /// The directory that holds the file; a test may keep others there.
    pub fn directory(&self) -> &std::path::Path {
        self.directory.path()
    }
}

/// A fresh file's URL.
pub fn fresh_file() -> File {
    let directory = tempfile::Builder::new()
        .prefix("jifen-sqlite-")
        .tempdir()
        .expect("a temporary directory");
    let path = directory.path().join("jifen.sqlite");
    File {
        url: format!("sqlite://{}", path.display()),
        directory,
    }
}
