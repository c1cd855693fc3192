//! The ledger of jifen: all that is true of points, without HTTP.
//!
//! A [`Ledger`] executes [commands](machine::Command) and answers questions. Everything that changes points goes through
//! [`Ledger::execute`] or [`Ledger::submit_award`]; what comes back is a [receipt](machine::Receipt) or a
//! [rejection](machine::Rejection) with a stable code.
//!
//! ```
//! use ledger::clock::{Clock, Timestamp};
//! use ledger::community::{Actor, Budget, Member, Origin, PolicyVersion, Program, Registration, Role};
//! use ledger::ids::{ActorId, BudgetId, MemberId, ProgramId};
//! use ledger::machine::Command;
//! use ledger::policy::{Deed, Fact, Policy};
//! use ledger::{AwardRequest, Ledger, Options, Request};
//!
//! # const POLICY: &str = r#"
//! # schema = "jifen/1"
//! # name = "patrol"
//! # title = "网格巡查"
//! # on = "patrol_shift"
//! # budget = "patrols"
//! # zone = "Asia/Shanghai"
//! # day_start = "04:00"
//! # effective = { from = 2026-01-01 }
//! # approval = "none"
//! # [[rule]]
//! # name = "shift"
//! # title = "完成一次巡查"
//! # points = { rate = 2, per = "hours" }
//! # [[test]]
//! # name = "an hour"
//! # at = 2026-03-05T19:30:00
//! # facts = { minutes = 60, grid = "G-1" }
//! # expect = { points = 2, rule = "shift" }
//! # "#;
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let now: Timestamp = "2026-03-05T12:00:00Z".parse()?;
//! let clock = Clock::fixed(now);
//! # let file = std::env::temp_dir().join(format!("jifen-doc-{}.sqlite", std::process::id()));
//! let url = format!("sqlite:{}", file.display());
//! Ledger::migrate(&url).await?;
//! let ledger = Ledger::open(&url, Options { clock, ..Options::default() }).await?;
//!
//! // A programme, a funded budget, a policy, a rider.
//! let (program, budget, member) = (ProgramId::new(now), BudgetId::new(now), MemberId::new(now));
//! let actor = Actor { id: ActorId::new(now), role: Role::Admin, member: None, store: None, node: None };
//! let ask = |key: &str| Request { program, actor, origin: Origin::default(), key: Some(key.to_owned()) };
//! let policy = Policy::parse("patrol.toml", POLICY)?;
//! for (key, record) in [
//!     ("program", Registration::Program(Program {
//!         id: program, code: "demo".into(), name: "Demo".into(), zone: "Asia/Shanghai".into(),
//!     })),
//!     ("budget", Registration::Budget(Budget { id: budget, code: "patrols".into(), name: "Patrols".into() })),
//!     ("policy", Registration::Policy(PolicyVersion {
//!         name: policy.name().into(), digest: policy.digest().into(), source: policy.source().into(), effective_from: None,
//!     })),
//!     ("member", Registration::Member(Member { id: member, organization: None, name: "赵立军".into() })),
//! ] {
//!     ledger.execute(&ask(key), Command::Register(record)).await?;
//! }
//! ledger.execute(&ask("fund"), Command::Appropriate { budget, points: "1000".parse()? }).await?;
//!
//! // An award: the policy prices the deed. Asked again under the same key, the answer is the same and nothing happens twice.
//! let award = AwardRequest {
//!     member,
//!     deed: Deed {
//!         kind: "patrol_shift".into(),
//!         reference: "shift-1".into(),
//!         occurred_at: now,
//!         facts: [("minutes".into(), Fact::Number(90.into())), ("grid".into(), Fact::Text("G-1".into()))].into(),
//!         evidence: [].into(),
//!         places: vec![],
//!     },
//!     policy: None,
//!     position: None,
//! };
//! let receipt = ledger.submit_award(&ask("award-1"), &award).await?;
//! assert_eq!(ledger.submit_award(&ask("award-1"), &award).await?, receipt);
//!
//! let balance = ledger.balance(program, member, now).await?.expect("a registered member");
//! assert_eq!(balance.available.to_string(), "3.00");
//! ledger.close().await;
//! # std::fs::remove_file(&file)?;
//! # Ok(())
//! # }
//! ```

pub mod accounts;
pub mod buckets;
pub mod clock;
pub mod community;
pub mod export;
pub mod ids;
pub mod import;
pub mod journal;
mod ledger;
pub mod lots;
pub mod machine;
pub mod points;
pub mod policy;
pub mod simulation;
#[allow(
    clippy::duplicate_mod,
    reason = "store/body is compiled once for each database: that is what it is for"
)]
mod store;
pub mod verify;
mod writer;

pub use ledger::{
    AwardPreview, AwardRequest, Drawn, Enrolled, Enrolment, ExecuteError, Held, Import,
    ImportError, ImportLine, ImportVerdict, ImportedAward, IssuedCode, KEPT_SECONDS, Known, Ledger,
    LogInError, Offer, Opened, Opening, Options, PersonalError, Request, SetError, SimulateError,
    Simulated, Stretch, Takeover, Upload, UploadError,
};
#[doc(hidden)]
pub use store::prepare_all_statements;
pub use store::{BackupError, FileCopy, Schema, StoreError, views};
pub use writer::{Touched, WriteError};
