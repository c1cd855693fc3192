//! Importing a file: look at every line first, then all that is new in one group, or nothing.
//!
//! A line that is on record as it stands in the file has no effect, so the same file may be imported again and again. Under the same
//! key the answer is that of the first time. What was turned down is not kept under the key: an import can be pressed again once
//! the reason is gone.

mod judge;
mod people;
mod told;

use jiff::tz::TimeZone;
use uuid::Uuid;

use self::judge::Judged;
use super::{ExecuteError, Ledger, PersonalError, Request, fingerprint};
use crate::ids::{AwardId, CommandId, MemberId, OrganizationId, ProgramId};
use crate::import::{
    self, AwardLine, Encoding, Flaw, Flaws, ImportKind, MemberLine, MerchantLine, Organizations,
    Sheet,
};
use crate::machine::{self, Award, AwardState, Command, Rejection};
use crate::points::{AmountError, Points};
use crate::policy::Trace;
use crate::store::StoreError;
use crate::store::views::Register;
use crate::writer::WriteError;

/// How often a group is made anew because something came in between.
const TRIES: usize = 4;
/// How many organizations are read at a time.
const PAGE: i64 = 500;

/// What a file comes to, or came to.
#[derive(Clone, Debug)]
pub struct Import {
    /// How its text was written.
    pub encoding: Option<Encoding>,
    /// Its lines that could be read, in order.
    pub lines: Vec<ImportLine>,
    /// What is wrong with it; then nothing of it has taken effect.
    pub flaws: Flaws,
    /// Whether this is the answer to an earlier import under the same key.
    pub repeated: bool,
}

/// What a line comes to.
#[derive(Clone, Debug)]
pub struct ImportLine {
    /// Where it stands in the file, from 1.
    pub line: u64,
    /// The member whose deed it is or who is enrolled, or the store.
    pub subject: Uuid,
    /// Their name; empty for somebody who is not on record.
    pub name: String,
    /// What becomes of it.
    pub verdict: ImportVerdict,
    /// The award, of a new line of a list of deeds.
    pub award: Option<ImportedAward>,
    /// Members who are probably the person of this line, for somebody to decide.
    pub doubles: Vec<MemberId>,
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportVerdict {
    /// It takes effect.
    New,
    /// It is on record as it stands, and has no second effect.
    Known,
    /// A member on record, of whom it says something new.
    Added,
    /// It cannot be imported; the flaws say why.
    Refused,
}

impl ImportVerdict {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Known => "known",
            Self::Added => "added",
            Self::Refused => "refused",
        }
    }
}

/// An award that a line makes.
#[derive(Clone, Debug)]
pub struct ImportedAward {
    /// Its id; `None` in a preview.
    pub id: Option<AwardId>,
    /// Its state.
    pub state: AwardState,
    /// What the policy gives for the deed, before caps.
    pub quoted: Points,
    /// What caps leave of it.
    pub points: Points,
    /// How it came to that.
    pub trace: Trace,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file has flaws; they are told with what its other lines would come to.
    #[error("{} errors in the file: nothing was imported", .0.flaws.count())]
    Flawed(Box<Import>),
    /// The ledger's answer to the group as a whole.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
    /// What is held about somebody cannot be read.
    #[error(transparent)]
    Personal(#[from] PersonalError),
}

impl From<StoreError> for ImportError {
    fn from(error: StoreError) -> Self {
        Self::Execute(error.into())
    }
}

impl From<WriteError> for ImportError {
    fn from(error: WriteError) -> Self {
        Self::Execute(error.into())
    }
}

impl From<Vec<Flaw>> for ImportError {
    fn from(flaws: Vec<Flaw>) -> Self {
        Self::Flawed(Box::new(Import {
            encoding: None,
            lines: Vec::new(),
            flaws: flaws.into(),
            repeated: false,
        }))
    }
}

impl Import {
    /// How many lines have this verdict.
    pub fn count(&self, verdict: ImportVerdict) -> usize {
        let lines = self.lines.iter();
        lines.filter(|line| line.verdict == verdict).count()
    }

