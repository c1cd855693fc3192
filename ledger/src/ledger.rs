//! [`Ledger`]: the one handle on a programme's points. Commands go through the writer, queries to the readers.

mod attachments;
mod backup;
mod codes;
mod deeds;
mod hazards;
mod import;
mod jobs;
mod log_in;
mod orders;
mod outside;
mod payees;
mod paying;
mod personal;
mod pledges;
mod preview;
mod queries;
mod queue;
mod ready;
mod reconciling;
mod simulate;
mod tariff;
mod webhooks;
mod work;
mod wrong_codes;

pub use crate::machine::award::AwardRequest;
pub use attachments::{Opened, Upload, UploadError};
pub use codes::IssuedCode;
pub use import::{Import, ImportError, ImportLine, ImportVerdict, ImportedAward};
pub use jobs::KEPT_SECONDS;
pub use log_in::{Known, LogInError, Offer, Opening, SetError, Takeover};
pub use outside::Drawn;
pub use personal::{Enrolled, Enrolment, Held, PersonalError};
pub use preview::AwardPreview;
pub use reconciling::Stretch;
pub use simulate::{SimulateError, Simulated};

use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;

use tokio::sync::broadcast;

use uuid::Uuid;

use self::tariff::Tariff;
use crate::clock::{Clock, Timestamp};
use crate::community::personal::Keyring;
use crate::community::{Actor, Origin};
use crate::ids::{ActorId, CommandId, DeedId, ProgramId, derived};
use crate::machine::{self, Command, Receipt, Rejection};
use crate::policy::{Quote, Refusal};
use crate::store::{Claimed, Store, StoreError, either};
use crate::writer::{Submission, Touched, WriteError, Writer, replay};

/// How to open a ledger.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where time comes from.
    pub clock: Clock,
    /// How many connections read.
    pub readers: u32,
    /// What seals and opens personal data; without it, none can be kept or read.
    pub keyring: Option<Arc<Keyring>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Clock::System,
            readers: 4,
            keyring: None,
        }
    }
}

/// Who asks, and under which key.
#[derive(Clone, Debug)]
pub struct Request {
    /// Whose points.
    pub program: ProgramId,
    /// Who acts.
    pub actor: Actor,
    /// By what they came, and from where.
    pub origin: Origin,
    /// The caller's idempotency key; `None` for what has no effect worth repeating, such as a one-time code.
    pub key: Option<String>,
}

/// Why there is no receipt.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// The writer's answer.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// No policy in force when the deed happened prices it.
    #[error("no policy in force at {moment} prices a deed of kind {kind:?}")]
    NoPolicy {
        /// The deed's kind.
        kind: String,
        /// When it happened.
        moment: Timestamp,
    },
    /// Several policies price it: name one.
    #[error("several policies price this deed: name one of {}", policies.join(", "))]
    SeveralPolicies {
        /// Their names.
        policies: Vec<String>,
    },
    /// The policy does not award this deed.
    #[error("the policy {policy} does not award this deed: {refusal}")]
    Refused {
        /// The policy.
        policy: String,
        /// Why.
        refusal: Box<Refusal>,
    },
    /// The database could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Rejection> for ExecuteError {
    fn from(rejection: Rejection) -> Self {
        Self::Write(WriteError::Rejected(rejection))
    }
}

/// The points ledger: open it, execute commands, ask questions.
#[derive(Debug)]
pub struct Ledger {
    pub(crate) store: Store,
    clock: Clock,
    keyring: Option<Arc<Keyring>>,
    writer: Writer,
    writing: JoinHandle<()>,
    wrong_codes: Arc<wrong_codes::WrongCodes>,
    tariffs: RwLock<HashMap<ProgramId, Arc<Tariff>>>,
}

impl Ledger {
    /// Brings the schema of the database up to this build's, making an SQLite file if need be.
    pub async fn migrate(url: &str) -> Result<(), StoreError> {
        Store::migrate(url).await
    }

    /// Opens a migrated database: `sqlite:FILE` or `postgres://…`.
    pub async fn open(url: &str, options: Options) -> Result<Self, StoreError> {
        Self::over(Store::open(url, options.readers).await?, options).await
    }

