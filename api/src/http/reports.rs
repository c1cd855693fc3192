//! Reports for auditors, as JSON or as CSV.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ledger::clock::Timestamp;
use ledger::ids::ProgramId;
use ledger::views::{NearTier, PairOf, Period};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::docs::Reading;
use super::model::Amount;
use crate::auth::Books;
use crate::extract::Query;
use crate::problem::Problem;
use crate::reports::{self, MonthOfApprovals, UnusualPair, decimal};
use crate::sheet::{Cell, Form, Sheet, aside, attachment};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(approvals))
        .routes(routes!(pairs))
        .routes(routes!(tiers))
}

/// In which form.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    /// One object.
    #[default]
    Json,
    /// RFC 4180, with a line of names first.
    Csv,
    /// A workbook of one sheet, with the same lines.
    Xlsx,
}

/// Of when, and in which form.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ReportQuery {
    /// From this moment on; two months before the present one began if not said
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Before this moment; until now if not said
    #[param(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// json if not said, csv or xlsx
    #[param(inline)]
    pub format: Option<Format>,
}

impl ReportQuery {
    /// Its months, on the programme's calendar.
    pub(super) async fn months(
        &self,
        app: &App,
        program: ProgramId,
    ) -> Result<(jiff::tz::TimeZone, Vec<Period>), Problem> {
        let zone = app.ledger.calendar_zone(program).await?;
        let now = app.ledger.clock().now();
        let months = reports::months(&zone, now, self.from, self.until)?;
        Ok((zone, months))
    }

    /// As it was asked for; each of the rows is a line.
    pub(super) async fn answer<T: Serialize>(
        &self,
        name: &str,
        report: T,
        names: &[&'static str],
        rows: impl FnOnce(&T) -> Vec<Vec<Cell>>,
    ) -> Result<Response, Problem> {
        let form = match self.format.unwrap_or_default() {
            Format::Json => return Ok(Json(report).into_response()),
            Format::Csv => Form::Csv,
            Format::Xlsx => Form::Xlsx,
        };
        let (header, rows) = (names.to_vec(), rows(&report));
        let make = move || {
            let sheet = Sheet {
                header: &header,
                rows,
            };
            sheet.bare(form)
        };
        let bytes = aside(make).await.map_err(Problem::internal)?;
        Ok(attachment(form, name, bytes))
    }
}

/// Who approved what in a month.
#[derive(Debug, Serialize, ToSchema)]
struct MonthView {
    #[schema(example = "2026-03")]
    month: String,
    approvals: i64,
    points: Amount,
    /// Herfindahl–Hirschman index: the sum of the squares of everybody's share of the approvals in per cent. 10,000 is one person alone, 5,000 two
    /// who share equally.
    #[schema(example = 5000)]
    hhi: i64,
    /// Those first who approved most.
    approvers: Vec<ApproverView>,
}

/// Somebody's part of it.
#[derive(Debug, Serialize, ToSchema)]
struct ApproverView {
    id: Uuid,
    /// As on record; empty for who is on none.
    name: String,
    approvals: i64,
    points: Amount,
    /// Of all approvals of the month, in per cent.
    #[schema(example = "62.50")]
    share: String,
    /// How many came within ten seconds of the submission.
    within_ten_seconds: i64,
}

impl From<MonthOfApprovals> for MonthView {
    fn from(month: MonthOfApprovals) -> Self {
        let approver = |one: reports::ShareOfApprovals| ApproverView {
            id: one.approver.0,
            name: one.name,
            approvals: one.approvals,
            points: one.points.into(),
            share: decimal(one.share),
            within_ten_seconds: one.hasty,
        };
        Self {
            month: month.month,
            approvals: month.approvals,
            points: month.points.into(),
            hhi: month.hhi,
            approvers: month.approvers.into_iter().map(approver).collect(),
        }
    }
}

/// How approving is spread over people
///
/// By the month of the approval, on the programme's calendar, at most 24 months at once; whatever became of the awards since.
#[utoipa::path(get, path = "/v1/reports/approvals", tag = "reports", params(ReportQuery),
    responses((status = OK, description = "As it stands", body = Vec<MonthView>), Reading))]
async fn approvals(
    State(app): State<App>,
    caller: Books,
    Query(query): Query<ReportQuery>,
) -> Result<Response, Problem> {
    let (zone, months) = query.months(&app, caller.program).await?;
    let found = reports::approvals(&app, caller.program, &zone, &months).await?;
    let report: Vec<MonthView> = found.into_iter().map(Into::into).collect();
    let names = [
        "month",
        "hhi",
        "approver",
        "name",
        "approvals",
        "points",
        "share",
        "within_ten_seconds",
    ];
    let answer = query.answer("approvals", report, &names, |months| {
        let mut rows = Vec::new();
        for month in months {
            rows.extend(month.approvers.iter().map(|one| {
                vec![
                    month.month.as_str().into(),
                    month.hhi.into(),
                    one.id.into(),
                    one.name.as_str().into(),
                    one.approvals.into(),
                    one.points.0.into(),
                    one.share.as_str().into(),
                    one.within_ten_seconds.into(),
                ]
            }));
        }
        rows
    });
    answer.await
}

