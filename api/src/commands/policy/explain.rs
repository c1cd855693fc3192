//! `jifen policy explain`: what a policy would make of a deed, and why.

use std::fs;
use std::path::PathBuf;

use ledger::points::Points;
use ledger::policy::{
    CapClaim, CapUnit, Deed, Language, Policy, apply_caps, explain, explain_checks,
    explain_duplicates, explain_reached, explain_refusal, explain_terms,
};
use rust_decimal::Decimal;

use super::{Failure, read, unreadable};

#[derive(clap::Args)]
pub struct Args {
    /// The policy file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A deed as JSON: kind, reference, occurred_at, facts, and evidence and places where there are any
    #[arg(long, value_name = "FILE")]
    deed: PathBuf,
    /// The language of the explanation
    #[arg(long, value_enum, default_value = "zh")]
    language: Tongue,
    /// What a cap has counted already: points, or awards; may be repeated
    #[arg(long, value_name = "CAP=NUMBER", value_parser = counted)]
    used: Vec<(String, Decimal)>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Tongue {
    Zh,
    En,
}

impl From<Tongue> for Language {
    fn from(tongue: Tongue) -> Self {
        match tongue {
            Tongue::Zh => Self::Zh,
            Tongue::En => Self::En,
        }
    }
}

fn counted(text: &str) -> Result<(String, Decimal), String> {
    const WANTED: &str = "expected CAP=NUMBER, such as member-day=12.5";
    let (cap, number) = text.split_once('=').ok_or(WANTED)?;
    let number = Decimal::from_str_exact(number).map_err(|_| WANTED)?;
    Ok((cap.to_owned(), number))
}

impl Args {
    /// Whether it would be awarded.
    pub fn run(&self) -> Result<bool, Failure> {
        let Some(policy) = read(&self.file)? else {
            return Ok(false);
        };
        let text =
            fs::read_to_string(&self.deed).map_err(|error| unreadable(&self.deed, &error))?;
        let deed: Deed = serde_json::from_str(&text)
            .map_err(|error| Failure(format!("{}: {error}", self.deed.display())))?;
        let (awarded, sentences) = self.sentences(&policy, &deed)?;
        for sentence in sentences {
            println!("{sentence}");
        }
        Ok(awarded)
    }

    fn sentences(&self, policy: &Policy, deed: &Deed) -> Result<(bool, Vec<String>), Failure> {
        let language = self.language.into();
        self.knows_caps(policy)?;
        let quote = match policy.price(deed) {
            Ok(quote) => quote,
            Err(refusal) => return Ok((false, explain_refusal(policy.on(), &refusal, language))),
        };
        let used: Result<Vec<_>, _> = quote.caps.iter().map(|claim| self.used_of(claim)).collect();
        let capped = match apply_caps(quote.points, &quote.caps, &used?) {
            Ok(capped) => capped,
            Err(reached) => return Ok((false, vec![explain_reached(&reached, language)])),
        };
        let trace = quote.trace.with_caps(&capped);
        let mut sentences = explain(&trace, language);
        let checks = explain_checks(&trace, language).into_iter();
        sentences.splice(1..1, checks.map(|check| format!("  {check}")));
        sentences.extend(explain_terms(&quote.terms, language));
        let duplicates = quote.terms.duplicates.as_ref();
        sentences.extend(duplicates.map(|alike| explain_duplicates(policy.on(), alike, language)));
        Ok((true, sentences))
    }

    fn knows_caps(&self, policy: &Policy) -> Result<(), Failure> {
        let caps: Vec<_> = policy.caps().collect();
        match self
            .used
            .iter()
            .find(|(cap, _)| !caps.contains(&cap.as_str()))
        {
            None => Ok(()),
            Some((cap, _)) => Err(Failure(format!(
                "{} has no cap {cap:?}: expected one of: {}",
                policy.name(),
                caps.join(", ")
            ))),
        }
    }

    /// What the counter of a claim stands at, in the claim's unit.
    fn used_of(&self, claim: &CapClaim) -> Result<i64, Failure> {
        let name = claim.cap.rsplit('/').next().unwrap_or_default();
        let Some((_, number)) = self.used.iter().find(|(cap, _)| cap == name) else {
            return Ok(0);
        };
        let hundredths = Points::try_from_decimal(*number)?.hundredths();
        match claim.unit {
            CapUnit::Points => Ok(hundredths),
            CapUnit::Count if hundredths % 100 == 0 => Ok(hundredths / 100),
            CapUnit::Count => Err(Failure(format!(
                "{name} counts awards: {number} is no count"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"
schema = "jifen/1"
name = "patrol"
title = "巡查办法"
on = "patrol_shift"
budget = "community"
zone = "Asia/Shanghai"
day_start = "04:00"
approval = "single"
evidence = ["check_in"]

[[rule]]
name = "shift"
title = "一次巡查"
when = { fact = "minutes", at_least = 30 }
points = { rate = 6, per = "hours" }

[[cap]]
name = "member-day"
per = "member"
every = "day"
points = 20

[[test]]
name = "两小时"
at = 2026-03-05T10:00:00
facts = { minutes = 120, grid = "G-1" }
evidence = ["check_in"]
expect = { points = 12 }
"#;

    fn said(minutes: i64, used: &[&str], language: Tongue) -> Result<(bool, Vec<String>), Failure> {
        let policy = Policy::parse("patrol.toml", POLICY).expect("a policy");
        let deed = format!(
            r#"{{"kind": "patrol_shift", "reference": "r", "occurred_at": "2026-03-05T10:00:00+08:00",
                "facts": {{"minutes": {minutes}, "grid": "G-1"}}, "evidence": ["check_in"]}}"#
        );
        let args = Args {
            file: PathBuf::new(),
            deed: PathBuf::new(),
            language,
            used: used.iter().map(|text| counted(text).expect(text)).collect(),
        };
        args.sentences(&policy, &serde_json::from_str(&deed).expect("a deed"))
    }

    #[test]
    fn an_award_is_explained_condition_by_condition() {
        let (awarded, sentences) = said(120, &["member-day=15"], Tongue::Zh).expect("words");
        assert!(awarded);
        assert_eq!(
            sentences,
            [
                "依据《巡查办法》：一次巡查。",
                "  满足：时长须不少于 30，实际为 120。",
                "凭据：签到。",
                "基础积分：每小时 6 分 × 2 小时 = 12 分。",
                "每人每天最多 20 分：此前已计 15 分，还可计 5 分，本次少计 7 分。",
                "共得 5 分。",
                "须由登记人以外的一人审核。",
            ]
        );
    }

    #[test]
    fn a_refusal_says_what_was_short() {
        let (awarded, sentences) = said(20, &[], Tongue::En).expect("words");
        assert!(!awarded);
        assert_eq!(
            sentences[1],
            "一次巡查 did not apply: duration must be at least 30; it is 20, off by 10."
        );
        let (awarded, sentences) = said(120, &["member-day=20"], Tongue::Zh).expect("words");
        assert!(!awarded);
        assert_eq!(
            sentences,
            ["每人每天最多 20 分，此前已计 20 分，本次不再计分。"]
        );
    }

    #[test]
    fn a_cap_that_is_none_is_told() {
        let failure = said(120, &["menber-day=1"], Tongue::Zh).expect_err("no such cap");
        assert_eq!(
            failure.to_string(),
            "patrol has no cap \"menber-day\": expected one of: member-day"
        );
        assert!(counted("member-day").is_err());
    }
}
