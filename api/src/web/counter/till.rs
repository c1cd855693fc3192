//! 门店收款码: the code on a store's wall, what a rider finds behind it, and what the store sees of it.

use askama::Template;
use axum::Form;
use axum::http::StatusCode;
use ledger::community::Verb;
use ledger::ids::StoreId;
use ledger::machine::{Charge, Command, Payer, RedemptionState};
use ledger::views::{Named, Register};

use super::charging::{Typed, choices, told_above};
use super::payments::paid_on;
use crate::web::format::{hour, points};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::square::square;
use crate::web::visitor::Reached;
use crate::web::visitor::{At, Clerk, Rider, Till, request};
use crate::web::wrong::Wrong;
use crate::web::{Web, words};

/// How many of the newest payments are shown; all of today's are summed up.
const NEWEST: usize = 100;
/// A payment is pointed out for so many seconds.
const NEW_FOR: i64 = 120;

#[derive(Template)]
#[template(path = "counter/store_pay.html")]
struct StorePay {
    frame: Frame,
    path: String,
    store: String,
    address: String,
    available: String,
    form: Typed,
    /// What can be taken up here now.
    offers: Vec<(String, String)>,
    /// What is about to be paid, once it was typed.
    asks: Option<String>,
    wrong: Wrong,
}

/// `GET /{program}/store/{till}`: the code was scanned.
pub async fn show_form(At(web): At, rider: Rider, Till(till): Till) -> Page {
    let (id, store) = found(&web, &till).await?;
    let (fresh, nothing) = (Typed::fresh(), Wrong::default());
    show(&view(&web, &rider, (&till, id, store), fresh, nothing).await?)
}

/// `POST /{program}/store/{till}`: the amount was typed; once it was confirmed, it is paid.
pub async fn pay(At(web): At, rider: Rider, Till(till): Till, Form(typed): Form<Typed>) -> Page {
    let (id, store) = found(&web, &till).await?;
    let charge = match typed.charge() {
        Ok(charge) => charge,
        Err(wrong) => {
            let view = view(&web, &rider, (&till, id, store), typed, wrong).await?;
            return show_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
        }
    };
    if typed.act != "pay" {
        let nothing = Wrong::default();
        let mut view = view(&web, &rider, (&till, id, store), typed, nothing).await?;
        view.asks = Some(asks(&charge, &view));
        return show(&view);
    }
    let command = Command::Authorise {
        payer: Payer::Oneself(rider.member()),
        store: id,
        charge,
        capture: true,
        hold_seconds: 0,
    };
    let request = request(&rider.0, Some(typed.key.clone()));
    match web.ledger.execute(&request, command).await {
        Ok(receipt) => go(&web.path(&format!("me/redemptions/{}", receipt.id.0))),
        Err(error) => {
            let wrong = typed.refused(&error);
            let form = typed.after(&error);
            let view = view(&web, &rider, (&till, id, store), form, wrong).await?;
            show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
        }
    }
}

/// What is about to be paid, in words.
fn asks(charge: &Charge, view: &StorePay) -> String {
    match charge {
        Charge::Points(wanted) => {
            let wanted = points(*wanted);
            say!("{wanted} 分", "{wanted} points")
        }
        Charge::Offer(_) => {
            let mut offers = view.offers.iter();
            let chosen = offers.find(|(id, _)| *id == view.form.offer);
            let what = chosen.map_or(t("所选优惠", "The chosen offer"), |(_, what)| what);
            match view.form.amount.trim() {
                "" => what.to_owned(),
                amount => say!(
                    "{what}（账单 {amount} 元）",
                    "{what} (bill of {amount} yuan)"
                ),
            }
        }
    }
}

async fn found(web: &Web, till: &str) -> Result<(StoreId, Named), Trouble> {
    let program = web.program.id;
    let store = web.ledger.store_of_tag(program, till).await?;
    let store = store.ok_or(Trouble::Missing)?;
    let named = web.ledger.registered(program, Register::Stores, store.0);
    Ok((store, named.await?.ok_or(Trouble::Missing)?))
}

