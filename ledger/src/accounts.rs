//! The chart of accounts. An account is its kind and its owner, nothing to look up: the wallet of a
//! member is `(Wallet, member)`. Balance = credits − debits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use crate::ids::{BudgetId, FunderId, MemberId, ProgramId, StoreId};

/// What an account holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Commodity {
    /// Points, in hundredths.
    Pts,
    /// Renminbi, in fen.
    Cny,
}

impl Commodity {
    /// The symbol used in exports and answers.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Pts => "PTS",
            Self::Cny => "CNY",
        }
    }
}

macro_rules! account_kinds {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $code:literal, $commodity:ident, $negative:literal;)+) => {
        /// The kinds of account, each with its number in the database, code, commodity and sign.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum AccountKind {
            $($(#[$doc])* $name = $number,)+
        }

        impl AccountKind {
            /// Every kind, in order of number.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code that account names begin with, as in `member:wallet`.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// What accounts of this kind hold.
            pub const fn commodity(self) -> Commodity {
                match self { $(Self::$name => Commodity::$commodity,)+ }
            }

            /// Whether the balance may fall below zero (design invariant 3).
            pub const fn may_be_negative(self) -> bool {
                match self { $(Self::$name => $negative,)+ }
            }
        }
    };
}

account_kinds! {
    /// Points the programme has brought into being, as a negative balance.
    Issued = 1, "program:issued", Pts, true;
    /// Points set aside for a purpose and not yet awarded.
    Budget = 2, "program:budget", Pts, false;
    /// What members owe back to a budget after reversals.
    Recoverable = 3, "program:recoverable", Pts, false;
    /// Points that expired unspent.
    Breakage = 4, "program:breakage", Pts, false;
    /// Points redeemed and paid for.
    Redeemed = 5, "program:redeemed", Pts, false;
    /// Awarded, not yet vested.
    Pending = 10, "member:pending", Pts, false;
    /// Vested: the sum of the member's open lots.
    Wallet = 11, "member:wallet", Pts, false;
    /// Authorised for a redemption and not yet captured.
    Hold = 12, "member:hold", Pts, false;
    /// What the member owes after a reversal, as a negative balance.
    Debt = 13, "member:debt", Pts, true;
    /// Points a store took; negative when refunds exceed what is not yet settled.
    Accepted = 20, "merchant:accepted", Pts, true;
    /// On a frozen statement, not yet paid.
    Settling = 21, "merchant:settling", Pts, false;
    /// The programme's bank account.
    Bank = 30, "bank", Cny, true;
    /// What a funder has put in and settlement has not yet used.
    Fund = 31, "funder:fund", Cny, false;
    /// What the programme owes a store.
    Payable = 32, "merchant:payable", Cny, false;
}

impl AccountKind {
    /// The number stored in the database.
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// The kind with this number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.iter().copied().find(|k| k.number() == number)
    }

    /// Whether there is one such account per programme, named without an owner.
    const fn is_single(self) -> bool {
        matches!(
            self,
            Self::Issued | Self::Breakage | Self::Redeemed | Self::Bank
        )
    }
}

/// One account of a programme.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    /// Whose it is: a member, budget, store or the programme itself.
    pub owner: Uuid,
    /// Which of the owner's accounts.
    pub kind: AccountKind,
}

impl Account {
    /// The programme's negative balance of everything ever issued.
    pub const fn issued(program: ProgramId) -> Self {
        Self::of(AccountKind::Issued, program.0)
    }
    /// Expired points.
    pub const fn breakage(program: ProgramId) -> Self {
        Self::of(AccountKind::Breakage, program.0)
    }
    /// A budget's points.
    pub const fn budget(budget: BudgetId) -> Self {
        Self::of(AccountKind::Budget, budget.0)
    }
    /// What is owed back to a budget.
    pub const fn recoverable(budget: BudgetId) -> Self {
        Self::of(AccountKind::Recoverable, budget.0)
    }
    /// A member's spendable and expired-but-not-swept points.
    pub const fn wallet(member: MemberId) -> Self {
        Self::of(AccountKind::Wallet, member.0)
    }
    /// A member's awards on public notice.
    pub const fn pending(member: MemberId) -> Self {
        Self::of(AccountKind::Pending, member.0)
    }
    /// A member's points authorised for redemptions.
    pub const fn hold(member: MemberId) -> Self {
        Self::of(AccountKind::Hold, member.0)
    }
    /// What a member owes.
    pub const fn debt(member: MemberId) -> Self {
        Self::of(AccountKind::Debt, member.0)
    }
    /// What a store took.
    pub const fn accepted(store: StoreId) -> Self {
        Self::of(AccountKind::Accepted, store.0)
    }

