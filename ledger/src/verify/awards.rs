//! The sixth invariant: every award is priced again from its deed, by the policy it pins.

use std::collections::HashMap;
use std::time::Instant;

use uuid::Uuid;

use super::{Progress, Run, text};
use crate::StoreError;
use crate::ids::{BudgetId, MemberId, derived};
use crate::machine::award::Counted;
use crate::machine::budget::waiting_for;
use crate::machine::{Award, AwardState, CounterKey, Submission};
use crate::policy::{Policy, Share, Terms, Wait, apply_caps, split_caps};

const PAGE: i64 = 500;

const POLICIES: &str = "every policy version is what its digest says";
const AWARDS: &str = "every award is what its pinned policy makes of its deed";
const COUNTERS: &str = "a counter is what live awards counted on it";

/// What awards are priced by: the policies by digest, and the codes of the budgets.
struct Tariff {
    policies: HashMap<String, Policy>,
    budgets: HashMap<BudgetId, String>,
    /// Who was merged into a member: their deeds are told by who they were.
    merged: HashMap<MemberId, Vec<MemberId>>,
}

/// A difference, in words: what was expected, what was found.
type Difference = (String, String);

impl<P: FnMut(Progress)> Run<P> {
    pub(super) async fn check_awards(&mut self) -> Result<(), StoreError> {
        let tariff = self.check_policies().await?;
        let sums = self.price_again(&tariff).await?;
        self.check_counters(sums).await
    }

    async fn check_policies(&mut self) -> Result<Tariff, StoreError> {
        let began = Instant::now();
        let versions = self.snapshot.policies().await?;
        let budgets = self.snapshot.budget_codes().await?.into_iter().collect();
        let rows = versions.len() as u64;
        let mut policies = HashMap::new();
        let mut first = None;
        for version in versions {
            let row = || match version.effective_from {
                Some(from) => format!("{} from {from}", version.name),
                None => version.name.clone(),
            };
            match Policy::parse(&format!("{}.toml", version.name), &version.source) {
                Err(errors) => {
                    let what = "a policy that can be read".to_owned();
                    first.get_or_insert((row(), what, errors.to_string()));
                }
                Ok(policy) => {
                    if policy.digest() != version.digest {
                        let is = format!("digest {}", policy.digest());
                        let says = format!("digest {}", version.digest);
                        first.get_or_insert((row(), is, says));
                    }
                    policies.insert(version.digest, policy);
                }
            }
        }
        if let Some((row, expected, found)) = first {
            self.problem(6, POLICIES, "policies", row, expected, found);
        }
        self.done(6, POLICIES, rows, began);
        let mut merged = HashMap::<_, Vec<MemberId>>::new();
        for (from, into) in self.snapshot.merged().await? {
            merged.entry(into).or_default().push(from);
        }
        Ok(Tariff {
            policies,
            budgets,
            merged,
        })
    }