    async fn over(store: Store, options: Options) -> Result<Self, StoreError> {
        // A database that is away, or not migrated, is told at once.
        either!(&store, Store, store => store.programs().await)?;
        let Options { clock, keyring, .. } = options;
        let (writer, writing) = Writer::start(store.clone(), clock.clone())?;
        Ok(Self {
            store,
            clock,
            keyring,
            writer,
            writing,
            wrong_codes: Arc::default(),
            tariffs: RwLock::default(),
        })
    }

    /// Finishes what was taken and disconnects, the writer last.
    pub async fn close(self) {
        self.store.close().await;
        drop(self.writer);
        // The thread ends by itself once the queue is empty; it does not panic.
        let _ = tokio::task::spawn_blocking(|| self.writing.join()).await;
    }

    /// The ledger's clock.
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Whose accounts this process changes from now on, a batch at a time. What other processes change is not among it.
    pub fn touched(&self) -> broadcast::Receiver<Touched> {
        self.writer.touched()
    }

    /// Executes a command. Awards are submitted by [`Ledger::submit_award`], which prices them.
    pub async fn execute(
        &self,
        request: &Request,
        command: Command,
    ) -> Result<Receipt, WriteError> {
        let id = CommandId::new(self.clock.now());
        self.execute_as(request, id, command).await
    }

    /// Executes a command under an id drawn by the caller.
    pub async fn execute_as(
        &self,
        request: &Request,
        id: CommandId,
        command: Command,
    ) -> Result<Receipt, WriteError> {
        let body = command.fingerprint();
        self.execute_for(request, id, body, command).await
    }

    /// The same for a request of which the command is not all that was said: `body` is what makes two under one key the same.
    async fn execute_for(
        &self,
        request: &Request,
        id: CommandId,
        body: Uuid,
        command: Command,
    ) -> Result<Receipt, WriteError> {
        let guess = self
            .wrong_codes
            .before(request, &command, self.clock.now())?;
        let changes_policies = changes_tariff(&command);
        let claim = match &request.key {
            Some(key) => claim_of(request.actor.id, command.operation(), key),
            None => id.0,
        };
        let submission = Submission {
            program: request.program,
            actor: request.actor,
            origin: request.origin,
            id,
            claim,
            body,
            command,
        };
        let answer = match guess {
            None => self.writer.submit(submission).await,
            Some(guess) => self.try_code(submission, guess).await,
        };
        if changes_policies && answer.is_ok() {
            self.forget_tariff(request.program);
        }
        answer
    }

    /// Prices a deed by the policy in force when it happened and submits the award. Priced again when the policy changes in between.
    pub async fn submit_award(
        &self,
        request: &Request,
        award: &AwardRequest,
    ) -> Result<Receipt, ExecuteError> {
        self.submit_answering(request, award, None).await
    }

    /// The same for the award of a deed on record, whose request it answers.
    async fn submit_answering(
        &self,
        request: &Request,
        award: &AwardRequest,
        answers: Option<DeedId>,
    ) -> Result<Receipt, ExecuteError> {
        const TRIES: usize = 4;
        for _ in 0..TRIES {
            let submission = match self.priced(request.program, award).await {
                Ok(submission) => machine::Submission {
                    answers,
                    ..submission
                },
                Err(error) => {
                    let body = fingerprint(award);
                    return self
                        .answer_before(request, "award.submit", body, error)
                        .await;
                }
            };
            let command = Command::SubmitAward(Box::new(submission));
            match self.execute(request, command).await {
                Err(WriteError::Reprice) => self.forget_tariff(request.program),
                answer => return Ok(answer?),
            }
        }
        Err(WriteError::Reprice.into())
    }

    /// Submits up to [`machine::GROUP_LIMIT`] awards under one key, wholly or not at all.
    pub async fn submit_awards(
        &self,
        request: &Request,
        awards: &[AwardRequest],
    ) -> Result<Receipt, ExecuteError> {
        const TRIES: usize = 4;
        for _ in 0..TRIES {
            let group = match self.priced_group(request.program, awards).await {
                Ok(group) => group,
                Err(error) => {
                    let body = machine::group_fingerprint(awards.iter().map(fingerprint));
                    return self.answer_before(request, "group", body, error).await;
                }
            };
            match self.execute(request, group).await {
                Err(WriteError::Reprice) => self.forget_tariff(request.program),
                answer => return Ok(answer?),
            }
        }
        Err(WriteError::Reprice.into())
    }

