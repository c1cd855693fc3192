//! One store: where it is, when it is open, what it has, and who works there.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::StoreError;
use ledger::community::place::PlaceOf;
use ledger::ids::{MerchantId, StoreId};
use ledger::views::{MerchantView, Named, Register};
use serde::Deserialize;
use uuid::Uuid;

use super::clerks::{self, Employing};
use super::profile::{Known, Typed, Wrong, describe};
use super::{stores_of, trades};
use crate::web::Web;
use crate::web::fields::fresh_key;
use crate::web::page::{Frame, Page, Trouble, go, show as render, show_as};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Id, Settler, Trader, Visitor};

#[derive(Template)]
#[template(path = "desk/store.html")]
struct One {
    frame: Frame,
    id: Uuid,
    name: String,
    address: String,
    merchant: Uuid,
    merchant_name: String,
    known: Known,
    /// What may be changed, by whom it may be.
    forms: Option<Forms>,
    notice: Option<&'static str>,
    problem: Option<String>,
}

struct Forms {
    typed: Typed,
    wrong: Wrong,
    clerks: Vec<clerks::Row>,
    employing: Employing,
    /// What the forms about single clerks go under.
    key: String,
}

/// A store and its merchant.
pub struct Found {
    store: Named,
    merchant: MerchantView,
}

impl Found {
    /// Who works or worked here, among them who does at every store of the merchant.
    pub async fn clerks(&self, web: &Web) -> Result<Vec<clerks::Row>, StoreError> {
        let beside = stores_of(web, self.merchant.id).await?;
        let mut clerks = clerks::of_stores(web, &beside).await?;
        clerks.retain(|clerk| clerk.store == self.store.id || clerk.everywhere);
        Ok(clerks)
    }
}

/// What is shown again after it failed.
#[derive(Default)]
pub struct Again {
    pub typed: Option<Typed>,
    pub wrong: Wrong,
    pub employing: Option<Employing>,
    pub problem: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Shown {
    done: String,
}

/// What just happened.
fn notice(done: &str) -> Option<&'static str> {
    Some(match done {
        "made" => t(
            "已登记。请填写位置和营业时间，骑手才能在附近找到它；再登记一位店长。",
            "It is on record. Please fill in where it is and when it is open, so that riders find it near them; then put a manager on record.",
        ),
        "described" => t("资料已保存。", "It is kept."),
        "employed" => t("店员已登记。", "They are on record."),
        "left" => t(
            "已办理离职，其登录立即失效。",
            "They have left, and their log-in has ended.",
        ),
        _ => return None,
    })
}

/// A store on record, with whose it is.
pub async fn found(web: &Web, id: StoreId) -> Result<Found, Trouble> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let store = ledger.registered(program, Register::Stores, id.0).await?;
    let store = store.ok_or(Trouble::Missing)?;
    let merchant = MerchantId(store.belongs_to.ok_or(Trouble::Missing)?);
    let merchant = ledger.merchant(program, merchant).await?;
    Ok(Found {
        merchant: merchant.ok_or(Trouble::Missing)?,
        store,
    })
}

/// `GET /{program}/desk/stores/{id}`.
pub async fn show(
    At(web): At,
    Settler(visitor): Settler,
    Id(id): Id<StoreId>,
    Query(shown): Query<Shown>,
) -> Page {
    let found = found(&web, id).await?;
    let mut view = view(&web, &visitor, found, Again::default()).await?;
    view.notice = notice(&shown.done);
    render(&view)
}

async fn view(web: &Web, visitor: &Visitor, found: Found, again: Again) -> Result<One, Trouble> {
    let profile = web.ledger.profile(web.program.id, found.store.id).await?;
    let known = Known::of(profile);
    let mut forms = None;
    if trades(visitor) {
        forms = Some(Forms {
            typed: again.typed.unwrap_or_else(|| Typed::of(&known)),
            wrong: again.wrong,
            clerks: found.clerks(web).await?,
            employing: again.employing.unwrap_or_else(Employing::fresh),
            key: fresh_key(),
        });
    }
    Ok(One {
        frame: Frame::new(web, t("门店", "Store"), Some(visitor)),
        id: found.store.id,
        name: found.store.name,
        address: found.store.detail,
        merchant: found.merchant.id.0,
        merchant_name: found.merchant.name,
        known,
        forms,
        notice: None,
        problem: again.problem,
    })
}

/// The page once more, with what did not work.
pub async fn refused(web: &Web, visitor: &Visitor, found: Found, again: Again) -> Page {
    let view = view(web, visitor, found, again).await?;
    show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

/// `POST /{program}/desk/stores/{id}`: where it is, when it is open and what it has, in place of what was said before.
pub async fn act(
    At(web): At,
    Trader(visitor): Trader,
    Id(id): Id<StoreId>,
    Form(mut typed): Form<Typed>,
) -> Page {
    let found = found(&web, id).await?;
    match describe(&web, &visitor, PlaceOf::Store(id), &mut typed).await {
        Ok(()) => go(&web.path(&format!("desk/stores/{id}?done=described"))),
        Err(failed) => {
            let again = Again {
                typed: Some(typed),
                wrong: failed.wrong,
                problem: failed.problem,
                ..Again::default()
            };
            refused(&web, &visitor, found, again).await
        }
    }
}
