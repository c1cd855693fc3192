//! The lines of a statement as both sides read them: a page of them, those looked for, and all of them with what they come to. Each side says
//! in its own words who bears a line and what came of a dispute.

use std::collections::{HashMap, HashSet};

use axum::response::Response;
use ledger::StoreError;
use ledger::community::offer::Bearer;
use ledger::ids::RedemptionId;
use ledger::machine::settlement::{Dispute, DisputeFinding, DisputeReason};
use ledger::machine::{Redemption, Statement};
use ledger::points::Points;
use ledger::views::{RedemptionFilter, SettlementLine};
use uuid::Uuid;

use super::Web;
use super::counter::payments::titles;
use super::format::full;
use super::lists::whole::{self, MOST};
use super::lists::{Asked, Line, List};
use super::page::Trouble;
use super::reading::{say, t};
use super::words::settlement::{LineSaid, Period, together};
use crate::sheet::Cell;

/// How many lines make a page.
const LINES: i64 = 50;

/// One of the two sides of a statement, with its words.
pub trait Side: Sync {
    /// Who bears a line.
    fn bearer(&self, bearer: Bearer) -> String;

    /// Why a line is disputed.
    fn reason(&self, reason: DisputeReason) -> &'static str;

    /// What was found about it.
    fn finding(&self, finding: DisputeFinding) -> &'static str;
}

/// A line that was disputed.
pub struct DisputeRow {
    pub version: i64,
    /// After which line the page with this one begins.
    pub place: i64,
    pub reason: &'static str,
    pub at: String,
    pub answer: Option<String>,
}

impl DisputeRow {
    /// In words.
    pub fn of(web: &Web, side: &impl Side, dispute: &Dispute) -> Self {
        let zone = web.zone();
        let answered = dispute.answer.map(|answer| {
            let (found, at) = (side.finding(answer.finding), full(answer.at, &zone));
            say!("{found}（{at}）", "{found} ({at})")
        });
        Self {
            version: dispute.version,
            place: dispute.version.saturating_sub(1),
            reason: side.reason(dispute.reason),
            at: full(dispute.at, &zone),
            answer: answered,
        }
    }
}

/// A line.
pub struct LineRow {
    pub said: LineSaid,
    /// After which line a page with this one begins.
    pub place: i64,
    pub disputed: Option<DisputeRow>,
    /// What the offer is called that was taken up, where lines are searched or filed.
    offer: String,
    /// What it comes to, in points and in yuan.
    sums: (Points, Option<Points>),
}

impl Line for LineRow {
    fn header() -> Vec<&'static str> {
        vec![
            t("序号", "Line"),
            t("时间", "When"),
            t("事项", "What"),
            t("收款编号", "Payment"),
            t("优惠", "Offer"),
            t("谁承担", "Borne by"),
            t("积分", "Points"),
            t("金额（元）", "Yuan"),
            t("异议", "Objection"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let said = &self.said;
        let disputed = self.disputed.as_ref().map_or("", |dispute| dispute.reason);
        vec![
            said.version.into(),
            said.at.clone().into(),
            said.what.into(),
            said.redemption.into(),
            self.offer.clone().into(),
            said.bearer.clone().into(),
            self.sums.0.into(),
            money(self.sums.1),
            disputed.into(),
        ]
    }
}

/// What a line comes to; a line that was rounded with the others comes to nothing by itself.
fn money(amount: Option<Points>) -> Cell {
    amount.map_or_else(|| together().into(), Cell::from)
}

/// A line of the file of a statement, or what they all come to.
struct Filed(Vec<Cell>);

impl Line for Filed {
    fn header() -> Vec<&'static str> {
        LineRow::header()
    }

    fn cells(&self) -> Vec<Cell> {
        self.0.clone()
    }
}

/// The lines, and below them what they come to: as the statement says, or as those come to that were looked for.
fn filed(statement: &Statement, rows: &[LineRow], some: bool) -> Vec<Filed> {
    let (points, amount) = match some {
        false => (statement.points, Some(statement.amount)),
        true => {
            let points = Points::sum(rows.iter().map(|row| row.sums.0));
            let amounts: Option<Vec<Points>> = rows.iter().map(|row| row.sums.1).collect();
            let amount = amounts.and_then(|amounts| Points::sum(amounts).ok());
            (points.unwrap_or(Points::ZERO), amount)
        }
    };
    let none = || Cell::from("");
    let total: Vec<Cell> = vec![
        t("合计", "In all").into(),
        none(),
        none(),
        none(),
        none(),
        none(),
        points.into(),
        money(amount),
        none(),
    ];
    let lines = rows.iter().map(Line::cells);
    lines.chain([total]).map(Filed).collect()
}

/// The file that is asked for, if one is: every line, or those that are looked for.
pub async fn file(
    web: &Web,
    side: &impl Side,
    statement: &Statement,
    asked: &Asked,
) -> Result<Option<Response>, Trouble> {
    if !asked.wants_file() {
        return Ok(None);
    }
    let (rows, _) = all(web, side, statement, usize::MAX).await?;
    let filed = filed(statement, &asked.search(rows), asked.seeks());
    let days = Period::of(web, statement, None).await?.named(&web.zone());
    let id = statement.id;
    match asked.file(&format!("statement-{days}-{id}"), &filed) {
        Some(file) => file.await.map(Some),
        None => Ok(None),
    }
}

