//! What binds an award after it was priced: who must approve it, how long its notice lasts, what a reversal may take.

use serde::{Deserialize, Serialize};

use super::approval::Approval;
use super::caps::CapClaim;
use super::duplicates::Duplicates;
use super::rule::ONE;
use crate::lots::GRACE_SECONDS;
use crate::points::Points;

/// The terms that an award keeps from the version of the policy that priced it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Who must approve it.
    pub approval: Approval,
    /// How long it is shown to the public between approval and vesting, in seconds; 0 vests at once.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub notice_seconds: i64,
    /// The most a reversal may leave a member owing; `None` if the policy names no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debt_cap: Option<Points>,
    /// How much of this award may go to what its member owes, in basis points from 1 to 10,000.
    #[serde(default = "whole", skip_serializing_if = "is_whole")]
    pub recovered_share: i64,
    /// After how many days what is still owed after a reversal is written off; `None` is never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_off_days: Option<i64>,
    /// The caps counted on each person who approves it; none of them cuts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approver_caps: Vec<CapClaim>,
    /// How many days before its points run out the member is told, the earliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expiry_notice_days: Vec<i64>,
    /// Whether what expires of it goes back to its budget, instead of to program:breakage.
    #[serde(default, skip_serializing_if = "is_not")]
    pub expires_to_budget: bool,
    /// How long points that come back to it after it expired can be spent, in seconds; 0 is not at all.
    #[serde(default = "usual_grace", skip_serializing_if = "is_usual_grace")]
    pub grace_seconds: i64,
    /// What makes another deed the same thing, if the policy says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicates: Option<Duplicates>,
}

impl Terms {
    /// Vests at once, owes without limit.
    pub const NONE: Self = Self {
        approval: Approval::None,
        notice_seconds: 0,
        debt_cap: None,
        recovered_share: ONE,
        write_off_days: None,
        approver_caps: Vec::new(),
        expiry_notice_days: Vec::new(),
        expires_to_budget: false,
        grace_seconds: GRACE_SECONDS,
        duplicates: None,
    };
}

/// A length of notice in the words of a policy: `7 days`, `36 hours`; `none` if there is none.
pub(crate) fn in_words(seconds: i64) -> String {
    let (count, unit) = match seconds {
        0 => return "none".to_owned(),
        days if days % 86_400 == 0 => (days / 86_400, "day"),
        hours => (hours / 3_600, "hour"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

const fn whole() -> i64 {
    ONE
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields so")]
const fn is_whole(share: &i64) -> bool {
    *share == ONE
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields so")]
const fn is_zero(seconds: &i64) -> bool {
    *seconds == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields so")]
const fn is_not(said: &bool) -> bool {
    !*said
}

const fn usual_grace() -> i64 {
    GRACE_SECONDS
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields so")]
const fn is_usual_grace(seconds: &i64) -> bool {
    *seconds == GRACE_SECONDS
}
