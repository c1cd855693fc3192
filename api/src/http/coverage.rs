//! What points may still cost, beside what funds hold.

use axum::Json;
use axum::extract::State;
use ledger::accounts::AccountKind;
use ledger::points::{AmountError, Points, Rate, Rounding};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::docs::Reading;
use super::model::Amount;
use super::settlement::{FunderBody, plain_rate};
use crate::auth::Books;
use crate::extract::Query;
use crate::problem::{Code, Problem};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(coverage))
}

/// At which rate.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Fen a point, such as 85.5: what all of it would cost at this rate
    #[param(value_type = Option<String>)]
    rate: Option<Decimal>,
}

/// Points that may still cost money.
#[derive(Debug, Serialize, ToSchema)]
struct Outstanding {
    /// Awarded, on public notice.
    pending: Amount,
    /// In wallets.
    wallets: Amount,
    /// On hold for redemptions.
    held: Amount,
    /// Taken by stores, on no statement yet.
    accepted: Amount,
    total: Amount,
}

/// What points may still cost, beside what funds hold.
#[derive(Debug, Serialize, ToSchema)]
struct Coverage {
    outstanding: Outstanding,
    /// On statements that are not paid yet: their money is set aside.
    settling: Amount,
    /// What is set aside for them, in yuan.
    payable: Amount,
    /// Each fund with what it holds, in yuan.
    funds: Vec<FunderBody>,
    /// What they hold together, in yuan.
    available: Amount,
    /// What all that is outstanding would cost at the rate asked about, in yuan.
    needed: Option<Amount>,
    /// By how much the funds hold less than that, in yuan.
    short: Option<Amount>,
}

/// Whether the funds cover the points
///
/// Points have no rate before they are redeemed, and goods and merchants' own offers cost nothing, so `rate` is an assumption: with the highest one that is
/// agreed on, `needed` is the most that can come.
#[utoipa::path(get, path = "/v1/reports/coverage", tag = "reports", params(Asked),
    responses((status = OK, description = "As it stands", body = Coverage), Reading))]
async fn coverage(
    State(app): State<App>,
    caller: Books,
    Query(asked): Query<Asked>,
) -> Result<Json<Coverage>, Problem> {
    if asked.rate.is_some_and(|rate| plain_rate(&rate).is_err()) {
        let why = "rate is above zero, at most 1000000, with at most six places";
        return Err(Problem::new(Code::InvalidQuery, why));
    }
    let totals = app.ledger.totals(caller.program).await?;
    let funds = app.ledger.funders(caller.program).await?;
    let coverage = covered(
        &totals,
        funds.into_iter().map(FunderBody::from).collect(),
        asked.rate,
    );
    let too_large = |_| Problem::new(Code::InvalidQuery, "at this rate it does not fit");
    Ok(Json(coverage.map_err(too_large)?))
}

fn covered(
    totals: &[(AccountKind, Points)],
    funds: Vec<FunderBody>,
    rate: Option<Decimal>,
) -> Result<Coverage, AmountError> {
    let of = |kind: AccountKind| {
        let found = totals.iter().find(|(known, _)| *known == kind);
        found.map_or(Points::ZERO, |(_, sum)| *sum)
    };
    let [pending, wallets, held, accepted] = [
        AccountKind::Pending,
        AccountKind::Wallet,
        AccountKind::Hold,
        AccountKind::Accepted,
    ]
    .map(of);
    let total = Points::sum([pending, wallets, held, accepted])?;
    let available = of(AccountKind::Fund);
    let needed = rate.map(|fen| Rate::new(fen, Rounding::Up).amount(total));
    let needed = needed.transpose()?;
    let short = needed.map(|needed| needed.minus(available)).transpose()?;
    Ok(Coverage {
        outstanding: Outstanding {
            pending: pending.into(),
            wallets: wallets.into(),
            held: held.into(),
            accepted: accepted.into(),
            total: total.into(),
        },
        settling: of(AccountKind::Settling).into(),
        payable: of(AccountKind::Payable).into(),
        funds,
        available: available.into(),
        needed: needed.map(Amount::from),
        short: short.map(|short| short.max(Points::ZERO).into()),
    })
}
