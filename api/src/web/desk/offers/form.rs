//! Publishing an offer, and saying it anew: one form for both.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::WriteError;
use ledger::community::hours::STRETCH_LIMIT;
use ledger::community::merchant::MerchantState;
use ledger::community::offer::{NEEDED_LIMIT, OfferState};
use ledger::ids::{MerchantId, OfferId};
use ledger::machine::offers::{OfferCommand, TradeRejection};
use ledger::machine::{Command, Rejection, SettlementRejection};
use ledger::points::Rounding;
use ledger::policy::deed::kinds;
use ledger::views::{MerchantView, Named};
use serde::Deserialize;
use uuid::Uuid;

use super::flaws::flaw;
use super::typed::{IN_KIND, MERCHANT, Typed, TypedHours, TypedNeeded};
use super::{Choice, found, is_done, said};
use crate::web::desk::merchants::hours::day_name;
use crate::web::desk::merchants::{every_merchant, stores_of};
use crate::web::fields::fresh_key;
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Id, Trader, Visitor, record_id, request};
use crate::web::wrong::Wrong;
use crate::web::{Web, words};

/// How many empty rows are shown for more hours, and for more deeds.
const SPARE_HOURS: usize = 3;
const SPARE_NEEDED: usize = 2;

#[derive(Template)]
#[template(path = "desk/offer_form.html")]
struct OfferForm {
    frame: Frame,
    /// Where it is sent, and where its page leads back.
    action: String,
    back: String,
    /// Whether it is said anew.
    revises: bool,
    /// Whose it is; nothing as long as that is to be chosen.
    merchant: Option<Merchant>,
    merchants: Vec<Choice>,
    typed: Typed,
    wrong: Wrong,
    problem: Option<String>,
    kinds: Vec<Choice>,
    stores: Vec<Choice>,
    bearers: Vec<Choice>,
    roundings: Vec<Choice>,
    fen_roundings: Vec<Choice>,
    every: Vec<Choice>,
    hours: Vec<HoursRow>,
    needed: Vec<NeededRow>,
    opens: Opens,
}

/// Whose an offer is.
struct Merchant {
    id: Uuid,
    name: String,
    /// Whether its offers can be taken up.
    takes_part: bool,
}

/// A stretch of the day: what its fields are called, and what they say.
struct HoursRow {
    number: usize,
    id: String,
    name: String,
    /// Each day, what it is called, and whether it is ticked.
    days: Vec<(u8, &'static str, bool)>,
    from: String,
    until: String,
}

/// What one must have done, in the same way.
struct NeededRow {
    number: usize,
    id: String,
    name: String,
    deeds: Vec<Choice>,
    count: String,
    days: String,
}

/// Which parts of the form are open from the start: those that say something, and those in which something is wrong.
struct Opens {
    bill: bool,
    when: bool,
    who: bool,
    more: bool,
}

impl Opens {
    fn of(typed: &Typed, wrong: &Wrong) -> Self {
        let open = |fields: &[&str]| typed.says(fields) || wrong.any(fields);
        Self {
            bill: open(&["rate", "most", "share", "cash"]),
            when: open(&["from", "until"]) || !typed.hours.is_empty() || wrong.within("hours-"),
            who: open(&["stock", "count"]) || !typed.needed.is_empty() || wrong.within("needed-"),
            more: open(&["description"]),
        }
    }
}

/// What is shown, for the first time or again.
struct Again {
    typed: Typed,
    wrong: Wrong,
    problem: Option<String>,
}

impl Again {
    fn first(typed: Typed) -> Self {
        Self {
            typed,
            wrong: Wrong::default(),
            problem: None,
        }
    }

    /// What is to be put right stands beside the fields.
    fn wrong(typed: Typed, wrong: Wrong) -> Self {
        let marked = t(
            "有几处要改，见下面标红的地方。",
            "Something has to be put right: see the fields marked below.",
        );
        let problem = wrong.of("form").unwrap_or(marked).to_owned();
        Self {
            typed,
            wrong,
            problem: Some(problem),
        }
    }

