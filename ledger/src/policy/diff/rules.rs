//! Which parts of a rule are compared.

use super::found::{Changes, Pair, listed};
use super::{Change, Kind, What, Words};
use crate::policy::condition::{Comparison, Condition};
use crate::policy::evidence::Evidence;
use crate::policy::explain::factor;
use crate::policy::rule::{Amount, Multiplier, Rule};

/// How a multiplier is called.
fn title_of(multiplier: &Multiplier) -> String {
    let Multiplier { name, title, .. } = multiplier;
    title.as_ref().unwrap_or(name).clone()
}

pub fn rule(
    words: &dyn Words,
    on: (&str, &str),
    pair: Pair<'_, Rule>,
) -> (Vec<Change>, Vec<String>) {
    let both = pair.0.is_some() && pair.1.is_some();
    let kind = if pair.1.is_some() { on.1 } else { on.0 };
    let mut changes = Changes::new(words);
    let Some(Rule {
        name: _,
        title: _,
        when: _,
        amount: _,
        max: _,
        multipliers: _,
        combine: _,
        rounding: _,
        evidence: _,
        geofence: _,
        approvals: _,
    }) = pair.1.or(pair.0)
    else {
        return (changes.found, Vec::new());
    };
    if both {
        changes.part(
            What::Title,
            pair,
            |r| r.title.clone(),
            |title| Some(words.quoted(title)),
        );
    }
    changes.part(What::When, pair, said, |when| words.condition(kind, when));
    amount(&mut changes, kind, pair);
    changes.part(
        What::Max,
        pair,
        |r| r.max,
        |max| max.map(|max| words.points(max)),
    );
    let several = |r: &Rule| (!r.multipliers.is_empty()).then_some(r.combine);
    changes.part(What::Combine, pair, several, |combine| {
        combine.map(|combine| words.combine(combine).to_owned())
    });
    let rounding = |r: &Rule| {
        let together = r.combine != crate::policy::Combine::Multiply;
        (together && !r.multipliers.is_empty()).then_some(r.rounding)
    };
    changes.part(What::Rounding, pair, rounding, |rounding| {
        rounding.map(|rounding| words.rounding(rounding))
    });
    changes.part(
        What::Evidence,
        pair,
        |r| sorted(r.evidence.as_ref()),
        |wanted| wanted.as_ref().map(|wanted| words.evidence(wanted)),
    );
    changes.part(What::Geofence, pair, |r| r.geofence.clone(), Clone::clone);
    changes.part(
        What::Approval,
        pair,
        |r| r.approvals.word,
        |word| word.map(|word| words.approval(word).to_owned()),
    );
    changes.part(
        What::Tiers,
        pair,
        |r| r.approvals.raises.clone(),
        |raises| words.tiers(kind, raises),
    );
    let multipliers =
        |rule: Option<&'_ Rule>| rule.map_or(&[][..], |rule| &rule.multipliers).to_vec();
    let inner = listed(
        words,
        (Kind::Multiplier, What::MultiplierOrder),
        (&multipliers(pair.0), &multipliers(pair.1)),
        |multiplier| (multiplier.name.clone(), title_of(multiplier)),
        |pair| (multiplier(words, kind, pair), Vec::new()),
    );
    (changes.found, inner)
}

/// In which order classes are named makes no difference.
pub fn sorted(evidence: Option<&Evidence>) -> Option<Evidence> {
    let mut evidence = evidence.cloned();
    if let Some(Evidence::All(classes) | Evidence::Any(classes)) = &mut evidence {
        classes.sort_unstable();
    }
    evidence
}

/// A rule's conditions as its file says them: without what the amount itself requires.
fn said(rule: &Rule) -> Condition {
    let implied = |part: &Condition| match (part, &rule.amount) {
        (
            Condition::Fact {
                fact,
                comparison: Comparison::In(values),
                negated: false,
            },
            Amount::Table { by, table },
        ) => {
            fact == by
                && values
                    .iter()
                    .filter_map(|value| value.text())
                    .eq(table.keys())
        }
        (
            Condition::Fact {
                fact,
                comparison: Comparison::AtLeast(least),
                negated: false,
            },
            Amount::Rate { per, .. },
        ) => fact == per && least.is_zero(),
        _ => false,
    };
    let mut when = rule.when.clone();
    if let Condition::All(parts) = &mut when {
        if parts.last().is_some_and(implied) {
            parts.pop();
        }
        if parts.len() == 1 {
            return parts.remove(0);
        }
    }
    when
}

/// Two tables by one fact are compared row by row.
fn amount(changes: &mut Changes<'_>, on: &str, pair: Pair<'_, Rule>) {
    let words = changes.words;
    let (Some(old), Some(new)) = (pair.0.map(|r| &r.amount), pair.1.map(|r| &r.amount)) else {
        let amount = |r: &Rule| r.amount.clone();
        return changes.part(What::Points, pair, amount, |amount| {
            Some(words.amount(on, amount))
        });
    };
    if let (Amount::Table { by, table: rows }, Amount::Table { by: same, table }) = (old, new)
        && by == same
    {
        let mut values: Vec<&String> = rows.keys().chain(table.keys()).collect();
        values.sort_unstable();
        values.dedup();
        for value in values {
            let label = words.row(on, by, value);
            let row = (rows.get(value), table.get(value));
            changes.labelled(label, row, |points| Some(words.points(**points)));
        }
        return;
    }
    let amount = |r: &Rule| r.amount.clone();
    changes.part(What::Points, pair, amount, |amount| {
        Some(words.amount(on, amount))
    });
}

fn multiplier(words: &dyn Words, on: &str, pair: Pair<'_, Multiplier>) -> Vec<Change> {
    let mut changes = Changes::new(words);
    let Some(Multiplier {
        name: _,
        title: _,
        times: _,
        when: _,
        rounding: _,
    }) = pair.1.or(pair.0)
    else {
        return changes.found;
    };
    if pair.0.is_some() && pair.1.is_some() {
        changes.part(What::Title, pair, title_of, |title| {
            Some(words.quoted(title))
        });
    }
    changes.part(
        What::Times,
        pair,
        |m| m.times,
        |times| Some(format!("× {}", factor(*times))),
    );
    changes.part(
        What::When,
        pair,
        |m| m.when.clone(),
        |when| words.condition(on, when),
    );
    changes.part(
        What::Rounding,
        pair,
        |m| m.rounding,
        |rounding| Some(words.rounding(*rounding)),
    );
    changes.found
}
