//! 专项资金: what each budget is for, what it was given and has used, who waits for more; and a new one.

mod burning;
pub mod one;
mod planning;

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::community::{Budget, Registration, Verb};
use ledger::ids::BudgetId;
use ledger::machine::{Command, Rejection};
use ledger::points::Points;
use ledger::views::{BudgetView, FunderView};
use ledger::{StoreError, WriteError};
use serde::Deserialize;
use uuid::Uuid;

use crate::sheet::Cell;
use crate::web::fields::fresh_key;
use crate::web::format::{last_day, points, whole_date};
use crate::web::lists::{Asked, Line, List};
use crate::web::page::{Frame, Page, go, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Planner, Treasurer, Visitor, record_id, request};
use crate::web::wrong::Wrong;
use crate::web::{Web, words};

/// The most characters of a code, and of a name.
const CODE: usize = 64;
const NAME: usize = 100;

#[derive(Template)]
#[template(path = "desk/budgets.html")]
struct Budgets {
    frame: Frame,
    funds: List<Fund>,
    /// What is listed, by name, and whether it is this.
    kinds: Vec<(&'static str, &'static str, bool)>,
    /// Whether they fill budgets, and so may make one.
    fills: bool,
    typed: Typed,
    wrong: Wrong,
}

/// A budget, in the list and on its own page.
struct Fund {
    id: Uuid,
    name: String,
    purpose: String,
    /// Whose money it is, as far as that is said.
    funder: Option<String>,
    /// For deeds of which time.
    period: Option<String>,
    given: String,
    used: String,
    left: String,
    percent: i64,
    /// The same as far as a meter can show it.
    meter: i64,
    /// How many awards wait for more.
    waiting: usize,
    /// What members owe back to it.
    owed: Option<String>,
    /// When it was closed.
    closed: Option<String>,
    /// What it was given, has used and has left, and what is owed back to it.
    sums: [Points; 4],
}

impl Line for Fund {
    fn header() -> Vec<&'static str> {
        vec![
            t("编号", "ID"),
            t("资金", "Budget"),
            t("用途", "Purpose"),
            t("出资方", "Paid for by"),
            t("使用期", "Period"),
            t("拨入", "Given"),
            t("已用", "Used"),
            t("剩余", "Left"),
            t("待追回", "To be recovered"),
            t("已用百分比", "Used, in per cent"),
            t("等补充的笔数", "Awards waiting for more"),
            t("结账日期", "Closed on"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let text = |text: &Option<String>| Cell::from(text.clone().unwrap_or_default());
        let named: [Cell; 5] = [
            self.id.into(),
            self.name.clone().into(),
            self.purpose.clone().into(),
            text(&self.funder),
            text(&self.period),
        ];
        let waiting = i64::try_from(self.waiting).unwrap_or(i64::MAX);
        let last: [Cell; 3] = [self.percent.into(), waiting.into(), text(&self.closed)];
        let sums = self.sums.into_iter().map(Cell::from);
        named.into_iter().chain(sums).chain(last).collect()
    }
}

impl Fund {
    fn of(web: &Web, budget: &BudgetView, funders: &[FunderView]) -> Self {
        let (zone, record) = (web.zone(), &budget.record);
        let plan = record.plan.as_ref();
        let used = record.provided.minus(budget.balance);
        let used = used.unwrap_or(Points::ZERO);
        let percent = record.used_percent(budget.balance);
        let funder = plan.and_then(|plan| plan.funder);
        let funder = funders.iter().find(|known| Some(known.id) == funder);
        Self {
            id: budget.id.0,
            name: budget.name.clone(),
            purpose: plan.map(|plan| plan.purpose.clone()).unwrap_or_default(),
            funder: funder.map(|funder| funder.name.clone()),
            period: plan.map(|plan| {
                let from = whole_date(plan.starts_at, &zone);
                let until = last_day(plan.ends_at, &zone);
                say!("{from}至{until}", "{from} to {until}")
            }),
            given: points(record.provided),
            used: points(used),
            left: points(budget.balance),
            percent,
            meter: percent.clamp(0, 100),
            waiting: usize::try_from(budget.waiting).unwrap_or_default(),
            owed: Some(budget.recoverable)
                .filter(|owed| owed.is_positive())
                .map(points),
            closed: record.closed_at.map(|at| whole_date(at, &zone)),
            sums: [record.provided, used, budget.balance, budget.recoverable],
        }
    }
}

/// Which are to be listed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Shown {
    state: String,
}

