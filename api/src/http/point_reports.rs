//! Reports on points: what was awarded and what became of it, what was issued and fell away, what stores took.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::extract::State;
use axum::response::Response;
use jiff::tz::TimeZone;
use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::ids::{OfferId, ProgramId, StoreId};
use ledger::points::{AmountError, Points};
use ledger::views::{Awarded, AwardedBy, AwardedKey, Register, Taken};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::docs::Reading;
use super::model::Amount;
use super::reports::{Format, ReportQuery};
use crate::auth::Books;
use crate::extract::Query;
use crate::problem::Problem;
use crate::reports::decimal;
use crate::sheet::Cell;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(points))
        .routes(routes!(redemptions))
        .routes(routes!(offers))
}

/// By what.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum By {
    #[default]
    Rule,
    Organization,
    Budget,
}

/// Of when, by what, and in which form.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PointsQuery {
    /// rule (if not said), organization or budget
    #[param(inline)]
    by: Option<By>,
    /// From this moment on; two months before the present one began if not said
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Before this moment; until now if not said
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// json if not said, csv or xlsx
    #[param(inline)]
    format: Option<Format>,
}

/// What became of points that were awarded in a month.
#[derive(Debug, Serialize, ToSchema)]
struct Became {
    /// How many awards vested.
    awards: i64,
    /// What they came to: the sum of the next four.
    points: Amount,
    /// What was spent of it, or is on hold.
    redeemed: Amount,
    /// What expired.
    expired: Amount,
    /// What was undone.
    reversed: Amount,
    /// What can still be spent.
    outstanding: Amount,
    /// What expired of what was awarded, in per cent.
    #[schema(example = "4.20")]
    breakage: String,
}

impl Became {
    fn of(awarded: &[&Awarded]) -> Result<Self, AmountError> {
        let sum = |part: fn(&Awarded) -> Points| Points::sum(awarded.iter().map(|one| part(one)));
        let mut redeemed = Points::ZERO;
        for one in awarded {
            redeemed = redeemed.plus(one.redeemed()?)?;
        }
        let (points, expired) = (sum(|one| one.points)?, sum(|one| one.expired)?);
        let (part, all) = (expired.hundredths(), points.hundredths().max(1));
        let breakage = i128::from(part) * 10_000 / i128::from(all);
        Ok(Self {
            awards: awarded.iter().map(|one| one.awards).sum(),
            points: points.into(),
            redeemed: redeemed.into(),
            expired: expired.into(),
            reversed: sum(|one| one.reversed)?.into(),
            outstanding: sum(|one| one.outstanding)?.into(),
            breakage: decimal(i64::try_from(breakage).unwrap_or(0)),
        })
    }
}

/// Of one rule, organization or budget.
#[derive(Debug, Serialize, ToSchema)]
struct Share {
    /// `policy/rule`, or an id; empty for members whom no organization looks after.
    key: String,
    name: String,
    #[serde(flatten)]
    became: Became,
}

/// A month of points.
#[derive(Debug, Serialize, ToSchema)]
struct PointsMonth {
    #[schema(example = "2026-03")]
    month: String,
    /// Issued into budgets in this month, less what was taken back.
    issued: Amount,
    /// What fell to the programme in this month because it expired, whenever it was awarded.
    fell_away: Amount,
    /// What became of what was awarded in this month.
    total: Became,
    /// The same by what was asked for, most points first.
    shares: Vec<Share>,
}

fn month(at: Timestamp, zone: &TimeZone) -> String {
    let at = at.to_jiff().to_zoned(zone.clone());
    at.strftime("%Y-%m").to_string()
}

/// What the keys are called.
async fn names(
    app: &App,
    program: ProgramId,
    by: By,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, String>, StoreError> {
    let named = match by {
        By::Rule => return Ok(HashMap::new()),
        By::Budget => {
            let budgets = app.ledger.budgets(program).await?;
            let named = budgets.into_iter().map(|budget| (budget.id.0, budget.name));
            return Ok(named.collect());
        }
        By::Organization => Register::Organizations,
    };
    let named = app.ledger.registered_of(program, named, ids).await?;
    Ok(named.into_iter().map(|one| (one.id, one.name)).collect())
}

/// What became of what was awarded
///
/// By the month in which awards were submitted, on the programme's calendar, at most 24 months at once; as it stands now. What is on notice or
/// turned down is not in it: it never was anybody's to spend.
#[utoipa::path(get, path = "/v1/reports/points", tag = "reports", params(PointsQuery),
    responses((status = OK, description = "As it stands", body = Vec<PointsMonth>), Reading))]
