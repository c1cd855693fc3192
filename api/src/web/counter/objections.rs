//! 骑手异议: riders object to what was charged, and who manages the store answers.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::WriteError;
use ledger::community::paying::{ChargeGround, ChargeObjection, ChargeReason, Verdict};
use ledger::ids::{RedemptionId, StoreId};
use ledger::machine::{Command, PayingCommand, Rejection};
use ledger::points::Points;
use serde::Deserialize;
use uuid::Uuid;

use super::payments::{kept, known};
use super::shop::{Choice, Chosen, Section, acting, sections};
use crate::sheet::Cell;
use crate::web::fields::fresh_key;
use crate::web::format::{full, points};
use crate::web::lists::whole;
use crate::web::lists::{Asked, Line, List};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Id, Manager, Visitor, request};
use crate::web::wrong::Wrong;
use crate::web::{Web, words};

#[derive(Template)]
#[template(path = "counter/objections.html")]
struct Objections {
    frame: Frame,
    sections: Vec<Section>,
    store: String,
    stores: Vec<Choice>,
    /// What links to the same store carry.
    query: String,
    list: List<Row>,
    /// Whether the list begins after one of them.
    after: bool,
    /// Why nothing comes back.
    reasons: Vec<(&'static str, &'static str)>,
    notice: Option<&'static str>,
    problem: Option<String>,
}

struct Row {
    id: Uuid,
    /// When it was paid, and when the rider objected.
    paid: String,
    made: String,
    ground: &'static str,
    points: String,
    /// What can still be given back.
    left: String,
    typed: Typed,
    /// What is wrong with its answer, beside the fields.
    wrong: Wrong,
    /// The same two as numbers.
    sums: (Points, Points),
}

impl Line for Row {
    fn header() -> Vec<&'static str> {
        vec![
            t("收款编号", "Payment"),
            t("收款时间", "Paid"),
            t("提出时间", "Objected"),
            t("异议", "Objection"),
            t("积分", "Points"),
            t("最多还能退", "Can be given back"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            self.id.into(),
            self.paid.clone().into(),
            self.made.clone().into(),
            self.ground.into(),
            self.sums.0.into(),
            self.sums.1.into(),
        ]
    }
}

/// An answer as it was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    act: String,
    points: String,
    reason: String,
    key: String,
}

#[derive(Deserialize)]
pub struct Paging {
    store: Option<StoreId>,
    after: Option<Uuid>,
    done: Option<String>,
}

/// What a rider says is wrong.
pub fn ground(ground: ChargeGround) -> &'static str {
    match ground {
        ChargeGround::NotMe => t("不是本人付的", "It was not they who paid"),
        ChargeGround::WrongAmount => t("积分数不对", "The number of points is wrong"),
        ChargeGround::NotReceived => t("没有得到服务或商品", "They did not get what they paid for"),
        ChargeGround::Other => t("其他", "Something else"),
    }
}

/// Why nothing comes back, by name.
const REASONS: [(&str, ChargeReason); 4] = [
    ("confirmed", ChargeReason::Confirmed),
    ("delivered", ChargeReason::Delivered),
    ("no_error", ChargeReason::NoError),
    ("other", ChargeReason::Other),
];

fn reason(reason: ChargeReason) -> &'static str {
    match reason {
        ChargeReason::Confirmed => t("已与骑手核对，双方认可", "The rider has agreed to it since"),
        ChargeReason::Delivered => t("服务或商品已提供", "They were given what they paid for"),
        ChargeReason::NoError => t("积分数没有错", "The number of points was right"),
        ChargeReason::Other => t(
            "其他，请骑手来店询问",
            "Something else: they may ask at the store",
        ),
    }
}

/// A place in a list after which this comes first.
pub fn just_before(id: RedemptionId) -> Uuid {
    Uuid::from_u128(id.0.as_u128().saturating_sub(1))
}

/// `GET /{program}/counter/objections`: those that wait, in order of the charge.
pub async fn list(
    At(web): At,
    Manager(visitor): Manager,
    Query(Paging { store, after, done }): Query<Paging>,
    Query(asked): Query<Asked>,
) -> Page {
    let chosen = Chosen::of(&web, &visitor, store).await?;
    // What is looked for may stand before that one, too.
    let after = after.filter(|_| !asked.seeks() && !asked.wants_file());
    let rows = rows(&web, &visitor, (chosen.store, after), asked.reads()).await?;
    let rows = asked.search(rows);
    if let Some(file) = asked.file("objections", &rows) {
        return file.await;
    }
    let from = after.map(|after| after.to_string()).unwrap_or_default();
    let kept = chosen.kept();
    let keep = [("store", kept.as_str()), ("after", from.as_str())];
    let list = asked.page(&keep, rows);
    let mut view = view(&web, &visitor, chosen, list);
    view.after = after.is_some();
    view.notice = match done.as_deref() {
        Some("refunded") => Some(t(
            "已退回骑手，异议办结。",
            "Given back to the rider. The objection is closed.",
        )),
        Some("dismissed") => Some(t(
            "已答复不退，骑手看得到原因。",
            "Answered: nothing comes back. The rider is told why.",
        )),
        _ => None,
    };
    show(&view)
}

fn view(web: &Web, visitor: &Visitor, chosen: Chosen, list: List<Row>) -> Objections {
    let reasons = REASONS.into_iter();
    Objections {
        frame: Frame::new(web, t("骑手异议", "Objections"), Some(visitor)),
        sections: sections(web, visitor, &chosen, "objections"),
        query: chosen.query(),
        store: chosen.name,
        stores: chosen.stores,
        list,
        after: false,
        reasons: reasons.map(|(name, why)| (name, reason(why))).collect(),
        notice: None,
        problem: None,
    }
}

