//! Transfers and entries: the double-entry journal.
//!
//! A [`Transfer`] is made of [`Move`]s, each of which takes from one account exactly what it gives to
//! another. So a transfer that does not balance cannot be built.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::accounts::Account;
use crate::clock::Timestamp;
use crate::ids::{ActorId, AwardId, CommandId, RedemptionId};
use crate::points::{AmountError, Points};

/// Why points moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferKind {
    /// Points issued into a budget.
    Appropriate,
    /// Points taken back out of a budget.
    ReturnBudget,
    /// What is left of a budget at its end, to the one that follows it.
    CarryOver,
    /// An approved award waits for its public notice to close.
    Notice,
    /// An award on notice taken back or turned down.
    Withdraw,
    /// An award vested, with what it recovered of an earlier debt.
    Award,
    /// A hold for a redemption.
    Authorise,
    /// Authorised and captured in one step.
    Charge,
    /// A hold taken by the store, the rest released.
    Capture,
    /// A hold given back by the store.
    Void,
    /// A hold given back because its time ran out.
    Release,
    /// Captured points given back.
    Refund,
    /// Lots whose time ran out.
    Expire,
    /// An award undone.
    Reverse,
    /// A debt that nobody pays any more.
    WriteOff,
    /// Money from a funder.
    ReceiveFunds,
    /// What a store accepted, made a statement.
    FreezeStatement,
    /// A statement paid.
    PayStatement,
    /// What one member had, to the member they are merged into.
    Merge,
}

impl TransferKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Appropriate,
        Self::ReturnBudget,
        Self::CarryOver,
        Self::Notice,
        Self::Withdraw,
        Self::Award,
        Self::Authorise,
        Self::Charge,
        Self::Capture,
        Self::Void,
        Self::Release,
        Self::Refund,
        Self::Expire,
        Self::Reverse,
        Self::WriteOff,
        Self::ReceiveFunds,
        Self::FreezeStatement,
        Self::PayStatement,
        Self::Merge,
    ];

    /// The stable name, as stored and answered.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Appropriate => "appropriate",
            Self::ReturnBudget => "return_budget",
            Self::CarryOver => "carry_over",
            Self::Notice => "notice",
            Self::Withdraw => "withdraw",
            Self::Award => "award",
            Self::Authorise => "authorise",
            Self::Charge => "charge",
            Self::Capture => "capture",
            Self::Void => "void",
            Self::Release => "release",
            Self::Refund => "refund",
            Self::Expire => "expire",
            Self::Reverse => "reverse",
            Self::WriteOff => "write_off",
            Self::ReceiveFunds => "receive_funds",
            Self::FreezeStatement => "freeze_statement",
            Self::PayStatement => "pay_statement",
            Self::Merge => "merge",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// What a transfer of this kind with this subject is about.
    pub const fn about(self, subject: Uuid) -> About {
        match self {
            Self::Notice | Self::Withdraw | Self::Award | Self::Reverse | Self::WriteOff => {
                About::Award(AwardId(subject))
            }
            Self::Authorise
            | Self::Charge
            | Self::Capture
            | Self::Void
            | Self::Release
            | Self::Refund => About::Redemption(RedemptionId(subject)),
            Self::Appropriate
            | Self::ReturnBudget
            | Self::CarryOver
            | Self::Expire
            | Self::ReceiveFunds
            | Self::FreezeStatement
            | Self::PayStatement
            | Self::Merge => About::Neither,
        }
    }
}

/// Whether a transfer is about what somebody did, or about what they got for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// An award, from its notice until it is undone.
    Award(AwardId),
    /// A redemption, from its hold until it is given back.
    Redemption(RedemptionId),
    /// A budget, a member, a funder or a statement.
    Neither,
}

/// So much from one account to another: debit `from`, credit `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// The account debited.
    pub from: Account,
    /// The account credited.
    pub to: Account,
    /// How much; a move of nothing is left out of the transfer.
    pub amount: Points,
}

/// What makes a transfer impossible. Each is a bug in the caller except [`TransferError::Amount`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransferError {
    /// A move of less than nothing.
    #[error("a move cannot be negative")]
    Negative,
    /// A move between accounts of different commodities.
    #[error("a move stays within one commodity")]
    Commodities,
    /// Nothing is left once opposite moves cancel.
    #[error("a transfer moves something")]
    Empty,
    /// The sum does not fit.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

