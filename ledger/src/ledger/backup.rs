//! Backups of an SQLite file, and ledgers made of them.

use std::path::Path;

use super::{Ledger, Options};
use crate::store::{BackupError, FileCopy, Store, StoreError};

impl Ledger {
    /// Copies a database as it is at one moment, while others write to it. The copy has been checked page by page; [`FileCopy::keep`]
    /// gives it its name. `progress` is told bytes written and about how many there will be.
    ///
    /// # Errors
    /// [`BackupError`]: the target exists, the database is PostgreSQL or cannot be read, the copy is damaged.
    pub async fn back_up(
        url: &str,
        target: &Path,
        progress: impl FnMut(u64, u64),
    ) -> Result<FileCopy, BackupError> {
        Store::back_up(url, target, progress).await
    }

    /// Copies a backup to where the URL names no file yet. It is checked first; its schema stays what it is.
    ///
    /// # Errors
    /// [`BackupError`]: the target exists, the URL names PostgreSQL, the backup is none or is damaged.
    pub async fn restore(
        from: &Path,
        url: &str,
        progress: impl FnMut(u64, u64),
    ) -> Result<FileCopy, BackupError> {
        Store::restore(from, url, progress).await
    }

    /// Opens a copy to look at it before it is kept, for [`Ledger::verify`]. Nothing can be executed on it.
    ///
    /// # Errors
    /// The copy cannot be read by this build.
    pub async fn open_copy(copy: &FileCopy, options: Options) -> Result<Self, StoreError> {
        Self::over(Store::of_copy(copy, options.readers), options).await
    }
}
