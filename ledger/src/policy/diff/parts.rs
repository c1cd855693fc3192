//! Which parts of a policy are compared, and how: a pair of what was and what is.

use jiff::ToSpan;
use jiff::civil::Date;

use super::{Change, Kind, What, Words};
use crate::policy::Policy;
use crate::policy::condition::{Comparison, Condition};
use crate::policy::evidence::Evidence;
use crate::policy::explain::{factor, percent};
use crate::policy::price::Cap;
use crate::policy::rule::{Amount, Multiplier, Rule};
use crate::policy::terms::Terms;

/// The same thing in two versions; `None` in the one that does not have it.
type Pair<'p, T> = (Option<&'p T>, Option<&'p T>);

/// What is different, as it is found.
struct Changes<'w> {
    words: &'w dyn Words,
    found: Vec<Change>,
}

impl<'w> Changes<'w> {
    fn new(words: &'w dyn Words) -> Self {
        let found = Vec::new();
        Self { words, found }
    }

    /// Notes a part that is not the same in both.
    fn part<T, V: PartialEq>(
        &mut self,
        what: What,
        pair: Pair<'_, T>,
        get: impl Fn(&T) -> V,
        say: impl Fn(&V) -> Option<String>,
    ) {
        let label = self.words.label(what).to_owned();
        self.labelled(label, (pair.0.map(&get), pair.1.map(&get)), say);
    }

    fn labelled<V: PartialEq>(
        &mut self,
        label: String,
        (was, is): (Option<V>, Option<V>),
        say: impl Fn(&V) -> Option<String>,
    ) {
        if was == is {
            return;
        }
        let (was, is) = (
            was.and_then(|value| say(&value)),
            is.and_then(|value| say(&value)),
        );
        if was.is_some() || is.is_some() {
            self.found.push(Change { label, was, is });
        }
    }

    fn phrases(&self) -> Vec<String> {
        self.found
            .iter()
            .map(|change| self.words.change(change))
            .collect()
    }

    /// The same about something of its own. A change without a label is one of the thing itself.
    fn within(&self, named: &str) -> Vec<String> {
        let phrase = |change: &Change| {
            let phrase = self.words.change(change);
            if change.label.is_empty() {
                return format!("{named}{phrase}");
            }
            self.words.within(named, &phrase)
        };
        self.found.iter().map(phrase).collect()
    }

    /// What there is to say of something that is in one version only.
    fn parts(&self) -> Vec<String> {
        let told = self.found.iter().filter_map(|Change { label, was, is }| {
            let words = is.as_ref().or(was.as_ref())?;
            Some(self.words.part(label, words))
        });
        told.collect()
    }
}

/// Every difference, one sentence each.
pub fn policy(old: &Policy, new: &Policy, words: &dyn Words) -> Vec<String> {
    let pair = (Some(old), Some(new));
    let mut head = Changes::new(words);
    header(&mut head, pair);
    terms(&mut head, pair);
    demands(&mut head, pair);
    let mut phrases = head.phrases();
    let on = (old.on(), new.on());
    phrases.extend(listed(
        words,
        (Kind::Rule, What::RuleOrder),
        (&old.rules, &new.rules),
        |rule| (rule.name.clone(), rule.title.clone()),
        |pair| rule(words, on, pair),
    ));
    phrases.extend(listed(
        words,
        (Kind::Cap, What::CapOrder),
        (&old.caps, &new.caps),
        |cap| (cap.name.clone(), heading(words, (old, new), cap)),
        |pair| (cap(words, (old, new), pair), Vec::new()),
    ));
    phrases
        .iter()
        .map(|phrase| words.sentence(phrase))
        .collect()
}

