//! Which store a page of a merchant is about, and the ways from one of its pages to another.

use ledger::StoreError;
use ledger::community::Verb;
use ledger::ids::StoreId;
use ledger::views::{Named, Register};
use uuid::Uuid;

use super::clerks::theirs;
use crate::web::Web;
use crate::web::names::store_name;
use crate::web::page::Trouble;
use crate::web::reading::t;
use crate::web::visitor::Visitor;

/// How many stores of a merchant there are to choose from.
const STORES: usize = 500;

/// The store that a page is about.
pub struct Chosen {
    /// Which.
    pub store: StoreId,
    /// What it is called.
    pub name: String,
    /// Where somebody acts for several, those.
    pub stores: Vec<Choice>,
}

/// A store to choose.
pub struct Choice {
    /// Which.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// Whether it is the one that the page is about.
    pub here: bool,
}

impl Chosen {
    /// The store that was asked for; where none was, the one at which they work. Of another's there is nothing.
    pub async fn of(
        web: &Web,
        visitor: &Visitor,
        wanted: Option<StoreId>,
    ) -> Result<Self, Trouble> {
        let own = visitor.caller.actor.store;
        let store = wanted.or(own).unwrap_or(StoreId(visitor.id()));
        acts_for(visitor, store)?;
        Ok(Self {
            store,
            name: store_name(web, store.0).await?,
            stores: stores(web, visitor, store).await?,
        })
    }

    /// What a link carries so that the next page is about the same store: nothing where there is only one.
    pub fn query(&self) -> String {
        match self.stores.is_empty() {
            true => String::new(),
            false => format!("store={}&", self.store),
        }
    }

    /// The store as the address of a list keeps it: nothing where there is only one.
    pub fn kept(&self) -> String {
        match self.stores.is_empty() {
            true => String::new(),
            false => self.store.to_string(),
        }
    }

    /// Where a page about the same store is.
    pub fn path(&self, web: &Web, page: &str) -> String {
        let path = web.path(&format!("counter/{page}"));
        match self.stores.is_empty() {
            true => path,
            false => format!("{path}?store={}", self.store),
        }
    }
}

/// Another's store is not found.
pub fn acts_for(visitor: &Visitor, store: StoreId) -> Result<(), Trouble> {
    let theirs = visitor.caller.speaks_for(store);
    theirs.then_some(()).ok_or(Trouble::Missing)
}

/// As the one who acts at this store of their merchant's.
pub fn acting(visitor: &Visitor, store: StoreId) -> Visitor {
    Visitor {
        caller: visitor.caller.at(store),
        ..visitor.clone()
    }
}

/// Their stores, where they have several.
async fn stores(web: &Web, visitor: &Visitor, here: StoreId) -> Result<Vec<Choice>, StoreError> {
    if !visitor.caller.has_merchant() {
        return Ok(Vec::new());
    }
    let all = (Uuid::nil(), STORES);
    let found = theirs(web, visitor, (Register::Stores, itself), all).await?;
    if found.len() < 2 {
        return Ok(Vec::new());
    }
    let choice = |store: Named| Choice {
        here: store.id == here.0,
        id: store.id,
        name: store.name,
    };
    Ok(found.into_iter().map(choice).collect())
}

/// A way from one page of a store to another.
pub struct Section {
    /// Where to.
    pub href: String,
    /// What it is called.
    pub label: &'static str,
    /// Whether it is this page.
    pub current: bool,
}

/// Those that somebody may go, the one they are at marked.
pub fn sections(web: &Web, visitor: &Visitor, chosen: &Chosen, here: &str) -> Vec<Section> {
    let ways: [(&[Verb], &str, &'static str); 4] = [
        (
            &[Verb::Redeem, Verb::Takings],
            "payments",
            t("收款记录", "Payments"),
        ),
        (&[Verb::Manage], "objections", t("骑手异议", "Objections")),
        (&[Verb::Takings], "statements", t("结算单", "Statements")),
        (&[Verb::Manage], "clerks", t("店员", "Clerks")),
    ];
    let theirs = ways.into_iter().filter(|(verbs, ..)| visitor.may(verbs));
    let section = |(_, name, label): (&[Verb], &str, &'static str)| Section {
        href: chosen.path(web, name),
        label,
        current: name == here,
    };
    theirs.map(section).collect()
}

/// Itself, of a store's record.
fn itself(store: &Named) -> Option<StoreId> {
    Some(StoreId(store.id))
}
