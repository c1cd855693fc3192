//! Who must approve an award: the strictest tier that applies.

use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::facts::Facts;
use crate::points::Points;

/// Who must approve an award before it counts. A later one is stricter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// Nobody: the rule is enough.
    None,
    /// One person other than the one who submitted it.
    Single,
    /// Two people, one after the other, neither of them the one who submitted it.
    TwoPerson,
}

impl Approval {
    /// Every tier, the strictest last.
    pub const ALL: [Self; 3] = [Self::None, Self::Single, Self::TwoPerson];

    /// How many people have to agree.
    pub const fn people(self) -> usize {
        match self {
            Self::None => 0,
            Self::Single => 1,
            Self::TwoPerson => 2,
        }
    }

    /// The word for it in policies and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Single => "single",
            Self::TwoPerson => "two_person",
        }
    }
}

/// What a policy, or one of its rules, says of approval.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Approvals {
    /// What holds of every award; a rule's word replaces the policy's.
    pub word: Option<Approval>,
    /// What some awards need besides.
    pub raises: Vec<Raise>,
}

/// A tier that awards need which meet all that is named here.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Raise {
    pub tier: Approval,
    pub when: Condition,
    /// Before caps.
    pub points_at_least: Option<Points>,
}

impl Approvals {
    /// The tier of an award by a rule. `self` is what the policy says, `points` are before caps.
    pub fn tier(&self, rule: &Self, points: Points, facts: &Facts) -> Approval {
        let word = rule.word.or(self.word).unwrap_or(Approval::None);
        let raises = self.raises.iter().chain(&rule.raises);
        let applying = raises.filter(|raise| raise.applies(points, facts));
        applying.map(|raise| raise.tier).fold(word, Approval::max)
    }

    /// Whether some award needs somebody's approval.
    pub fn is_ever_asked(&self) -> bool {
        !self.raises.is_empty() || self.word.is_some_and(|word| word > Approval::None)
    }
}

impl Raise {
    fn applies(&self, points: Points, facts: &Facts) -> bool {
        self.points_at_least.is_none_or(|least| least <= points) && self.when.holds(facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn above(tier: Approval, least: i64) -> Raise {
        Raise {
            tier,
            when: Condition::ALWAYS,
            points_at_least: Points::whole(least),
        }
    }

    #[test]
    fn the_strictest_tier_that_applies_wins() {
        use Approval::{None as Nobody, Single, TwoPerson};
        let says = |word: Option<Approval>, raises: &[Raise]| Approvals {
            word,
            raises: raises.to_vec(),
        };
        let policy = says(Some(Single), &[above(TwoPerson, 100)]);
        for (rule, points, tier) in [
            (says(None, &[]), 99, Single),
            (says(None, &[]), 100, TwoPerson),
            (says(Some(Nobody), &[]), 99, Nobody),
            (says(Some(Nobody), &[]), 100, TwoPerson),
            (says(Some(Nobody), &[above(Single, 10)]), 10, Single),
            (says(Some(TwoPerson), &[above(Single, 10)]), 10, TwoPerson),
        ] {
            let points = Points::from_hundredths(points * 100);
            assert_eq!(policy.tier(&rule, points, &Facts::new()), tier, "{rule:?}");
        }
        assert_eq!(
            Approvals::default().tier(&says(None, &[]), Points::MAX, &Facts::new()),
            Nobody
        );
    }
}
