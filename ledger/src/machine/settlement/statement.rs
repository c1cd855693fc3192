//! What a store is owed, line by line, and how far it has come.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::community::offer::Bearer;
use crate::ids::{ActorId, CommandId, FunderId, RedemptionId, StatementId, StoreId};
use crate::points::{Points, Rate};

/// How long a merchant has to answer before a statement can be approved without them: ten days, in seconds.
pub const CONFIRM_SECONDS: i64 = 10 * 24 * 3_600;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident $text:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$of])* $variant,)+ }

        impl $name {
            /// Each.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The one of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    )+};
}

names! {
    /// Where a statement stands.
    StatementState {
        /// The programme owes it; its merchant has not answered.
        Frozen "frozen",
        /// The merchant disputes a line that nobody has answered yet.
        Disputed "disputed",
        /// The merchant agrees.
        Confirmed "confirmed",
        /// A second person agrees that it is paid.
        Approved "approved",
        /// The programme has paid it.
        Paid "paid",
    }
    /// Why a merchant disputes a line.
    DisputeReason {
        /// It is not of this store.
        NotOurs "not_ours",
        /// Other points were agreed on.
        Points "points",
        /// It was charged or refunded twice.
        Twice "twice",
        /// It should not have been refunded, or not so much.
        Refund "refund",
        /// Another worth was agreed on.
        Worth "worth",
        /// Something else.
        Other "other",
    }
    /// What staff make of a dispute.
    DisputeFinding {
        /// The line is right as it is.
        Stands "stands",
        /// The programme is right to take it back: the redemption is refunded, whole or in part, and that is a line of the next statement.
        Refunded "refunded",
        /// The store should have had more, and gets it outside of these books.
        Otherwise "otherwise",
    }
}

impl DisputeFinding {
    /// Whether the merchant was right that something is wrong.
    pub const fn is_upheld(self) -> bool {
        !matches!(self, Self::Stands)
    }
}

/// A line that the merchant disputes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// Which line.
    pub version: i64,
    /// Why.
    pub reason: DisputeReason,
    /// Who said so.
    pub by: ActorId,
    /// When.
    pub at: Timestamp,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// What came of a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What was found.
    pub finding: DisputeFinding,
    /// By whom.
    pub by: ActorId,
    /// When.
    pub at: Timestamp,
}

/// That the merchant agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Who said so.
    pub by: ActorId,
    /// When.
    pub at: Timestamp,
}

/// That a second person agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who: not the one who froze it.
    pub by: ActorId,
    /// When.
    pub at: Timestamp,
    /// Whether the merchant had not answered in time.
    #[serde(default)]
    pub unanswered: bool,
}

/// How a statement was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Who said so: not the one who froze it.
    pub by: ActorId,
    /// When.
    pub at: Timestamp,
    /// The bank's code for the payment.
    pub reference: String,
}

/// What a store is owed for a range of what it accepted. Nothing of it changes but how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Its id.
    pub id: StatementId,
    /// Whose.
    pub store: StoreId,
    /// Who pays for what was redeemed without terms of its own.
    pub funder: Option<FunderId>,
    /// The first version of merchant:accepted:S it covers.
    pub from_version: i64,
    /// The last.
    pub through_version: i64,
    /// The sum of those entries, without those that freeze statements.
    pub points: Points,
    /// What its lines come to, in yuan.
    pub amount: Points,
    /// At which rate, for what was redeemed without terms of its own.
    pub rate: Option<Rate>,
    /// Who froze it.
    pub frozen_by: ActorId,
    /// When.
    pub frozen_at: Timestamp,
    /// Lines that the merchant disputes, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disputes: Vec<Dispute>,
    /// That the merchant agrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<Confirmation>,
    /// That a second person agrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// With which others it is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<CommandId>,
    /// How it was paid, if it was.
    pub payment: Option<Payment>,
}

impl Statement {
    /// Where it stands.
    pub fn state(&self) -> StatementState {
        if self.payment.is_some() {
            StatementState::Paid
        } else if self.approval.is_some() {
            StatementState::Approved
        } else if self.confirmation.is_some() {
            StatementState::Confirmed
        } else if self.open_disputes() > 0 {
            StatementState::Disputed
        } else {
            StatementState::Frozen
        }
    }

    /// How many disputes nobody has answered.
    pub fn open_disputes(&self) -> usize {
        let open = |dispute: &&Dispute| dispute.answer.is_none();
        self.disputes.iter().filter(open).count()
    }

    /// Who bears what was redeemed without terms of its own.
    pub fn standard(&self) -> Option<Bearer> {
        let (funder, rate) = self.funder.zip(self.rate)?;
        Some(Bearer::Fund { funder, rate })
    }
}

/// A line of a statement: an entry of merchant:accepted, and what it is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// On which statement.
    pub statement: StatementId,
    /// Whose.
    pub store: StoreId,
    /// The entry.
    pub version: i64,
    /// Of which redemption.
    pub redemption: RedemptionId,
    /// What the store took, or gave back where it is negative.
    pub points: Points,
    /// Who bears it.
    pub bearer: Bearer,
    /// By how much it changes what the redemption is worth, in yuan; `None` on statements from before lines had money, which were rounded as a whole.
    pub amount: Option<Points>,
}

/// Statements that are paid together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentBatch {
    /// Its id, the command's that gathered it.
    pub id: CommandId,
    /// Who gathered it.
    pub by: ActorId,
    /// When.
    pub at: Timestamp,
    /// How many statements it pays.
    pub statements: u64,
    /// What they come to, in yuan.
    pub amount: Points,
}
