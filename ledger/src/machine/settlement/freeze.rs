//! Freezing: what a store accepted becomes lines, and what they are worth is set aside.
//!
//! A redemption is worth what the store took of it and did not give back, at the rate it was agreed on, rounded once. A line is worth what
//! its redemption is worth after it less what it was worth before it. So a charge and its refunds come to nothing, in however many parts
//! and on however many statements.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;

use super::{Line, SettlementChange, SettlementRejection, Statement, Uncovered, fund};
use crate::accounts::{Account, Owner};
use crate::community::offer::Bearer;
use crate::ids::{FunderId, RedemptionId, StatementId, StoreId};
use crate::journal::{Move, Transfer, TransferKind};
use crate::machine::{Context, Effects, Outcome, Rejection, State, Stop};
use crate::points::{AmountError, Points, Rate};

/// What is to be frozen.
pub(in crate::machine) struct Freeze {
    pub store: StoreId,
    pub through: Option<i64>,
    pub funder: Option<FunderId>,
    pub rate: Option<Rate>,
}

/// What so many points of a redemption are worth to the store, in yuan.
///
/// # Errors
/// It does not fit.
pub fn worth(bearer: &Bearer, net: Points) -> Result<Points, AmountError> {
    match bearer {
        Bearer::Merchant | Bearer::InKind => Ok(Points::ZERO),
        Bearer::Fund { rate, .. } => rate.amount(net),
    }
}

/// merchant:accepted:S → merchant:settling:S, and in money each funder:fund:F → merchant:payable:S. What a funder gets back, because more was
/// refunded than charged of what it bears, comes out of what others owe the store. Where the points or the money would come to less than
/// nothing, they wait for the next statement.
pub(in crate::machine) fn freeze(
    state: &State,
    freeze: &Freeze,
    context: &Context,
) -> Result<Effects, Stop> {
    let store = freeze.store;
    if !state.is_registered(Owner::Store(store))? {
        return Err(Rejection::UnknownStore { store }.into());
    }
    let standard = standard(state, freeze)?;
    let (from_version, through_version) = range(state, store, freeze.through)?;
    let id = StatementId(context.id.0);
    let lines = lines(state, id, store, (from_version, through_version), standard)?;
    let points = Points::sum(lines.iter().map(|line| line.points))?;
    if freeze.through.is_none()
        && points != state.balance(Account::accepted(store), Owner::Store(store))?
    {
        let why = format!("the uncovered entries of {store} are not what it holds");
        return Err(Stop::Fault(why));
    }
    let money = by_funder(&lines)?;
    let amount = Points::sum(money.values().copied())?;
    let waits = points.is_negative() || amount.is_negative() || is_less_than_a_fen(&lines, points)?;
    if lines.is_empty() || waits {
        return Err(SettlementRejection::NothingToSettle { points }.into());
    }
    let statement = Statement {
        id,
        store,
        funder: freeze.funder,
        from_version,
        through_version,
        points,
        amount,
        rate: freeze.rate.map(|rate| Rate::new(rate.fen, rate.rounding)),
        frozen_by: context.actor.id,
        frozen_at: state.now,
        disputes: Vec::new(),
        confirmation: None,
        approval: None,
        batch: None,
        payment: None,
    };
    let moves = moves(state, &statement, &money)?;
    let mut effects = effects(TransferKind::FreezeStatement, &moves, statement)?;
    effects.settled.lines = lines;
    Ok(effects)
}

/// A transfer, if anything moves: what comes to nothing is settled all the same.
pub(super) fn effects(
    kind: TransferKind,
    moves: &[Move],
    statement: Statement,
) -> Result<Effects, Stop> {
    let subject = statement.id.0;
    let transfer = match moves.iter().all(|step| step.amount.is_zero()) {
        true => None,
        false => Some(Transfer::try_new(kind, subject, moves)?),
    };
    let outcome = Outcome::Statement(Box::new(statement.clone()));
    Ok(Effects {
        transfer,
        settled: SettlementChange {
            statements: vec![statement],
            ..SettlementChange::NONE
        },
        ..Effects::answering(subject, outcome)
    })
}

/// Who bears what was redeemed without terms of its own.
fn standard(state: &State, freeze: &Freeze) -> Result<Option<Bearer>, Stop> {
    match (freeze.funder, freeze.rate) {
        (Some(funder), Some(rate)) => {
            fund(state, funder)?;
            if rate.fen <= Decimal::ZERO {
                return Err(Rejection::AmountNotPositive.into());
            }
            let rate = Rate::new(rate.fen, rate.rounding);
            Ok(Some(Bearer::Fund { funder, rate }))
        }
        (None, None) => Ok(None),
        _ => Err(SettlementRejection::RateNeeded { redemption: None }.into()),
    }
}

/// The versions to be covered.
fn range(state: &State, store: StoreId, through: Option<i64>) -> Result<(i64, i64), Stop> {
    let newest = state.account(Account::accepted(store)).version;
    let from = state.settling.next(store);
    match through {
        None => Ok((from, newest)),
        Some(through) if (from..=newest).contains(&through) => Ok((from, through)),
        Some(_) => Err(SettlementRejection::StatementRange { from, newest }.into()),
    }
}

