//! One merchant: whether it takes part, its stores, who works there, and to whom its money goes.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::StoreError;
use ledger::community::merchant::{MerchantReason, MerchantState};
use ledger::community::{Registration, Store};
use ledger::ids::{MerchantId, StoreId};
use ledger::machine::Command;
use ledger::machine::merchants::MerchantCommand;
use ledger::views::{MerchantView, Named};
use serde::Deserialize;
use uuid::Uuid;

use super::payee::NewPayee;
use super::profile::Known;
use super::standing::{self, Move, moves};
use super::{Field, clerks, keep, record_id, stores_of, trades};
use crate::sheet::Cell;
use crate::web::Web;
use crate::web::fields::fresh_key;
use crate::web::lists::{Asked, Line, List};
use crate::web::page::{Frame, Page, Trouble, go, show as render, show_as};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Id, Settler, Trader, Visitor};

/// From how many stores on they are searched.
const MANY: usize = 10;

#[derive(Template)]
#[template(path = "desk/merchant.html")]
struct One {
    frame: Frame,
    id: Uuid,
    name: String,
    /// Where it stands, in words and as a tag, and why.
    state: &'static str,
    tag: &'static str,
    why: Option<&'static str>,
    list: List<Row>,
    /// Whether there is enough to search.
    many: bool,
    /// What is for who has to do with merchants.
    inside: Option<Inside>,
    notice: Option<&'static str>,
    problem: Option<String>,
}

/// A store of its, in the list.
struct Row {
    id: Uuid,
    name: String,
    address: String,
    known: Known,
}

impl Line for Row {
    fn header() -> Vec<&'static str> {
        vec![
            t("门店", "Store"),
            t("地址", "Address"),
            t("位置", "Position"),
            t("营业时间", "Opening hours"),
            t("设施", "What it has"),
            t("电话", "Telephone"),
            t("编号", "Number"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let known = &self.known;
        vec![
            self.name.as_str().into(),
            self.address.as_str().into(),
            known.place.as_deref().unwrap_or_default().into(),
            known.hours.join(t("；", "; ")).into(),
            known.services.as_str().into(),
            known.phone.as_deref().unwrap_or_default().into(),
            self.id.into(),
        ]
    }
}

struct Inside {
    clerks: Vec<clerks::Row>,
    /// The last digits of the account that its money goes to.
    tail: Option<String>,
    moves: Vec<Move>,
    store: NewStore,
    payee: NewPayee,
}

/// The form of a new store.
struct NewStore {
    key: String,
    name: Field,
    address: Field,
}

impl NewStore {
    fn fresh() -> Self {
        Self {
            key: fresh_key(),
            name: Field::default(),
            address: Field::default(),
        }
    }
}

/// What is shown again after it failed.
#[derive(Default)]
struct Again {
    moving: Option<standing::Asked>,
    store: Option<NewStore>,
    payee: Option<NewPayee>,
    problem: Option<String>,
}

/// What came of a form: where to go, or what is shown again.
type Done = Result<String, Box<Again>>;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Shown {
    done: String,
}

/// What is sent, whichever form it was.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Act {
    act: String,
    key: String,
    to: String,
    reason: String,
    name: String,
    address: String,
    bank: String,
    account: String,
}

/// What just happened.
fn notice(done: &str) -> Option<&'static str> {
    Some(match done {
        "made" => t(
            "已登记。请再登记它的门店和收款账户。",
            "It is on record. Please put its stores on record, and say where its money goes.",
        ),
        "active" => t("现在起参加合作。", "It takes part from now on."),
        "suspended" => t("已暂停合作。", "It is suspended."),
        "left" => t("已退出合作。", "It has left."),
        "payee" => t("收款账户已保存。", "It is kept where its money goes."),
        _ => return None,
    })
}

async fn found(web: &Web, id: MerchantId) -> Result<MerchantView, Trouble> {
    let merchant = web.ledger.merchant(web.program.id, id).await?;
    merchant.ok_or(Trouble::Missing)
}

async fn rows(web: &Web, stores: &[Named]) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::with_capacity(stores.len());
    for store in stores {
        let profile = web.ledger.profile(web.program.id, store.id).await?;
        rows.push(Row {
            id: store.id,
            name: store.name.clone(),
            address: store.detail.clone(),
            known: Known::of(profile),
        });
    }
    Ok(rows)
}

/// `GET /{program}/desk/merchants/{id}`.
pub async fn show(
    At(web): At,
    Settler(visitor): Settler,
    Id(id): Id<MerchantId>,
    Query(shown): Query<Shown>,
    Query(asked): Query<Asked>,
) -> Page {
    let merchant = found(&web, id).await?;
    let stores = stores_of(&web, id).await?;
    let rows = asked.search(rows(&web, &stores).await?);
    if let Some(file) = asked.file("stores", &rows) {
        return file.await;
    }
    let list = asked.page(&[], rows);
    let mut view = view(
        &web,
        &visitor,
        merchant,
        (stores.as_slice(), list),
        Again::default(),
    )
    .await?;
    view.notice = notice(&shown.done);
    render(&view)
}

