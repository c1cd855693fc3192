//! What a database cannot say of statements: that their money follows from what was agreed on, and that nobody agreed with themselves.

use std::time::Instant;

use uuid::Uuid;

use super::{Run, text};
use crate::StoreError;
use crate::machine::Statement;
use crate::machine::settlement::worth;
use crate::points::{AmountError, Points};
use crate::store::views::AuditedLine;

const PAGE: i64 = 500;
const PEOPLE: &str = "a statement is approved and paid by another than who froze it";
const WORTH: &str =
    "a line is worth what its redemption is worth after it less what it was worth before";

impl<P: FnMut(super::Progress)> Run<P> {
    pub(super) async fn check_statements(&mut self) -> Result<(), StoreError> {
        let began = Instant::now();
        let rows = self.snapshot.count(&text::COUNT_STATEMENTS).await?;
        let (mut after, mut done, mut first) = (Uuid::nil(), 0, None);
        loop {
            self.tell(PEOPLE, done, rows);
            let page = self.snapshot.settlements_after(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id.0;
            done += page.len() as u64;
            if first.is_none() {
                first = page.iter().find_map(alone);
            }
        }
        if let Some((id, found)) = first {
            let expected = "another person".to_owned();
            self.problem(4, PEOPLE, "statements", id.to_string(), expected, found);
        }
        self.done(4, PEOPLE, rows, began);
        self.check_lines().await
    }

    async fn check_lines(&mut self) -> Result<(), StoreError> {
        let began = Instant::now();
        let rows = self.snapshot.count(&text::COUNT_LINES).await?;
        let (mut after, mut done, mut first) = ((Uuid::nil(), 0), 0, None);
        let mut before: Option<(AuditedLine, Points)> = None;
        loop {
            self.tell(WORTH, done, rows);
            let page = self.snapshot.lines_after(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = (last.line.redemption.0, last.line.version);
            done += page.len() as u64;
            for audited in page {
                let same = |(known, _): &(AuditedLine, Points)| {
                    known.line.redemption == audited.line.redemption
                };
                let earlier = before.filter(same);
                match checked(&audited, earlier) {
                    Ok((net, None)) => before = Some((audited, net)),
                    Ok((net, Some(problem))) => {
                        before = Some((audited, net));
                        first.get_or_insert((audited, problem));
                    }
                    Err(error) => {
                        let problem = ("what fits".to_owned(), error.to_string());
                        first.get_or_insert((audited, problem));
                    }
                }
            }
        }
        if let Some((audited, (expected, found))) = first {
            let row = format!("{} version {}", audited.line.store, audited.line.version);
            self.problem(4, WORTH, "statement_lines", row, expected, found);
        }
        self.done(4, WORTH, rows, began);
        Ok(())
    }
}

/// Who agreed with themselves.
fn alone(statement: &Statement) -> Option<(Uuid, String)> {
    let approved = statement.approval.map(|approval| approval.by);
    let paid = statement.payment.as_ref().map(|payment| payment.by);
    let own = |by| by == Some(statement.frozen_by);
    match (own(approved), own(paid)) {
        (true, _) => Some((statement.id.0, "approved by who froze it".to_owned())),
        (_, true) => Some((statement.id.0, "paid by who froze it".to_owned())),
        _ => None,
    }
}

/// What the store has of the redemption after a line, and what is expected of the line and found instead.
type Finding = (Points, Option<(String, String)>);

fn checked(
    audited: &AuditedLine,
    earlier: Option<(AuditedLine, Points)>,
) -> Result<Finding, AmountError> {
    let AuditedLine { line, terms, named } = audited;
    let net = earlier.map_or(Points::ZERO, |(_, net)| net);
    let after = net.plus(line.points)?;
    let agreed = terms.map(|terms| terms.bearer);
    let bearer = agreed
        .or(earlier.map(|(known, _)| known.line.bearer))
        .or(*named);
    if bearer != Some(line.bearer) {
        let bearer = bearer.map_or("nobody".to_owned(), |bearer| format!("{bearer:?}"));
        return Ok((after, Some((bearer, format!("{:?}", line.bearer)))));
    }
    // Statements from before lines had money of their own were rounded as a whole.
    let Some(amount) = line.amount else {
        return Ok((after, None));
    };
    let expected = worth(&line.bearer, after)?.minus(worth(&line.bearer, net)?)?;
    let differs = || (expected.to_string(), amount.to_string());
    Ok((after, (expected != amount).then(differs)))
}
