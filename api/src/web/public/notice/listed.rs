//! The list of the awards on public notice, by month and organization.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::StoreError;
use ledger::community::personal::masked;
use ledger::ids::OrganizationId;
use ledger::views::{NoticeFilter, OnNotice, Period};
use serde::Deserialize;
use uuid::Uuid;

use super::{Passing, unindexed};
use crate::sheet::Cell;
use crate::web::Web;
use crate::web::format::{full, month, points};
use crate::web::lists::{Asked, Line, Tools, whole};
use crate::web::page::{Frame, Page, Trouble, show_as};
use crate::web::reading::{Say, t};
use crate::web::visitor::At;

#[derive(Template)]
#[template(path = "public/notice.html")]
struct Notice {
    frame: Frame,
    groups: Vec<Group>,
    tools: Tools,
    organization: Option<Uuid>,
    /// Of which month these are; of all, if none is said. And which there are to choose from.
    month: Option<String>,
    months: Vec<(String, String)>,
    /// Whether one may object by phone.
    by_phone: bool,
}

/// Of one month and organization.
struct Group {
    title: String,
    rows: Vec<Row>,
}

struct Row {
    number: Uuid,
    name: String,
    what: String,
    points: String,
    until: String,
    open: bool,
    /// In which month it happened, as it is sorted by and as it is said.
    month: (String, String),
    organization: String,
    worth: Cell,
}

impl Line for Row {
    fn header() -> Vec<&'static str> {
        vec![
            t("公示编号", "Number"),
            t("月份", "Month"),
            t("组织", "Organisation"),
            t("骑手", "Rider"),
            t("事项", "Deed"),
            t("积分", "Points"),
            t("公示至", "On notice until"),
            t("可提异议", "Open to objections"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let open = match self.open {
            true => t("是", "yes"),
            false => t("否", "no"),
        };
        vec![
            self.number.into(),
            self.month.1.clone().into(),
            self.organization.clone().into(),
            self.name.clone().into(),
            self.what.clone().into(),
            self.worth.clone(),
            self.until.clone().into(),
            open.into(),
        ]
    }
}

impl Row {
    /// As far as anybody may know it.
    fn of(web: &Web, notice: OnNotice) -> Self {
        let zone = web.zone();
        Self {
            number: notice.number(),
            name: masked(&notice.name),
            points: points(notice.points),
            until: full(notice.until, &zone),
            open: !notice.objected,
            month: (notice.month(&zone), month(notice.occurred_at, &zone)),
            worth: notice.points.into(),
            what: notice.title,
            organization: notice.organization.unwrap_or_default(),
        }
    }
}

/// The most lines that are looked through for who has not logged in.
const PASSING: usize = 1_000;

#[derive(Default, Deserialize)]
pub struct Paging {
    organization: Option<Uuid>,
    /// As in `2026-03`.
    month: Option<String>,
}

/// `GET /{program}/notice`: family names, months and points; neither places nor times.
pub async fn list(
    At(web): At,
    Passing(visitor): Passing,
    Query(paging): Query<Paging>,
    Query(asked): Query<Asked>,
) -> Page {
    let month = paging.month.filter(|month| !month.is_empty());
    let period = month
        .as_deref()
        .map(|month| Period::of_month(month, &web.zone()).ok_or(Trouble::Missing));
    // Passers-by are many.
    let most = match visitor {
        Some(_) => asked.reads(),
        None => asked.reads().min(PASSING),
    };
    let found = on_notice(&web, paging.organization, period.transpose()?, most);
    let found = found.await?.into_iter();
    let found = asked.search(found.map(|notice| Row::of(&web, notice)).collect());
    if let Some(file) = asked.file("notice", &found) {
        return unindexed(file.await);
    }
    let organization = paging.organization.map(|id| id.to_string());
    let keep = [
        ("month", month.as_deref().unwrap_or_default()),
        ("organization", organization.as_deref().unwrap_or_default()),
    ];
    let list = asked.page(&keep, found);
    let view = Notice {
        frame: Frame::new(&web, t("公示", "Public notice"), visitor.as_ref()),
        groups: groups(list.rows),
        tools: list.tools,
        organization: paging.organization,
        month,
        months: months(&web),
        by_phone: web.app.outside.has_sms(),
    };
    unindexed(show_as(StatusCode::OK, &view))
}

/// So many, those at first whose notice closes first.
async fn on_notice(
    web: &Web,
    organization: Option<Uuid>,
    period: Option<Period>,
    most: usize,
) -> Result<Vec<OnNotice>, StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let filter = NoticeFilter {
        now: web.now(),
        within: organization.map(OrganizationId),
        after: None,
        limit: 0,
    };
    let page = |after, limit| async move {
        let filter = NoticeFilter {
            after,
            limit,
            ..filter
        };
        match period {
            None => ledger.on_notice(program, &filter).await,
            Some(period) => ledger.on_notice_in(program, &filter, period).await,
        }
    };
    whole::rows(most, None, |notice: &OnNotice| Some(notice.place()), page).await
}

/// The last twelve months, the latest first: as they are asked for, and as people say them.
fn months(web: &Web) -> Vec<(String, String)> {
    let now = web.now().to_jiff().to_zoned(web.zone());
    let back = |months: i64| now.checked_sub(jiff::Span::new().months(months)).ok();
    let month = |at: jiff::Zoned| {
        let said = at.strftime(t("%Y年%-m月", "%B %Y")).to_string();
        (at.strftime("%Y-%m").to_string(), said)
    };
    (0..12).filter_map(back).map(month).collect()
}

/// By month and organization, the latest month first.
fn groups(rows: Vec<Row>) -> Vec<Group> {
    let mut groups: BTreeMap<(String, String), Group> = BTreeMap::new();
    for row in rows {
        let (sorted, said) = &row.month;
        let title = format!("{said} {}", row.organization);
        let key = (sorted.clone(), row.organization.clone());
        let group = groups.entry(key).or_insert_with(|| Group {
            title,
            rows: Vec::new(),
        });
        group.rows.push(row);
    }
    groups.into_values().rev().collect()
}
