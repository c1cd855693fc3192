//! `jifen policy diff`: what is different between two versions of a policy, in words.

use std::path::PathBuf;

use ledger::clock::Timestamp;
use ledger::community::{PolicyVersion, in_force};
use ledger::policy::{Language, Policy, diff_in_words};

use super::explain::Tongue;
use super::{Failure, read};
use crate::commands::choose;
use crate::commands::program::open;
use crate::config;

#[derive(clap::Args)]
pub struct Args {
    /// The policy as it was, and as it is to be; of one file alone, what it changes of what is in force
    #[arg(value_name = "FILE", num_args = 1..=2, required = true)]
    files: Vec<PathBuf>,
    /// The language of the sentences
    #[arg(long, value_enum, default_value = "zh")]
    language: Tongue,
    #[command(flatten)]
    database: config::Database,
    #[command(flatten)]
    program: config::Program,
}

impl Args {
    /// Whether the files could be read.
    pub async fn run(self) -> Result<bool, Failure> {
        let language = self.language.into();
        let mut policies = Vec::new();
        for file in &self.files {
            policies.push(read(file)?);
        }
        // Of every file its mistakes are told.
        let policies: Option<Vec<Policy>> = policies.into_iter().collect();
        let Some(policies) = policies else {
            return Ok(false);
        };
        let sentences = match policies.as_slice() {
            [old, new] => told(Some(old), new, language),
            [new] => self.against_the_ledger(new, language).await?,
            _ => Vec::new(),
        };
        sentences.iter().for_each(|sentence| println!("{sentence}"));
        Ok(true)
    }

    async fn against_the_ledger(
        &self,
        new: &Policy,
        language: Language,
    ) -> Result<Vec<String>, Failure> {
        let ledger = open(&self.database).await?;
        let program = choose::one(&ledger, &self.program).await;
        let versions = match &program {
            Ok(program) => ledger.policies(program.id).await,
            Err(_) => Ok(Vec::new()),
        };
        let now = ledger.clock().now();
        ledger.close().await;
        program?;
        let old = held(&versions?, new.name(), now)?;
        Ok(told(old.as_ref(), new, language))
    }
}

/// The policy that is in force under a name.
pub fn held(
    versions: &[PolicyVersion],
    name: &str,
    now: Timestamp,
) -> Result<Option<Policy>, Failure> {
    let read = |version: &PolicyVersion| {
        Policy::parse(&format!("{name}.toml"), &version.source)
            .map_err(|errors| Failure(format!("what is in force cannot be read:\n{errors}")))
    };
    in_force(versions, name, now).map(read).transpose()
}

/// What is different, or that nothing is.
pub fn told(old: Option<&Policy>, new: &Policy, language: Language) -> Vec<String> {
    let Some(old) = old else {
        return vec![match language {
            Language::Zh => format!("“{}”是新办法，此前没有施行过。", new.title()),
            Language::En => format!("{} is new: no version of it is in force.", new.title()),
        }];
    };
    let sentences = diff_in_words(old, new, language);
    if sentences.is_empty() {
        return vec![match language {
            Language::Zh => "没有变化，一字未改。".to_owned(),
            Language::En => "Nothing is different: the texts are the same.".to_owned(),
        }];
    }
    sentences
}
