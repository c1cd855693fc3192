//! The statements of a whole programme, a page of stores at a time: for the API and the command line alike.

use futures::{StreamExt, stream};
use ledger::ids::{FunderId, ProgramId, StoreId};
use ledger::machine::{Command, Receipt};
use ledger::points::Rate;
use ledger::{Ledger, Request, StoreError, WriteError};

/// How many stores are frozen side by side: they share commits, and leave others room in the queue.
const SIDE_BY_SIDE: usize = 128;

/// What came of a page.
pub struct Frozen {
    /// Each store, and what came of it.
    pub stores: Vec<(StoreId, Result<Receipt, WriteError>)>,
    /// After which store the next page begins, if there is one.
    pub next: Option<StoreId>,
}

/// Freezes the next statement of each of a page of stores, each a command of its own under the request's key, `#` and the store.
///
/// # Errors
/// The stores cannot be read.
pub async fn freeze_page(
    ledger: &Ledger,
    request: &Request,
    (funder, rate): (Option<FunderId>, Option<Rate>),
    after: StoreId,
    limit: i64,
) -> Result<Frozen, StoreError> {
    let mut stores = ledger.unsettled(request.program, after, limit + 1).await?;
    let more = stores.len() as i64 > limit;
    stores.truncate(usize::try_from(limit).unwrap_or_default());
    let next = stores.last().copied().filter(|_| more);
    let freeze = |store: StoreId| {
        let mut request = request.clone();
        request.key = request.key.map(|key| format!("{key}#{store}"));
        let command = Command::FreezeStatement {
            store,
            through_version: None,
            funder,
            rate,
        };
        async move { (store, ledger.execute(&request, command).await) }
    };
    let stores = stream::iter(stores).map(freeze);
    let stores = stores.buffered(SIDE_BY_SIDE).collect().await;
    Ok(Frozen { stores, next })
}

/// How many stores have something that no statement covers.
///
/// # Errors
/// The stores cannot be read.
pub async fn unsettled(ledger: &Ledger, program: ProgramId) -> Result<u64, StoreError> {
    const PAGE: i64 = 500;
    let (mut after, mut count) = (StoreId(uuid::Uuid::nil()), 0);
    loop {
        let page = ledger.unsettled(program, after, PAGE).await?;
        count += page.len() as u64;
        match page.last() {
            Some(last) if page.len() as i64 == PAGE => after = *last,
            _ => return Ok(count),
        }
    }
}
