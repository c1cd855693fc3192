//! What an import came to, told from what its group was answered.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Import, ImportError, ImportVerdict, ImportedAward, Source};
use crate::community::personal::masked;
use crate::ids::{AwardId, DeedId, ProgramId};
use crate::import::{AwardLine, Flaws};
use crate::ledger::{Ledger, Request};
use crate::machine::award::deed_id;
use crate::machine::{Award, Outcome, Receipt};
use crate::store::StoreError;
use crate::writer::WriteError;

impl Ledger {
    /// What an import came to, from what its group was answered: the same whenever it is asked.
    pub(super) async fn imported(
        &self,
        request: &Request,
        source: &Source,
        receipt: &Receipt,
    ) -> Result<Import, ImportError> {
        let program = request.program;
        let Outcome::Group { receipts } = &receipt.outcome else {
            return Err(WriteError::KeyReused.into());
        };
        let made = |receipt: &Receipt| match receipt.outcome {
            Outcome::Registered { subject } => Some((subject, ImportVerdict::New)),
            Outcome::PersonalKept {
                member, enrolled, ..
            } if enrolled => Some((member.0, ImportVerdict::New)),
            Outcome::PersonalKept { member, .. } => Some((member.0, ImportVerdict::Added)),
            _ => None,
        };
        let made: HashMap<Uuid, ImportVerdict> = receipts.iter().filter_map(made).collect();
        let names = self.names(program, source).await?;
        let mut awards = match source {
            Source::Awards(_) => self.awarded(program, receipts).await?,
            _ => HashMap::new(),
        };
        let (encoding, mut lines) = source.outline(&names);
        for (index, line) in lines.iter_mut().enumerate() {
            match source {
                Source::Awards(sheet) => {
                    line.award = take(&mut awards, &sheet.lines[index].1);
                }
                Source::Members(sheet) if self.has_keyring() => {
                    let found = self.found(program, &sheet.lines[index].1).await?;
                    line.subject = found.0;
                    line.name = masked(&line.name);
                }
                _ => {}
            }
            line.verdict = match (&line.award, made.get(&line.subject)) {
                (Some(_), _) => ImportVerdict::New,
                (None, Some(verdict)) => *verdict,
                (None, None) => ImportVerdict::Known,
            };
        }
        Ok(Import {
            encoding: Some(encoding),
            lines,
            flaws: Flaws::default(),
            repeated: false,
        })
    }

    /// The awards that a group made, as they were then, by deed.
    async fn awarded(
        &self,
        program: ProgramId,
        receipts: &[Receipt],
    ) -> Result<HashMap<DeedId, Vec<(String, ImportedAward)>>, StoreError> {
        let ids: Vec<AwardId> = receipts.iter().map(|r| AwardId(r.id.0)).collect();
        let mut snapshot = self.store.snapshot(program).await?;
        let recorded = snapshot.awards_of(&ids).await?.into_iter();
        let recorded: HashMap<AwardId, Award> = recorded.map(|award| (award.id, award)).collect();
        let mut awards: HashMap<DeedId, Vec<(String, ImportedAward)>> = HashMap::new();
        for receipt in receipts {
            let Outcome::Award {
                award,
                state,
                points,
                ..
            } = receipt.outcome
            else {
                continue;
            };
            if let Some(recorded) = recorded.get(&award) {
                let then = ImportedAward {
                    id: Some(award),
                    state,
                    points,
                    ..ImportedAward::of(recorded)
                };
                let of_deed = awards.entry(recorded.deed_id).or_default();
                of_deed.push((recorded.policy.clone(), then));
            }
        }
        Ok(awards)
    }
}

/// The award that was made of a line, if one was.
fn take(
    awards: &mut HashMap<DeedId, Vec<(String, ImportedAward)>>,
    line: &AwardLine,
) -> Option<ImportedAward> {
    let of_deed = awards.get_mut(&deed_id(line.award.member, &line.award.deed))?;
    let wanted = line.award.policy.as_ref();
    let by = |(policy, _): &(String, _)| wanted.is_none_or(|wanted| wanted == policy);
    let index = of_deed.iter().position(by)?;
    Some(of_deed.swap_remove(index).1)
}