    /// What its awards are worth together, after caps.
    ///
    /// # Errors
    /// When the sum does not fit.
    pub fn points(&self) -> Result<Points, AmountError> {
        let awards = self.lines.iter().filter_map(|line| line.award.as_ref());
        Points::sum(awards.map(|award| award.points))
    }
}

impl ImportedAward {
    fn of(award: &Award) -> Self {
        let clipped = award.trace.caps.iter().map(|cap| cap.clipped.hundredths());
        let quoted = award.trace.points.hundredths() + clipped.sum::<i64>();
        Self {
            id: None,
            state: award.state,
            quoted: Points::from_hundredths(quoted),
            points: award.points,
            trace: award.trace.clone(),
        }
    }
}

/// A file, read.
enum Source {
    Awards(Sheet<AwardLine>),
    Members(Sheet<MemberLine>),
    Merchants(Sheet<MerchantLine>),
}

impl Source {
    fn has_flaws(&self) -> bool {
        let flaws = match self {
            Self::Awards(sheet) => &sheet.flaws,
            Self::Members(sheet) => &sheet.flaws,
            Self::Merchants(sheet) => &sheet.flaws,
        };
        !flaws.is_empty()
    }

    /// What makes two files under one key the same: every line of theirs. That of riders says nothing about them to who has not the key.
    fn fingerprint(&self, ledger: &Ledger, program: ProgramId) -> Uuid {
        let register = |registration| Command::Register(registration).fingerprint();
        match self {
            Self::Awards(sheet) => {
                let lines = sheet.lines.iter();
                machine::group_fingerprint(lines.map(|(_, line)| fingerprint(&line.award)))
            }
            Self::Members(sheet) => {
                let lines = sheet.lines.iter();
                let said: Vec<&MemberLine> = lines.clone().map(|(_, line)| line).collect();
                let said = serde_json::to_vec(&said).unwrap_or_default();
                if let Some(print) = ledger.print_of(program, &said) {
                    return print;
                }
                machine::group_fingerprint(lines.map(|(_, member)| register(judge::member(member))))
            }
            Self::Merchants(sheet) => {
                let lines = sheet.lines.iter();
                machine::group_fingerprint(lines.map(|(_, line)| register(judge::store(line))))
            }
        }
    }
}

impl Ledger {
    /// What importing a file would come to now: errors by line and column, and for each line that could be read what becomes of it. Nothing
    /// is changed. `progress` is told how many lines are priced, of how many.
    ///
    /// # Errors
    /// When the file cannot be read line by line, or the database not at all.
    pub async fn preview_import(
        &self,
        request: &Request,
        kind: ImportKind,
        file: &[u8],
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Import, ImportError> {
        let source = self.read(request.program, kind, file).await?;
        Ok(self.judge(request, &source, &mut progress).await?.import)
    }

    /// Imports a file: all of its lines that are not on record yet take effect together, or none does.
    ///
    /// # Errors
    /// [`ImportError::Flawed`] with all that is wrong, or the ledger's answer to the group; nothing has taken effect then, save that an answer
    /// such as [`WriteError::Unavailable`] leaves it open: ask again with the same key.
    pub async fn import(
        &self,
        request: &Request,
        kind: ImportKind,
        file: &[u8],
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Import, ImportError> {
        let source = self.read(request.program, kind, file).await?;
        if source.has_flaws() {
            let judged = self.judge(request, &source, &mut progress).await?;
            return Err(ImportError::Flawed(Box::new(judged.import)));
        }
        let body = source.fingerprint(self, request.program);
        let mut failed = None;
        let mut tries = 0;
        let mut turned_down = 0;
        while tries < TRIES {
            let request = numbered(request, turned_down);
            match self.claimed(&request, "group").await? {
                Some(claimed) if claimed.body != body => return Err(WriteError::KeyReused.into()),
                Some(claimed) => match claimed.answer {
                    Ok(receipt) => {
                        let import = self.imported(&request, &source, &receipt).await?;
                        return Ok(Import {
                            repeated: true,
                            ..import
                        });
                    }
                    Err(_) => {
                        turned_down += 1;
                        continue;
                    }
                },
                None => tries += 1,
            }
            let judged = self.judge(&request, &source, &mut progress).await?;
            if !judged.import.flaws.is_empty() {
                return Err(ImportError::Flawed(Box::new(judged.import)));
            }
            if judged.commands.is_empty() {
                return Ok(judged.import);
            }
            let now = self.clock.now();
            let group = judged.commands.iter().map(|(_, command)| command.clone());
            let group = group.map(|command| (CommandId::new(now), command));
            let group = Command::Group(group.collect());
            let answer = self.execute_for(&request, CommandId::new(now), body, group);
            match answer.await {
                Ok(receipt) => return self.imported(&request, &source, &receipt).await,
                Err(WriteError::Reprice) => self.forget_tariff(request.program),
                // Something came in between: looking again says what, and may find it on record.
                Err(WriteError::Rejected(rejection)) => failed = Some((rejection, judged)),
                Err(error) => return Err(error.into()),
            }
        }
        Err(failed.map_or_else(
            || WriteError::Reprice.into(),
            |(why, judged)| turned(why, judged),
        ))
    }

    /// What becomes of each line. Lines are looked up first and decided then; when somebody else made one of them in between, it is looked at
    /// anew.
    async fn judge(
        &self,
        request: &Request,
        source: &Source,
        progress: &mut impl FnMut(u64, u64),
    ) -> Result<Judged, ImportError> {
        for _ in 1..TRIES {
            let judged = self.judge_once(request, source, progress).await?;
            if !judged.overtaken {
                return Ok(judged);
            }
        }
        self.judge_once(request, source, progress).await
    }

    async fn read(
        &self,
        program: ProgramId,
        kind: ImportKind,
        file: &[u8],
    ) -> Result<Source, ImportError> {
        Ok(match kind {
            ImportKind::Awards => {
                let zone = self.zone(program).await?;
                Source::Awards(import::awards(file, program, &zone)?)
            }
            ImportKind::Members => {
                let organizations = self.organizations(program).await?;
                let sealing = self.has_keyring();
                Source::Members(import::members(file, program, &organizations, sealing)?)
            }
            ImportKind::Merchants => Source::Merchants(import::merchants(file, program)?),
        })
    }

    /// In which zone local moments are meant.
    pub(super) async fn zone(&self, program: ProgramId) -> Result<TimeZone, ImportError> {
        let programs = self.programs().await?;
        let program = programs.into_iter().find(|known| known.id == program);
        let program = program.ok_or(WriteError::Rejected(Rejection::UnknownReference))?;
        TimeZone::get(&program.zone)
            .map_err(|error| StoreError::corrupt("programs", "zone", program.id, error).into())
    }

    async fn organizations(&self, program: ProgramId) -> Result<Organizations, StoreError> {
        let mut all = Organizations::default();
        let mut after = Uuid::nil();
        loop {
            let page = self.register(program, Register::Organizations, after, PAGE);
            let page = page.await?;
            let Some(last) = page.last() else {
                return Ok(all);
            };
            after = last.id;
            let named = page.into_iter().map(|n| (OrganizationId(n.id), n.name));
            all.0.extend(named);
        }
    }
}

/// The request under the key's next number: what was turned down under the one before stays there.
fn numbered(request: &Request, turned_down: u64) -> Request {
    let mut request = request.clone();
    if turned_down > 0
        && let Some(key) = &mut request.key
    {
        key.push_str(&format!("#{}", turned_down + 1));
    }
    request
}

/// A group that kept being turned down, told by the line that was to blame.
fn turned(rejection: Rejection, judged: Judged) -> ImportError {
    let Rejection::InGroup { line, rejection } = &rejection else {
        return WriteError::Rejected(rejection).into();
    };
    let index = usize::try_from(line - 1).unwrap_or(usize::MAX);
    let line = judged.commands.get(index).map_or(*line, |(line, _)| *line);
    let flaw = Flaw::of_line(line, &rejection.code(), rejection.to_string());
    ImportError::Flawed(Box::new(Import {
        flaws: flaw.into(),
        ..judged.import
    }))
}
