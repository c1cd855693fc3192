//! What a database cannot say of statements: that their money follows from their rate.

use std::time::Instant;

use uuid::Uuid;

use super::{Run, text};
use crate::StoreError;

const PAGE: i64 = 500;
const SAYS: &str = "a statement's money is its points at its rate, paid by a second person";

impl<P: FnMut(super::Progress)> Run<P> {
    pub(super) async fn check_statements(&mut self) -> Result<(), StoreError> {
        let began = Instant::now();
        let rows = self.snapshot.count(&text::COUNT_STATEMENTS).await?;
        let (mut after, mut done, mut first) = (Uuid::nil(), 0, None);
        loop {
            self.tell(SAYS, done, rows);
            let page = self.snapshot.settlements_after(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id.0;
            done += page.len() as u64;
            for statement in page {
                let amount = statement.rate.amount(statement.points);
                if amount != Ok(statement.amount) {
                    let expected = amount.map_or("what fits".to_owned(), |yuan| yuan.to_string());
                    let found = statement.amount.to_string();
                    first.get_or_insert((statement.id, expected, found));
                }
                let payment = statement.payment.as_ref();
                if payment.is_some_and(|payment| payment.by == statement.frozen_by) {
                    let (expected, found) = ("paid by another", "paid by who froze it");
                    first.get_or_insert((statement.id, expected.into(), found.into()));
                }
            }
        }
        if let Some((id, expected, found)) = first {
            self.problem(4, SAYS, "statements", id.to_string(), expected, found);
        }
        self.done(4, SAYS, rows, began);
        Ok(())
    }
}
