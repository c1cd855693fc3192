//! The one write path: a queue, and one thread that commits what queued up while the last commit was under way.
//!
//! It has a thread to itself: in the runtime that answers requests, each of a batch's steps would wait behind all of them.
//!
//! Alone, a command waits for nobody; under load, round trips and the wait for the disk are shared. A batch is of one programme and one
//! database transaction:
//!
//! claim keys → resolve links → lock → load → decide each in turn → save set-wise → commit → answer all.

mod attempt;
mod meter;
mod origins;
mod queue;

use std::collections::{BTreeSet, VecDeque};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::timeout_at;
use uuid::Uuid;

pub use self::attempt::replay;
use self::attempt::{Attempted, attempt};
use self::origins::Origins;
use self::queue::take_batch;
use crate::accounts::Owner;
use crate::clock::Clock;
use crate::community::{Actor, Origin};
use crate::ids::{CommandId, ProgramId};
use crate::machine::{Command, Receipt, Rejection};
use crate::store::{Claim, Connection, Store, StoreError};

/// How many commands may wait. A full queue answers at once that it is full.
const QUEUE_LIMIT: usize = 4_096;
/// How many batches whoever listens may be behind.
const TOUCHED_LIMIT: usize = 256;
/// How long a batch is tried again after a conflict or a lost connection, and how long it waits in between.
const RETRY_FOR: Duration = Duration::from_secs(12);
const RETRY_PAUSE: Duration = Duration::from_millis(300);
/// After a batch of such a size, the next one waits for as many commands, at most so long: those just answered are about to ask again, and a
/// commit for half of them costs nearly as much as one for all. Of larger batches the waiting would cost more than the commits do.
const LINGER_AFTER: RangeInclusive<usize> = 8..=64;
const LINGER: Duration = Duration::from_millis(1);

/// Why a command was not answered with a receipt.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Turned down for a reason of the programme's.
    #[error(transparent)]
    Rejected(Rejection),
    /// The key was used before for something else.
    #[error("this idempotency key was used before with another body")]
    KeyReused,
    /// The same key is still being worked on elsewhere.
    #[error("a command with this idempotency key is still running")]
    InProgress,
    /// What it rests on was looked up before the queue and is no longer so, or not enough: the policy that priced it, say.
    #[error("the policy changed meanwhile")]
    Reprice,
    /// Too many wrong codes were tried: none is looked at for so many seconds.
    #[error("too many wrong codes: wait {0} s")]
    TooManyGuesses(u32),
    /// Too many commands are waiting.
    #[error("too many commands are waiting: try again shortly")]
    Busy,
    /// The database is away, or the process is shutting down. Whether the command took effect is found by asking again with the same key.
    #[error("the ledger is not available: try again with the same key")]
    Unavailable,
    /// A bug or a broken database; logged with its cause.
    #[error("internal error")]
    Internal,
}

/// A command on its way.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Whose points.
    pub program: ProgramId,
    /// Who acts.
    pub actor: Actor,
    /// By what they came, and from where.
    pub origin: Origin,
    /// Its id.
    pub id: CommandId,
    /// The derived id of its idempotency key.
    pub claim: Uuid,
    /// What makes two submissions under one key the same.
    pub body: Uuid,
    /// What to do.
    pub command: Command,
}

type Answer = Result<Receipt, WriteError>;

struct Job {
    submission: Submission,
    also_lock: BTreeSet<Owner>,
    relocks: u32,
    answer: oneshot::Sender<Answer>,
}

enum Verdict {
    Answer(Answer),
    /// What was answered before under the same key.
    Repetition(Answer),
    /// To the next batch, with this owner locked as well.
    Again(Owner),
}

/// Of a programme, whose accounts may have changed just now.
#[derive(Clone, Debug)]
pub struct Touched {
    /// Which programme.
    pub program: ProgramId,
    /// Whose accounts.
    pub owners: Arc<BTreeSet<Owner>>,
}