/// Up to so many of those that wait at a store, after one of them.
async fn rows(
    web: &Web,
    visitor: &Visitor,
    (store, after): (StoreId, Option<Uuid>),
    most: usize,
) -> Result<Vec<Row>, Trouble> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let page = move |after: Uuid, limit: i64| async move {
        let at = Some(store);
        ledger.charge_objections(program, at, after, limit).await
    };
    let place = |one: &ChargeObjection| one.redemption.0;
    let waiting = whole::rows(most, after.unwrap_or_default(), place, page).await?;
    let mut rows = Vec::with_capacity(waiting.len());
    for objection in &waiting {
        rows.push(row(web, visitor, objection).await?);
    }
    Ok(rows)
}

async fn row(web: &Web, visitor: &Visitor, objection: &ChargeObjection) -> Result<Row, Trouble> {
    let redemption = known(web, visitor, objection.redemption).await?;
    let (zone, left) = (web.zone(), kept(&redemption));
    Ok(Row {
        id: redemption.id.0,
        paid: full(redemption.authorised_at, &zone),
        made: full(objection.made_at, &zone),
        ground: ground(objection.ground),
        points: points(redemption.captured),
        left: points(left),
        typed: Typed {
            points: left.to_decimal().normalize().to_string(),
            key: fresh_key(),
            ..Typed::default()
        },
        wrong: Wrong::default(),
        sums: (redemption.captured, left),
    })
}

/// What is answered, or what is missing.
fn verdict(typed: &Typed) -> Result<Verdict, Wrong> {
    if typed.act == "refund" {
        let wanted = typed.points.trim().parse::<Points>().ok();
        let wanted = wanted.filter(|points| points.is_positive());
        let points = wanted.ok_or_else(|| {
            let words = t(
                "请填要退多少积分，最多两位小数。",
                "Please enter how many points to give back, with at most two decimals.",
            );
            Wrong::with("points", words)
        })?;
        return Ok(Verdict::Refund {
            points: Some(points),
        });
    }
    let mut known = REASONS.into_iter();
    let chosen = known.find(|(name, _)| *name == typed.reason);
    let (_, reason) = chosen.ok_or_else(|| {
        let words = t(
            "请先选不退的原因。",
            "Please choose first why nothing comes back.",
        );
        Wrong::with("reason", words)
    })?;
    Ok(Verdict::Dismiss { reason })
}

/// Why it is not answered: beside the points, where it is about them.
fn refused(error: &WriteError) -> Wrong {
    let field = match error {
        // Where nothing is left to give back, no number of points is right.
        WriteError::Rejected(Rejection::RefundExceedsCapture { refundable, .. })
            if refundable.is_zero() =>
        {
            "form"
        }
        WriteError::Rejected(
            Rejection::RefundExceedsCapture { .. }
            | Rejection::AmountNotPositive
            | Rejection::AmountOverflow,
        ) => "points",
        _ => "form",
    };
    Wrong::with(field, words::failure(error))
}

/// `POST /{program}/counter/objections/{id}`: points come back, or the rider is told why none do; once for each form.
pub async fn answer(
    At(web): At,
    Manager(visitor): Manager,
    Id(redemption): Id<RedemptionId>,
    Form(typed): Form<Typed>,
) -> Page {
    let store = known(&web, &visitor, redemption).await?.store;
    let again = async |typed: Typed, wrong: Wrong| {
        let chosen = Chosen::of(&web, &visitor, Some(store)).await?;
        let (asked, place) = (Asked::default(), Some(just_before(redemption)));
        let mut rows = rows(&web, &visitor, (store, place), asked.reads()).await?;
        let mut above = wrong.of("form").map(str::to_owned);
        match rows.iter_mut().find(|row| row.id == redemption.0) {
            Some(row) => (row.typed, row.wrong) = (typed, wrong),
            // It waits no more, so that there is no field to say it beside.
            None => {
                let said = wrong.of("points").or(wrong.of("reason"));
                above = above.or(said.map(str::to_owned));
            }
        }
        let kept = chosen.kept();
        let List { rows, tools } = asked.page(&[("store", kept.as_str())], rows);
        // The form was sent to the address of one.
        let tools = tools.at(web.path("counter/objections"));
        let mut view = view(&web, &visitor, chosen, List { rows, tools });
        view.after = true;
        view.problem = above;
        show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
    };
    let done = match typed.act.as_str() {
        "refund" => "refunded",
        "dismiss" => "dismissed",
        _ => return Err(Trouble::Missing),
    };
    let verdict = match verdict(&typed) {
        Ok(verdict) => verdict,
        Err(wrong) => return again(typed, wrong).await,
    };
    let command = Command::Paying(Box::new(PayingCommand::Answer {
        redemption,
        verdict,
    }));
    let request = request(&acting(&visitor, store), Some(typed.key.clone()));
    match web.app.execute(&request, command).await {
        Ok(_) => {
            let query = Chosen::of(&web, &visitor, Some(store)).await?.query();
            go(&web.path(&format!("counter/objections?{query}done={done}")))
        }
        Err(error) => {
            let key = match words::may_try_again(&error) {
                true => typed.key.clone(),
                false => fresh_key(),
            };
            again(Typed { key, ..typed }, refused(&error)).await
        }
    }
}