/// A new one, as it was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    key: String,
    code: String,
    name: String,
}

impl Typed {
    fn fresh() -> Self {
        Self {
            key: fresh_key(),
            ..Self::default()
        }
    }
}

/// `GET /{program}/desk/budgets`.
pub async fn list(
    At(web): At,
    Planner(visitor): Planner,
    Query(shown): Query<Shown>,
    Query(asked): Query<Asked>,
) -> Page {
    let state = known(&shown.state);
    let found = asked.search(funds(&web, state).await?);
    if let Some(file) = asked.file("budgets", &found) {
        return file.await;
    }
    let list = asked.page(&[("state", state)], found);
    let nothing = Wrong::default();
    show_as(
        StatusCode::OK,
        &view(&web, &visitor, (state, list), Typed::fresh(), nothing),
    )
}

fn known(state: &str) -> &'static str {
    match state {
        "closed" => "closed",
        "all" => "all",
        _ => "open",
    }
}

/// The budgets in a state.
async fn funds(web: &Web, state: &str) -> Result<Vec<Fund>, StoreError> {
    let funders = web.ledger.funders(web.program.id).await?;
    let mut budgets = web.ledger.budgets(web.program.id).await?;
    budgets.retain(|budget| match state {
        "open" => budget.record.closed_at.is_none(),
        "closed" => budget.record.closed_at.is_some(),
        _ => true,
    });
    let fund = |budget: &BudgetView| Fund::of(web, budget, &funders);
    Ok(budgets.iter().map(fund).collect())
}

fn view(
    web: &Web,
    visitor: &Visitor,
    (state, funds): (&'static str, List<Fund>),
    typed: Typed,
    wrong: Wrong,
) -> Budgets {
    let kinds = [
        ("open", t("使用中", "In use")),
        ("closed", t("已结账", "Closed")),
        ("all", t("全部", "All")),
    ];
    Budgets {
        frame: Frame::new(web, t("专项资金", "Budgets"), Some(visitor)),
        funds,
        kinds: kinds
            .map(|(name, label)| (name, label, name == state))
            .to_vec(),
        fills: visitor.may_everywhere(&[Verb::Budgets]),
        typed,
        wrong,
    }
}

/// `POST /{program}/desk/budgets`: makes one, empty at first; once for each form.
pub async fn make(
    At(web): At,
    Treasurer(visitor): Treasurer,
    Form(mut typed): Form<Typed>,
) -> Page {
    let mut wrong = unfilled(&typed);
    if wrong.is_empty() {
        let id = BudgetId(record_id(&visitor, &typed.key));
        let budget = Budget {
            id,
            code: typed.code.trim().to_owned(),
            name: typed.name.trim().to_owned(),
        };
        let command = Command::Register(Registration::Budget(budget));
        let request = request(&visitor, Some(typed.key.clone()));
        match web.app.execute(&request, command).await {
            Ok(_) => return go(&web.path(&format!("desk/budgets/{id}?done=made"))),
            Err(error) => {
                if !words::may_try_again(&error) {
                    typed.key = fresh_key();
                }
                wrong = unmade(&error);
            }
        }
    }
    let list = Asked::default().page(&[], funds(&web, "open").await?);
    let view = view(&web, &visitor, ("open", list), typed, wrong);
    show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

/// What is missing, or too long.
fn unfilled(typed: &Typed) -> Wrong {
    let fits = |text: &str, most| (1..=most).contains(&text.trim().chars().count());
    let mut wrong = Wrong::default();
    if !fits(&typed.name, NAME) {
        let words = t(
            "请填写名称，100 字以内。",
            "Please fill in a name of up to 100 characters.",
        );
        wrong.note("name", words);
    }
    if !fits(&typed.code, CODE) {
        let words = t(
            "请填写代号，64 字以内。",
            "Please fill in a code of up to 64 characters.",
        );
        wrong.note("code", words);
    }
    wrong
}

/// Why there is none.
fn unmade(error: &WriteError) -> Wrong {
    match error {
        WriteError::Rejected(Rejection::AlreadyExists) => {
            let words = t(
                "这个代号已经有专项资金在用，请换一个。",
                "Another budget has this code. Please choose another.",
            );
            Wrong::with("code", words)
        }
        other => Wrong::with("form", words::failure(other)),
    }
}