fn header(changes: &mut Changes<'_>, pair: Pair<'_, Policy>) {
    let words = changes.words;
    // Compared elsewhere, or of no effect: its text and its own cases.
    let Some(Policy {
        name: _,
        title: _,
        digest: _,
        source: _,
        kind: _,
        budget: _,
        calendar: _,
        from: _,
        until: _,
        approvals: _,
        terms: _,
        expiry: _,
        evidence: _,
        geofence: _,
        duplicates: _,
        rules: _,
        caps: _,
        cases: _,
    }) = pair.1
    else {
        return;
    };
    changes.part(
        What::Name,
        pair,
        |p| p.name.clone(),
        |name| Some(name.clone()),
    );
    changes.part(
        What::Title,
        pair,
        |p| p.title.clone(),
        |title| Some(words.quoted(title)),
    );
    changes.part(
        What::On,
        pair,
        |p| p.on().to_owned(),
        |on| Some(words.kind_of_deed(on)),
    );
    changes.part(
        What::Budget,
        pair,
        |p| p.budget.clone(),
        |budget| Some(budget.clone()),
    );
    let zone = |p: &Policy| p.calendar.zone_name().to_owned();
    changes.part(What::Zone, pair, zone, |zone| Some(zone.clone()));
    let start = |p: &Policy| p.calendar.day_start();
    changes.part(What::DayStart, pair, start, |start| {
        Some(start.strftime("%H:%M").to_string())
    });
    let date = |date: &Option<Date>| date.map(|date| date.to_string());
    let first = |p: &Policy| p.from.and_then(|from| p.calendar.day_of(from));
    changes.part(What::From, pair, first, date);
    // The first instant it no longer holds begins the day after the last.
    let last = |p: &Policy| {
        let after = p.until.and_then(|until| p.calendar.day_of(until));
        after.and_then(|day| day.checked_sub(1.day()).ok())
    };
    changes.part(What::Until, pair, last, date);
}

fn terms(changes: &mut Changes<'_>, pair: Pair<'_, Policy>) {
    let words = changes.words;
    let word = |p: &Policy| p.approvals.word.unwrap_or(crate::policy::Approval::None);
    changes.part(What::Approval, pair, word, |word| {
        Some(words.approval(*word).to_owned())
    });
    let on = pair.1.map_or("", Policy::on);
    let tiers = |p: &Policy| p.approvals.raises.clone();
    changes.part(What::Tiers, pair, tiers, |raises| words.tiers(on, raises));
    // Who approves is said above, and caps on approvers are caps.
    let Some(Terms {
        approval: _,
        notice_seconds: _,
        debt_cap: _,
        recovered_share: _,
        write_off_days: _,
        approver_caps: _,
        expiry_notice_days: _,
    }) = pair.1.map(|policy| &policy.terms)
    else {
        return;
    };
    let notice = |p: &Policy| p.terms.notice_seconds;
    changes.part(What::Notice, pair, notice, |seconds| {
        (*seconds > 0).then(|| words.length(*seconds))
    });
    changes.part(
        What::Expiry,
        pair,
        |p| p.expiry,
        |expiry| expiry.map(|expiry| words.expiry(expiry)),
    );
    let reminders = |p: &Policy| p.terms.expiry_notice_days.clone();
    changes.part(What::Reminders, pair, reminders, |days| {
        (!days.is_empty()).then(|| words.days(days))
    });
    let debt = |p: &Policy| p.terms.debt_cap;
    changes.part(What::DebtCap, pair, debt, |cap| {
        cap.map(|cap| words.points(cap))
    });
    let share = |p: &Policy| p.terms.recovered_share;
    changes.part(What::Recovered, pair, share, |share| {
        Some(format!("{}%", percent(*share)))
    });
    let write_off = |p: &Policy| p.terms.write_off_days;
    changes.part(What::WriteOff, pair, write_off, |days| {
        days.map(|days| words.days(&[days]))
    });
}

fn demands(changes: &mut Changes<'_>, pair: Pair<'_, Policy>) {
    let words = changes.words;
    let on = pair.1.map_or("", Policy::on);
    let evidence = |p: &Policy| sorted(p.evidence.as_ref());
    changes.part(What::Evidence, pair, evidence, |wanted| {
        wanted.as_ref().map(|wanted| words.evidence(wanted))
    });
    changes.part(What::Geofence, pair, |p| p.geofence.clone(), Clone::clone);
    let duplicates = |p: &Policy| {
        let mut alike = p.duplicates.clone();
        alike.iter_mut().for_each(|alike| alike.key.sort_unstable());
        alike
    };
    changes.part(What::Duplicates, pair, duplicates, |alike| {
        alike.as_ref().map(|alike| words.duplicates(on, alike))
    });
}

