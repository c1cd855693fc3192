//! Who works at a store: put on record by whoever has to do with merchants, and let go.

use axum::Form;
use ledger::StoreError;
use ledger::community::{Access, Clerk, ClerkRole, Registration};
use ledger::ids::{ClerkId, StoreId};
use ledger::machine::Command;
use ledger::views::{Named, Register};
use serde::Deserialize;
use uuid::Uuid;

use super::store::{self, Again, Found};
use super::{Field, all, keep, record_id};
use crate::web::Web;
use crate::web::fields::fresh_key;
use crate::web::page::{Page, Trouble, go};
use crate::web::reading::t;
use crate::web::visitor::{At, Id, Trader, Visitor};
use crate::web::words::trade::{Post, clerk_roles};

/// Somebody who works at a store.
pub struct Row {
    pub id: Uuid,
    pub name: String,
    pub role: &'static str,
    /// Where, and what that is called.
    pub store: Uuid,
    pub store_name: String,
    /// At every store of the merchant.
    pub everywhere: bool,
    pub left: bool,
}

/// Who works or worked at one of these stores, those who are there first.
pub async fn of_stores(web: &Web, stores: &[Named]) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::new();
    for clerk in all(web, Register::Clerks).await? {
        let store = stores
            .iter()
            .find(|store| Some(store.id) == clerk.belongs_to);
        let Some(store) = store else { continue };
        let post = Post::of(&clerk);
        rows.push(Row {
            id: clerk.id,
            role: post.role(),
            store: store.id,
            store_name: store.name.clone(),
            everywhere: post.everywhere,
            left: post.left,
            name: clerk.name,
        });
    }
    rows.sort_by_key(|row| row.left);
    Ok(rows)
}

/// The form of somebody new.
pub struct Employing {
    pub key: String,
    pub name: Field,
    /// By what is sent, what it is called, and whether it is chosen.
    pub roles: Vec<(&'static str, &'static str, bool)>,
    /// No role was chosen.
    pub unsaid: bool,
    pub everywhere: bool,
}

impl Employing {
    pub fn fresh() -> Self {
        Self {
            key: fresh_key(),
            name: Field::default(),
            roles: clerk_roles(""),
            unsaid: false,
            everywhere: false,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Act {
    act: String,
    key: String,
    name: String,
    role: String,
    everywhere: Option<String>,
    clerk: String,
}

/// `POST /{program}/desk/stores/{id}/clerks`: somebody is put on record at a store, or leaves it.
pub async fn act(
    At(web): At,
    Trader(visitor): Trader,
    Id(id): Id<StoreId>,
    Form(asked): Form<Act>,
) -> Page {
    let store = store::found(&web, id).await?;
    let leaves = asked.act == "leave";
    let done = if leaves {
        leave(&web, &visitor, &store, asked).await?
    } else if asked.act == "employ" {
        employ(&web, &visitor, id, asked).await
    } else {
        return Err(Trouble::Missing);
    };
    match done {
        Ok(done) => go(&web.path(&format!("desk/stores/{id}?done={done}"))),
        Err(again) => store::refused(&web, &visitor, store, *again).await,
    }
}

/// What came of it: what was done, or what is shown again.
type Done = Result<&'static str, Box<Again>>;

async fn employ(web: &Web, visitor: &Visitor, store: StoreId, asked: Act) -> Done {
    let wrong = t(
        "请填姓名，最多 100 字。",
        "Please fill in a name of at most 100 characters.",
    );
    let chosen = ClerkRole::from_name(&asked.role);
    let mut form = Employing {
        key: asked.key,
        name: Field::text(&asked.name, super::NAME, wrong),
        roles: clerk_roles(&asked.role),
        unsaid: chosen.is_none(),
        everywhere: asked.everywhere.is_some(),
    };
    let mut problem = None;
    if let Some(role) = chosen.filter(|_| form.name.wrong.is_none()) {
        let record = Registration::Clerk(Clerk {
            id: ClerkId(record_id(visitor, &form.key)),
            store,
            name: form.name.value.clone(),
            role,
            whole_merchant: form.everywhere,
        });
        let command = Command::Register(record);
        match keep(web, visitor, &mut form.key, command).await {
            Ok(()) => return Ok("employed"),
            Err(words) => problem = Some(words),
        }
    }
    Err(Box::new(Again {
        employing: Some(form),
        problem,
        ..Again::default()
    }))
}

/// Somebody who works at this store, or at each of the merchant's.
async fn leave(web: &Web, visitor: &Visitor, store: &Found, asked: Act) -> Result<Done, Trouble> {
    let id: ClerkId = asked.clerk.parse().map_err(|_| Trouble::Missing)?;
    let clerks = store.clerks(web).await?;
    if !clerks.iter().any(|clerk| clerk.id == id.0) {
        return Err(Trouble::Missing);
    }
    let command = Command::EndAccess {
        access: Access::Clerk(id),
        at: None,
    };
    let mut key = asked.key;
    let kept = keep(web, visitor, &mut key, command).await;
    let again = |words| {
        Box::new(Again {
            problem: Some(words),
            ..Again::default()
        })
    };
    Ok(kept.map(|()| "left").map_err(again))
}
