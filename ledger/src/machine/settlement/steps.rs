//! From frozen to paid: the merchant confirms or disputes, staff answer, a second person approves, somebody pays.

use super::freeze::effects;
use super::{
    Answer, Approval, CONFIRM_SECONDS, Confirmation, Dispute, DisputeFinding, DisputeReason,
    Payment, PaymentBatch, SettlementChange, SettlementCommand, SettlementRejection, Statement,
    StatementState,
};
use crate::accounts::{Account, Owner};
use crate::community::personal::SealedPayee;
use crate::ids::StatementId;
use crate::journal::{Move, TransferKind};
use crate::machine::offers::TradeRejection;
use crate::machine::{Context, Effects, Outcome, Rejection, State, Stop};
use crate::points::Points;

/// The most lines of one statement that may be disputed: its row is written anew with each.
const MOST_DISPUTES: usize = 200;
/// The most statements that are paid together.
pub(super) const MOST_PAYMENTS: usize = 1_000;

/// What a step does.
pub(in crate::machine) fn decide(
    state: &State,
    command: &SettlementCommand,
    context: &Context,
) -> Result<Effects, Stop> {
    match command {
        SettlementCommand::Confirm { statement } => confirm(state, *statement, context),
        SettlementCommand::Dispute {
            statement,
            version,
            reason,
        } => dispute(state, *statement, (*version, *reason), context),
        SettlementCommand::Answer {
            statement,
            version,
            finding,
        } => answer(state, *statement, (*version, *finding), context),
        SettlementCommand::Approve {
            statement,
            unanswered,
        } => approve(state, *statement, *unanswered, context),
        SettlementCommand::Gather { statements, .. } => gather(state, statements, context),
        SettlementCommand::KeepPayee(payee) => keep_payee(state, payee),
        SettlementCommand::WriteFile { batch } => Ok(Effects::answering(
            batch.0,
            Outcome::PaymentFile {
                batch: *batch,
                by: context.actor.id,
            },
        )),
    }
}

/// A store sees only its own statements; to it, another's does not exist.
fn known<'s>(state: &'s State, id: StatementId, context: &Context) -> Result<&'s Statement, Stop> {
    let statement = state.settling.statement(id);
    let statement = statement.filter(|statement| context.actor.speaks_for(statement.store));
    let statement = statement.ok_or(SettlementRejection::UnknownStatement { statement: id })?;
    state.require(Owner::Store(statement.store))?;
    Ok(statement)
}

/// One that waits for its merchant's word, asked for by the store whose it is.
fn waiting<'s>(
    state: &'s State,
    id: StatementId,
    context: &Context,
) -> Result<&'s Statement, Stop> {
    let statement = known(state, id, context)?;
    if context.actor.store.is_none() {
        return Err(SettlementRejection::StoreOnly.into());
    }
    match statement.state() {
        StatementState::Frozen | StatementState::Disputed => Ok(statement),
        _ => Err(wrong(statement)),
    }
}

fn wrong(statement: &Statement) -> Stop {
    let (id, state) = (statement.id, statement.state());
    SettlementRejection::StatementState {
        statement: id,
        state,
    }
    .into()
}

fn undisputed(statement: &Statement) -> Result<(), Stop> {
    match statement.open_disputes() as u64 {
        0 => Ok(()),
        open => Err(SettlementRejection::StatementDisputed { open }.into()),
    }
}

fn confirm(state: &State, id: StatementId, context: &Context) -> Result<Effects, Stop> {
    let statement = waiting(state, id, context)?;
    undisputed(statement)?;
    let confirmation = Some(Confirmation {
        by: context.actor.id,
        at: state.now,
    });
    step(Statement {
        confirmation,
        ..statement.clone()
    })
}

fn dispute(
    state: &State,
    id: StatementId,
    (version, reason): (i64, DisputeReason),
    context: &Context,
) -> Result<Effects, Stop> {
    let mut statement = waiting(state, id, context)?.clone();
    if !state.settling.lines.contains(&(id, version)) {
        return Err(SettlementRejection::UnknownLine { version }.into());
    }
    let disputes = &mut statement.disputes;
    if disputes.iter().any(|dispute| dispute.version == version) {
        return Err(SettlementRejection::AlreadyDisputed { version }.into());
    }
    if disputes.len() >= MOST_DISPUTES {
        let limit = MOST_DISPUTES as u64;
        return Err(SettlementRejection::TooManyDisputes { limit }.into());
    }
    disputes.push(Dispute {
        version,
        reason,
        by: context.actor.id,
        at: state.now,
        answer: None,
    });
    step(statement)
}

