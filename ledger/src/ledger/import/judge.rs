//! What becomes of each line of a file, as things stand now.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{Import, ImportError, ImportLine, ImportVerdict, ImportedAward, Source};
use crate::community::personal::masked;
use crate::community::{Member, Registration};
use crate::ids::{AwardId, MerchantId, ProgramId};
use crate::import::{AwardLine, Encoding, Flaw, MemberLine, MerchantLine, Place, Sheet};
use crate::ledger::preview::write_error;
use crate::ledger::{AwardPreview, AwardRequest, ExecuteError, Ledger, Request};
use crate::machine::{Award, Command, Rejection, Stop};
use crate::policy::Refusal;
use crate::policy::deed::kind;
use crate::store::StoreError;
use crate::store::views::{Named, Register};
use crate::writer::WriteError;

/// A file looked at, and what its new lines ask for: the line of each, and the command.
pub(super) struct Judged {
    pub import: Import,
    pub commands: Vec<(u64, Command)>,
    /// Whether something came in between two looks, so that another look says otherwise.
    pub overtaken: bool,
}

pub(super) type Names = HashMap<Uuid, Named>;

pub(super) fn member(line: &MemberLine) -> Registration {
    Registration::Member(Member {
        id: line.id,
        organization: line.organization,
        name: line.said.name.clone(),
    })
}

pub(super) fn store(line: &MerchantLine) -> Registration {
    Registration::Store(line.store.clone())
}

impl Source {
    /// Every line, not judged yet.
    pub(super) fn outline(&self, names: &Names) -> (Encoding, Vec<ImportLine>) {
        let line = |line: u64, subject: Uuid, name: &str| ImportLine {
            line,
            subject,
            name: name.to_owned(),
            verdict: ImportVerdict::Refused,
            award: None,
            doubles: Vec::new(),
        };
        match self {
            Self::Awards(sheet) => {
                let lines = sheet.lines.iter().map(|(number, read)| {
                    let id = read.award.member.0;
                    let name = names.get(&id).map_or("", |named| &named.name);
                    line(*number, id, name)
                });
                (sheet.encoding, lines.collect())
            }
            Self::Members(sheet) => {
                let lines = sheet.lines.iter();
                let lines = lines.map(|(number, read)| line(*number, read.id.0, &read.said.name));
                (sheet.encoding, lines.collect())
            }
            Self::Merchants(sheet) => {
                let lines = sheet.lines.iter();
                let lines =
                    lines.map(|(number, read)| line(*number, read.store.id.0, &read.store.name));
                (sheet.encoding, lines.collect())
            }
        }
    }
}

impl Ledger {
    /// The members of a list of deeds by id; nothing for other lists, which say all names themselves.
    pub(super) async fn names(
        &self,
        program: ProgramId,
        source: &Source,
    ) -> Result<Names, StoreError> {
        let Source::Awards(sheet) = source else {
            return Ok(Names::new());
        };
        let members = sheet.lines.iter().map(|(_, line)| line.award.member.0);
        self.known(program, Register::Members, members).await
    }

    async fn known(
        &self,
        program: ProgramId,
        register: Register,
        ids: impl Iterator<Item = Uuid>,
    ) -> Result<Names, StoreError> {
        let ids: Vec<Uuid> = ids.collect::<HashSet<_>>().into_iter().collect();
        let named = self.registered_of(program, register, &ids).await?;
        Ok(named.into_iter().map(|named| (named.id, named)).collect())
    }