    /// Answers with what live awards counted.
    async fn price_again(&mut self, tariff: &Tariff) -> Result<Sums, StoreError> {
        let began = Instant::now();
        let rows = self.snapshot.count(&text::COUNT_AWARDS).await?;
        let mut sums = Sums::default();
        let mut first = None;
        let (mut after, mut done) = (Uuid::nil(), 0);
        loop {
            self.tell(AWARDS, done, rows);
            let page = self.snapshot.awards_after(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            done += page.len() as u64;
            for audited in page {
                let difference = match &audited.award {
                    Ok(award) => {
                        sums.add_award(award);
                        tariff.difference(award)
                    }
                    Err(error) => Some(("a row that can be read".into(), error.to_string())),
                };
                if let Some(difference) = difference {
                    first.get_or_insert((audited.id, difference));
                }
            }
        }
        if let Some((id, (expected, found))) = first {
            self.problem(6, AWARDS, "awards", id.to_string(), expected, found);
        }
        self.done(6, AWARDS, rows, began);
        Ok(sums)
    }

    /// Counters are as many as days and members, so they are not held in memory: [`Sums`] tells whether all agree, and only then
    /// are those of one differing bucket looked at one by one.
    async fn check_counters(&mut self, mut sums: Sums) -> Result<(), StoreError> {
        let began = Instant::now();
        let rows = self.snapshot.count(&text::COUNT_COUNTERS).await?;
        let (mut after, mut done) = (None, 0);
        loop {
            self.tell(COUNTERS, done, rows);
            let page = self.snapshot.counters_after(after.as_ref(), PAGE).await?;
            for (key, used) in &page {
                sums.add(key, -i128::from(*used));
            }
            done += page.len() as u64;
            match page.into_iter().next_back() {
                Some((key, _)) => after = Some(key),
                None => break,
            }
        }
        if let Some(bucket) = sums.differing() {
            let (key, counted, used) = self.differing_counter(bucket).await?;
            let row = format!("{} of {} from {}", key.cap, key.subject, key.window_start);
            let (expected, found) = (format!("used {counted}"), format!("used {used}"));
            self.problem(6, COUNTERS, "counters", row, expected, found);
        }
        self.done(6, COUNTERS, rows, began);
        Ok(())
    }

    /// The first counter of the bucket that differs, what awards counted on it, and what it says.
    async fn differing_counter(
        &mut self,
        bucket: usize,
    ) -> Result<(CounterKey, i128, i128), StoreError> {
        let mut both = std::collections::BTreeMap::<CounterKey, (i128, i128)>::new();
        let mut after = Uuid::nil();
        loop {
            let page = self.snapshot.awards_after(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            let awards = page
                .iter()
                .filter_map(|audited| audited.award.as_ref().ok());
            for Counted { key, add } in awards
                .filter(|a| a.state.is_live())
                .flat_map(|a| &a.counted)
            {
                if Sums::place(key).0 == bucket {
                    both.entry(key.clone()).or_default().0 += i128::from(*add);
                }
            }
        }
        let mut after = None;
        loop {
            let page = self.snapshot.counters_after(after.as_ref(), PAGE).await?;
            for (key, used) in &page {
                if Sums::place(key).0 == bucket {
                    both.entry(key.clone()).or_default().1 += i128::from(*used);
                }
            }
            match page.into_iter().next_back() {
                Some((key, _)) => after = Some(key),
                None => break,
            }
        }
        let mut differing = both
            .into_iter()
            .filter(|(_, (counted, used))| counted != used);
        let found = differing
            .next()
            .map(|(key, (counted, used))| (key, counted, used));
        found.ok_or_else(|| {
            StoreError::corrupt(
                "counters",
                "used",
                bucket,
                "differ in sum but not one by one",
            )
        })
    }
}

impl Tariff {
    /// A deed's id derives from who did it: the member, or one merged into them since.
    fn deed_difference(&self, award: &Award, submission: &Submission) -> Option<Difference> {
        let earlier = self.merged.get(&award.member).into_iter().flatten();
        let mut ids = earlier.map(|&member| Submission {
            member,
            ..submission.clone()
        });
        if ids.any(|earlier| earlier.deed_id() == award.deed_id) {
            return None;
        }
        differ("deed_id", &submission.deed_id(), &award.deed_id)
    }

    /// What the award should be and is not.
    fn difference(&self, award: &Award) -> Option<Difference> {
        let Some(policy) = self.policies.get(&award.digest) else {
            let expected = format!(
                "a version of policy {} with digest {}",
                award.policy, award.digest
            );
            return Some((expected, "none".into()));
        };
        let quote = match policy.price(&award.deed) {
            Ok(quote) => quote,
            Err(refusal) => {
                let expected = format!("{} points by rule {}", award.points, award.rule);
                return Some((expected, format!("refused: {refusal}")));
            }
        };
        let budget = self
            .budgets
            .get(&award.budget)
            .map_or("none", String::as_str);
        let submission = Submission {
            member: award.member,
            deed: award.deed.clone(),
            named_policy: None,
            position: None,
            map: None,
            budget: award.budget,
            quote,
            answers: None,
        };
        let quote = &submission.quote;
        let trace = &award.trace;
        differ("policy", &quote.policy, &award.policy)
            .or_else(|| differ("rule", &quote.rule, &award.rule))
            .or_else(|| differ("trace.rule", &quote.rule, &trace.rule))
            .or_else(|| differ("budget", quote.budget.as_str(), budget))
            .or_else(|| self.deed_difference(award, &submission))
            .or_else(|| {
                differ(
                    "expires_at",
                    &Maybe(quote.expires_at),
                    &Maybe(award.expires_at),
                )
            })
            .or_else(|| differ("terms", &written(&quote.terms), &written(&award.terms)))
            .or_else(|| differ("points before caps", &quote.points, &trace.priced()))
            .or_else(|| caps_difference(policy, award, &submission))
    }
}

/// The caps, applied again to what the trace says was used before, in the windows in which it counts; of a shared award, to its share.
fn caps_difference(policy: &Policy, award: &Award, submission: &Submission) -> Option<Difference> {
    let trace = &award.trace;
    let moved = trace.wait.as_ref().and_then(|wait| wait.counted_at);
    let claims = match moved {
        None => submission.caps().to_vec(),
        Some(moment) => match policy.caps_at(&award.deed, moment) {
            Ok(claims) => split_caps(&claims).0.to_vec(),
            Err(refusal) => return Some((format!("caps at {moment}"), refusal.to_string())),
        },
    };
    if let Some(wait) = trace.wait.as_ref().filter(|_| trace.waits()) {
        return waiting_difference(award, submission, wait);
    }
    let quote = &submission.quote;
    let share = trace
        .share
        .map(|share| Share::of(quote.points, share.reports));
    if share.is_some_and(|again| again != trace.share) {
        let share = json(&share.flatten());
        return Some((
            format!("share {share}"),
            format!("share {}", json(&trace.share)),
        ));
    }
    let points = trace.share.map_or(quote.points, |share| share.each);
    let used: Vec<i64> = trace.caps.iter().map(|step| step.used_before).collect();
    let capped = match apply_caps(points, &claims, &used) {
        Ok(capped) => capped,
        Err(reached) => return Some((format!("{} points", award.points), reached.to_string())),
    };
    let mut counted = submission.subjects().counted(&claims, &capped);
    for approved in &award.approvals {
        let subjects = award.subjects(approved.by);
        counted.extend(subjects.counted_whole(&award.terms.approver_caps, award.points));
    }
    let unfunded = trace.is_unfunded();
    if unfunded {
        let key = waiting_for(award.budget);
        counted.push(Counted { key, add: 1 });
    }
    let waits = match award.state {
        AwardState::Queued => true,
        // One that waited until it fell stays so.
        AwardState::Rejected => unfunded,
        _ => false,
    };
    differ("waits for its budget", &waits, &unfunded)
        .or_else(|| differ("points", &capped.points, &award.points))
        .or_else(|| differ("trace.points", &capped.points, &trace.points))
        .or_else(|| differ("trace.caps", &json(&capped.steps), &json(&trace.caps)))
        .or_else(|| differ("counted", &json(&counted), &json(&award.counted)))
}

/// An award that waits is worth its price, and counts in the queue alone. One that waited until it fell stays so.
fn waiting_difference(award: &Award, submission: &Submission, wait: &Wait) -> Option<Difference> {
    let counted = submission
        .subjects()
        .counted_waiting(submission.caps(), wait);
    let waits = matches!(award.state, AwardState::Queued | AwardState::Rejected);
    let quote = &submission.quote;
    differ("waits", &waits, &true)
        .or_else(|| differ("points", &quote.points, &award.points))
        .or_else(|| differ("trace.points", &quote.points, &award.trace.points))
        .or_else(|| differ("counted", &json(&counted), &json(&award.counted)))
}

/// What serialised once serialises again.
fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

struct Maybe<T>(Option<T>);

impl<T: std::fmt::Display> std::fmt::Display for Maybe<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("none"),
        }
    }
}