/// Those that are looked for, or a page of the lines after one; and whether the search stopped before the end.
pub async fn list(
    web: &Web,
    side: &impl Side,
    statement: &Statement,
    asked: &Asked,
    after: Option<i64>,
) -> Result<(List<LineRow>, bool), StoreError> {
    if asked.seeks() {
        let (found, more) = all(web, side, statement, MOST).await?;
        return Ok((asked.page(&[], asked.search(found)), more));
    }
    Ok((page(web, side, statement, after).await?, false))
}

/// That a search stopped before the end.
pub fn stopped() -> &'static str {
    t(
        "结算单很长，这里最多查 10,000 笔，没有查完。要查全部，请导出文件。",
        "This statement is long: up to 10,000 payments are searched here, and that was not all of it. For the rest, take it along as a file.",
    )
}

/// Up to so many lines of a statement, and what the offers are called of as many payments; whether that left some out. A search stops
/// there, and says so; what is taken along lacks none.
async fn all(
    web: &Web,
    side: &impl Side,
    statement: &Statement,
    most: usize,
) -> Result<(Vec<LineRow>, bool), StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let page = move |after: Option<i64>, limit: i64| async move {
        ledger
            .settlement_lines(program, statement, after, limit)
            .await
    };
    let last = |line: &SettlementLine| Some(line.entry.version);
    let mut lines = whole::rows(most.saturating_add(1), None, last, page).await?;
    let more = lines.len() > most;
    lines.truncate(most);
    let (offers, unread) = offers(web, statement, &lines, most).await?;
    Ok((
        rows(web, side, statement, (&lines, &offers)),
        more || unread,
    ))
}

/// A page of the lines after one, and where the next begins. It does not show what the offers are called, so they are not looked up.
pub async fn page(
    web: &Web,
    side: &impl Side,
    statement: &Statement,
    after: Option<i64>,
) -> Result<List<LineRow>, StoreError> {
    let lines = web
        .ledger
        .settlement_lines(web.program.id, statement, after, LINES + 1);
    let mut lines = lines.await?;
    let shown = usize::try_from(LINES).unwrap_or_default();
    let more = lines.len() > shown;
    lines.truncate(shown);
    let next = lines.last().filter(|_| more).map(|line| line.entry.version);
    let mut tools = Asked::default().tools(&[], lines.len());
    tools.back = after.is_some().then(|| tools.path.clone());
    tools.on = next.map(|next| format!("{}?after={next}", tools.path));
    Ok(List {
        rows: rows(web, side, statement, (&lines, &HashMap::new())),
        tools,
    })
}

/// Lines, and what the offers are called by payment.
fn rows(
    web: &Web,
    side: &impl Side,
    statement: &Statement,
    (lines, offers): (&[SettlementLine], &HashMap<Uuid, String>),
) -> Vec<LineRow> {
    let zone = web.zone();
    let row = |line: &SettlementLine| {
        let entry = &line.entry;
        let mut disputes = statement.disputes.iter();
        let disputed = disputes.find(|dispute| dispute.version == entry.version);
        LineRow {
            said: LineSaid::of(line, side.bearer(line.bearer), &zone),
            place: entry.version.saturating_sub(1),
            disputed: disputed.map(|dispute| DisputeRow::of(web, side, dispute)),
            offer: offers.get(&entry.subject).cloned().unwrap_or_default(),
            sums: (entry.amount, line.money),
        }
    };
    lines.iter().map(row).collect()
}

/// What the offers are called that were taken up, by payment; whether payments were left out. A statement's payments lie together among
/// those of its store, so these are read from its last back to its first, up to so many.
async fn offers(
    web: &Web,
    statement: &Statement,
    lines: &[SettlementLine],
    most: usize,
) -> Result<(HashMap<Uuid, String>, bool), StoreError> {
    let wanted: HashSet<Uuid> = lines.iter().map(|line| line.entry.subject).collect();
    let (Some(first), Some(last)) = (wanted.iter().min(), wanted.iter().max()) else {
        return Ok((HashMap::new(), false));
    };
    let (ledger, program, store) = (&web.ledger, web.program.id, statement.store.0);
    let first = *first;
    let page = move |place: RedemptionId, limit: i64| async move {
        let before = Some(place);
        let filter = RedemptionFilter { before, limit };
        let found = ledger.redemptions_of_store(program, store, &filter);
        let mut found = found.await?;
        found.retain(|one| first <= one.id.0);
        Ok::<_, StoreError>(found)
    };
    let behind = RedemptionId(Uuid::from_u128(last.as_u128().saturating_add(1)));
    let place = |one: &Redemption| one.id;
    let mut found = whole::rows(most, behind, place, page).await?;
    let full = found.len() >= most;
    found.retain(|one| wanted.contains(&one.id.0));
    let unread = full && found.len() < wanted.len();
    let titles = titles(web, &found).await?;
    let title = |one: &Redemption| {
        let title = titles.get(&one.terms?.offer)?;
        Some((one.id.0, title.clone()))
    };
    Ok((found.iter().filter_map(title).collect(), unread))
}