    /// What the ledger turned down, beside its field where it is about one.
    fn refused(mut typed: Typed, error: &WriteError) -> Self {
        if !words::may_try_again(error) {
            typed.set("key", fresh_key());
        }
        let mut wrong = Wrong::default();
        match error {
            WriteError::Rejected(Rejection::Trade(TradeRejection::BadOffer { flaw: found })) => {
                flaw(&mut wrong, found);
            }
            WriteError::Rejected(Rejection::Trade(TradeRejection::StockTaken { .. })) => {
                wrong.note("stock", words::failure(error));
            }
            WriteError::Rejected(Rejection::Settlement(SettlementRejection::UnknownFunder {
                ..
            })) => wrong.note("bearer", words::failure(error)),
            other => wrong.note("form", words::failure(other)),
        }
        Self::wrong(typed, wrong)
    }
}

/// The form for a new offer of a merchant's, as soon as that is chosen, or for another revision of one.
async fn view(
    web: &Web,
    visitor: &Visitor,
    (offer, merchant): (Option<OfferId>, Option<MerchantView>),
    again: Again,
) -> Result<OfferForm, Trouble> {
    let Again {
        typed,
        wrong,
        problem,
    } = again;
    let (action, back, title) = match offer {
        None => (
            "desk/offers".to_owned(),
            "desk/offers".to_owned(),
            t("发布优惠", "Publish an offer"),
        ),
        Some(id) => (
            format!("desk/offers/{id}/terms"),
            format!("desk/offers/{id}"),
            t("修改优惠内容", "Change an offer"),
        ),
    };
    let stores = match &merchant {
        Some(merchant) => stores_of(web, merchant.id).await?,
        None => Vec::new(),
    };
    let choice = |store: Named| Choice {
        value: store.id.to_string(),
        chosen: typed.stores.contains(&store.id.to_string()),
        label: store.name,
    };
    let stores: Vec<Choice> = stores.into_iter().map(choice).collect();
    Ok(OfferForm {
        frame: Frame::new(web, title, Some(visitor)),
        action: web.path(&action),
        back: web.path(&back),
        revises: offer.is_some(),
        merchants: match merchant {
            Some(_) => Vec::new(),
            None => merchants(web, typed.get("merchant")).await?,
        },
        stores,
        kinds: said::KINDS
            .map(|(name, kind)| Choice::of(name, said::kind(kind), typed.get("kind")))
            .into(),
        bearers: bearers(web, typed.get("bearer")).await?,
        roundings: roundings(typed.get("rounding")),
        fen_roundings: roundings(typed.get("fen_rounding")),
        every: said::EVERY
            .map(|(name, every)| Choice::of(name, said::every(every), typed.get("every")))
            .into(),
        hours: hours(&typed.hours),
        needed: needed(&typed.needed),
        opens: Opens::of(&typed, &wrong),
        merchant: merchant.map(|merchant| Merchant {
            id: merchant.id.0,
            name: merchant.name,
            takes_part: merchant.state == MerchantState::Active,
        }),
        typed,
        wrong,
        problem,
    })
}

/// Every merchant that has not left, to choose from.
async fn merchants(web: &Web, chosen: &str) -> Result<Vec<Choice>, Trouble> {
    let mut found = every_merchant(web).await?;
    found.retain(|merchant| merchant.state != MerchantState::Left);
    found.sort_by(|one, other| one.name.cmp(&other.name));
    let choice = |merchant: MerchantView| {
        let value = merchant.id.to_string();
        Choice::of(value, merchant.name, chosen)
    };
    Ok(found.into_iter().map(choice).collect())
}

/// Who may bear it. What it means for the money is said with it.
async fn bearers(web: &Web, chosen: &str) -> Result<Vec<Choice>, Trouble> {
    let merchant = t(
        "商户自己承担，不结算",
        "the merchant: nothing is paid for its points",
    );
    let in_kind = t(
        "捐赠的物品，不结算",
        "goods that were given: nothing is paid for their points",
    );
    let mut bearers = vec![
        Choice::of("", t("请选择", "Choose"), chosen),
        Choice::of(MERCHANT, merchant, chosen),
        Choice::of(IN_KIND, in_kind, chosen),
    ];
    let funders = web.ledger.funders(web.program.id).await?;
    bearers.extend(funders.into_iter().map(|funder| {
        let name = funder.name;
        let label = say!("由“{name}”按分结算", "{name}, so much a point");
        Choice::of(funder.id.to_string(), label, chosen)
    }));
    Ok(bearers)
}

fn roundings(chosen: &str) -> Vec<Choice> {
    let chosen = Rounding::from_name(chosen).unwrap_or_default().name();
    Rounding::ALL
        .map(|how| Choice::of(how.name(), said::rounding(how), chosen))
        .into()
}

/// What is typed, and rows for more.
fn hours(typed: &[TypedHours]) -> Vec<HoursRow> {
    let rows = typed.len().saturating_add(SPARE_HOURS).min(STRETCH_LIMIT);
    let row = |number: usize| {
        let typed = typed.get(number).cloned().unwrap_or_default();
        HoursRow {
            number: number.saturating_add(1),
            id: format!("hours-{number}"),
            name: format!("hours.{number}"),
            days: (1..=7)
                .map(|day| (day, day_name(day), typed.days.contains(&day)))
                .collect(),
            from: typed.from,
            until: typed.until,
        }
    };
    (0..rows).map(row).collect()
}

fn needed(typed: &[TypedNeeded]) -> Vec<NeededRow> {
    let rows = typed.len().saturating_add(SPARE_NEEDED).min(NEEDED_LIMIT);
    let row = |number: usize| {
        let typed = typed.get(number).cloned().unwrap_or_default();
        let mut deeds = vec![Choice::of("", t("不要求", "nothing asked"), &typed.deed)];
        let each = kinds().iter();
        deeds.extend(each.map(|kind| Choice::of(kind.name, t(kind.zh, kind.en), &typed.deed)));
        NeededRow {
            number: number.saturating_add(1),
            id: format!("needed-{number}"),
            name: format!("needed.{number}"),
            deeds,
            count: typed.count,
            days: typed.days,
        }
    };
    (0..rows).map(row).collect()
}

/// The merchant that was named, if there is such a one.
async fn named(web: &Web, merchant: &str) -> Result<Option<MerchantView>, Trouble> {
    match merchant.parse::<MerchantId>() {
        Ok(id) => Ok(web.ledger.merchant(web.program.id, id).await?),
        Err(_) => Ok(None),
    }
}

/// Of which merchant.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    merchant: String,
}

