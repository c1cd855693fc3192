//! A store's counter: charge, see it succeed, undo it the same day.

mod today;

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::community::PayCode;
use ledger::ids::RedemptionId;
use ledger::machine::{Command, Outcome, Payer, Redemption, RedemptionState};
use ledger::points::Points;
use ledger::views::Register;
use serde::Deserialize;
use uuid::Uuid;

use self::today::{LONGEST, today};
use super::charging::{Typed, choices, told_above};
use crate::web::assets::SCAN;
use crate::web::format::{day_start, hour, moment, points};
use crate::web::page::{Frame, Page, Trouble, go, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Clerk, Id, request};
use crate::web::wrong::Wrong;
use crate::web::{Web, words};

#[derive(Template)]
#[template(path = "counter/counter.html")]
struct Counter {
    frame: Frame,
    /// The script of the camera.
    scan: &'static str,
    store: String,
    address: String,
    form: Typed,
    /// Offers that can be taken up here now: their ids, and what they are.
    offers: Vec<(String, String)>,
    wrong: Wrong,
    done: Option<Done>,
    holds: Vec<Row>,
    today: Vec<Row>,
    /// How many of today's are not shown.
    more: usize,
    total: String,
    /// The list of which day holds them all.
    day: String,
}

struct Done {
    id: Uuid,
    points: String,
    title: &'static str,
    /// What the rider pays in cash besides, in yuan.
    cash: Option<String>,
    /// What it means to undo it, where that is possible.
    undo: Option<String>,
}

struct Row {
    id: Uuid,
    at: String,
    points: String,
    state: String,
    /// What it means to undo it, where that is possible.
    undo: Option<String>,
    /// What it means to let go of it, while it is on hold.
    release: String,
    struck: bool,
}

#[derive(Deserialize)]
pub struct Shown {
    done: Option<Uuid>,
}

/// `GET /{program}/counter`.
pub async fn show(At(web): At, clerk: Clerk, Query(shown): Query<Shown>) -> Page {
    let nothing = Wrong::default();
    let view = view(&web, &clerk, Typed::fresh(), nothing, shown.done).await?;
    show_as(StatusCode::OK, &view)
}

/// The same with a scanned code filled in.
pub async fn filled(web: &Web, clerk: &Clerk, code: &PayCode) -> Page {
    let form = Typed {
        code: code.text(),
        ..Typed::fresh()
    };
    let view = view(web, clerk, form, Wrong::default(), None).await?;
    show_as(StatusCode::OK, &view)
}

/// `POST /{program}/counter`: charges, and leads back to the page that says so.
pub async fn charge(At(web): At, clerk: Clerk, Form(typed): Form<Typed>) -> Page {
    let command = match command(&web, &clerk, &typed) {
        Ok(command) => command,
        Err(wrong) => return again(&web, &clerk, typed, wrong).await,
    };
    let request = request(&clerk.0, Some(typed.key.clone()));
    match web.ledger.execute(&request, command).await {
        Ok(receipt) => match receipt.outcome {
            Outcome::Redemption(redemption) => done(&web, redemption.id.0),
            _ => Err(Trouble::Missing),
        },
        Err(error) => {
            let wrong = typed.refused(&error);
            again(&web, &clerk, typed.after(&error), wrong).await
        }
    }
}

/// What the form asks for, or what is wrong with it.
fn command(web: &Web, clerk: &Clerk, typed: &Typed) -> Result<Command, Wrong> {
    let payer = Payer::typed(web.program.id, &typed.code);
    match (payer, typed.charge()) {
        (Ok(payer), Ok(charge)) => Ok(Command::Authorise {
            payer,
            store: clerk.store(),
            charge,
            capture: true,
            hold_seconds: LONGEST,
        }),
        (payer, charge) => {
            let mut wrong = charge.err().unwrap_or_default();
            if payer.is_err() {
                let words = t(
                    "付款码是 15 位数字，请看骑手手机上的码。",
                    "A payment code has 15 digits. Please look at the rider's phone.",
                );
                wrong.note("code", words);
            }
            Err(wrong)
        }
    }
}

fn done(web: &Web, id: Uuid) -> Page {
    go(&web.path(&format!("counter?done={id}")))
}

