//! Which statements are listed: those of every store, or of one.

use futures::future::try_join_all;
use ledger::StoreError;
use ledger::ids::StoreId;
use ledger::machine::{Statement, StatementState};
use ledger::views::Register;
use uuid::Uuid;

use super::{Row, Wanted, said};
use crate::web::Web;
use crate::web::lists::whole::{self, MOST};
use crate::web::names::store_name;
use crate::web::reading::t;
use crate::web::visitor::Visitor;
use crate::web::words::settlement::Period;

/// How many stores are looked at at a time.
const STORES: i64 = 50;

/// What can be listed: what is not paid yet, each state, or everything.
pub(super) fn states(wanted: &str) -> Vec<(&'static str, &'static str, bool)> {
    let open = ("", t("未付清", "not paid yet"), wanted.is_empty());
    let each = StatementState::ALL.iter().map(|state| {
        let name = state.name();
        (name, said::state(*state), wanted == name)
    });
    let all = ("all", t("全部", "all"), wanted == "all");
    [open].into_iter().chain(each).chain([all]).collect()
}

fn is_wanted(wanted: &str, statement: &Statement) -> bool {
    match wanted {
        "" => statement.state() != StatementState::Paid,
        "all" => true,
        name => statement.state().name() == name,
    }
}

/// So many of the statements that are asked for, by store, the newest of each first.
pub(super) async fn listed(
    web: &Web,
    visitor: &Visitor,
    wanted: &Wanted,
    most: usize,
) -> Result<Vec<Row>, StoreError> {
    let (program, state) = (web.program.id, wanted.state.as_str());
    if let Some(store) = wanted.store {
        let name = store_name(web, store).await?;
        return of_store(web, visitor, state, (store, name)).await;
    }
    let mut rows = Vec::new();
    let mut after = Uuid::nil();
    while rows.len() < most {
        let stores = web
            .ledger
            .register(program, Register::Stores, after, STORES);
        let stores = stores.await?;
        let Some(last) = stores.last() else { break };
        after = last.id;
        let each = stores
            .into_iter()
            .map(|store| of_store(web, visitor, state, (store.id, store.name)));
        rows.extend(try_join_all(each).await?.into_iter().flatten());
    }
    rows.truncate(most);
    Ok(rows)
}

async fn of_store(
    web: &Web,
    visitor: &Visitor,
    state: &str,
    (store, name): (Uuid, String),
) -> Result<Vec<Row>, StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let page = |before, limit| ledger.settlements(program, StoreId(store), before, limit);
    let place = |statement: &Statement| Some(statement.through_version);
    let found = whole::rows(MOST, None, place, page).await?;
    let mut rows = Vec::new();
    for (place, one) in found.iter().enumerate() {
        if is_wanted(state, one) {
            let before = found.get(place.saturating_add(1));
            let period = Period::of(web, one, before).await?;
            let row = Row::of(web, one, name.clone(), visitor);
            rows.push(row.covering(web, period));
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_can_be_listed() {
        let states = states("disputed");
        assert_eq!(states.len(), StatementState::ALL.len() + 2);
        let here: Vec<&str> = states
            .iter()
            .filter(|(.., here)| *here)
            .map(|(name, ..)| *name)
            .collect();
        assert_eq!(here, ["disputed"]);
    }
}