    pub(super) async fn judge_once(
        &self,
        request: &Request,
        source: &Source,
        progress: &mut impl FnMut(u64, u64),
    ) -> Result<Judged, ImportError> {
        let names = self.names(request.program, source).await?;
        let (encoding, lines) = source.outline(&names);
        let all = lines.len() as u64;
        let mut judging = Judging {
            lines,
            commands: Vec::new(),
            flaws: Vec::new(),
            overtaken: false,
        };
        match source {
            Source::Awards(sheet) => {
                let awards: Vec<AwardRequest> =
                    sheet.lines.iter().map(|(_, l)| l.award.clone()).collect();
                let previews = self.preview_awards(request, &awards, |done| progress(done, all));
                let previews = previews.await?;
                let recorded = self.recorded(request.program, &previews).await?;
                judging.awards(sheet, previews, &names, &recorded)?;
            }
            Source::Members(sheet) => {
                let ids = sheet.lines.iter().map(|(_, line)| line.id.0);
                let known = self.known(request.program, Register::Members, ids).await?;
                if self.has_keyring() {
                    let people = self.judge_people(request.program, sheet, &known).await?;
                    judging.people(sheet, people);
                } else {
                    judging.members(sheet, &known);
                }
            }
            Source::Merchants(sheet) => {
                let stores = sheet.lines.iter().map(|(_, line)| line.store.id.0);
                let stores = self
                    .known(request.program, Register::Stores, stores)
                    .await?;
                let merchants = sheet.lines.iter().map(|(_, line)| line.store.merchant.0);
                let merchants = self.known(request.program, Register::Merchants, merchants);
                judging.merchants(sheet, &stores, &merchants.await?);
            }
        }
        if !matches!(source, Source::Awards(_)) {
            let commands: Vec<Command> = judging.commands.iter().map(|(_, c)| c.clone()).collect();
            let foreseen = self.foresee(request, &commands).await?;
            judging.turn_down(foreseen.outcomes.into_iter().map(Result::err));
            progress(all, all);
        }
        let mut flaws = judging.flaws;
        flaws.extend(match source {
            Source::Awards(sheet) => sheet.flaws.clone(),
            Source::Members(sheet) => sheet.flaws.clone(),
            Source::Merchants(sheet) => sheet.flaws.clone(),
        });
        Ok(Judged {
            import: Import {
                encoding: Some(encoding),
                lines: judging.lines,
                flaws: flaws.into(),
                repeated: false,
            },
            commands: judging.commands,
            overtaken: judging.overtaken,
        })
    }

    /// The awards that deeds of the file have already.
    async fn recorded(
        &self,
        program: ProgramId,
        previews: &[Result<AwardPreview, ExecuteError>],
    ) -> Result<HashMap<AwardId, Award>, StoreError> {
        let ids: Vec<AwardId> = previews.iter().filter_map(already).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let mut snapshot = self.store.snapshot(program).await?;
        let awards = snapshot.awards_of(&ids).await?.into_iter();
        Ok(awards.map(|award| (award.id, award)).collect())
    }
}

fn already(preview: &Result<AwardPreview, ExecuteError>) -> Option<AwardId> {
    match preview {
        Err(ExecuteError::Write(WriteError::Rejected(Rejection::AlreadyAwarded { award }))) => {
            Some(*award)
        }
        _ => None,
    }
}

/// Lines on their way to a verdict; each is refused until something else is said.
pub(super) struct Judging {
    pub lines: Vec<ImportLine>,
    pub commands: Vec<(u64, Command)>,
    pub flaws: Vec<Flaw>,
    overtaken: bool,
}

impl Judging {
    fn awards(
        &mut self,
        sheet: &Sheet<AwardLine>,
        previews: Vec<Result<AwardPreview, ExecuteError>>,
        names: &Names,
        recorded: &HashMap<AwardId, Award>,
    ) -> Result<(), ExecuteError> {
        for (index, preview) in previews.into_iter().enumerate() {
            let (number, line) = &sheet.lines[index];
            if let Some((column, code, message)) = who(line, names) {
                let place = sheet.columns.place_of(column);
                self.flaws.push(Flaw::at(*number, place, code, message));
                continue;
            }
            let earlier = already(&preview).and_then(|id| recorded.get(&id));
            let judged = &mut self.lines[index];
            match (preview, earlier) {
                (Ok(preview), _) => {
                    judged.verdict = ImportVerdict::New;
                    judged.award = Some(ImportedAward {
                        quoted: preview.submission.quote.points,
                        ..ImportedAward::of(&preview.award)
                    });
                    // Should the policy change meanwhile, it is all looked at anew.
                    let command = Command::SubmitAward(preview.submission);
                    self.commands.push((*number, command));
                }
                (Err(_), Some(award)) if is_deed_of(award, line) => {
                    judged.verdict = ImportVerdict::Known;
                }
                (Err(_), Some(award)) => {
                    let message = format!(
                        "another deed is on record under this reference, with the award {}: correct the line, or use another reference",
                        award.id
                    );
                    let place = sheet.columns.place_of("reference");
                    self.flaws
                        .push(Flaw::at(*number, place, "differs", message));
                }
                (Err(error), None) => {
                    let flaw = refused(sheet, *number, line, error)?;
                    self.flaws.push(flaw);
                }
            }
        }
        Ok(())
    }