fn lines(
    state: &State,
    statement: StatementId,
    store: StoreId,
    (from, through): (i64, i64),
    standard: Option<Bearer>,
) -> Result<Vec<Line>, Stop> {
    let entries = state
        .settling
        .uncovered(store, from, &state.changes.transfers);
    let mut held = before(state, store, &entries)?;
    let mut lines = Vec::with_capacity(entries.len());
    let covered = |entry: &&Uncovered| entry.version <= through;
    for entry in entries.iter().filter(covered) {
        let redemption = entry.redemption;
        let held = held.entry(redemption).or_default();
        let (net, known) = *held;
        let bearer = match known {
            Some(bearer) => bearer,
            None => bearer(state, store, redemption, net, standard)?,
        };
        let after = net.plus(entry.points)?;
        let amount = worth(&bearer, after)?.minus(worth(&bearer, net)?)?;
        *held = (after, Some(bearer));
        lines.push(Line {
            statement,
            store,
            version: entry.version,
            redemption,
            points: entry.points,
            bearer,
            amount: Some(amount),
        });
    }
    Ok(lines)
}

type Held = HashMap<RedemptionId, (Points, Option<Bearer>)>;

/// What the store had of each of these redemptions before the first of these entries: what it has now, less what they made of it.
fn before(state: &State, store: StoreId, entries: &[Uncovered]) -> Result<Held, Stop> {
    let mut held = Held::with_capacity(entries.len());
    for entry in entries {
        let id = entry.redemption;
        let net = match held.get(&id) {
            Some((net, _)) => *net,
            None => match state.redemption(id) {
                Some(redemption) => redemption.captured.minus(redemption.refunded)?,
                None => match state.settling.redeemed.get(&id) {
                    Some(redeemed) => redeemed.net,
                    None => return Err(Stop::Relock(Owner::Store(store))),
                },
            },
        };
        held.insert(id, (net.minus(entry.points)?, None));
    }
    Ok(held)
}

/// Who bears a redemption: as was agreed, as an earlier statement made of it, or as is named now. One that another command of this batch gave points
/// back of, charged before what was read for it, is looked at again with the next batch.
fn bearer(
    state: &State,
    store: StoreId,
    id: RedemptionId,
    net: Points,
    standard: Option<Bearer>,
) -> Result<Bearer, Stop> {
    if let Some(terms) = state.redemption(id).and_then(|redemption| redemption.terms) {
        return Ok(terms.bearer);
    }
    let redeemed = state.settling.redeemed.get(&id);
    match redeemed.and_then(|redeemed| redeemed.bearer) {
        Some(bearer) => Ok(bearer),
        None if net.is_zero() => standard.ok_or_else(|| {
            let redemption = Some(id);
            SettlementRejection::RateNeeded { redemption }.into()
        }),
        None if redeemed.is_none() => Err(Stop::Relock(Owner::Store(store))),
        None => Err(Stop::Fault(format!("no line tells who bears {id}"))),
    }
}

/// What each funder owes the store for these lines, or gets back where it is negative.
fn by_funder(lines: &[Line]) -> Result<BTreeMap<FunderId, Points>, AmountError> {
    let mut money = BTreeMap::<FunderId, Points>::new();
    for line in lines {
        if let (Bearer::Fund { funder, .. }, Some(amount)) = (line.bearer, line.amount) {
            let sum = money.entry(funder).or_default();
            *sum = sum.plus(amount)?;
        }
    }
    Ok(money)
}

/// Whether all of it is somebody's to pay for, and no line comes to a fen: the rate is too small, or the points are too few yet.
fn is_less_than_a_fen(lines: &[Line], points: Points) -> Result<bool, AmountError> {
    let paid = || {
        lines
            .iter()
            .filter(|line| matches!(line.bearer, Bearer::Fund { .. }))
    };
    let sum = Points::sum(paid().map(|line| line.points))?;
    let nothing = |line: &Line| line.amount.is_some_and(Points::is_zero);
    Ok(sum.is_positive() && sum == points && paid().all(nothing))
}

fn moves(
    state: &State,
    statement: &Statement,
    money: &BTreeMap<FunderId, Points>,
) -> Result<Vec<Move>, Stop> {
    let store = statement.store;
    let mut moves = vec![Move {
        from: Account::accepted(store),
        to: Account::settling(store),
        amount: statement.points,
    }];
    for (&funder, &amount) in money {
        let available = fund(state, funder)?;
        let payable = Account::payable(store);
        if amount.is_negative() {
            moves.push(Move {
                from: payable,
                to: Account::fund(funder),
                amount: amount.negated()?,
            });
            continue;
        }
        if available < amount {
            let requested = amount;
            return Err(SettlementRejection::FundsExhausted {
                funder,
                available,
                requested,
            }
            .into());
        }
        moves.push(Move {
            from: Account::fund(funder),
            to: payable,
            amount,
        });
    }
    Ok(moves)
}