/// The way into the queue. Cloning it is cheap; the thread ends when all clones are gone and the queue is empty.
#[derive(Clone, Debug)]
pub struct Writer {
    queue: mpsc::Sender<Job>,
    touched: broadcast::Sender<Touched>,
}

impl Writer {
    /// Starts the thread. The handle ends when the last [`Writer`] is dropped and everything taken is answered.
    ///
    /// # Errors
    /// The system has no more threads or files to give.
    pub fn start(store: Store, clock: Clock) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (queue, jobs) = mpsc::channel(QUEUE_LIMIT);
        let touched = broadcast::Sender::new(TOUCHED_LIMIT);
        let worker = Worker {
            store,
            clock,
            touched: touched.clone(),
            connection: None,
            origins: Origins::default(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || runtime.block_on(worker.run(jobs)))?;
        Ok((Self { queue, touched }, thread))
    }

    /// What is committed from now on. Who does not keep up is told that they missed some.
    pub fn touched(&self) -> broadcast::Receiver<Touched> {
        self.touched.subscribe()
    }

    /// Submits a command and waits for its answer.
    pub async fn submit(&self, submission: Submission) -> Answer {
        let (answer, answered) = oneshot::channel();
        let job = Job {
            submission,
            also_lock: BTreeSet::new(),
            relocks: 0,
            answer,
        };
        self.queue.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => {
                meter::turned_away();
                WriteError::Busy
            }
            mpsc::error::TrySendError::Closed(_) => WriteError::Unavailable,
        })?;
        answered.await.unwrap_or(Err(WriteError::Unavailable))
    }
}

impl Job {
    fn weight(&self) -> usize {
        match &self.submission.command {
            Command::Group(members) => members.len().max(1),
            _ => 1,
        }
    }

    /// Whether it is decided in a batch of its own. A merge is: what else is in a batch was read by member, and not of the other half of whoever is merged.
    /// So is an erasure, which finds what it erases in the rows.
    fn is_alone(&self) -> bool {
        is_alone(&self.submission.command)
    }

    fn claim(&self) -> Claim {
        Claim {
            id: self.submission.claim,
            body: self.submission.body,
            command: self.submission.id,
        }
    }
}

struct Worker {
    store: Store,
    clock: Clock,
    touched: broadcast::Sender<Touched>,
    connection: Option<Connection>,
    origins: Origins,
}