/// A pair that meets more often than chance would have it.
#[derive(Debug, Serialize, ToSchema)]
struct PairView {
    /// `submitter` or `approver`.
    #[schema(value_type = String, example = "submitter")]
    of: PairOf,
    actor: Uuid,
    /// What the one is called; empty for who is on no record.
    actor_name: String,
    member: Uuid,
    /// The other's name as lists have it.
    member_name: String,
    /// How often they met.
    observed: i64,
    points: Amount,
    /// How often they would by chance: awards of the one × awards of the other ÷ all awards.
    #[schema(example = "1.50")]
    expected: String,
    /// `observed` ÷ `expected`. A pair is told from 5 meetings on if this is 3 or more,
    #[schema(example = "4.00")]
    times: String,
    /// or if so many per cent of the member's awards are of the one: 80 or more, where that one has less than half of all.
    #[schema(example = "85.00")]
    member_share: String,
}

impl From<UnusualPair> for PairView {
    fn from(unusual: UnusualPair) -> Self {
        Self {
            of: unusual.of,
            actor: unusual.pair.actor.0,
            member: unusual.pair.member.0,
            observed: unusual.pair.observed,
            points: unusual.pair.points.into(),
            expected: decimal(unusual.expected()),
            times: decimal(unusual.times()),
            member_share: decimal(unusual.share()),
            actor_name: unusual.name,
            member_name: unusual.member,
        }
    }
}

/// Who awards or approves whom more often than chance would have it
///
/// Those first that met most often, up to 200 each of submitters and of approvers. Of submitters what was granted counts and was not undone; of
/// approvers every approval.
#[utoipa::path(get, path = "/v1/reports/pairs", tag = "reports", params(ReportQuery),
    responses((status = OK, description = "As it stands", body = Vec<PairView>), Reading))]
async fn pairs(
    State(app): State<App>,
    caller: Books,
    Query(query): Query<ReportQuery>,
) -> Result<Response, Problem> {
    let (_, months) = query.months(&app, caller.program).await?;
    let found = reports::pairs(&app, caller.program, reports::whole(&months)).await?;
    let report: Vec<PairView> = found.into_iter().map(Into::into).collect();
    let names = [
        "of",
        "actor",
        "actor_name",
        "member",
        "member_name",
        "observed",
        "points",
        "expected",
        "times",
        "member_share",
    ];
    let answer = query.answer("pairs", report, &names, |pairs| {
        let row = |pair: &PairView| {
            let of = match pair.of {
                PairOf::Submitter => "submitter",
                PairOf::Approver => "approver",
            };
            vec![
                of.into(),
                pair.actor.into(),
                pair.actor_name.as_str().into(),
                pair.member.into(),
                pair.member_name.as_str().into(),
                pair.observed.into(),
                pair.points.0.into(),
                pair.expected.as_str().into(),
                pair.times.as_str().into(),
                pair.member_share.as_str().into(),
            ]
        };
        pairs.iter().map(row).collect()
    });
    answer.await
}

/// A submitter's awards close below a tier.
#[derive(Debug, Serialize, ToSchema)]
struct TierView {
    submitter: Uuid,
    /// What they are called; empty for who is on no record.
    name: String,
    /// SHA-256 of the version of the policy.
    digest: String,
    /// From so many points on, more people have to agree.
    tier: Amount,
    /// How many of their awards come within five per cent below.
    near: i64,
    /// Of how many by this version.
    all: i64,
}

/// Whose awards come close below where more people would have to agree
///
/// Within five per cent below a tier's `points_at_least`, by what awards are worth after caps; those first who have most of them.
#[utoipa::path(get, path = "/v1/reports/tiers", tag = "reports", params(ReportQuery),
    responses((status = OK, description = "As it stands", body = Vec<TierView>), Reading))]
async fn tiers(
    State(app): State<App>,
    caller: Books,
    Query(query): Query<ReportQuery>,
) -> Result<Response, Problem> {
    let (_, months) = query.months(&app, caller.program).await?;
    let found = reports::tiers(&app, caller.program, reports::whole(&months)).await?;
    let view = |(name, near): (String, NearTier)| TierView {
        submitter: near.submitter.0,
        name,
        digest: near.digest,
        tier: near.tier.into(),
        near: near.near,
        all: near.all,
    };
    let report: Vec<TierView> = found.into_iter().map(view).collect();
    let names = ["submitter", "name", "digest", "tier", "near", "all"];
    let answer = query.answer("tiers", report, &names, |tiers| {
        let row = |one: &TierView| {
            vec![
                one.submitter.into(),
                one.name.as_str().into(),
                one.digest.as_str().into(),
                one.tier.0.into(),
                one.near.into(),
                one.all.into(),
            ]
        };
        tiers.iter().map(row).collect()
    });
    answer.await
}
