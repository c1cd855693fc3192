//! Every offer there is.

use askama::Template;
use axum::extract::Query;
use ledger::StoreError;
use ledger::community::Verb;
use ledger::community::offer::OfferState;
use ledger::ids::{MerchantId, OfferId};
use ledger::views::{OfferFilter, OfferView, OffersOf, Register};
use serde::Deserialize;
use uuid::Uuid;

use super::{called, said};
use crate::sheet::Cell;
use crate::web::Web;
use crate::web::lists::{Asked, Line, List};
use crate::web::page::{Frame, Page, show};
use crate::web::reading::{Say, t};
use crate::web::rider::places::price;
use crate::web::visitor::{At, Settler};

/// The most offers that are looked through.
const MOST: i64 = 10_000;

#[derive(Template)]
#[template(path = "desk/offers.html")]
struct Offers {
    frame: Frame,
    list: List<Row>,
    /// What is listed: its address, its name, and whether it is this.
    kinds: Vec<(String, &'static str, bool)>,
    /// The merchant whose they are, if those of one alone are listed.
    of: Option<Merchant>,
    /// Where one is published, by whom it may be.
    new: Option<String>,
}

struct Merchant {
    id: Uuid,
    name: String,
}

/// An offer in the list.
struct Row {
    id: Uuid,
    title: String,
    kind: &'static str,
    merchant: Uuid,
    merchant_name: String,
    price: String,
    stock: Option<i64>,
    taken: i64,
    left: Option<i64>,
    limit: String,
    validity: String,
    hours: String,
    state: OfferState,
    standing: &'static str,
    /// Whether it can be taken up now.
    open: bool,
}

impl Row {
    fn of(web: &Web, view: &OfferView, merchant_name: String) -> Self {
        let (offer, terms) = (&view.offer, &view.offer.terms);
        Self {
            id: offer.id.0,
            title: terms.title.clone(),
            kind: said::kind(terms.kind),
            merchant: offer.merchant.0,
            merchant_name,
            price: price(&terms.price),
            stock: terms.stock,
            taken: offer.taken,
            left: offer.left(),
            limit: said::limit(terms.limit),
            validity: said::validity(terms, &web.zone()),
            hours: said::hours(&terms.hours),
            state: offer.state,
            standing: said::standing(view, web.now()),
            open: view.open,
        }
    }
}

fn number(number: Option<i64>) -> Cell {
    match number {
        Some(number) => number.into(),
        None => t("不限", "unlimited").into(),
    }
}

impl Line for Row {
    fn header() -> Vec<&'static str> {
        vec![
            t("优惠", "Offer"),
            t("类别", "Kind"),
            t("商户", "Merchant"),
            t("价格", "Price"),
            t("总份数", "How many there are"),
            t("已兑", "Taken"),
            t("还剩", "Left"),
            t("每人限次", "Limit"),
            t("有效期", "Good"),
            t("使用时段", "Hours"),
            t("状态", "State"),
            t("编号", "Id"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            self.title.as_str().into(),
            self.kind.into(),
            self.merchant_name.as_str().into(),
            self.price.as_str().into(),
            number(self.stock),
            self.taken.into(),
            number(self.left),
            self.limit.as_str().into(),
            self.validity.as_str().into(),
            self.hours.as_str().into(),
            self.standing.into(),
            self.id.into(),
        ]
    }
}

/// Which are to be listed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    merchant: String,
    state: String,
}

/// `GET /{program}/desk/offers`.
pub async fn list(
    At(web): At,
    Settler(visitor): Settler,
    Query(wanted): Query<Wanted>,
    Query(asked): Query<Asked>,
) -> Page {
    let merchant: Option<MerchantId> = wanted.merchant.parse().ok();
    let state = OfferState::from_name(&wanted.state);
    let mut rows = rows(&web, merchant).await?;
    rows.retain(|row| state.is_none_or(|state| row.state == state));
    let rows = asked.search(rows);
    if let Some(file) = asked.file("offers", &rows) {
        return file.await;
    }
    let of = match merchant {
        Some(id) => {
            let known = web.ledger.merchant(web.program.id, id).await?;
            known.map(|known| Merchant {
                id: id.0,
                name: known.name,
            })
        }
        None => None,
    };
    let whose = merchant.map(|id| id.to_string()).unwrap_or_default();
    let publishes = visitor.may_everywhere(&[Verb::Merchants]);
    let new = match whose.as_str() {
        "" => "desk/offers/new".to_owned(),
        id => format!("desk/offers/new?merchant={id}"),
    };
    show(&Offers {
        frame: Frame::new(&web, t("优惠", "Offers"), Some(&visitor)),
        kinds: kinds(&web, &whose, state),
        of,
        new: publishes.then(|| web.path(&new)),
        list: asked.page(
            &[
                ("merchant", whose.as_str()),
                ("state", state.map_or("", OfferState::name)),
            ],
            rows,
        ),
    })
}

/// What can be listed instead.
fn kinds(web: &Web, whose: &str, chosen: Option<OfferState>) -> Vec<(String, &'static str, bool)> {
    let kind = |state: Option<OfferState>| {
        let name = state.map_or("", OfferState::name);
        let label = state.map_or(t("全部", "All"), said::state);
        let path = web.path(&format!("desk/offers?state={name}&merchant={whose}"));
        (path, label, state == chosen)
    };
    let states = OfferState::ALL.into_iter().map(Some);
    [None].into_iter().chain(states).map(kind).collect()
}

/// What can be taken up first, what is over last; by title.
async fn rows(web: &Web, merchant: Option<MerchantId>) -> Result<Vec<Row>, StoreError> {
    let filter = OfferFilter {
        of: merchant.map_or(OffersOf::All, OffersOf::Merchant),
        open: false,
        now: web.now(),
        after: OfferId(Uuid::nil()),
        limit: MOST,
    };
    let offers = web.ledger.offers(web.program.id, &filter).await?;
    let mut merchants: Vec<Uuid> = offers.iter().map(|view| view.offer.merchant.0).collect();
    merchants.sort_unstable();
    merchants.dedup();
    let names = called(web, Register::Merchants, &merchants).await?;
    let row = |view: &OfferView| {
        let name = names.get(&view.offer.merchant.0);
        Row::of(web, view, name.cloned().unwrap_or_default())
    };
    let mut rows: Vec<Row> = offers.iter().map(row).collect();
    rows.sort_by(|one, other| {
        let place = |row: &Row| (!row.open, row.state == OfferState::Ended);
        let order = place(one).cmp(&place(other));
        order.then_with(|| (&one.title, one.id).cmp(&(&other.title, other.id)))
    });
    Ok(rows)
}