fn answer(
    state: &State,
    id: StatementId,
    (version, finding): (i64, DisputeFinding),
    context: &Context,
) -> Result<Effects, Stop> {
    let mut statement = known(state, id, context)?.clone();
    if context.actor.store.is_some() {
        return Err(Rejection::SelfApproval.into());
    }
    let open = |dispute: &&mut Dispute| dispute.version == version && dispute.answer.is_none();
    let dispute = statement.disputes.iter_mut().find(open);
    let dispute = dispute.ok_or(SettlementRejection::NoDispute { version })?;
    dispute.answer = Some(Answer {
        finding,
        by: context.actor.id,
        at: state.now,
    });
    step(statement)
}

/// By somebody who did not freeze it. Where the merchant has not answered within ten days, whoever approves has to say that they know.
fn approve(
    state: &State,
    id: StatementId,
    unanswered: bool,
    context: &Context,
) -> Result<Effects, Stop> {
    let statement = known(state, id, context)?;
    undisputed(statement)?;
    let until = statement.frozen_at.plus_seconds(CONFIRM_SECONDS);
    match statement.state() {
        StatementState::Confirmed => {}
        StatementState::Frozen if unanswered && until <= state.now => {}
        StatementState::Frozen => return Err(SettlementRejection::NotConfirmed { until }.into()),
        _ => return Err(wrong(statement)),
    }
    if statement.frozen_by == context.actor.id || context.actor.store.is_some() {
        return Err(Rejection::SelfApproval.into());
    }
    let approval = Some(Approval {
        by: context.actor.id,
        at: state.now,
        unanswered: statement.confirmation.is_none(),
    });
    step(Statement {
        approval,
        ..statement.clone()
    })
}

/// Approved statements that are paid together.
fn gather(state: &State, ids: &[StatementId], context: &Context) -> Result<Effects, Stop> {
    if ids.is_empty() || ids.len() > MOST_PAYMENTS {
        let limit = MOST_PAYMENTS as u64;
        return Err(SettlementRejection::BadPayments { limit }.into());
    }
    let mut statements = Vec::<Statement>::with_capacity(ids.len());
    for &id in ids {
        let statement = known(state, id, context)?;
        let twice = statements.iter().any(|known| known.id == id);
        if statement.state() != StatementState::Approved || statement.batch.is_some() || twice {
            return Err(wrong(statement));
        }
        statements.push(Statement {
            batch: Some(context.id),
            ..statement.clone()
        });
    }
    let batch = PaymentBatch {
        id: context.id,
        by: context.actor.id,
        at: state.now,
        statements: ids.len() as u64,
        amount: Points::sum(statements.iter().map(|statement| statement.amount))?,
    };
    Ok(Effects {
        settled: SettlementChange {
            statements,
            batch: Some(batch),
            ..SettlementChange::NONE
        },
        ..Effects::answering(context.id.0, Outcome::Payments(batch))
    })
}

fn keep_payee(state: &State, payee: &SealedPayee) -> Result<Effects, Stop> {
    let merchant = payee.merchant;
    if !state.merchants.is_known(merchant) {
        return Err(TradeRejection::UnknownMerchant { merchant }.into());
    }
    let subject = merchant.0;
    Ok(Effects {
        settled: SettlementChange {
            payee: Some(payee.clone()),
            ..SettlementChange::NONE
        },
        ..Effects::answering(subject, Outcome::Registered { subject })
    })
}

/// merchant:settling:S → program:redeemed, and in money merchant:payable:S → bank.
pub(in crate::machine) fn pay(
    state: &State,
    id: StatementId,
    reference: &str,
    context: &Context,
) -> Result<Effects, Stop> {
    let statement = known(state, id, context)?;
    state.require(Owner::Program(state.program))?;
    match statement.state() {
        StatementState::Approved => {}
        StatementState::Paid => {
            return Err(SettlementRejection::AlreadyPaid { statement: id }.into());
        }
        _ => return Err(wrong(statement)),
    }
    if statement.frozen_by == context.actor.id {
        return Err(Rejection::SelfApproval.into());
    }
    let moves = [
        Move {
            from: Account::settling(statement.store),
            to: Account::redeemed(state.program),
            amount: statement.points,
        },
        Move {
            from: Account::payable(statement.store),
            to: Account::bank(state.program),
            amount: statement.amount,
        },
    ];
    let payment = Some(Payment {
        by: context.actor.id,
        at: state.now,
        reference: reference.to_owned(),
    });
    effects(
        TransferKind::PayStatement,
        &moves,
        Statement {
            payment,
            ..statement.clone()
        },
    )
}

fn step(statement: Statement) -> Result<Effects, Stop> {
    effects(TransferKind::FreezeStatement, &[], statement)
}