async fn points(
    State(app): State<App>,
    caller: Books,
    Query(query): Query<PointsQuery>,
) -> Result<Response, Problem> {
    let program = caller.program;
    let by = query.by.unwrap_or_default();
    let query = ReportQuery {
        from: query.from,
        until: query.until,
        format: query.format,
    };
    let (zone, months) = query.months(&app, program).await?;
    let asked = match by {
        By::Rule => AwardedBy::Rule,
        By::Organization => AwardedBy::Organization,
        By::Budget => AwardedBy::Budget,
    };
    let awarded = app.ledger.awarded_points(program, asked, &months).await?;
    let flows = app.ledger.flows(program, &months).await?;
    let ids: Vec<Uuid> = awarded.iter().filter_map(|one| id_of(&one.key)).collect();
    let names = names(&app, program, by, &ids).await?;
    let mut report = Vec::with_capacity(months.len());
    for period in &months {
        let flow = flows.get(&period.from).copied().unwrap_or_default();
        let mut of: Vec<&Awarded> = awarded.iter().collect();
        of.retain(|one| one.from == period.from);
        of.sort_by(|one, other| (other.points, &one.key).cmp(&(one.points, &other.key)));
        let share = |one: &&Awarded| {
            let (key, name) = match &one.key {
                AwardedKey::Rule(rule) => (rule.clone(), String::new()),
                AwardedKey::Of(id) => (
                    id.map_or_else(String::new, |id| id.to_string()),
                    id.and_then(|id| names.get(&id).cloned())
                        .unwrap_or_default(),
                ),
            };
            let became = Became::of(&[*one]).map_err(Problem::internal)?;
            Ok(Share { key, name, became })
        };
        report.push(PointsMonth {
            month: month(period.from, &zone),
            issued: flow.issued.into(),
            fell_away: flow.breakage.into(),
            total: Became::of(&of).map_err(Problem::internal)?,
            shares: of.iter().map(share).collect::<Result<_, Problem>>()?,
        });
    }
    let header = [
        "month",
        "key",
        "name",
        "awards",
        "points",
        "redeemed",
        "expired",
        "reversed",
        "outstanding",
        "breakage_percent",
    ];
    let answer = query.answer("points", report, &header, |months| {
        let rows = months.iter().flat_map(|month| {
            let row = |share: &Share| cells(&month.month, share);
            month.shares.iter().map(row).collect::<Vec<_>>()
        });
        rows.collect()
    });
    answer.await
}

fn id_of(key: &AwardedKey) -> Option<Uuid> {
    match key {
        AwardedKey::Of(id) => *id,
        AwardedKey::Rule(_) => None,
    }
}

fn cells(month: &str, share: &Share) -> Vec<Cell> {
    let became = &share.became;
    vec![
        month.into(),
        share.key.as_str().into(),
        share.name.as_str().into(),
        became.awards.into(),
        became.points.0.into(),
        became.redeemed.0.into(),
        became.expired.0.into(),
        became.reversed.0.into(),
        became.outstanding.0.into(),
        became.breakage.as_str().into(),
    ]
}

/// What a store took of what was authorised in a month.
#[derive(Debug, Serialize, ToSchema)]
struct StoreMonth {
    #[schema(example = "2026-03")]
    month: String,
    merchant: Uuid,
    merchant_name: String,
    store: Uuid,
    store_name: String,
    #[serde(flatten)]
    taken: Sums,
}

/// What was taken in a month.
#[derive(Debug, Serialize, ToSchema)]
struct Sums {
    redemptions: i64,
    captured: Amount,
    /// What came back of that since.
    refunded: Amount,
}

impl Sums {
    fn of<T>(taken: &Taken<T>) -> Self {
        Self {
            redemptions: taken.redemptions,
            captured: taken.captured.into(),
            refunded: taken.refunded.into(),
        }
    }

    fn cells(&self) -> [Cell; 3] {
        [
            self.redemptions.into(),
            self.captured.0.into(),
            self.refunded.0.into(),
        ]
    }
}

/// What stores took
///
/// By the month in which it was authorised, on the programme's calendar, at most 24 months at once; most points first.
#[utoipa::path(get, path = "/v1/reports/redemptions", tag = "reports", params(ReportQuery),
    responses((status = OK, description = "As it stands", body = Vec<StoreMonth>), Reading))]