    async fn priced_group(
        &self,
        program: ProgramId,
        awards: &[AwardRequest],
    ) -> Result<Command, ExecuteError> {
        let mut members = Vec::with_capacity(awards.len());
        for award in awards {
            let submission = self.priced(program, award).await?;
            let id = CommandId::new(self.clock.now());
            members.push((id, Command::SubmitAward(Box::new(submission))));
        }
        Ok(Command::Group(members))
    }

    /// What the policy in force would make of a deed, before caps.
    pub async fn quote(
        &self,
        program: ProgramId,
        award: &AwardRequest,
    ) -> Result<Quote, ExecuteError> {
        // Nobody decides a quote under the lock, so what another process changed is looked for here.
        let tariff = self.tariff(program).await?;
        let tariff = match tariff.newer(&self.store, program).await? {
            Some(newer) => self.remember_tariff(program, newer),
            None => tariff,
        };
        Ok(tariff.price(award)?.quote)
    }

    /// What became of an idempotency key of this actor's; `None` when it was never used for this operation.
    pub async fn outcome_of(
        &self,
        request: &Request,
        operation: &str,
    ) -> Result<Option<Result<Receipt, Rejection>>, StoreError> {
        let claimed = self.claimed(request, operation).await?;
        Ok(claimed.map(|claimed| claimed.answer))
    }

    async fn claimed(
        &self,
        request: &Request,
        operation: &str,
    ) -> Result<Option<Claimed>, StoreError> {
        let Some(key) = &request.key else {
            return Ok(None);
        };
        let claim = claim_of(request.actor.id, operation, key);
        let known =
            either!(&self.store, Store, store => store.claimed(request.program, &[claim]).await);
        Ok(known?.remove(&claim))
    }

    /// What cannot be priced now may have been awarded under this key before the policies changed.
    async fn answer_before(
        &self,
        request: &Request,
        operation: &str,
        body: Uuid,
        error: ExecuteError,
    ) -> Result<Receipt, ExecuteError> {
        match self.claimed(request, operation).await? {
            Some(claimed) => Ok(replay(&claimed, body)?),
            None => Err(error),
        }
    }

    /// Prices by the policies as last read. Another process may have changed them: before a deed is refused, they are read again.
    async fn priced(
        &self,
        program: ProgramId,
        award: &AwardRequest,
    ) -> Result<machine::Submission, ExecuteError> {
        let tariff = self.tariff(program).await?;
        let priced = tariff.price(award);
        if priced.is_ok() {
            return priced;
        }
        match tariff.newer(&self.store, program).await? {
            Some(newer) => self.remember_tariff(program, newer).price(award),
            None => priced,
        }
    }

    async fn tariff(&self, program: ProgramId) -> Result<Arc<Tariff>, StoreError> {
        let known = self
            .tariffs
            .read()
            .ok()
            .and_then(|known| known.get(&program).cloned());
        match known {
            Some(tariff) => Ok(tariff),
            None => {
                let tariff = Tariff::read(&self.store, program).await?;
                Ok(self.remember_tariff(program, tariff))
            }
        }
    }

    fn remember_tariff(&self, program: ProgramId, tariff: Tariff) -> Arc<Tariff> {
        let tariff = Arc::new(tariff);
        if let Ok(mut known) = self.tariffs.write() {
            known.insert(program, Arc::clone(&tariff));
        }
        tariff
    }

    fn forget_tariff(&self, program: ProgramId) {
        if let Ok(mut known) = self.tariffs.write() {
            known.remove(&program);
        }
    }
}

/// What makes two award requests under one key the same; the machine derives it from the command in the same way.
fn fingerprint(award: &AwardRequest) -> Uuid {
    let AwardRequest {
        member,
        deed,
        policy,
        position,
    } = award;
    machine::award::fingerprint(*member, policy.as_deref(), deed, *position)
}

/// A key belongs to a principal and an operation within a programme.
fn claim_of(actor: ActorId, operation: &str, key: &str) -> Uuid {
    derived(&[actor.0.as_bytes(), operation.as_bytes(), key.as_bytes()])
}

/// Whether the command changes what pricing looks at.
fn changes_tariff(command: &Command) -> bool {
    use crate::community::Registration;
    match command {
        Command::Register(
            Registration::Policy(_) | Registration::Budget(_) | Registration::Layer(_),
        )
        | Command::ApprovePolicies { .. } => true,
        Command::Group(members) => members.iter().any(|(_, member)| changes_tariff(member)),
        _ => false,
    }
}
