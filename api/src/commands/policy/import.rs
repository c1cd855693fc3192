//! `jifen policy import`: policy files as drafts, all of them or none.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ledger::Ledger;
use ledger::clock::Timestamp;
use ledger::community::{DraftState, PolicyDraft, PolicySource, PolicyVersion, in_force};
use ledger::ids::DraftId;
use ledger::machine::{Command, Outcome};
use ledger::policy::{Language, Policy};

use super::diff::{held, told};
use super::drafts::{AS_WERE, Acting, all_drafts, kept};
use super::explain::Tongue;
use super::{Failure, files, read};
use crate::commands::choose;
use crate::commands::program::open;
use crate::config;

#[derive(clap::Args)]
pub struct Args {
    /// Policy files, or directories of them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    acting: Acting,
    /// The language in which changes are told
    #[arg(long, value_enum, default_value = "zh")]
    language: Tongue,
    #[command(flatten)]
    database: config::Database,
    #[command(flatten)]
    program: config::Program,
}

/// What is on record already.
struct Known {
    versions: Vec<PolicyVersion>,
    drafts: Vec<PolicyDraft>,
    now: Timestamp,
}

impl Args {
    /// Whether all is on record.
    pub async fn run(self) -> Result<bool, Failure> {
        let Some(policies) = self.sound()? else {
            println!("Nothing was imported. {AS_WERE}");
            return Ok(false);
        };
        let ledger = open(&self.database).await?;
        let done = self.import(&ledger, policies).await;
        ledger.close().await;
        done.map(|()| true)
    }

    /// Every file's policy; `None` when one has mistakes, which are then on standard output.
    fn sound(&self) -> Result<Option<Vec<Policy>>, Failure> {
        let mut policies = Vec::new();
        let mut places = BTreeMap::new();
        let mut sound = true;
        for path in files(&self.paths)? {
            let Some(policy) = read(&path)? else {
                sound = false;
                continue;
            };
            if let Some(other) = places.insert(policy.name().to_owned(), path.clone()) {
                println!(
                    "{}: {} is in {} too: expected each policy once",
                    path.display(),
                    policy.name(),
                    other.display()
                );
                sound = false;
            }
            policies.push(policy);
        }
        Ok(sound.then_some(policies))
    }

    async fn import(&self, ledger: &Ledger, policies: Vec<Policy>) -> Result<(), Failure> {
        let program = choose::one(ledger, &self.program).await?;
        let request = self.acting.request(ledger, &program).await?;
        let known = Known {
            versions: ledger.policies(program.id).await?,
            drafts: all_drafts(ledger, &program).await?,
            now: ledger.clock().now(),
        };
        let mut news = Vec::new();
        for policy in policies {
            if let Some(lines) = known.unchanged(&policy) {
                println!("{}: {lines}", policy.name());
            } else {
                news.push(policy);
            }
        }
        if news.is_empty() {
            println!("There is nothing to import.");
            return Ok(());
        }
        let command = Command::ImportPolicies {
            policies: news.iter().map(source).collect(),
        };
        let mut before = Vec::new();
        for policy in &news {
            before.push(held(&known.versions, policy.name(), known.now)?);
        }
        let receipt = ledger.execute(&request, command).await.map_err(kept)?;
        let Outcome::Drafts { drafts, .. } = receipt.outcome else {
            return Err(Failure("the ledger answered with another receipt".into()));
        };
        for ((policy, old), draft) in news.iter().zip(&before).zip(drafts) {
            tell(policy, old.as_ref(), draft, self.language.into());
        }
        println!(
            "Imported into {}. Next: `jifen policy simulate-draft`, then `jifen policy approve` by another person.",
            program.code
        );
        Ok(())
    }
}

fn source(policy: &Policy) -> PolicySource {
    PolicySource {
        name: policy.name().to_owned(),
        source: policy.source().to_owned(),
    }
}

impl Known {
    /// Why a file need not be imported, if it is what is in force or waits as a draft.
    fn unchanged(&self, policy: &Policy) -> Option<String> {
        let begun = in_force(&self.versions, policy.name(), self.now);
        if begun.is_some_and(|version| version.digest == policy.digest()) {
            return Some("unchanged, it is in force as it is".to_owned());
        }
        let waiting = self.drafts.iter().find(|draft| {
            draft.name == policy.name()
                && draft.digest == policy.digest()
                && draft.state != DraftState::Approved
        })?;
        Some(format!(
            "unchanged, it is draft {} already ({})",
            waiting.id, waiting.state
        ))
    }
}

/// What became of one, and what it changes.
fn tell(
    policy: &Policy,
    old: Option<&Policy>,
    (id, state): (DraftId, DraftState),
    language: Language,
) {
    let what = if old.is_some() { "changed" } else { "new" };
    println!("{}: {what}, draft {id} ({state})", policy.name());
    for sentence in told(old, policy, language) {
        println!("  {sentence}");
    }
    for case in policy.run_cases() {
        if let Err(differences) = case.outcome {
            println!("  FAILED {}: {}", case.name, differences.join("; "));
        }
    }
    if state == DraftState::Draft {
        println!(
            "  Its own cases fail, so it stays a draft: correct the file and import it again."
        );
    }
}