async fn again(web: &Web, clerk: &Clerk, typed: Typed, wrong: Wrong) -> Page {
    let view = view(web, clerk, typed, wrong, None).await?;
    show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

#[derive(Deserialize)]
pub struct Act {
    act: String,
}

/// `POST /{program}/counter/redemptions/{id}`: undo, capture or void. Each has one effect however often it is pressed.
pub async fn act(
    At(web): At,
    clerk: Clerk,
    Id(id): Id<Uuid>,
    Form(Act { act }): Form<Act>,
) -> Page {
    let redemption = RedemptionId(id);
    let known = web.ledger.redemption(web.program.id, redemption).await?;
    let own = known.is_some_and(|known| known.store == clerk.store());
    own.then_some(()).ok_or(Trouble::Missing)?;
    let command = match act.as_str() {
        "undo" => Command::Undo { redemption },
        "capture" => Command::Capture {
            redemption,
            points: None,
        },
        "void" => Command::Void { redemption },
        _ => return Err(Trouble::Missing),
    };
    let request = request(&clerk.0, Some(format!("{act}-{id}")));
    match web.ledger.execute(&request, command).await {
        Ok(_) => done(&web, id),
        Err(error) => {
            let wrong = Wrong::with("form", words::failure(&error));
            again(&web, &clerk, Typed::fresh(), wrong).await
        }
    }
}

fn is_today(web: &Web, at: Timestamp) -> bool {
    at >= day_start(web.now(), &web.zone())
}

async fn view(
    web: &Web,
    clerk: &Clerk,
    form: Typed,
    wrong: Wrong,
    done: Option<Uuid>,
) -> Result<Counter, StoreError> {
    let (program, store) = (web.program.id, clerk.store().0);
    let named = web.ledger.registered(program, Register::Stores, store);
    let (name, address) = named
        .await?
        .map_or_else(Default::default, |n| (n.name, n.detail));
    let shown = today(web, clerk.store()).await?;
    let offers = choices(web, clerk.store()).await?;
    let done = match done {
        Some(id) => web.ledger.redemption(program, RedemptionId(id)).await?,
        None => None,
    };
    Ok(Counter {
        scan: &SCAN,
        frame: Frame::new(web, t("收银台", "Counter"), Some(&clerk.0)),
        store: name,
        address,
        form,
        wrong: told_above(wrong, &offers),
        offers,
        done: done
            .filter(|redemption| redemption.store == clerk.store())
            .map(|redemption| success(web, &redemption)),
        holds: shown.holds.iter().map(|r| row(web, r)).collect(),
        today: shown.newest.iter().map(|r| row(web, r)).collect(),
        more: shown.more,
        total: points(shown.kept),
        day: shown.day.to_string(),
    })
}

/// What the store has of it for good.
fn net(redemption: &Redemption) -> Points {
    redemption
        .captured
        .minus(redemption.refunded)
        .unwrap_or(Points::ZERO)
}

/// What happens once it is undone; nothing where it cannot be.
fn undoing(web: &Web, redemption: &Redemption) -> Option<String> {
    let net = net(redemption);
    let may_undo = net.is_positive() && is_today(web, redemption.authorised_at);
    let back = points(net);
    may_undo.then(|| {
        say!(
            "{back} 分马上退回骑手，本店今天少收 {back} 分。",
            "{back} points go back to the rider at once, and the store takes {back} points less today."
        )
    })
}

/// What happens once a hold is let go of.
fn releasing(redemption: &Redemption) -> String {
    let back = points(redemption.authorised);
    say!(
        "冻结的 {back} 分马上退回骑手，本店不能再收取。",
        "The {back} points on hold go back to the rider at once, and the store cannot take them any more."
    )
}

fn success(web: &Web, redemption: &Redemption) -> Done {
    let undone = redemption.refunded.is_positive();
    let (title, amount) = match redemption.state {
        RedemptionState::Captured if undone => {
            (t("已撤销，退回", "Undone, given back"), redemption.refunded)
        }
        RedemptionState::Captured => (t("收款成功", "Charged"), redemption.captured),
        RedemptionState::Voided => (
            t("已解除冻结，退回", "Released, given back"),
            redemption.authorised,
        ),
        RedemptionState::Held | RedemptionState::Released => (
            words::redemption_state(redemption.state),
            redemption.authorised,
        ),
    };
    Done {
        id: redemption.id.0,
        points: points(amount),
        title,
        cash: redemption
            .terms
            .filter(|terms| terms.cash.is_positive() && !undone)
            .map(|terms| points(terms.cash)),
        undo: undoing(web, redemption),
    }
}

fn row(web: &Web, redemption: &Redemption) -> Row {
    let zone = web.zone();
    let today = is_today(web, redemption.authorised_at);
    let refunded = redemption.refunded.is_positive();
    let amount = match redemption.state {
        RedemptionState::Captured => redemption.captured,
        _ => redemption.authorised,
    };
    let back = points(redemption.refunded);
    Row {
        id: redemption.id.0,
        at: if today {
            hour(redemption.authorised_at, &zone)
        } else {
            moment(redemption.authorised_at, &zone)
        },
        points: points(amount),
        state: if refunded {
            say!("已退 {back}", "{back} given back")
        } else {
            words::redemption_state(redemption.state).to_owned()
        },
        undo: undoing(web, redemption),
        release: releasing(redemption),
        struck: refunded || redemption.state != RedemptionState::Captured,
    }
}
