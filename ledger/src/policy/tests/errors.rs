//! What a clerk is told about a file that is wrong.

use super::super::Policy;
use super::mistakes::{BAD, GOOD, surprises};

fn errors(source: &str) -> Vec<String> {
    match Policy::parse("patrol.toml", source) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn the_good_one_is_good() {
    assert_eq!(errors(GOOD), Vec::<String>::new());
    let policy = Policy::parse("policies/x/patrol.toml", GOOD).expect("a policy");
    let moment = |text: &str| Some(text.parse().expect(text));
    assert_eq!(policy.effective_from(), moment("2026-01-01T04:00:00+08:00"));
    assert_eq!(
        policy.effective_until(),
        moment("2027-01-01T04:00:00+08:00")
    );
    assert!(policy.run_cases().iter().all(|case| case.outcome.is_ok()));
}

#[test]
fn one_mistake_is_one_error_with_its_place() {
    assert_eq!(surprises(GOOD, BAD), "");
}

#[test]
fn all_mistakes_are_found_in_the_order_of_the_file() {
    let bad = GOOD
        .replace("budget = \"community\"\n", "")
        .replace("\"huors\"", "\"hours\"")
        .replace("at_least = 22", "at_least = 99")
        .replace("every = \"day\"", "every = \"years\"")
        .replace("points = 3, rule", "points = 0, rule");
    let found = errors(&bad);
    let places: Vec<_> = found.iter().map(|error| error.split(' ').next()).collect();
    let expected = ["1:1:", "13:42:", "27:9:", "34:21:"];
    let expected: Vec<_> = expected
        .iter()
        .map(|at| format!("patrol.toml:{at}"))
        .collect();
    assert_eq!(
        places,
        expected
            .iter()
            .map(|at| Some(at.as_str()))
            .collect::<Vec<_>>()
    );
}

#[test]
fn a_rule_that_never_applies_is_an_error() {
    let (night, day) = (GOOD.find("[[rule]]"), GOOD.rfind("[[rule]]"));
    let (night, day) = (night.expect("a rule"), day.expect("a rule"));
    let twice = GOOD[night..day].replace("name = \"night\"", "name = \"again\"");
    let found = errors(&GOOD.replace("[[cap]]", &format!("{twice}[[cap]]")));
    assert_eq!(
        found,
        [
            "patrol.toml:25:1: rule \"again\" never applies: \"night\" above it takes every deed it \
          would: expected the narrower rule first"
        ]
    );
    let open = GOOD.replace("when = { fact = \"local_hour\", at_least = 22 }\n", "");
    assert_eq!(errors(&open).len(), 1);
}

#[test]
fn a_policy_has_rules_and_cases() {
    let test = GOOD.find("[[test]]").expect("a test");
    let found = errors(&GOOD[..test]);
    assert_eq!(
        found,
        ["patrol.toml:1:1: policy has no `[[test]]`: expected at least one case"]
    );
    let found = errors("");
    assert!(
        found[0].starts_with("patrol.toml:1:1: policy has no `schema`"),
        "{found:?}"
    );
}

#[test]
fn broken_toml_is_reported_alone() {
    let found = errors(&GOOD.replace("max = 10", "max = = 10"));
    assert!(found[0].starts_with("patrol.toml:16:"), "{found:?}");
    let found = errors(&GOOD.replace("max = 10", "max = 10\nmax = 11"));
    assert_eq!(found, ["patrol.toml:17:1: duplicate key"]);
}

#[test]
fn hostile_files_are_errors_too() {
    let large = format!("{GOOD}# {}", "积".repeat(30_000));
    assert_eq!(
        errors(&large)[0],
        format!(
            "patrol.toml:1:1: the file has {} bytes: expected at most 65536",
            large.len()
        )
    );
    let nested = |open: &str, close: &str, depth: usize| {
        let leaf = r#"{ fact = "local_hour", at_least = 22 }"#;
        GOOD.replace(
            leaf,
            &format!("{}{leaf}{}", open.repeat(depth), close.repeat(depth)),
        )
    };
    assert!(errors(&nested("{ all = [", "] }", 4)).is_empty());
    let found = errors(&nested("{ all = [", "] }", 5));
    assert!(found[0].ends_with("conditions nest too deep: expected at most four levels"));
    assert!(!errors(&nested("{ all = [", "] }", 4000)).is_empty());
    assert!(!errors(&"[".repeat(60_000)).is_empty());
    assert!(!errors(&"a.".repeat(30_000)).is_empty());
    assert!(errors(&"x = 1\n".repeat(9_000)).len() <= 100);
    let many: String = (0..3_000)
        .map(|i| format!("[[rule]]\nx{i} = 1\n"))
        .collect();
    assert!(errors(&many).len() <= 100);
}

#[test]
fn a_case_that_fails_says_what_differed() {
    let outcome = |expect: &str| {
        let source = GOOD.replace(r#"{ points = 3, rule = "night" }"#, expect);
        let policy = Policy::parse("patrol.toml", &source).expect(expect);
        let case = policy.run_cases().remove(0);
        assert_eq!((case.name.as_str(), case.line), ("夜间", 30));
        case.outcome.expect_err(expect)
    };
    assert_eq!(
        outcome(r#"{ points = 4, rule = "day", approval = "single", expires = 2027-03-05 }"#),
        [
            "points: expected 4.00, found 3.00",
            "rule: expected day, found night",
            "approval: expected single, found none",
            "expiry: expected 2027-03-05T04:00:00, found 2027-03-06T04:00:00",
        ]
    );
    assert_eq!(
        outcome(r#"{ refused = "no_rule_applies" }"#),
        ["expected refusal no_rule_applies, got 3.00 points by rule night"]
    );
}
