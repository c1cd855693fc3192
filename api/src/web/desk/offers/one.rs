//! One offer: what it says and said before, how much of it was taken, and what may be done about it.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::community::Verb;
use ledger::community::offer::{Offer, OfferState, OfferTerms};
use ledger::ids::OfferId;
use ledger::machine::Command;
use ledger::machine::offers::OfferCommand;
use ledger::points::Points;
use serde::Deserialize;
use uuid::Uuid;

use super::said::Names;
use super::{found, is_done, said};
use crate::reports;
use crate::web::fields::fresh_key;
use crate::web::format::{full, month, points};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, t};
use crate::web::rider::places::price;
use crate::web::visitor::{At, Id, Settler, Trader, Visitor, request};
use crate::web::{Web, words};

/// How many revisions are shown at a time.
const REVISIONS: i64 = 10;

#[derive(Template)]
#[template(path = "desk/offer.html")]
struct One {
    frame: Frame,
    id: Uuid,
    title: String,
    merchant: Uuid,
    merchant_name: String,
    price: String,
    standing: &'static str,
    open: bool,
    taken: i64,
    left: Option<i64>,
    number: i64,
    /// Since when it says so, where that revision is on the page.
    since: Option<String>,
    facts: Vec<(&'static str, String)>,
    earlier: Vec<Revision>,
    /// Before which revision the next page ends.
    next: Option<i64>,
    paged: bool,
    /// What was taken of it of late, for whoever reads the books.
    months: Vec<Month>,
    /// What may be done about it, by whom it may be and as long as it has not ended.
    changes: Option<Changes>,
    notice: Option<&'static str>,
    problem: Option<String>,
}

/// What it said before.
struct Revision {
    number: i64,
    at: String,
    facts: Vec<(&'static str, String)>,
}

/// What was taken of it in a month.
struct Month {
    name: String,
    times: i64,
    points: String,
    refunded: String,
}

struct Changes {
    key: String,
    paused: bool,
    /// How many there are, as it was typed or stands, and what is wrong with it.
    stock: String,
    wrong: Option<String>,
}

/// Which revisions are wanted, and what was just done.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Shown {
    before: Option<i64>,
    done: String,
}

/// What just happened.
fn notice(done: &str) -> Option<&'static str> {
    Some(match done {
        "made" => t("已发布。", "It is published."),
        "revised" => t(
            "已改好，从现在起按新内容兑。",
            "It is changed, and holds from now on.",
        ),
        "stock" => t("总份数已改。", "There are as many of it as you said."),
        "pause" => t(
            "已暂停。随时可以恢复。",
            "It is paused. It can be opened again at any time.",
        ),
        "resume" => t("已恢复。", "It is open again."),
        "end" => t("已结束。", "It is over."),
        _ => return None,
    })
}

/// `GET /{program}/desk/offers/{id}`.
pub async fn show_one(
    At(web): At,
    Settler(visitor): Settler,
    Id(id): Id<OfferId>,
    Query(shown): Query<Shown>,
) -> Page {
    let mut view = view(&web, &visitor, id, shown.before).await?;
    view.notice = notice(&shown.done);
    show(&view)
}

async fn view(
    web: &Web,
    visitor: &Visitor,
    id: OfferId,
    before: Option<i64>,
) -> Result<One, Trouble> {
    let (program, zone) = (web.program.id, web.zone());
    let known = found(web, id).await?;
    let offer = &known.offer;
    let merchant = web.ledger.merchant(program, offer.merchant).await?;
    let limit = REVISIONS.saturating_add(1);
    let revisions = web.ledger.revisions_of(program, id, before, limit);
    let mut revisions = revisions.await?;
    let shown = usize::try_from(REVISIONS).unwrap_or_default();
    let more = revisions.len() > shown;
    revisions.truncate(shown);
    let next = revisions.last().filter(|_| more).map(|one| one.number);
    let mut said: Vec<&OfferTerms> = revisions.iter().map(|one| &one.terms).collect();
    said.push(&offer.terms);
    let names = Names::of(web, &said).await?;
    let (now, earlier): (Vec<_>, Vec<_>) = revisions
        .iter()
        .partition(|one| one.number == offer.revision);
    let changes = Changes {
        key: fresh_key(),
        paused: offer.state == OfferState::Paused,
        stock: offer
            .terms
            .stock
            .map_or_else(String::new, |stock| stock.to_string()),
        wrong: None,
    };
    let may = visitor.may_everywhere(&[Verb::Merchants]) && offer.state != OfferState::Ended;
    Ok(One {
        frame: Frame::new(web, t("优惠", "Offer"), Some(visitor)),
        id: id.0,
        title: offer.terms.title.clone(),
        merchant: offer.merchant.0,
        merchant_name: merchant.map_or_else(String::new, |merchant| merchant.name),
        price: price(&offer.terms.price),
        standing: said::standing(&known, web.now()),
        open: known.open,
        taken: offer.taken,
        left: offer.left(),
        number: offer.revision,
        since: now.first().map(|one| full(one.recorded_at, &zone)),
        facts: names.facts(&offer.terms),
        earlier: earlier
            .into_iter()
            .map(|one| Revision {
                number: one.number,
                at: full(one.recorded_at, &zone),
                facts: names.facts(&one.terms),
            })
            .collect(),
        next,
        paged: before.is_some(),
        months: match visitor.may_everywhere(&[Verb::Read]) {
            true => months(web, id).await?,
            false => Vec::new(),
        },
        changes: may.then_some(changes),
        notice: None,
        problem: None,
    })
}

