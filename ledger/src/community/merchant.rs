//! Whether a merchant takes part.

use serde::{Deserialize, Serialize};

/// Where a merchant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MerchantState {
    /// Not yet taking part.
    Onboarding,
    /// Its stores take points.
    Active,
    /// Its stores take none for now; what they took stands, is given back and is paid as ever.
    Suspended,
    /// It has left for good; the same of what it took.
    Left,
}

impl MerchantState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Onboarding, Self::Active, Self::Suspended, Self::Left];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Onboarding => "onboarding",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Left => "left",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether a merchant may go on from this state to another.
    pub const fn leads_to(self, to: Self) -> bool {
        match self {
            Self::Onboarding => matches!(to, Self::Active | Self::Left),
            Self::Active => matches!(to, Self::Suspended | Self::Left),
            Self::Suspended => matches!(to, Self::Active | Self::Left),
            Self::Left => false,
        }
    }
}

/// Why a merchant's state changes. One of these, because what is noted for ever holds no free text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MerchantReason {
    /// What was agreed on has been signed.
    Agreed,
    /// The merchant asked for it.
    Request,
    /// Members complain.
    Complaints,
    /// It does not do what was agreed on.
    Breach,
    /// Points may have been taken for nothing.
    Suspicion,
    /// What stood against it is cleared up.
    Resolved,
    /// It has closed down.
    Closed,
}

impl MerchantReason {
    /// Every reason.
    pub const ALL: [Self; 7] = [
        Self::Agreed,
        Self::Request,
        Self::Complaints,
        Self::Breach,
        Self::Suspicion,
        Self::Resolved,
        Self::Closed,
    ];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agreed => "agreed",
            Self::Request => "request",
            Self::Complaints => "complaints",
            Self::Breach => "breach",
            Self::Suspicion => "suspicion",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }

    /// The reason of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}