impl<T: PartialEq> PartialEq for Maybe<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

fn written(terms: &Terms) -> String {
    serde_json::to_string(terms).unwrap_or_default()
}

fn differ<T: PartialEq + std::fmt::Display + ?Sized>(
    what: &str,
    expected: &T,
    found: &T,
) -> Option<Difference> {
    (expected != found).then(|| (format!("{what} {expected}"), format!("{what} {found}")))
}

/// Sums over counters that come to nothing when what awards counted equals what the counters say, in constant memory: each amount
/// is multiplied by a hash of its key (the first 128 bits of a SHA-256), so that differences do not cancel each other.
struct Sums(Vec<u128>);

impl Default for Sums {
    fn default() -> Self {
        Self(vec![0; Self::BUCKETS])
    }
}

impl Sums {
    const BUCKETS: usize = 4_096;

    /// The key's bucket, and its weight within.
    fn place(key: &CounterKey) -> (usize, u128) {
        let window = key.window_start.as_micros().to_be_bytes();
        let hash = derived(&[key.cap.as_bytes(), key.subject.as_bytes(), &window]).as_u128();
        ((hash % Self::BUCKETS as u128) as usize, hash)
    }

    fn add(&mut self, key: &CounterKey, amount: i128) {
        let (bucket, weight) = Self::place(key);
        let sum = &mut self.0[bucket];
        *sum = sum.wrapping_add(weight.wrapping_mul(amount.cast_unsigned()));
    }

    fn add_award(&mut self, award: &Award) {
        if award.state.is_live() {
            for Counted { key, add } in &award.counted {
                self.add(key, i128::from(*add));
            }
        }
    }

    fn differing(&self) -> Option<usize> {
        self.0.iter().position(|sum| *sum != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    #[test]
    fn sums_cancel_only_when_every_counter_agrees() {
        let key = |subject: u128| CounterKey {
            cap: "p/c".into(),
            subject: Uuid::from_u128(subject),
            window_start: Timestamp::from_micros(7),
        };
        let mut sums = Sums::default();
        for (subject, amount) in [(1, 500), (2, 300), (1, -400), (1, -100), (2, -300)] {
            sums.add(&key(subject), amount);
        }
        assert_eq!(sums.differing(), None);
        sums.add(&key(1), 10);
        sums.add(&key(2), -10);
        assert!(sums.differing().is_some());
    }
}
