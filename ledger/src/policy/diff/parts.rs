//! Which parts of a policy are compared.

use jiff::ToSpan;
use jiff::civil::Date;

use super::found::{Changes, Pair, listed};
use super::rules::{rule, sorted};
use super::{Change, Kind, What, Words};
use crate::policy::Policy;
use crate::policy::explain::percent;
use crate::policy::price::Cap;
use crate::policy::terms::Terms;

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
    // Who approves and what is a duplicate is said elsewhere, and caps on approvers are caps.
    let Some(Terms {
        approval: _,
        notice_seconds: _,
        debt_cap: _,
        recovered_share: _,
        write_off_days: _,
        approver_caps: _,
        expiry_notice_days: _,
        expires_to_budget: _,
        grace_seconds: _,
        duplicates: _,
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
    let to_budget = |p: &Policy| p.terms.expires_to_budget;
    changes.part(What::Unspent, pair, to_budget, |to_budget| {
        Some(words.unspent(*to_budget).to_owned())
    });
    let grace = |p: &Policy| p.terms.grace_seconds;
    changes.part(What::Grace, pair, grace, |seconds| {
        (*seconds > 0).then(|| words.length(*seconds))
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
    // The limit is the cap itself.
    let limit = |cap: Option<&Cap>| cap.map(|cap| (cap.unit, cap.limit));
    let say = |(unit, limit): &_| Some(words.count(*unit, *limit));
    changes.labelled(String::new(), (limit(pair.0), limit(pair.1)), say);
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