    fn members(&mut self, sheet: &Sheet<MemberLine>, known: &Names) {
        for (index, (number, line)) in sheet.lines.iter().enumerate() {
            let Some(named) = known.get(&line.id.0) else {
                self.new_line(index, *number, member(line));
                continue;
            };
            let organization = line.organization.map(|id| id.0);
            let differs = [
                ("name", !is_called(named, &line.said.name)),
                ("organization", named.belongs_to != organization),
            ];
            self.known_line(index, *number, differs, |column| {
                sheet.columns.place_of(column)
            });
        }
    }

    fn merchants(&mut self, sheet: &Sheet<MerchantLine>, stores: &Names, merchants: &Names) {
        let mut making: HashSet<MerchantId> = HashSet::new();
        for (index, (number, line)) in sheet.lines.iter().enumerate() {
            let MerchantLine {
                merchant,
                store: read,
            } = line;
            if let Some(named) = stores.get(&read.id.0) {
                let differs = [
                    ("merchant", named.belongs_to != Some(read.merchant.0)),
                    ("store", named.name != read.name),
                    ("address", named.detail != read.address),
                ];
                self.known_line(index, *number, differs, |column| {
                    sheet.columns.place_of(column)
                });
                continue;
            }
            if !merchants.contains_key(&read.merchant.0) {
                let Some(merchant) = merchant else {
                    let message = format!("there is no merchant {} on record", read.merchant);
                    let place = sheet.columns.place_of("merchant");
                    let flaw = Flaw::at(*number, place, "unknown_reference", message);
                    self.flaws.push(flaw);
                    continue;
                };
                if making.insert(merchant.id) {
                    let record = Registration::Merchant(merchant.clone());
                    self.commands.push((*number, Command::Register(record)));
                }
            }
            self.new_line(index, *number, store(line));
        }
        // A merchant is there before its stores, and records of one kind that follow each other are saved together.
        let is_store = |(_, command): &(u64, Command)| {
            matches!(command, Command::Register(Registration::Store(_)))
        };
        self.commands.sort_by_key(is_store);
    }

    fn new_line(&mut self, index: usize, number: u64, record: Registration) {
        self.lines[index].verdict = ImportVerdict::New;
        self.commands.push((number, Command::Register(record)));
    }

    /// On record: as it stands, or else told by each column that differs.
    fn known_line<const N: usize>(
        &mut self,
        index: usize,
        number: u64,
        differs: [(&str, bool); N],
        place_of: impl Fn(&str) -> Option<Place>,
    ) {
        let before = self.flaws.len();
        for (column, _) in differs.iter().filter(|(_, differs)| *differs) {
            let message = "this reference is on record with another value here, which an import does not change: correct the line, \
                or use another reference";
            let flaw = Flaw::at(number, place_of(column), "differs", message.to_owned());
            self.flaws.push(flaw);
        }
        if self.flaws.len() == before {
            self.lines[index].verdict = ImportVerdict::Known;
        }
    }

    /// What the machine has against commands, in order.
    fn turn_down(&mut self, stops: impl Iterator<Item = Option<Stop>>) {
        let numbers: Vec<u64> = self.commands.iter().map(|(number, _)| *number).collect();
        for (number, stop) in numbers.into_iter().zip(stops) {
            let Some(stop) = stop else { continue };
            let exists = Stop::Rejected(Rejection::AlreadyExists);
            self.overtaken |= stop == exists || stop == Stop::Reprice;
            let code = match &stop {
                Stop::Rejected(rejection) => rejection.code(),
                _ => "internal".to_owned(),
            };
            let flaw = Flaw::of_line(number, &code, write_error(stop).to_string());
            self.flaws.push(flaw);
            let lines = self.lines.iter_mut().filter(|line| line.line == number);
            lines.for_each(|line| line.verdict = ImportVerdict::Refused);
        }
    }
}

