//! Whether the ledger can do its work.

use super::Ledger;
use crate::store::StoreError;

impl Ledger {
    /// Whether commands can be executed: the database answers and the writer is at work.
    pub async fn is_ready(&self) -> Result<bool, StoreError> {
        self.programs().await?;
        Ok(!self.writing.is_finished())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    #[tokio::test]
    async fn without_its_writer_it_is_not_ready() {
        let file = format!("jifen-ready-{}.sqlite", std::process::id());
        let file = std::env::temp_dir().join(file);
        let url = format!("sqlite:{}", file.display());
        Ledger::migrate(&url).await.expect("a schema");
        let options = Options::default();
        let mut ledger = Ledger::open(&url, options).await.expect("it opens");
        assert!(ledger.is_ready().await.expect("an answer"));
        let died = std::thread::spawn(|| {});
        while !died.is_finished() {
            tokio::task::yield_now().await;
        }
        let writing = std::mem::replace(&mut ledger.writing, died);
        assert!(!ledger.is_ready().await.expect("an answer"));
        ledger.writing = writing;
        ledger.close().await;
        std::fs::remove_file(&file).expect("it is there");
    }
}
