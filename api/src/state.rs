//! What every handler has at hand.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::Extensions;
use ledger::community::Registration;
use ledger::community::personal::Phone;
use ledger::ids::MemberId;
use ledger::machine::deeds::Answer;
use ledger::machine::hazards::HazardCommand;
use ledger::machine::{Command, Receipt};
use ledger::{AwardRequest, ExecuteError, Ledger, PersonalError, Request, WriteError};
use tokio::sync::{Semaphore, watch};

use crate::auth::KeyCache;
use crate::edge::{ClientAddress, Counting, Proxies, Quotas, TooMany, Who};
use crate::outside::Outside;
use crate::records::RecordKeys;
use crate::streams::Streams;

/// Limits on what one request, and all of them together, may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long one request may take.
    pub timeout: Duration,
    /// The largest body, in bytes.
    pub body: usize,
    /// How many requests may be under way.
    pub in_flight: usize,
    /// How long is kept from which addresses changes were made, in seconds.
    pub addresses_kept: i64,
}

/// The server's state; cloning it is cheap.
#[derive(Clone, Debug)]
pub struct App(Arc<Inner>);

/// See [`App`].
#[derive(Debug)]
pub struct Inner {
    /// The points.
    pub ledger: Arc<Ledger>,
    /// API keys looked up lately.
    pub keys: KeyCache,
    /// How people log in from outside.
    pub outside: Outside,
    /// Limits.
    pub limits: Limits,
    /// Whom requests may come through.
    pub proxies: Proxies,
    /// How many requests each may send.
    pub quotas: Quotas,
    /// One permit per request under way.
    pub in_flight: Semaphore,
    /// Whether callers reach the server over TLS: then cookies are for TLS alone.
    pub secure: bool,
    /// What signs service records.
    pub records: RecordKeys,
    /// What was done so far.
    pub done: Done,
    /// Says `true` once the process is asked to end.
    pub stop: watch::Sender<bool>,
    /// Who is told of changes as they happen.
    pub streams: Arc<Streams>,
}

/// What the server did so far.
#[derive(Debug, Default)]
pub struct Done {
    requests: AtomicU64,
    commands: AtomicU64,
}

impl Done {
    /// One request was answered.
    pub fn count_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Requests answered, and commands that took effect (repetitions are counted again).
    pub fn totals(&self) -> (u64, u64) {
        let total = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (total(&self.requests), total(&self.commands))
    }
}

impl Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// Over an open ledger.
    pub fn new(
        ledger: Arc<Ledger>,
        outside: Outside,
        limits: Limits,
        proxies: Proxies,
        quotas: Quotas,
        secure: bool,
        records: RecordKeys,
    ) -> Self {
        Self(Arc::new(Inner {
            ledger,
            keys: KeyCache::default(),
            outside,
            limits,
            proxies,
            quotas,
            in_flight: Semaphore::new(limits.in_flight),
            secure,
            records,
            done: Done::default(),
            stop: watch::Sender::new(false),
            streams: Arc::default(),
        }))
    }

    /// Somebody asks of whom nothing is known but from where.
    pub fn count_stranger(&self, extensions: &Extensions) -> Result<(), TooMany> {
        let Some(client) = extensions.get::<ClientAddress>() else {
            return Ok(());
        };
        let (counting, now) = (Counting::of(extensions), self.ledger.clock().now());
        self.quotas.count(&counting, Who::Address(client.ip), now)
    }

    /// One more command took effect.
    pub fn count_command(&self) {
        self.done.commands.fetch_add(1, Ordering::Relaxed);
    }

    /// [`Ledger::execute_deed`], counted.
    pub async fn execute_deed(
        &self,
        request: &Request,
        command: Command,
    ) -> Result<(Receipt, Option<Answer>), WriteError> {
        let done = self.ledger.execute_deed(request, command).await?;
        self.count_command();
        Ok(done)
    }

    /// [`Ledger::execute_hazard`], counted.
    pub async fn execute_hazard(
        &self,
        request: &Request,
        command: HazardCommand,
    ) -> Result<(Receipt, Option<Answer>), WriteError> {
        let done = self.ledger.execute_hazard(request, command).await?;
        self.count_command();
        Ok(done)
    }

    /// [`Ledger::execute`], counted.
    pub async fn execute(
        &self,
        request: &Request,
        command: Command,
    ) -> Result<Receipt, WriteError> {
        let changes_access = touches_access(&command);
        let receipt = self.ledger.execute(request, command).await?;
        if changes_access {
            self.keys.forget();
        }
        self.count_command();
        Ok(receipt)
    }

    /// [`Ledger::change_phone`], counted. Whoever was in by the earlier phone is out at once.
    pub async fn change_phone(
        &self,
        request: &Request,
        member: MemberId,
        phone: &Phone,
    ) -> Result<Receipt, PersonalError> {
        let receipt = self.ledger.change_phone(request, member, phone).await?;
        self.keys.forget();
        self.count_command();
        Ok(receipt)
    }

    /// [`Ledger::submit_award`], counted.
    pub async fn submit_award(
        &self,
        request: &Request,
        award: &AwardRequest,
    ) -> Result<Receipt, ExecuteError> {
        let receipt = self.ledger.submit_award(request, award).await?;
        self.count_command();
        Ok(receipt)
    }
}

/// Whether what is remembered of callers may not be true any more once this has taken effect.
fn touches_access(command: &Command) -> bool {
    match command {
        Command::EndAccess { .. }
        | Command::SetLogin(_)
        | Command::ErasePersonal { .. }
        | Command::MergeMembers { .. }
        | Command::Register(Registration::Appointment(_)) => true,
        Command::Group(members) => members.iter().any(|(_, member)| touches_access(member)),
        _ => false,
    }
}
