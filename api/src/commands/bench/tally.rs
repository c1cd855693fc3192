//! What was answered, how fast, and what went wrong.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Something asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// An award submitted.
    Award,
    /// A one-time code, which a redemption needs first.
    Code,
    /// A redemption authorised and captured.
    Redemption,
    /// A balance read.
    Balance,
    /// A group of awards submitted.
    Group,
    /// Somebody checked in to an activity.
    CheckIn,
    /// Somebody checked out, and was awarded.
    CheckOut,
    /// A shift begun.
    ShiftStart,
    /// A place on a shift.
    Waypoint,
    /// A shift ended, and awarded.
    ShiftEnd,
    /// A photo made anew, kept, and a hazard reported with it.
    Report,
    /// A report looked at.
    Triage,
    /// A report verified, and awarded.
    Verify,
}

impl Operation {
    const fn name(self) -> &'static str {
        match self {
            Self::Award => "award",
            Self::Code => "code",
            Self::Redemption => "redemption",
            Self::Balance => "balance",
            Self::Group => "group",
            Self::CheckIn => "check_in",
            Self::CheckOut => "check_out",
            Self::ShiftStart => "shift_start",
            Self::Waypoint => "waypoint",
            Self::ShiftEnd => "shift_end",
            Self::Report => "report",
            Self::Triage => "triage",
            Self::Verify => "verify",
        }
    }
}

/// Answers within the measured span. Latencies are kept one by one, in microseconds: some hundred thousand of them, exact to the
/// last percentile.
#[derive(Clone, Debug)]
pub struct Tally {
    from: Instant,
    until: Instant,
    latencies: BTreeMap<Operation, Vec<u32>>,
    errors: BTreeMap<String, u64>,
}

impl Tally {
    /// Of answers to what was asked after `from` and answered before `until`.
    pub const fn between(from: Instant, until: Instant) -> Self {
        Self {
            from,
            until,
            latencies: BTreeMap::new(),
            errors: BTreeMap::new(),
        }
    }

    /// Whether the time is up.
    pub fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Counts an answer.
    pub fn record(&mut self, operation: Operation, asked: Instant, error: Option<String>) {
        let now = Instant::now();
        if asked < self.from || now > self.until {
            return;
        }
        match error {
            None => {
                let waited = u32::try_from((now - asked).as_micros()).unwrap_or(u32::MAX);
                self.latencies.entry(operation).or_default().push(waited);
            }
            Some(error) => {
                let error = format!("{}: {error}", operation.name());
                *self.errors.entry(error).or_default() += 1;
            }
        }
    }

    /// Adds another connection's.
    pub fn absorb(&mut self, other: Self) {
        for (operation, latencies) in other.latencies {
            self.latencies
                .entry(operation)
                .or_default()
                .extend(latencies);
        }
        for (error, count) in other.errors {
            *self.errors.entry(error).or_default() += count;
        }
    }

    /// Orders the latencies, once all are there.
    pub fn sort(&mut self) {
        self.latencies
            .values_mut()
            .for_each(|latencies| latencies.sort_unstable());
    }

    /// Whether nothing was answered.
    pub fn is_empty(&self) -> bool {
        self.latencies.is_empty()
    }

    /// Answers a second, a code and its redemption counting as one, a group as its awards.
    pub fn per_second(&self, seconds: u64, group: u64) -> f64 {
        let counts = self.latencies.iter().map(|(operation, latencies)| {
            let each = match operation {
                Operation::Code => 0,
                Operation::Group => group,
                _ => 1,
            };
            latencies.len() as u64 * each
        });
        round(counts.sum::<u64>() as f64 / seconds as f64, 10.0)
    }

    /// Each operation's rate and latencies.
    pub fn operations(&self, seconds: u64) -> Value {
        self.latencies
            .iter()
            .map(|(operation, latencies)| {
                let values = json!({
                    "count": latencies.len(),
                    "per_second": round(latencies.len() as f64 / seconds as f64, 10.0),
                    "p50_ms": percentile(latencies, 0.5),
                    "p99_ms": percentile(latencies, 0.99),
                    "p999_ms": percentile(latencies, 0.999),
                    "max_ms": percentile(latencies, 1.0),
                });
                (operation.name().to_owned(), values)
            })
            .collect::<serde_json::Map<_, _>>()
            .into()
    }

    /// Each error and how often it was answered.
    pub const fn errors(&self) -> &BTreeMap<String, u64> {
        &self.errors
    }

    /// For people.
    pub fn print(&self, seconds: u64, group: u64) {
        println!("{:>10} /s in all", self.per_second(seconds, group));
        for (operation, latencies) in &self.latencies {
            let [p50, p99, p999] = [0.5, 0.99, 0.999].map(|share| percentile(latencies, share));
            let rate = round(latencies.len() as f64 / seconds as f64, 10.0);
            let name = operation.name();
            println!("{rate:>10} /s {name:<11} p50 {p50} ms, p99 {p99} ms, p99.9 {p999} ms");
        }
        for (error, count) in &self.errors {
            println!("{count:>10} × {error}");
        }
    }
}

/// In milliseconds, of latencies in order; the smallest that so large a share does not exceed.
fn percentile(sorted: &[u32], share: f64) -> f64 {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    let micros = sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0);
    round(f64::from(micros) / 1_000.0, 100.0)
}

fn round(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

/// A pause after a connection was refused, so that a server that is gone is not called a million times.
pub const PAUSE: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let sorted: Vec<u32> = (1..=1_000).map(|n| n * 1_000).collect();
        let of = |share| percentile(&sorted, share);
        assert_eq!(
            [of(0.5), of(0.99), of(0.999), of(1.0)],
            [500.0, 990.0, 999.0, 1_000.0]
        );
        assert_eq!(percentile(&[], 0.5), 0.0);
        assert_eq!(percentile(&[1_234], 0.999), 1.23);
    }

    #[test]
    fn only_the_measured_span_counts() {
        let now = Instant::now();
        let hour = Duration::from_secs(3_600);
        let mut tally = Tally::between(now, now + hour);
        tally.record(Operation::Award, now, None);
        tally.record(Operation::Award, now - hour, None);
        tally.record(Operation::Award, now, Some("503".into()));
        assert_eq!(tally.latencies[&Operation::Award].len(), 1);
        assert_eq!(tally.errors["award: 503"], 1);
    }
}
