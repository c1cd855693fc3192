//! What is asked for, in which order, by whom.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use ledger::ids::{random_bytes, sha256_hex};
use tokio::task::JoinSet;

use super::setup::Setup;
use super::tally::Tally;

/// What to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Workload {
    /// Awards, each of a deed of its own
    Awards,
    /// A one-time code, and a redemption with it
    Redemptions,
    /// Balances
    Balances,
    /// Awards, redemptions and balances
    Mixed,
    /// Awards in groups decided wholly or not at all, in-process only
    Groups,
}

impl Workload {
    /// As on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Awards => "awards",
            Self::Redemptions => "redemptions",
            Self::Balances => "balances",
            Self::Mixed => "mixed",
            Self::Groups => "groups",
        }
    }
}

/// One thing to ask for. Numbers are places in the setup; `serial` is this one's alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An award to a member by a policy.
    Award {
        serial: u64,
        member: usize,
        policy: usize,
    },
    /// Points spent by a member at a store.
    Redemption {
        serial: u64,
        member: usize,
        store: usize,
    },
    /// A member's balance.
    Balance { member: usize },
    /// A group of awards by a policy, to members from this one on.
    Group {
        serial: u64,
        member: usize,
        policy: usize,
    },
}

/// One connection's share of the steps.
#[derive(Clone, Debug)]
pub struct Plan {
    workload: Workload,
    members: usize,
    policies: usize,
    stores: usize,
    next: u64,
    stride: u64,
}

/// Coprime to any sensible number of members, so that neighbours in time are not neighbours in the list.
const SCATTER: u64 = 7_919;

impl Plan {
    /// For all connections together.
    pub const fn new(workload: Workload, setup: &Setup, connections: usize) -> Self {
        Self {
            workload,
            members: setup.members.len(),
            policies: setup.policies.len(),
            stores: setup.stores.len(),
            next: 0,
            stride: connections as u64,
        }
    }

    /// How many connections share it.
    pub const fn connections(&self) -> usize {
        self.stride as usize
    }

    fn of_connection(&self, connection: u64) -> Self {
        Self {
            next: connection,
            ..self.clone()
        }
    }

    /// The next step.
    pub const fn step(&mut self) -> Step {
        let serial = self.next;
        self.next += self.stride;
        let member = (serial.wrapping_mul(SCATTER) % self.members as u64) as usize;
        let policy = (serial % self.policies as u64) as usize;
        let store = (serial % self.stores as u64) as usize;
        match (self.workload, (serial / self.stride) % 10) {
            (Workload::Awards, _) | (Workload::Mixed, 0..6) => Step::Award {
                serial,
                member,
                policy,
            },
            (Workload::Redemptions, _) | (Workload::Mixed, 6 | 7) => Step::Redemption {
                serial,
                member,
                store,
            },
            (Workload::Balances | Workload::Mixed, _) => Step::Balance { member },
            (Workload::Groups, _) => Step::Group {
                serial,
                member,
                policy,
            },
        }
    }
}

/// A name for this run, so that its deeds and keys are new to the database.
pub fn run_name() -> String {
    sha256_hex(&random_bytes::<16>())[..12].to_owned()
}

/// Whoever takes a step and records how it went.
pub trait Driver: Send + 'static {
    /// Takes a step.
    fn take(&mut self, step: Step, tally: &mut Tally) -> impl Future<Output = ()> + Send;
}

/// How much and how long.
#[derive(Debug)]
pub struct Load {
    /// What is asked for.
    pub plan: Plan,
    /// Before measuring.
    pub warmup: Duration,
    /// While measuring.
    pub measured: Duration,
}

impl Load {
    /// One driver a connection, each in a closed loop until the time is up.
    pub async fn run<D: Driver>(&self, drivers: Vec<D>) -> Tally {
        let began = Instant::now();
        let from = began + self.warmup;
        let mut total = Tally::between(from, from + self.measured);
        let taken = Arc::new(AtomicU64::new(0));
        let mut tasks = JoinSet::new();
        for (connection, mut driver) in (0..).zip(drivers) {
            let mut plan = self.plan.of_connection(connection);
            let mut tally = total.clone();
            let taken = Arc::clone(&taken);
            tasks.spawn(async move {
                while !tally.is_over() {
                    driver.take(plan.step(), &mut tally).await;
                    taken.fetch_add(1, Ordering::Relaxed);
                }
                tally
            });
        }
        let progress = tokio::spawn(show(began, self.warmup + self.measured, taken));
        while let Some(done) = tasks.join_next().await {
            // A task that panicked has said so itself.
            if let Ok(tally) = done {
                total.absorb(tally);
            }
        }
        progress.abort();
        total.sort();
        total
    }
}

/// A bar of the time, on standard error where that is a terminal.
async fn show(began: Instant, whole: Duration, taken: Arc<AtomicU64>) {
    let bar = ProgressBar::new(whole.as_secs());
    if let Ok(style) = ProgressStyle::with_template("[{bar:40}] {pos}/{len} s, {msg}") {
        bar.set_style(style);
    }
    let mut before = 0;
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = taken.load(Ordering::Relaxed);
        bar.set_position(began.elapsed().as_secs());
        bar.set_message(format!("{} steps/s", now - before));
        before = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_share_the_serials() {
        let plan = Plan {
            workload: Workload::Mixed,
            members: 20,
            policies: 3,
            stores: 2,
            next: 0,
            stride: 2,
        };
        let mut serials = Vec::new();
        let mut kinds = [0; 3];
        for connection in 0..2 {
            let mut plan = plan.of_connection(connection);
            for _ in 0..10 {
                let (kind, serial) = match plan.step() {
                    Step::Award { serial, .. } => (0, Some(serial)),
                    Step::Redemption { serial, .. } => (1, Some(serial)),
                    _ => (2, None),
                };
                kinds[kind] += 1;
                serials.extend(serial);
            }
        }
        assert_eq!(kinds, [12, 4, 4]);
        let count = serials.len();
        serials.sort_unstable();
        serials.dedup();
        assert_eq!(serials.len(), count);
    }
}