async fn redemptions(
    State(app): State<App>,
    caller: Books,
    Query(query): Query<ReportQuery>,
) -> Result<Response, Problem> {
    let program = caller.program;
    let (zone, months) = query.months(&app, program).await?;
    let taken = app.ledger.taken(program, &months).await?;
    let called = async |register, ids: Vec<Uuid>| {
        let named = app.ledger.registered_of(program, register, &ids).await?;
        let named = named.into_iter().map(|one| (one.id, one));
        Ok::<BTreeMap<_, _>, StoreError>(named.collect())
    };
    let stores = taken.iter().map(|one| one.of.0).collect();
    let stores = called(Register::Stores, stores).await?;
    let merchants = stores
        .values()
        .filter_map(|store| store.belongs_to)
        .collect();
    let merchants = called(Register::Merchants, merchants).await?;
    let view = |one: Taken<StoreId>| {
        let store = stores.get(&one.of.0);
        let merchant = store.and_then(|store| store.belongs_to).unwrap_or_default();
        StoreMonth {
            month: month(one.from, &zone),
            merchant,
            merchant_name: merchants
                .get(&merchant)
                .map(|m| m.name.clone())
                .unwrap_or_default(),
            store: one.of.0,
            store_name: store.map(|store| store.name.clone()).unwrap_or_default(),
            taken: Sums::of(&one),
        }
    };
    let mut report: Vec<StoreMonth> = taken.into_iter().map(view).collect();
    report.sort_by(|one, other| {
        let by = |row: &StoreMonth| (row.month.clone(), Reverse(row.taken.captured.0), row.store);
        by(one).cmp(&by(other))
    });
    let header = [
        "month",
        "merchant",
        "merchant_name",
        "store",
        "store_name",
        "redemptions",
        "captured",
        "refunded",
    ];
    let answer = query.answer("redemptions", report, &header, |rows| {
        let row = |one: &StoreMonth| {
            let mut row: Vec<Cell> = vec![
                one.month.as_str().into(),
                one.merchant.into(),
                one.merchant_name.as_str().into(),
                one.store.into(),
                one.store_name.as_str().into(),
            ];
            row.extend(one.taken.cells());
            row
        };
        rows.iter().map(row).collect()
    });
    answer.await
}

/// What was paid for an offer in a month.
#[derive(Debug, Serialize, ToSchema)]
struct OfferMonth {
    #[schema(example = "2026-03")]
    month: String,
    offer: Uuid,
    /// As it is called now.
    title: String,
    merchant: Option<Uuid>,
    #[serde(flatten)]
    taken: Sums,
}

/// Which offers are taken up
///
/// By the month in which it was authorised, on the programme's calendar, at most 24 months at once; those first that were taken up most often.
#[utoipa::path(get, path = "/v1/reports/offers", tag = "reports", params(ReportQuery),
    responses((status = OK, description = "As it stands", body = Vec<OfferMonth>), Reading))]
async fn offers(
    State(app): State<App>,
    caller: Books,
    Query(query): Query<ReportQuery>,
) -> Result<Response, Problem> {
    let program = caller.program;
    let (zone, months) = query.months(&app, program).await?;
    let taken = app.ledger.taken_up(program, &months).await?;
    let now = app.ledger.clock().now();
    let ids: BTreeSet<OfferId> = taken.iter().map(|one| one.of).collect();
    let ids: Vec<OfferId> = ids.into_iter().collect();
    let known = app.ledger.offers_of_ids(program, &ids, now).await?;
    let view = |one: Taken<OfferId>| {
        let offer = known.get(&one.of).map(|view| &view.offer);
        OfferMonth {
            month: month(one.from, &zone),
            offer: one.of.0,
            title: offer.map_or_else(String::new, |offer| offer.terms.title.clone()),
            merchant: offer.map(|offer| offer.merchant.0),
            taken: Sums::of(&one),
        }
    };
    let mut report: Vec<OfferMonth> = taken.into_iter().map(view).collect();
    report.sort_by(|one, other| {
        let by = |row: &OfferMonth| (row.month.clone(), Reverse(row.taken.redemptions), row.offer);
        by(one).cmp(&by(other))
    });
    let header = [
        "month",
        "offer",
        "title",
        "merchant",
        "redemptions",
        "captured",
        "refunded",
    ];
    let answer = query.answer("offers", report, &header, |rows| {
        let row = |one: &OfferMonth| {
            let mut row: Vec<Cell> = vec![
                one.month.as_str().into(),
                one.offer.into(),
                one.title.as_str().into(),
                one.merchant
                    .map(|id| id.to_string())
                    .unwrap_or_default()
                    .into(),
            ];
            row.extend(one.taken.cells());
            row
        };
        rows.iter().map(row).collect()
    });
    answer.await
}
