//! What becomes of each line of a list of riders whose data is sealed: enrolled, added to a member, or refused.

use super::ImportVerdict;
use super::judge::{Judging, Names};
use crate::community::personal::masked;
use crate::community::personal::{Consent, Personal};
use crate::ids::{MemberId, ProgramId};
use crate::import::{Flaw, MemberLine, Sheet};
use crate::ledger::personal::add;
use crate::ledger::{Enrolment, Ledger, PersonalError};
use crate::machine::personal::Keeping;
use crate::machine::{Command, Rejection};
use crate::store::StoreError;
use crate::writer::WriteError;

/// What a line comes to.
pub(super) struct Person {
    /// Who it is about.
    pub member: MemberId,
    /// What becomes of it.
    pub verdict: ImportVerdict,
    /// Who is probably the same person.
    pub doubles: Vec<MemberId>,
    /// What is to be kept, if there is anything new.
    pub keeping: Option<Box<Keeping>>,
}

/// Why a line cannot be imported: column, code, message.
type Wrong = (&'static str, String, String);

/// A line that leads to nobody, or why it cannot be said whom it leads to.
enum Judged {
    Person(Person),
    Wrong(Vec<Wrong>),
}

fn wrong(column: &'static str, code: &str, message: &str) -> Wrong {
    (column, code.to_owned(), message.to_owned())
}

impl Ledger {
    pub(super) async fn judge_people(
        &self,
        program: ProgramId,
        sheet: &Sheet<MemberLine>,
        known: &Names,
    ) -> Result<Vec<Result<Person, Vec<Flaw>>>, PersonalError> {
        let mut people = Vec::with_capacity(sheet.lines.len());
        for (number, line) in &sheet.lines {
            let judged = match self.judge_person(program, line, known).await {
                Ok(judged) => judged,
                Err(PersonalError::Write(WriteError::Rejected(rejection))) => {
                    let column = match (&rejection, &line.said.identity) {
                        (Rejection::PhoneOfAnother { .. }, Some(_)) => "identity_number",
                        _ => "phone",
                    };
                    let why = wrong(column, &rejection.code(), &rejection.to_string());
                    Judged::Wrong(vec![why])
                }
                Err(error) => return Err(error),
            };
            people.push(match judged {
                Judged::Person(person) => Ok(person),
                Judged::Wrong(all) => {
                    let flaw = |(column, code, message): Wrong| {
                        let place = sheet.columns.place_of(column);
                        Flaw::at(*number, place, &code, message)
                    };
                    Err(all.into_iter().map(flaw).collect())
                }
            });
        }
        Ok(people)
    }

    async fn judge_person(
        &self,
        program: ProgramId,
        line: &MemberLine,
        known: &Names,
    ) -> Result<Judged, PersonalError> {
        let at = self.clock().now();
        let consent = line.consent.clone();
        let personal = Personal {
            consents: consent
                .map(|version| Consent { version, at })
                .into_iter()
                .collect(),
            ..line.said.clone()
        };
        let by_phone = match personal.phones.first() {
            Some(phone) => self.member_by_phone(program, phone).await?,
            None => None,
        };
        let by_identity = match &personal.identity {
            Some(identity) => self.member_by_identity(program, identity).await?,
            None => None,
        };
        let on_record = known.get(&line.id.0);
        let mut all = Vec::new();
        if on_record.is_some() && by_phone.is_some_and(|other| other != line.id) {
            let message = "this phone is another member's: correct the line, or change that member's phone first";
            all.push(wrong("phone", "differs", message));
        }
        if on_record.is_some_and(|named| named.belongs_to != line.organization.map(|id| id.0)) {
            all.push(wrong("organization", "differs", DIFFERS));
        }
        let Some(member) = on_record.map(|_| line.id).or(by_phone) else {
            let enrolment = Enrolment {
                organization: line.organization,
                personal,
            };
            let keeping = self.to_begin(program, line.id, &enrolment, by_identity)?;
            return Ok(Judged::Person(person(line.id, ImportVerdict::New, keeping)));
        };
        self.judge_known(program, (member, by_identity), &personal, all)
            .await
    }

    /// A line about somebody on record.
    async fn judge_known(
        &self,
        program: ProgramId,
        (member, by_identity): (MemberId, Option<MemberId>),
        said: &Personal,
        mut all: Vec<Wrong>,
    ) -> Result<Judged, PersonalError> {
        let (version, row) = self.opened(program, member).await?;
        let known = match row.clone() {
            Some(row) => row,
            None => self.as_registered(program, member).await?,
        };
        if known.name != said.name {
            all.push(wrong("name", "differs", DIFFERS));
        }
        if let Some(phone) = said.phones.first()
            && !known.phones.is_empty()
            && !known.phones.contains(phone)
        {
            let message = "this reference is on record with another phone, which an import does not change: change the member's phone";
            all.push(wrong("phone", "differs", message));
        }
        if !all.is_empty() {
            return Ok(Judged::Wrong(all));
        }
        let mut now = known.clone();
        add(&mut now, said);
        let known_already = row.is_some() && now == known;
        let keeping = self.addition(program, member, (version, row.as_ref()), said, by_identity)?;
        let person = person(member, ImportVerdict::Added, keeping);
        Ok(Judged::Person(match known_already {
            true => Person {
                verdict: ImportVerdict::Known,
                keeping: None,
                ..person
            },
            false => person,
        }))
    }

    /// Whom a line leads to, now that it was imported.
    pub(super) async fn found(
        &self,
        program: ProgramId,
        line: &MemberLine,
    ) -> Result<MemberId, StoreError> {
        let Some(phone) = line.said.phones.first() else {
            return Ok(line.id);
        };
        match self.member_by_phone(program, phone).await {
            Ok(found) => Ok(found.unwrap_or(line.id)),
            Err(PersonalError::Store(error)) => Err(error),
            // Erased since.
            Err(_) => Ok(line.id),
        }
    }
}

impl Judging {
    /// Says of each line what becomes of it, under the masked name.
    pub(super) fn people(
        &mut self,
        sheet: &Sheet<MemberLine>,
        people: Vec<Result<Person, Vec<Flaw>>>,
    ) {
        for (index, person) in people.into_iter().enumerate() {
            let number = sheet.lines[index].0;
            let line = &mut self.lines[index];
            line.name = masked(&line.name);
            match person {
                Ok(person) => {
                    line.subject = person.member.0;
                    line.verdict = person.verdict;
                    line.doubles = person.doubles;
                    let command = person.keeping.map(Command::KeepPersonal);
                    self.commands
                        .extend(command.map(|command| (number, command)));
                }
                Err(flaws) => self.flaws.extend(flaws),
            }
        }
    }
}

const DIFFERS: &str = "this member is on record with another value here, which an import does not change: correct the line, or use another \
    reference";

fn person(member: MemberId, verdict: ImportVerdict, keeping: Keeping) -> Person {
    Person {
        member,
        verdict,
        doubles: keeping.doubles.clone(),
        keeping: Some(Box::new(keeping)),
    }
}