async fn view(
    web: &Web,
    rider: &Rider,
    (till, id, store): (&str, StoreId, Named),
    form: Typed,
    wrong: Wrong,
) -> Result<StorePay, Trouble> {
    let balance = web
        .ledger
        .balance(web.program.id, rider.member(), web.now());
    let balance = balance.await?.ok_or(Trouble::Missing)?;
    let offers = choices(web, id).await?;
    Ok(StorePay {
        frame: Frame::new(web, t("付积分", "Pay with points"), Some(&rider.0)),
        path: web.path(&format!("store/{till}")),
        store: store.name,
        address: store.detail,
        available: points(balance.available),
        form,
        asks: None,
        wrong: told_above(wrong, &offers),
        offers,
    })
}

#[derive(Template)]
#[template(path = "counter/store_code.html")]
struct StoreCode {
    frame: Frame,
    store: String,
    code: Option<Posted>,
    /// Whether whoever looks may print another.
    prints: bool,
}

/// As it hangs on the wall.
struct Posted {
    address: String,
    size: usize,
    path: String,
}

/// `GET /{program}/counter/code`.
pub async fn show_code(At(web): At, clerk: Clerk, Reached(server): Reached) -> Page {
    let (program, store) = (web.program.id, clerk.store());
    let named = web.ledger.registered(program, Register::Stores, store.0);
    let tag = web.ledger.store_tag(program, store).await?;
    let code = tag.map(|tag| {
        let address = format!("{server}{}", web.path(&format!("store/{tag}")));
        let (size, path) = square(&address);
        Posted {
            address,
            size,
            path,
        }
    });
    show(&StoreCode {
        frame: Frame::new(&web, t("门店收款码", "The store's code"), Some(&clerk.0)),
        store: named.await?.map_or_else(String::new, |named| named.name),
        code,
        prints: clerk.0.may(&[Verb::Manage]),
    })
}

/// `POST /{program}/counter/code`: another takes its place; by who manages the store.
pub async fn print(At(web): At, clerk: Clerk) -> Page {
    if !clerk.0.may(&[Verb::Manage]) {
        return Err(Trouble::NotYours(t("店长", "store managers")));
    }
    let request = request(&clerk.0, None);
    web.ledger.print_code(&request, clerk.store()).await?;
    go(&web.path("counter/code"))
}

#[derive(Template)]
#[template(path = "counter/till.html")]
struct TillPage {
    frame: Frame,
    /// The newest payment, so that the page can tell that there is a newer one.
    newest: String,
    today: Vec<Row>,
    /// How many of today's are not shown.
    more: usize,
    total: String,
    /// The list of which day holds them all.
    day: String,
}

struct Row {
    at: String,
    points: String,
    state: &'static str,
    new: bool,
}

/// `GET /{program}/counter/till`: today's payments, looked at again by itself; who just paid stands out, and is heard where sound is on.
pub async fn till(At(web): At, clerk: Clerk) -> Page {
    let (now, zone) = (web.now(), web.zone());
    let day = now.to_jiff().to_zoned(zone.clone()).date();
    let (today, number, total) = paid_on(&web, clerk.store(), day, NEWEST).await?;
    let number = usize::try_from(number).unwrap_or_default();
    let rows = today.iter().map(|redemption| Row {
        at: hour(redemption.authorised_at, &zone),
        points: points(redemption.authorised),
        state: match redemption.refunded.is_positive() {
            true => t("已退", "Given back"),
            false => words::redemption_state(redemption.state),
        },
        new: redemption.state == RedemptionState::Captured
            && redemption.authorised_at.plus_seconds(NEW_FOR) > now,
    });
    show(&TillPage {
        frame: Frame::new(&web, t("今日到账", "Received today"), Some(&clerk.0)),
        newest: today
            .first()
            .map_or_else(String::new, |redemption| redemption.id.to_string()),
        today: rows.collect(),
        more: number.saturating_sub(today.len()),
        total: points(total),
        day: day.to_string(),
    })
}
