//! Which statements are listed: those of a page of stores, or of one store.

use ledger::StoreError;
use ledger::ids::StoreId;
use ledger::machine::{Statement, StatementState};
use ledger::views::{Named, Register};

use super::{Row, Wanted, said};
use crate::web::Web;
use crate::web::names::store_name;
use crate::web::reading::t;
use crate::web::visitor::Visitor;

/// How many stores make a page.
const STORES: usize = 50;
/// How many of a store's newest statements are looked at; all of them are where the store is looked at alone.
const EACH: i64 = 24;
/// How many stores are read at a time.
const PAGE: i64 = 200;

/// What is listed, and where the next page begins.
pub(super) struct Listed {
    pub rows: Vec<Row>,
    pub next: Option<String>,
}

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

/// The statements that are asked for, by store, the newest of each first.
pub(super) async fn listed(
    web: &Web,
    visitor: &Visitor,
    wanted: &Wanted,
) -> Result<Listed, StoreError> {
    let program = web.program.id;
    if let Some(store) = wanted.store {
        return of_store(web, visitor, wanted, StoreId(store)).await;
    }
    let (stores, more) = stores(web, wanted).await?;
    let mut rows = Vec::new();
    for store in &stores {
        let newest = web
            .ledger
            .settlements(program, StoreId(store.id), None, EACH);
        let newest = newest.await?;
        let newest = newest.iter().filter(|one| is_wanted(&wanted.state, one));
        rows.extend(newest.map(|one| Row::of(web, one, store.name.clone(), visitor)));
    }
    let last = stores.last().filter(|_| more);
    let next = last.map(|last| again(wanted, ("after", last.id.to_string())));
    Ok(Listed { rows, next })
}

/// A page of the stores whose name holds what was typed, and whether there are more.
async fn stores(web: &Web, wanted: &Wanted) -> Result<(Vec<Named>, bool), StoreError> {
    let sought = wanted.q.trim();
    let mut after = wanted.after.unwrap_or_default();
    let mut found = Vec::new();
    loop {
        let page = web
            .ledger
            .register(web.program.id, Register::Stores, after, PAGE);
        let page = page.await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        let is_full = i64::try_from(page.len()).unwrap_or(0) == PAGE;
        found.extend(page.into_iter().filter(|store| store.name.contains(sought)));
        if found.len() > STORES || !is_full {
            break;
        }
    }
    let more = found.len() > STORES;
    found.truncate(STORES);
    Ok((found, more))
}

async fn of_store(
    web: &Web,
    visitor: &Visitor,
    wanted: &Wanted,
    store: StoreId,
) -> Result<Listed, StoreError> {
    let name = store_name(web, store.0).await?;
    let found = web
        .ledger
        .settlements(web.program.id, store, wanted.before, EACH);
    let found = found.await?;
    let is_full = i64::try_from(found.len()).unwrap_or(0) == EACH;
    let last = found.last().filter(|_| is_full);
    let next = last.map(|last| again(wanted, ("before", last.through_version.to_string())));
    let shown = found.iter().filter(|one| is_wanted(&wanted.state, one));
    let rows = shown.map(|one| Row::of(web, one, name.clone(), visitor));
    Ok(Listed {
        rows: rows.collect(),
        next,
    })
}

/// The same question, for what comes after.
fn again(wanted: &Wanted, (name, value): (&str, String)) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("state", &wanted.state);
    if !wanted.q.is_empty() {
        query.append_pair("q", &wanted.q);
    }
    if let Some(store) = wanted.store {
        query.append_pair("store", &store.to_string());
    }
    query.append_pair(name, &value);
    query.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_asks_the_same() {
        let wanted = Wanted {
            state: "frozen".to_owned(),
            q: "面馆&店".to_owned(),
            ..Wanted::default()
        };
        assert_eq!(
            again(&wanted, ("after", "x".to_owned())),
            "state=frozen&q=%E9%9D%A2%E9%A6%86%26%E5%BA%97&after=x"
        );
    }

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
