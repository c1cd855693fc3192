//! 商户: who takes points and at how many stores; a new one put on record.

pub mod clerks;
pub mod hours;
pub mod one;
mod payee;
mod profile;
pub mod sites;
mod standing;
pub mod store;

use std::collections::HashMap;

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::StoreError;
use ledger::community::merchant::MerchantState;
use ledger::community::{Merchant, Registration, Verb};
use ledger::ids::MerchantId;
use ledger::machine::Command;
use ledger::machine::merchants::MerchantCommand;
use ledger::views::{MerchantView, Named, Register};
use serde::Deserialize;
use uuid::Uuid;

use crate::sheet::Cell;
use crate::web::fields::fresh_key;
use crate::web::lists::{Asked, Line, List, whole};
use crate::web::page::{Frame, Page, go, show, show_as};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Settler, Trader, Visitor, record_id, request};
use crate::web::{Web, words};

/// The most characters of a name, and of an address.
const NAME: usize = 100;
const ADDRESS: usize = 200;

#[derive(Template)]
#[template(path = "desk/merchants.html")]
struct Merchants {
    frame: Frame,
    list: List<Row>,
    /// What is listed, by name, and whether it is this.
    states: Vec<(&'static str, &'static str, bool)>,
    /// A new one, for who has to do with merchants.
    making: Option<Making>,
    problem: Option<String>,
}

/// A merchant in the list.
struct Row {
    id: Uuid,
    name: String,
    state: MerchantState,
    /// Why it stands so, if that was said.
    why: Option<&'static str>,
    /// What its stores are called.
    stores: Vec<String>,
}

impl Row {
    fn said(&self) -> &'static str {
        standing::state(self.state)
    }

    fn tag(&self) -> &'static str {
        standing::tag(self.state)
    }
}

impl Line for Row {
    fn header() -> Vec<&'static str> {
        vec![
            t("商户", "Merchant"),
            t("合作状态", "State"),
            t("原因", "Why"),
            t("门店数", "Number of stores"),
            t("门店", "Stores"),
            t("编号", "Number"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let stores = i64::try_from(self.stores.len()).unwrap_or(i64::MAX);
        vec![
            self.name.as_str().into(),
            self.said().into(),
            self.why.unwrap_or_default().into(),
            stores.into(),
            self.stores.join(t("、", ", ")).into(),
            self.id.into(),
        ]
    }
}

/// What stands in a field, and what is wrong with it.
#[derive(Default)]
pub struct Field {
    value: String,
    wrong: Option<&'static str>,
}

impl Field {
    /// A text that has to be there, of so many characters at most; else these words stand beside it.
    fn text(value: &str, most: usize, wrong: &'static str) -> Self {
        let value = value.trim().to_owned();
        let fits = (1..=most).contains(&value.chars().count());
        Self {
            value,
            wrong: (!fits).then_some(wrong),
        }
    }

    /// A name of something on record.
    fn name(value: &str) -> Self {
        let wrong = t(
            "请填名称，最多 100 字。",
            "Please fill in a name of at most 100 characters.",
        );
        Self::text(value, NAME, wrong)
    }

    /// Where something is, in words.
    fn address(value: &str) -> Self {
        let wrong = t(
            "请填地址，最多 200 字。",
            "Please fill in an address of at most 200 characters.",
        );
        Self::text(value, ADDRESS, wrong)
    }
}

/// Which are to be listed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    state: String,
}

/// A new one, as it was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    key: String,
    name: String,
    onboarding: Option<String>,
}

/// The form of a new one.
struct Making {
    key: String,
    name: Field,
    onboarding: bool,
}

impl Making {
    fn fresh() -> Self {
        Self {
            key: fresh_key(),
            name: Field::default(),
            onboarding: false,
        }
    }
}

/// `GET /{program}/desk/merchants`.
pub async fn list(
    At(web): At,
    Settler(visitor): Settler,
    Query(wanted): Query<Wanted>,
    Query(asked): Query<Asked>,
) -> Page {
    let state = MerchantState::from_name(&wanted.state).map_or("", MerchantState::name);
    let rows = asked.search(listed(&web, state).await?);
    if let Some(file) = asked.file("merchants", &rows) {
        return file.await;
    }
    let list = asked.page(&[("state", state)], rows);
    show(&view(&web, &visitor, state, list, Making::fresh()))
}

