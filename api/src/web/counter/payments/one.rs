//! One payment of a store's: what came of it, and what is given back of it.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::StoreError;
use ledger::community::Verb;
use ledger::community::paying::ChargeObjection;
use ledger::ids::RedemptionId;
use ledger::machine::{Command, Redemption, RedemptionState, Rejection};
use ledger::points::Points;
use serde::Deserialize;

use super::{kept, rows, state, taken};
use crate::web::counter::objections::{ground, just_before};
use crate::web::counter::shop::{Chosen, acting, acts_for};
use crate::web::fields::fresh_key;
use crate::web::format::{day_start, full, points};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, AtStore, Id, Manager, Visitor, request};
use crate::web::{Web, words};

#[derive(Template)]
#[template(path = "counter/payment.html")]
struct Payment {
    frame: Frame,
    id: RedemptionId,
    back: String,
    store: String,
    points: String,
    state: String,
    facts: Vec<(&'static str, String)>,
    /// Where an objection to it is answered, if one waits for who looks.
    answer: Option<String>,
    /// What can still be given back by who looks, and what was typed.
    refund: Option<(String, Typed)>,
    /// How many points are about to be given back, once that was typed.
    sure: Option<String>,
    /// Whether the counter's page undoes it.
    today: bool,
    /// Whether it takes somebody else to give it back.
    others: bool,
    notice: Option<&'static str>,
    problem: Option<String>,
    /// What is wrong with how many points were typed.
    wrong: Option<String>,
}

/// A refund as it was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    points: String,
    key: String,
    /// `yes` once it was said what will happen; anything else goes back to what was typed.
    confirmed: String,
}

#[derive(Deserialize)]
pub struct Shown {
    done: Option<String>,
}

/// What was paid at a store that somebody acts for. Another's is not found.
pub async fn known(web: &Web, visitor: &Visitor, id: RedemptionId) -> Result<Redemption, Trouble> {
    let redemption = web.ledger.redemption(web.program.id, id).await?;
    let redemption = redemption.ok_or(Trouble::Missing)?;
    acts_for(visitor, redemption.store)?;
    Ok(redemption)
}

/// `GET /{program}/counter/payments/{id}`.
pub async fn one(
    At(web): At,
    AtStore(visitor): AtStore,
    Id(id): Id<RedemptionId>,
    Query(shown): Query<Shown>,
) -> Page {
    let redemption = known(&web, &visitor, id).await?;
    let mut view = view(&web, &visitor, &redemption, None).await?;
    let done = shown.done.filter(|_| redemption.refunded.is_positive());
    view.notice = done.map(|done| match done.as_str() {
        "before" => t(
            "这笔退款刚才已经办过，没有再退。",
            "This was given back before: nothing more has gone back.",
        ),
        _ => t(
            "已退回骑手。退回的积分从下一张结算单里扣除。",
            "Given back to the rider. It is taken off the next statement.",
        ),
    });
    show(&view)
}

/// `POST /{program}/counter/payments/{id}`: says what will happen; once that was confirmed, gives back what was typed, once for each form.
pub async fn refund(
    At(web): At,
    Manager(visitor): Manager,
    Id(id): Id<RedemptionId>,
    Form(typed): Form<Typed>,
) -> Page {
    let redemption = known(&web, &visitor, id).await?;
    let wanted = typed.points.trim().parse::<Points>().ok();
    let Some(wanted) = wanted.filter(|points| points.is_positive()) else {
        let problem = t(
            "请填要退多少积分，要大于 0，最多两位小数。",
            "Please enter how many points to give back: more than 0, with at most two decimals.",
        );
        let mut view = view(&web, &visitor, &redemption, Some(typed)).await?;
        view.wrong = Some(problem.to_owned());
        return show_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
    };
    let request = request(&acting(&visitor, redemption.store), Some(typed.key.clone()));
    // A form that has done so already, gone back to: the page says so and has another key.
    if let Some(Ok(_)) = web.ledger.outcome_of(&request, "redemption.refund").await? {
        return go(&web.path(&format!("counter/payments/{id}?done=before")));
    }
    match typed.confirmed.as_str() {
        "yes" => {}
        "" => return before(&web, &visitor, &redemption, (typed, wanted)).await,
        _ => return show(&view(&web, &visitor, &redemption, Some(typed)).await?),
    }
    let command = Command::Refund {
        redemption: id,
        points: Some(wanted),
    };
    match web.app.execute(&request, command).await {
        Ok(_) => go(&web.path(&format!("counter/payments/{id}?done=refunded"))),
        Err(error) => {
            let key = match words::may_try_again(&error) {
                true => typed.key.clone(),
                false => fresh_key(),
            };
            let redemption = known(&web, &visitor, id).await?;
            let typed = Typed { key, ..typed };
            let mut view = view(&web, &visitor, &redemption, Some(typed)).await?;
            view.problem = Some(words::failure(&error));
            show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
        }
    }
}

