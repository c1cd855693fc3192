//! What is true of every deed under the project's policies.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::super::{Deed, Fact, Language, Policy, apply_caps, explain, kinds};
use super::files;
use crate::clock::Timestamp;
use crate::points::Points;

fn policies() -> Vec<Policy> {
    let parse = |(path, source): (std::path::PathBuf, String)| {
        Policy::parse(&path.display().to_string(), &source).expect("a policy")
    };
    files::all().into_iter().map(parse).collect()
}

/// A fact of any type, often one that some policy knows.
fn any_fact() -> impl Strategy<Value = Fact> {
    let words: Vec<&str> = kinds()
        .iter()
        .flat_map(|kind| kind.facts)
        .flat_map(|fact| fact.kind.choices())
        .map(|choice| choice.value)
        .collect();
    prop_oneof![
        any::<bool>().prop_map(Fact::Bool),
        (0..2_000_i64).prop_map(Fact::from),
        (any::<i64>(), 0..28_u32).prop_map(|(n, scale)| Fact::from(Decimal::new(n, scale))),
        prop::sample::select(words).prop_map(Fact::from),
        ".{0,8}".prop_map(Fact::Text),
    ]
}

/// Facts by names that some kind declares.
fn any_facts() -> impl Strategy<Value = BTreeMap<String, Fact>> {
    let names: Vec<&str> = kinds()
        .iter()
        .flat_map(|kind| kind.facts)
        .map(|fact| fact.name)
        .collect();
    let name = prop::sample::select(names).prop_map(str::to_owned);
    prop::collection::btree_map(name, any_fact(), 0..6)
}

/// A deed that fits its declarations, for a kind.
fn good_facts(kind: &str) -> BoxedStrategy<BTreeMap<String, Fact>> {
    use super::super::deed::FactType;
    let kind = super::super::deed::kind(kind).expect("a kind");
    let mut facts = Vec::new();
    for spec in kind.facts.iter().filter(|spec| !spec.derived) {
        let value = match spec.kind {
            FactType::Bool => any::<bool>().prop_map(Fact::Bool).boxed(),
            FactType::Number { min, max, .. } => (min..=max).prop_map(Fact::from).boxed(),
            FactType::Code => "[A-Z0-9-]{1,9}".prop_map(Fact::Text).boxed(),
            FactType::Choice { values } => {
                let values: Vec<_> = values.iter().map(|choice| choice.value).collect();
                prop::sample::select(values).prop_map(Fact::from).boxed()
            }
        };
        let stated = if spec.required {
            value.prop_map(Some).boxed()
        } else {
            prop::option::of(value).boxed()
        };
        facts.push((Just(spec.name.to_owned()), stated));
    }
    let stated = |(name, value): (String, Option<Fact>)| value.map(|value| (name, value));
    facts
        .prop_map(move |facts| facts.into_iter().filter_map(stated).collect())
        .boxed()
}

fn deed(policy: &Policy, micros: i64, facts: BTreeMap<String, Fact>) -> Deed {
    Deed {
        kind: policy.on().to_owned(),
        reference: "r".to_owned(),
        occurred_at: Timestamp::from_micros(micros),
        facts,
        evidence: ["photo", "document"].map(str::to_owned).into(),
        places: Vec::new(),
    }
}

fn policy_and_facts() -> impl Strategy<Value = (Policy, BTreeMap<String, Fact>)> {
    prop::sample::select(policies()).prop_flat_map(|policy| {
        let facts = good_facts(policy.on());
        (Just(policy), facts)
    })
}

/// 2026 to 2036, in microseconds.
const IN_EFFECT: std::ops::Range<i64> = 1_767_300_000_000_000..2_082_758_400_000_000;

proptest! {
    #[test]
    fn no_deed_makes_pricing_panic(micros in any::<i64>(), facts in any_facts()) {
        for policy in policies() {
            let _ = policy.price(&deed(&policy, micros, facts.clone())).map_err(|r| r.to_string());
        }
    }

    #[test]
    fn no_text_makes_reading_panic(junk in ".{0,200}", at in any::<prop::sample::Index>()) {
        let (_, mut source) = files::all().swap_remove(0);
        let places: Vec<_> = source.char_indices().map(|(byte, _)| byte).collect();
        source.insert_str(*at.get(&places), &junk);
        let _ = Policy::parse("x.toml", &source).map_err(|errors| errors.to_string());
    }

    #[test]
    fn a_quote_keeps_its_promises(
        (policy, facts) in policy_and_facts(),
        micros in IN_EFFECT,
        used in prop::collection::vec(0..10_000_i64, 3),
    ) {
        let deed = deed(&policy, micros, facts);
        let Ok(quote) = policy.price(&deed) else { return Ok(()) };
        prop_assert_eq!(&policy.price(&deed).expect("again"), &quote);
        prop_assert!(quote.points.is_positive());
        if let Some(max) = quote.trace.max {
            prop_assert!(quote.points <= max.limit);
        }
        for claim in &quote.caps {
            let moment = deed.occurred_at;
            prop_assert!(claim.window_start <= moment && moment < claim.window_end);
        }
        prop_assert!(quote.expires_at.is_none_or(|end| end > deed.occurred_at));
        let json = serde_json::to_string(&quote).expect("json");
        prop_assert_eq!(&serde_json::from_str::<super::super::Quote>(&json).expect(&json), &quote);
        if let Ok(capped) = apply_caps(quote.points, &quote.caps, &used) {
            prop_assert!(Points::ZERO < capped.points && capped.points <= quote.points);
            let trace = quote.trace.with_caps(&capped);
            for language in [Language::Zh, Language::En] {
                prop_assert!(explain(&trace, language).len() >= 3);
            }
        }
    }
}
