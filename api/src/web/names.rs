//! Who somebody is and what a store is called, by what is on record.

use ledger::StoreError;
use ledger::views::Register;
use uuid::Uuid;

use super::Web;
use super::reading::t;

/// The name on record; whoever is on none acts for the programme.
pub async fn name(web: &Web, register: Register, id: Uuid) -> Result<String, StoreError> {
    let named = web.ledger.registered(web.program.id, register, id).await?;
    Ok(named.map_or_else(|| t("系统", "the system").to_owned(), |named| named.name))
}

/// A store's name.
pub async fn store_name(web: &Web, store: Uuid) -> Result<String, StoreError> {
    let named = web
        .ledger
        .registered(web.program.id, Register::Stores, store);
    Ok(named.await?.map_or_else(String::new, |named| named.name))
}