    /// A store's points on frozen statements.
    pub const fn settling(store: StoreId) -> Self {
        Self::of(AccountKind::Settling, store.0)
    }
    /// What the programme owes a store, in money.
    pub const fn payable(store: StoreId) -> Self {
        Self::of(AccountKind::Payable, store.0)
    }
    /// Points redeemed and paid for.
    pub const fn redeemed(program: ProgramId) -> Self {
        Self::of(AccountKind::Redeemed, program.0)
    }
    /// The programme's money.
    pub const fn bank(program: ProgramId) -> Self {
        Self::of(AccountKind::Bank, program.0)
    }
    /// A funder's money.
    pub const fn fund(funder: FunderId) -> Self {
        Self::of(AccountKind::Fund, funder.0)
    }

    /// An account of this kind and owner.
    pub const fn of(kind: AccountKind, owner: Uuid) -> Self {
        Self { owner, kind }
    }
}

/// Whoever owns accounts. Each owner has one *guard*: the account opened when it was registered, whose
/// row is locked before anything of that owner is read or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// The programme: issued, breakage, redeemed, bank.
    Program(ProgramId),
    /// A budget: what it holds and what is owed back to it.
    Budget(BudgetId),
    /// A member: wallet, hold, pending, debt, lots, awards, redemptions, codes.
    Member(MemberId),
    /// A store: what it accepted, what of that is being settled, what it is owed.
    Store(StoreId),
    /// A funder: what it has put in.
    Funder(FunderId),
}

impl Owner {
    /// The account whose row stands for the owner when locking.
    pub const fn guard(self) -> Account {
        match self {
            Self::Program(id) => Account::issued(id),
            Self::Budget(id) => Account::budget(id),
            Self::Member(id) => Account::wallet(id),
            Self::Store(id) => Account::accepted(id),
            Self::Funder(id) => Account::fund(id),
        }
    }
}

impl fmt::Display for Account {
    /// `member:wallet:<uuid>`, or the code alone where a programme has one such account.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.code())?;
        if self.kind.is_single() {
            return Ok(());
        }
        write!(f, ":{}", self.owner)
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// An account name that does not follow `member:wallet:<uuid>`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an account such as member:wallet:<uuid> or program:issued, found {0:?}")]
pub struct BadAccount(pub String);

/// An account name as written; programme-level accounts carry no owner until a programme is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountName {
    kind: AccountKind,
    owner: Option<Uuid>,
}

impl AccountName {
    /// The account in this programme.
    pub fn within(self, program: ProgramId) -> Account {
        Account::of(self.kind, self.owner.unwrap_or(program.0))
    }
}

impl FromStr for AccountName {
    type Err = BadAccount;

    fn from_str(text: &str) -> Result<Self, BadAccount> {
        let bad = || BadAccount(text.chars().take(80).collect());
        for &kind in AccountKind::ALL {
            if text == kind.code() && kind.is_single() {
                return Ok(Self { kind, owner: None });
            }
            let owner = text
                .strip_prefix(kind.code())
                .and_then(|rest| rest.strip_prefix(':'));
            if let Some(owner) = owner
                && !kind.is_single()
            {
                let owner = Some(owner.parse().map_err(|_| bad())?);
                return Ok(Self { kind, owner });
            }
        }
        Err(bad())
    }
}

impl Serialize for Account {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for AccountKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for AccountKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.code() == code)
            .ok_or_else(|| de::Error::custom(format!("unknown kind of account {code:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        let program = ProgramId(Uuid::from_u128(7));
        for &kind in AccountKind::ALL {
            let owner = if kind.is_single() {
                program.0
            } else {
                Uuid::from_u128(42)
            };
            let account = Account::of(kind, owner);
            let name: AccountName = account.to_string().parse().expect("its own name");
            assert_eq!(name.within(program), account);
            assert_eq!(AccountKind::from_number(kind.number()), Some(kind));
        }
        for bad in [
            "member:wallet",
            "program:issued:x",
            "wallet",
            "member:wallet:1",
        ] {
            assert!(bad.parse::<AccountName>().is_err(), "{bad}");
        }
    }
}