impl Worker {
    async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut waiting: VecDeque<Job> = VecDeque::new();
        let mut last = 0;
        loop {
            if waiting.is_empty() {
                match jobs.recv().await {
                    Some(job) => waiting.push_back(job),
                    None => return self.disconnect().await,
                }
            }
            if LINGER_AFTER.contains(&last) {
                linger(&mut waiting, &mut jobs, last).await;
            }
            while waiting.len() < QUEUE_LIMIT
                && let Ok(job) = jobs.try_recv()
            {
                waiting.push_back(job);
            }
            let batch = take_batch(&mut waiting);
            last = batch.len();
            meter::queued(waiting.len() + jobs.len());
            for job in self.commit(batch).await.into_iter().rev() {
                waiting.push_front(job);
            }
        }
    }

    /// Closes the connection in order: the last one of an SQLite file folds its log in.
    async fn disconnect(self) {
        if let Some(connection) = self.connection
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the writer's connection did not close in order");
        }
    }

    /// Commits a batch, split as far as need be, answers its commands, and gives back those that must come again.
    async fn commit(&mut self, batch: Vec<Job>) -> Vec<Job> {
        let mut parts = VecDeque::from([batch]);
        let mut again = Vec::new();
        while let Some(mut part) = parts.pop_front() {
            match self.attempt_with_retries(&part).await {
                Ok(verdicts) => again.extend(answer(part, verdicts)),
                Err(error) if part.len() > 1 && error.has_culprit() => {
                    let second = part.split_off(part.len() / 2);
                    parts.push_front(second);
                    parts.push_front(part);
                }
                Err(error) => part.into_iter().for_each(|job| fail(job, &error)),
            }
        }
        again
    }

    /// Conflicts and lost connections are tried again: keys are claimed first, so a commit whose answer was lost is found.
    async fn attempt_with_retries(&mut self, batch: &[Job]) -> Result<Vec<Verdict>, StoreError> {
        let began = Instant::now();
        loop {
            match self.attempt_connected(batch).await {
                Err(error) if error.is_retryable() && began.elapsed() < RETRY_FOR => {
                    tracing::warn!(%error, batch.size = batch.len(), "batch tried again");
                    tokio::time::sleep(RETRY_PAUSE).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// One attempt, on the connection at hand or a new one. After an error that may have cost it, the connection is dropped.
    async fn attempt_connected(&mut self, batch: &[Job]) -> Result<Vec<Verdict>, StoreError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.store.connect().await?,
        };
        let began = Instant::now();
        let mut arrivals = self.origins.arrivals(self.clock.now());
        let outcome = attempt(&mut connection, &self.clock, batch, &mut arrivals).await;
        let arrived = arrivals.finish();
        if outcome.is_ok() {
            self.origins.keep(arrived);
        }
        match &outcome {
            Ok(_) => meter::committed(batch.len(), began.elapsed()),
            Err(_) => meter::not_committed(),
        }
        if !matches!(outcome, Err(StoreError::Lost(_))) {
            self.connection = Some(connection);
        }
        let Attempted { verdicts, locked } = outcome?;
        if let Some(job) = batch.first()
            && self.touched.receiver_count() > 0
        {
            // Nobody may be listening any more.
            let _ = self.touched.send(Touched {
                program: job.submission.program,
                owners: Arc::new(locked),
            });
        }
        Ok(verdicts)
    }
}

/// Waits until so many commands are there, a moment at most.
async fn linger(waiting: &mut VecDeque<Job>, jobs: &mut mpsc::Receiver<Job>, enough: usize) {
    let until = tokio::time::Instant::now() + LINGER;
    while waiting.len() < enough
        && let Ok(Some(job)) = timeout_at(until, jobs.recv()).await
    {
        waiting.push_back(job);
    }
}

/// Answers; gives back the commands that must come again.
fn answer(batch: Vec<Job>, verdicts: Vec<Verdict>) -> Vec<Job> {
    meter::answered(&batch, &verdicts);
    let mut again = Vec::new();
    for (mut job, verdict) in batch.into_iter().zip(verdicts) {
        match verdict {
            // Whoever asked may have gone; the effect stands and is found under the key.
            Verdict::Answer(answer) | Verdict::Repetition(answer) => {
                drop(job.answer.send(answer));
            }
            Verdict::Again(owner) => {
                job.also_lock.insert(owner);
                job.relocks += 1;
                again.push(job);
            }
        }
    }
    again
}

fn fail(job: Job, error: &StoreError) {
    meter::failed(&job);
    let operation = job.submission.command.operation();
    let answer = match error {
        StoreError::LockTimeout(_) => WriteError::InProgress,
        StoreError::Duplicate(_) => WriteError::Rejected(Rejection::AlreadyExists),
        StoreError::Reference(_) => WriteError::Rejected(Rejection::UnknownReference),
        error if error.is_retryable() => {
            tracing::error!(%error, operation, command.id = %job.submission.id, "gave up on the database");
            WriteError::Unavailable
        }
        error => {
            tracing::error!(%error, operation, command.id = %job.submission.id, "a command failed");
            WriteError::Internal
        }
    };
    drop(job.answer.send(Err(answer)));
}
/// See [`Job::is_alone`].
fn is_alone(command: &Command) -> bool {
    match command {
        Command::MergeMembers { .. } | Command::ErasePersonal { .. } => true,
        Command::Group(members) => members.iter().any(|(_, member)| is_alone(member)),
        _ => false,
    }
}