/// `GET /{program}/desk/offers/new`: whose it is, then the form.
pub async fn begin(At(web): At, Trader(visitor): Trader, Query(wanted): Query<Wanted>) -> Page {
    let merchant = named(&web, &wanted.merchant).await?;
    let again = Again::first(Typed::fresh());
    show(&view(&web, &visitor, (None, merchant), again).await?)
}

/// `POST /{program}/desk/offers`: publishes one, once for each form.
pub async fn publish(
    At(web): At,
    Trader(visitor): Trader,
    Form(fields): Form<Vec<(String, String)>>,
) -> Page {
    let typed = Typed::read(fields);
    let merchant = named(&web, typed.get("merchant")).await?;
    let again = match (&merchant, typed.terms(&web.zone())) {
        (None, _) => {
            let mut wrong = Wrong::default();
            let words = t("请先选是哪家商户的。", "Please choose whose it is first.");
            wrong.note("form", words);
            Again::wrong(typed, wrong)
        }
        (Some(_), Err(wrong)) => Again::wrong(typed, wrong),
        (Some(merchant), Ok(terms)) => {
            let offer = OfferId(record_id(&visitor, typed.get("key")));
            let command = OfferCommand::Make {
                offer,
                merchant: merchant.id,
                terms,
            };
            let request = request(&visitor, Some(typed.get("key").to_owned()));
            let command = Command::Offer(Box::new(command));
            match web.app.execute(&request, command).await {
                Ok(_) => return go(&web.path(&format!("desk/offers/{offer}?done=made"))),
                Err(error) => Again::refused(typed, &error),
            }
        }
    };
    let view = view(&web, &visitor, (None, merchant), again).await?;
    show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

/// `GET /{program}/desk/offers/{id}/terms`: what it says, to be said anew. What has ended says no more.
pub async fn show_terms(At(web): At, Trader(visitor): Trader, Id(id): Id<OfferId>) -> Page {
    let offer = found(&web, id).await?.offer;
    if offer.state == OfferState::Ended {
        return go(&web.path(&format!("desk/offers/{id}")));
    }
    let mut typed = Typed::of(&offer.terms, &web.zone());
    typed.set("revision", offer.revision.to_string());
    let merchant = web.ledger.merchant(web.program.id, offer.merchant).await?;
    let merchant = Some(merchant.ok_or(Trouble::Missing)?);
    let again = Again::first(typed);
    show(&view(&web, &visitor, (Some(id), merchant), again).await?)
}

/// `POST /{program}/desk/offers/{id}/terms`: another revision, unless somebody made one meanwhile that was not seen.
pub async fn revise(
    At(web): At,
    Trader(visitor): Trader,
    Id(id): Id<OfferId>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Page {
    let offer = found(&web, id).await?.offer;
    let mut typed = Typed::read(fields);
    let request = request(&visitor, Some(typed.get("key").to_owned()));
    let done = web.path(&format!("desk/offers/{id}?done=revised"));
    let used = is_done(&web, &request, "offer.revise").await?;
    let terms = typed.terms(&web.zone());
    if used && terms.as_ref().is_ok_and(|terms| *terms == offer.terms) {
        return go(&done);
    }
    let seen = typed.get("revision") == offer.revision.to_string();
    let again = match terms {
        Err(wrong) => Again::wrong(typed, wrong),
        Ok(_) if !seen => {
            typed.set("revision", offer.revision.to_string());
            // What was sent under it was something else.
            if used {
                typed.set("key", fresh_key());
            }
            let mut wrong = Wrong::default();
            let words = t(
                "您填写时，这项优惠已经有人改过。请先看现在的内容；再按一次，就以您填的为准。",
                "Somebody changed this offer meanwhile. Please look at what it says now; press again to put yours in its place.",
            );
            wrong.note("form", words);
            Again::wrong(typed, wrong)
        }
        Ok(terms) => {
            let command = OfferCommand::Revise { offer: id, terms };
            let command = Command::Offer(Box::new(command));
            match web.app.execute(&request, command).await {
                Ok(_) => return go(&done),
                Err(error) => Again::refused(typed, &error),
            }
        }
    };
    let merchant = web.ledger.merchant(web.program.id, offer.merchant).await?;
    let merchant = Some(merchant.ok_or(Trouble::Missing)?);
    let view = view(&web, &visitor, (Some(id), merchant), again).await?;
    show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
}