/// The step before: how much is about to be given back, or why it cannot be.
async fn before(
    web: &Web,
    visitor: &Visitor,
    redemption: &Redemption,
    (typed, wanted): (Typed, Points),
) -> Page {
    let refundable = kept(redemption);
    let mut view = view(web, visitor, redemption, Some(typed)).await?;
    if view.refund.is_none() {
        let problem = t(
            "这笔现在不能退款。",
            "Nothing of this payment can be given back now.",
        );
        view.problem = Some(problem.to_owned());
    } else if wanted > refundable {
        let why = Rejection::RefundExceedsCapture {
            refundable,
            requested: wanted,
        };
        view.wrong = Some(words::rejection(&why));
    }
    if view.problem.is_some() || view.wrong.is_some() {
        return show_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
    }
    view.sure = Some(points(wanted));
    show(&view)
}

async fn view(
    web: &Web,
    visitor: &Visitor,
    redemption: &Redemption,
    typed: Option<Typed>,
) -> Result<Payment, Trouble> {
    let chosen = Chosen::of(web, visitor, Some(redemption.store)).await?;
    let (id, query) = (redemption.id, chosen.query());
    let objection = web.ledger.charge_objection(web.program.id, id).await?;
    let open = objection.as_ref().is_some_and(|one| one.answer.is_none());
    let manages = visitor.may(&[Verb::Manage]);
    let left = kept(redemption);
    let back = left.is_positive() && redemption.state == RedemptionState::Captured;
    let answer = || {
        let after = just_before(id);
        web.path(&format!("counter/objections?{query}after={after}"))
    };
    let today = redemption.authorised_at >= day_start(web.now(), &web.zone());
    let refund = (back && manages && !open).then(|| {
        let all = left.to_decimal().normalize().to_string();
        let fresh = || Typed {
            points: all,
            key: fresh_key(),
            ..Typed::default()
        };
        (points(left), typed.unwrap_or_else(fresh))
    });
    Ok(Payment {
        frame: Frame::new(web, t("这笔收款", "This payment"), Some(visitor)),
        id,
        back: chosen.path(web, "payments"),
        points: points(taken(redemption)),
        state: state(redemption),
        facts: facts(web, redemption, objection.as_ref()).await?,
        answer: (open && manages).then(answer),
        refund,
        sure: None,
        today: back && today && visitor.may(&[Verb::Redeem]),
        others: back && !manages,
        notice: None,
        problem: None,
        wrong: None,
        store: chosen.name,
    })
}

async fn facts(
    web: &Web,
    redemption: &Redemption,
    objection: Option<&ChargeObjection>,
) -> Result<Vec<(&'static str, String)>, StoreError> {
    let zone = web.zone();
    let mut facts = vec![(t("时间", "When"), full(redemption.authorised_at, &zone))];
    if redemption.state == RedemptionState::Held {
        let until = full(redemption.hold_expires_at, &zone);
        facts.push((t("冻结至", "On hold until"), until));
    }
    let row = rows(web, std::slice::from_ref(redemption)).await?.pop();
    if let Some(row) = &row {
        facts.push((t("经办", "Entered by"), row.by.clone()));
    }
    if redemption.refunded.is_positive() {
        let (back, left) = (points(redemption.refunded), points(kept(redemption)));
        let both = say!(
            "{back} 分，本店留 {left} 分",
            "{back} points, {left} left with the store"
        );
        facts.push((t("已退回", "Given back"), both));
    }
    if let Some(terms) = redemption.terms {
        let title = row.and_then(|row| row.offer).unwrap_or_default();
        facts.push((t("优惠", "Offer"), title));
        if terms.cash.is_positive() {
            let cash = points(terms.cash);
            let cash = say!("{cash} 元", "{cash} yuan");
            facts.push((t("另付现金", "In cash besides"), cash));
        }
    }
    if let Some(objection) = objection {
        let made = full(objection.made_at, &zone);
        let ground = ground(objection.ground);
        let said = say!("{ground}（{made}）", "{ground} ({made})");
        facts.push((t("骑手异议", "The rider's objection"), said));
        let came = words::paying::objection(objection);
        facts.push((t("处理", "What came of it"), came));
    }
    facts.push((t("编号", "Number"), redemption.id.to_string()));
    Ok(facts)
}