async fn view(
    web: &Web,
    visitor: &Visitor,
    merchant: MerchantView,
    (stores, list): (&[Named], List<Row>),
    again: Again,
) -> Result<One, Trouble> {
    let mut inside = None;
    if trades(visitor) {
        let payee = web.ledger.payee_row(web.program.id, merchant.id).await?;
        inside = Some(Inside {
            clerks: clerks::of_stores(web, stores).await?,
            tail: payee.map(|(_, _, tail)| tail),
            moves: moves(merchant.state, again.moving.as_ref()),
            store: again.store.unwrap_or_else(NewStore::fresh),
            payee: again.payee.unwrap_or_else(NewPayee::fresh),
        });
    }
    Ok(One {
        frame: Frame::new(web, t("商户", "Merchants"), Some(visitor)),
        id: merchant.id.0,
        state: standing::state(merchant.state),
        tag: standing::tag(merchant.state),
        why: merchant.reason.map(standing::reason),
        name: merchant.name,
        many: stores.len() > MANY,
        list,
        inside,
        notice: None,
        problem: again.problem,
    })
}

/// `POST /{program}/desk/merchants/{id}`: it takes part or does not any more, has one store more, or is paid elsewhere.
pub async fn act(
    At(web): At,
    Trader(visitor): Trader,
    Id(id): Id<MerchantId>,
    Form(asked): Form<Act>,
) -> Page {
    let merchant = found(&web, id).await?;
    let kind = asked.act.clone();
    let done = match kind.as_str() {
        "state" => shift(&web, &visitor, id, asked).await?,
        "store" => open(&web, &visitor, id, asked).await,
        "payee" => pay_to(&web, &visitor, id, asked).await,
        _ => return Err(Trouble::Missing),
    };
    match done {
        Ok(path) => go(&web.path(&path)),
        Err(again) => {
            let stores = stores_of(&web, id).await?;
            let list = Asked::default().page(&[], rows(&web, &stores).await?);
            let view = view(&web, &visitor, merchant, (stores.as_slice(), list), *again).await?;
            show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
        }
    }
}

async fn shift(
    web: &Web,
    visitor: &Visitor,
    merchant: MerchantId,
    asked: Act,
) -> Result<Done, Trouble> {
    let to = MerchantState::from_name(&asked.to).filter(|to| *to != MerchantState::Onboarding);
    let to = to.ok_or(Trouble::Missing)?;
    let (mut key, mut problem) = (asked.key, None);
    if let Some(reason) = MerchantReason::from_name(&asked.reason) {
        let command = MerchantCommand::Move {
            merchant,
            to,
            reason,
        };
        let command = Command::Merchant(Box::new(command));
        match keep(web, visitor, &mut key, command).await {
            Ok(()) => {
                let done = to.name();
                return Ok(Ok(format!("desk/merchants/{merchant}?done={done}")));
            }
            Err(words) => problem = Some(words),
        }
    }
    let moving = standing::Asked {
        to,
        key,
        reason: asked.reason,
    };
    Ok(Err(Box::new(Again {
        moving: Some(moving),
        problem,
        ..Again::default()
    })))
}

async fn open(web: &Web, visitor: &Visitor, merchant: MerchantId, asked: Act) -> Done {
    let mut form = NewStore {
        key: asked.key,
        name: Field::name(&asked.name),
        address: Field::address(&asked.address),
    };
    let mut problem = None;
    if form.name.wrong.is_none() && form.address.wrong.is_none() {
        let store = Store {
            id: StoreId(record_id(visitor, &form.key)),
            merchant,
            name: form.name.value.clone(),
            address: form.address.value.clone(),
        };
        let id = store.id;
        let command = Command::Register(Registration::Store(store));
        match keep(web, visitor, &mut form.key, command).await {
            Ok(()) => return Ok(format!("desk/stores/{id}?done=made")),
            Err(words) => problem = Some(words),
        }
    }
    Err(Box::new(Again {
        store: Some(form),
        problem,
        ..Again::default()
    }))
}

async fn pay_to(web: &Web, visitor: &Visitor, merchant: MerchantId, asked: Act) -> Done {
    let mut form = NewPayee::of(asked.key, &asked.name, &asked.bank, asked.account);
    match form.keep(web, visitor, merchant).await {
        Ok(()) => Ok(format!("desk/merchants/{merchant}?done=payee")),
        Err(problem) => Err(Box::new(Again {
            payee: Some(form),
            problem,
            ..Again::default()
        })),
    }
}