/// What is wrong with whom a line names: column, code, message.
fn who(line: &AwardLine, names: &Names) -> Option<(&'static str, &'static str, String)> {
    let Some(named) = names.get(&line.award.member.0) else {
        let message = "there is no such member on record: expected an id, or the reference they were enrolled under by an import";
        return Some(("member", "unknown_member", message.to_owned()));
    };
    let wrong = line.name.as_ref();
    let wrong = wrong.is_some_and(|name| !is_called(named, name));
    let message = || format!("the member is on record as {}", named.name);
    wrong.then(|| ("name", "differs", message()))
}

/// Whether this is the member's name, as far as the list of names tells: a sealed one is masked there.
fn is_called(member: &Named, name: &str) -> bool {
    member.name == name || member.name == masked(name)
}

/// Whether the award is for the deed as the line tells it. Where it was is not kept, so it is not compared.
fn is_deed_of(award: &Award, line: &AwardLine) -> bool {
    let (recorded, read) = (&award.deed, &line.award.deed);
    recorded.occurred_at == read.occurred_at
        && recorded.facts == read.facts
        && recorded.evidence == read.evidence
}

/// A line that was turned down, told at the column that is to blame.
fn refused(
    sheet: &Sheet<AwardLine>,
    number: u64,
    line: &AwardLine,
    error: ExecuteError,
) -> Result<Flaw, ExecuteError> {
    let field = |name: &str| sheet.columns.place_of(name);
    let (code, place) = match &error {
        ExecuteError::NoPolicy { .. } => ("no_policy".to_owned(), field("kind")),
        ExecuteError::SeveralPolicies { .. } => ("several_policies".to_owned(), field("policy")),
        ExecuteError::Refused { refusal, .. } => {
            let place = refused_at(sheet, &line.award.deed.kind, refusal);
            (refusal.code().to_owned(), place)
        }
        ExecuteError::Write(WriteError::Rejected(rejection)) => {
            (rejection.code(), rejected_at(rejection).and_then(field))
        }
        ExecuteError::Write(_) | ExecuteError::Store(_) => return Err(error),
    };
    Ok(Flaw::at(number, place, &code, error.to_string()))
}

/// The column of what a policy refused; `None` where no one column is to blame.
fn refused_at(sheet: &Sheet<AwardLine>, on: &str, refusal: &Refusal) -> Option<Place> {
    match refusal {
        Refusal::UnknownFact { fact, .. }
        | Refusal::DerivedFact { fact }
        | Refusal::WrongFactType { fact, .. }
        | Refusal::WrongFactValue { fact, .. }
        | Refusal::MissingFact { fact, .. } => {
            let spec = kind(on).and_then(|kind| kind.fact(fact))?;
            sheet.columns.place_of_open(&[spec.name, spec.zh, spec.en])
        }
        Refusal::UnknownEvidence { .. } | Refusal::MissingEvidence { .. } => {
            sheet.columns.place_of("evidence")
        }
        Refusal::OutsideEffectiveWindow { .. } | Refusal::MomentOutOfRange => {
            sheet.columns.place_of("occurred_at")
        }
        Refusal::OutsideGeofence { .. } => sheet.columns.place_of("latitude"),
        _ => None,
    }
}

/// The field of what the machine rejected; `None` where no one field is to blame.
const fn rejected_at(rejection: &Rejection) -> Option<&'static str> {
    match rejection {
        Rejection::UnknownMember { .. } | Rejection::MemberMerged { .. } | Rejection::SelfAward => {
            Some("member")
        }
        Rejection::AlreadyAwarded { .. } => Some("reference"),
        Rejection::DeedInFuture { .. }
        | Rejection::AlreadyExpired { .. }
        | Rejection::ProgramClosed { .. } => Some("occurred_at"),
        _ => None,
    }
}