/// What is different in things of their own, and of what they are made: phrases, and for what is in one version only its parts.
fn listed<T>(
    words: &dyn Words,
    (kind, order): (Kind, What),
    (old, new): (&[T], &[T]),
    name: impl Fn(&T) -> (String, String),
    compare: impl Fn(Pair<'_, T>) -> (Vec<Change>, Vec<String>),
) -> Vec<String> {
    let find = |list: &[T], wanted: &T| {
        let wanted = name(wanted).0;
        list.iter().position(|thing| name(thing).0 == wanted)
    };
    let mut phrases = Vec::new();
    for (index, thing) in new.iter().enumerate() {
        let named = words.named(kind, &name(thing).1);
        let was = find(old, thing).map(|index| &old[index]);
        let (found, inner) = compare((was, Some(thing)));
        let changes = Changes { words, found };
        if was.is_some() {
            phrases.extend(changes.within(&named));
            let inner = inner.iter().map(|phrase| words.within(&named, phrase));
            phrases.extend(inner);
        } else {
            let before = index.checked_sub(1).filter(|_| kind == Kind::Rule);
            let before = before.map(|index| name(&new[index]).1);
            let parts = [changes.parts(), inner].concat();
            phrases.push(words.added(&named, before.as_deref(), &parts));
        }
    }
    for thing in old.iter().filter(|thing| find(new, thing).is_none()) {
        let (found, inner) = compare((Some(thing), None));
        let parts = [Changes { words, found }.parts(), inner].concat();
        phrases.push(words.removed(&words.named(kind, &name(thing).1), &parts));
    }
    let kept = |list: &[T], other: &[T]| -> (Vec<String>, Vec<String>) {
        let kept = list.iter().filter(|thing| find(other, thing).is_some());
        kept.map(&name).unzip()
    };
    let (was, is) = (kept(old, new), kept(new, old));
    if was.0 != is.0 {
        phrases.push(words.change(&Change {
            label: words.label(order).to_owned(),
            was: Some(words.titles(&was.1)),
            is: Some(words.titles(&is.1)),
        }));
    }
    phrases
}

/// How a multiplier is called.
fn title_of(multiplier: &Multiplier) -> String {
    let Multiplier { name, title, .. } = multiplier;
    title.as_ref().unwrap_or(name).clone()
}

fn rule(words: &dyn Words, on: (&str, &str), pair: Pair<'_, Rule>) -> (Vec<Change>, Vec<String>) {
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
fn sorted(evidence: Option<&Evidence>) -> Option<Evidence> {
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

fn cap(words: &dyn Words, (old, new): (&Policy, &Policy), pair: Pair<'_, Cap>) -> Vec<Change> {
    let mut changes = Changes::new(words);
    let Some(Cap {
        name: _,
        per: _,
        every: _,
        unit: _,
        limit: _,
        over: _,
        rules: _,
    }) = pair.1.or(pair.0)
    else {
        return changes.found;
    };
    let both = pair.0.is_some() && pair.1.is_some();
    if both {
        changes.part(
            What::Subject,
            pair,
            |c| c.per,
            |per| Some(words.subject(*per).to_owned()),
        );
        changes.part(
            What::Window,
            pair,
            |c| c.every,
            |every| Some(words.window(*every)),
        );
    }
    if let Some(cap) = pair.1.or(pair.0) {
        let limit = |cap: Option<&Cap>| cap.map(|cap| (cap.unit, cap.limit));
        let say = |(unit, limit): &_| Some(words.count(*unit, *limit));
        changes.labelled(String::new(), (limit(pair.0), limit(pair.1)), say);
    }
    changes.part(
        What::Over,
        pair,
        |c| c.over,
        |over| Some(words.over(*over).to_owned()),
    );
    let rules = |cap: &Cap| {
        let mut rules = cap.rules.clone();
        rules.sort_unstable();
        rules
    };
    let say = |policy: &Policy, names: &Vec<String>| {
        (!names.is_empty()).then(|| words.titles(&titles(policy, names)))
    };
    let names = (pair.0.map(rules), pair.1.map(rules));
    if names.0.clone().unwrap_or_default() != names.1.clone().unwrap_or_default() {
        changes.found.push(Change {
            label: words.label(What::Rules).to_owned(),
            was: names.0.and_then(|names| say(old, &names)),
            is: names.1.and_then(|names| say(new, &names)),
        });
    }
    changes.found
}

/// What a cap limits, for people: caps have no title.
fn heading(words: &dyn Words, (old, new): (&Policy, &Policy), cap: &Cap) -> String {
    let policy = if new.caps.iter().any(|known| known.name == cap.name) {
        new
    } else {
        old
    };
    words.limit_of(cap.per, cap.every, cap.unit, &titles(policy, &cap.rules))
}

/// The titles of rules.
fn titles(policy: &Policy, names: &[String]) -> Vec<String> {
    let title = |name: &String| {
        let rule = policy.rules.iter().find(|rule| rule.name == *name);
        rule.map_or_else(|| name.clone(), |rule| rule.title.clone())
    };
    names.iter().map(title).collect()
}