/// What was taken of an offer in the last months, the latest first.
async fn months(web: &Web, id: OfferId) -> Result<Vec<Month>, Trouble> {
    let zone = web.ledger.calendar_zone(web.program.id).await?;
    let Ok(periods) = reports::months(&zone, web.now(), None, None) else {
        return Ok(Vec::new());
    };
    let taken = web.ledger.taken_up(web.program.id, &periods).await?;
    let each = periods.iter().rev().map(|period| {
        let mut taken = taken.iter();
        let one = taken.find(|one| one.of == id && one.from == period.from);
        Month {
            name: month(period.from, &zone),
            times: one.map_or(0, |one| one.redemptions),
            points: points(one.map_or(Points::ZERO, |one| one.captured)),
            refunded: points(one.map_or(Points::ZERO, |one| one.refunded)),
        }
    });
    Ok(each.collect())
}

/// What is pressed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Act {
    act: String,
    key: String,
    stock: String,
}

impl Act {
    /// As many of it as are typed; nothing is no end of them.
    fn stock(&self) -> Result<Option<i64>, &'static str> {
        let stock = match self.stock.trim() {
            "" => return Ok(None),
            stock => stock.parse::<i64>().ok().filter(|stock| *stock > 0),
        };
        let wrong = t(
            "总份数填 1 以上的整数；不限就留空。",
            "Please enter a whole number of 1 or more, or leave it empty for no end of them.",
        );
        stock.map(Some).ok_or(wrong)
    }

    /// Whether the offer says so already.
    fn is_said(&self, offer: &Offer) -> bool {
        self.act == "stock" && self.stock() == Ok(offer.terms.stock)
    }

    /// What an offer says with as many of it as are typed, or what is wrong with that.
    fn restocked(&self, offer: &Offer) -> Result<OfferTerms, &'static str> {
        let stock = self.stock()?;
        if stock == offer.terms.stock {
            return Err(t(
                "总份数没有变。",
                "There are as many of it as there were.",
            ));
        }
        Ok(OfferTerms {
            stock,
            ..offer.terms.clone()
        })
    }
}

/// `POST /{program}/desk/offers/{id}`: more or fewer of it, paused, open again, or over for good.
pub async fn act(
    At(web): At,
    Trader(visitor): Trader,
    Id(id): Id<OfferId>,
    Form(act): Form<Act>,
) -> Page {
    let offer = found(&web, id).await?.offer;
    let done = web.path(&format!("desk/offers/{id}?done={}", act.act));
    let request = request(&visitor, Some(act.key.clone()));
    if act.is_said(&offer) && is_done(&web, &request, "offer.revise").await? {
        return go(&done);
    }
    let command = match act.act.as_str() {
        "pause" => Ok(OfferCommand::Move {
            offer: id,
            to: OfferState::Paused,
        }),
        "resume" => Ok(OfferCommand::Move {
            offer: id,
            to: OfferState::Open,
        }),
        "end" => Ok(OfferCommand::Move {
            offer: id,
            to: OfferState::Ended,
        }),
        "stock" => act
            .restocked(&offer)
            .map(|terms| OfferCommand::Revise { offer: id, terms }),
        _ => return Err(Trouble::Missing),
    };
    let mut key = fresh_key();
    let problem = match command {
        Ok(command) => {
            let command = Command::Offer(Box::new(command));
            match web.app.execute(&request, command).await {
                Ok(_) => return go(&done),
                Err(error) => {
                    if words::may_try_again(&error) {
                        key = act.key;
                    }
                    words::failure(&error)
                }
            }
        }
        Err(problem) => problem.to_owned(),
    };
    let mut view = view(&web, &visitor, id, None).await?;
    match &mut view.changes {
        Some(changes) if act.act == "stock" => {
            changes.key = key;
            changes.stock = act.stock;
            changes.wrong = Some(problem);
        }
        changes => {
            if let Some(changes) = changes {
                changes.key = key;
            }
            view.problem = Some(problem);
        }
    }
    show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
}