/// A balanced set of two or more entries, not yet posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    kind: TransferKind,
    subject: Uuid,
    entries: Vec<(Account, Points)>,
}

impl Transfer {
    /// From moves. `subject` is the award, redemption, budget, member, funder or statement it is about. Moves that touch the same
    /// account become one entry; the entries are in account order and sum to zero per commodity.
    pub fn try_new(
        kind: TransferKind,
        subject: Uuid,
        moves: &[Move],
    ) -> Result<Self, TransferError> {
        let mut sums = BTreeMap::<Account, Points>::new();
        for Move { from, to, amount } in moves {
            if amount.is_negative() {
                return Err(TransferError::Negative);
            }
            if from.kind.commodity() != to.kind.commodity() {
                return Err(TransferError::Commodities);
            }
            let debit = sums.entry(*from).or_default();
            *debit = debit.minus(*amount)?;
            let credit = sums.entry(*to).or_default();
            *credit = credit.plus(*amount)?;
        }
        let entries: Vec<_> = sums.into_iter().filter(|(_, sum)| !sum.is_zero()).collect();
        if entries.is_empty() {
            return Err(TransferError::Empty);
        }
        Ok(Self {
            kind,
            subject,
            entries,
        })
    }

    /// Why the points move.
    pub const fn kind(&self) -> TransferKind {
        self.kind
    }

    /// What it is about.
    pub const fn subject(&self) -> Uuid {
        self.subject
    }

    /// Account and signed amount, in account order.
    pub fn entries(&self) -> &[(Account, Points)] {
        &self.entries
    }
}

/// A transfer as posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostedTransfer {
    /// The command that made it.
    pub id: CommandId,
    /// Why.
    pub kind: TransferKind,
    /// The award, redemption, budget or member it is about.
    pub subject: Uuid,
    /// Who.
    pub actor: ActorId,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it was posted, under the lock.
    pub recorded_at: Timestamp,
    /// Its entries, in account order.
    pub entries: Vec<PostedEntry>,
}

/// An entry as posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostedEntry {
    /// The account.
    pub account: Account,
    /// 1, 2, 3 … without gaps per account.
    pub version: i64,
    /// Signed; positive is a credit.
    pub amount: Points,
    /// The account's balance after this entry.
    pub balance_after: Points,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{BudgetId, MemberId};
    use proptest::prelude::*;

    fn accounts() -> [Account; 3] {
        let member = MemberId(Uuid::from_u128(2));
        [
            Account::budget(BudgetId(Uuid::from_u128(1))),
            Account::wallet(member),
            Account::debt(member),
        ]
    }

    #[test]
    fn what_cancels_or_mixes_is_refused() {
        let [a, b, _] = accounts();
        let amount = Points::from_hundredths(5);
        let there = Move {
            from: a,
            to: b,
            amount,
        };
        let back = Move {
            from: b,
            to: a,
            amount,
        };
        let build = |moves: &[Move]| Transfer::try_new(TransferKind::Award, Uuid::nil(), moves);
        assert_eq!(build(&[there, back]), Err(TransferError::Empty));
        assert_eq!(build(&[]), Err(TransferError::Empty));
        let bank = Account::of(crate::accounts::AccountKind::Bank, Uuid::nil());
        let mixed = Move {
            from: bank,
            to: b,
            amount,
        };
        assert_eq!(build(&[mixed]), Err(TransferError::Commodities));
        let negative = Move {
            amount: Points::from_hundredths(-1),
            ..there
        };
        assert_eq!(build(&[negative]), Err(TransferError::Negative));
    }

    proptest! {
        #[test]
        fn every_transfer_balances(moves in prop::collection::vec((0..3_usize, 0..3_usize, 0..i64::MAX), 1..8)) {
            let accounts = accounts();
            let moves: Vec<_> = moves
                .into_iter()
                .map(|(from, to, amount)| Move {
                    from: accounts[from],
                    to: accounts[to],
                    amount: Points::from_hundredths(amount),
                })
                .collect();
            if let Ok(transfer) = Transfer::try_new(TransferKind::Award, Uuid::nil(), &moves) {
                let sum: i128 = transfer.entries().iter().map(|(_, p)| i128::from(p.hundredths())).sum();
                prop_assert_eq!(sum, 0);
                prop_assert!(transfer.entries().len() >= 2);
            }
        }
    }
}