fn view(web: &Web, visitor: &Visitor, state: &str, list: List<Row>, making: Making) -> Merchants {
    let all = ("", t("全部", "All"), state.is_empty());
    let each =
        MerchantState::ALL.map(|one| (one.name(), standing::state(one), one.name() == state));
    Merchants {
        frame: Frame::new(web, t("商户", "Merchants"), Some(visitor)),
        list,
        states: [all].into_iter().chain(each).collect(),
        making: trades(visitor).then_some(making),
        problem: None,
    }
}

/// Whether they have to do with merchants, and do not just look.
fn trades(visitor: &Visitor) -> bool {
    visitor.may_everywhere(&[Verb::Merchants])
}

/// Merchants in a state, or all of them, by name.
async fn listed(web: &Web, state: &str) -> Result<Vec<Row>, StoreError> {
    let mut stores = HashMap::<Uuid, Vec<String>>::new();
    for store in all(web, Register::Stores).await? {
        if let Some(merchant) = store.belongs_to {
            stores.entry(merchant).or_default().push(store.name);
        }
    }
    let mut rows = Vec::new();
    for merchant in every_merchant(web).await? {
        if state.is_empty() || merchant.state.name() == state {
            rows.push(Row {
                id: merchant.id.0,
                state: merchant.state,
                why: merchant.reason.map(standing::reason),
                stores: stores.remove(&merchant.id.0).unwrap_or_default(),
                name: merchant.name,
            });
        }
    }
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(rows)
}

/// Every merchant.
pub async fn every_merchant(web: &Web) -> Result<Vec<MerchantView>, StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let first = MerchantId(Uuid::nil());
    let page = |after, limit| ledger.merchants(program, after, limit);
    whole::rows(usize::MAX, first, |one: &MerchantView| one.id, page).await
}

/// Every record of a register.
pub async fn all(web: &Web, register: Register) -> Result<Vec<Named>, StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let page = |after, limit| ledger.register(program, register, after, limit);
    whole::rows(usize::MAX, Uuid::nil(), |one: &Named| one.id, page).await
}

/// The stores of a merchant, by name.
pub async fn stores_of(web: &Web, merchant: MerchantId) -> Result<Vec<Named>, StoreError> {
    let mut stores = all(web, Register::Stores).await?;
    stores.retain(|store| store.belongs_to == Some(merchant.0));
    stores.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(stores)
}

/// `POST /{program}/desk/merchants`: puts one on record, once for each form.
pub async fn make(At(web): At, Trader(visitor): Trader, Form(typed): Form<Typed>) -> Page {
    let mut making = Making {
        key: typed.key,
        name: Field::name(&typed.name),
        onboarding: typed.onboarding.is_some(),
    };
    let mut problem = None;
    if making.name.wrong.is_none() {
        let merchant = Merchant {
            id: MerchantId(record_id(&visitor, &making.key)),
            name: making.name.value.clone(),
        };
        let id = merchant.id;
        let command = match making.onboarding {
            true => Command::Merchant(Box::new(MerchantCommand::Onboard(merchant))),
            false => Command::Register(Registration::Merchant(merchant)),
        };
        match keep(&web, &visitor, &mut making.key, command).await {
            Ok(()) => return go(&web.path(&format!("desk/merchants/{id}?done=made"))),
            Err(words) => problem = Some(words),
        }
    }
    let list = Asked::default().page(&[], listed(&web, "").await?);
    let mut view = view(&web, &visitor, "", list, making);
    view.problem = problem;
    show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

/// Has a command done, once for each form; else in words why not. What cannot be sent again as it is goes under another key.
async fn keep(
    web: &Web,
    visitor: &Visitor,
    key: &mut String,
    command: Command,
) -> Result<(), String> {
    let request = request(visitor, Some(key.clone()));
    match web.app.execute(&request, command).await {
        Ok(_) => Ok(()),
        Err(error) => {
            if !words::may_try_again(&error) {
                *key = fresh_key();
            }
            Err(words::failure(&error))
        }
    }
}
