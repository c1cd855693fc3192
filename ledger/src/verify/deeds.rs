//! What is counted of deeds beside their awards: for teams, and on orders.

use std::time::Instant;

use uuid::Uuid;

use super::{Progress, Run, text};
use crate::StoreError;
use crate::community::team::TeamDeed;
use crate::store::audit::{OrderCounts, TeamAward};

const PAGE: i64 = 500;

const TEAMS: &str = "what counts for a team is what its award's deed says";
const ORDERS: &str =
    "an order counts what members do for it, and has no more of them than it wants";

impl<P: FnMut(Progress)> Run<P> {
    pub(super) async fn check_teams(&mut self) -> Result<(), StoreError> {
        let began = Instant::now();
        let rows = self.snapshot.count(&text::COUNT_TEAM_AWARDS).await?;
        let (mut last, mut done, mut first) = (None, 0, None);
        loop {
            self.tell(TEAMS, done, rows);
            let mut page = self.snapshot.team_awards_after(last.as_ref(), PAGE).await?;
            done += page.len() as u64;
            for row in &page {
                if let Some((expected, found)) = of_team(row) {
                    first.get_or_insert((row.award, expected, found));
                }
            }
            last = page.pop();
            if last.is_none() {
                break;
            }
        }
        if let Some((award, expected, found)) = first {
            let row = award.to_string();
            self.problem(6, TEAMS, "team_awards", row, expected, found);
        }
        self.done(6, TEAMS, rows, began);
        Ok(())
    }

    pub(super) async fn check_orders(&mut self) -> Result<(), StoreError> {
        let began = Instant::now();
        let rows = self.snapshot.count(&text::COUNT_ORDERS).await?;
        let (mut after, mut done, mut first) = (Uuid::nil(), 0, None);
        loop {
            self.tell(ORDERS, done, rows);
            let page = self.snapshot.order_counts_after(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            done += page.len() as u64;
            for row in &page {
                if let Some((expected, found)) = of_order(row) {
                    first.get_or_insert((row.id, expected, found));
                }
            }
        }
        if let Some((id, expected, found)) = first {
            self.problem(6, ORDERS, "orders", id.to_string(), expected, found);
        }
        self.done(6, ORDERS, rows, began);
        Ok(())
    }
}

/// What was expected of a row and what was found, in words, if they differ.
fn of_team(row: &TeamAward) -> Option<(String, String)> {
    let write = |deed: &TeamDeed| {
        let TeamDeed {
            code,
            occurred_at,
            reference,
            minutes,
            people,
        } = deed;
        format!("{code} at {occurred_at}, {reference:?}, {minutes} minutes, {people} people")
    };
    let says = match &row.deed {
        Ok(deed) => deed.as_ref().and_then(TeamDeed::of),
        Err(error) => return Some(("a deed that can be read".to_owned(), error.to_string())),
    };
    (says.as_ref() != Some(&row.counted)).then(|| {
        let expected = says.as_ref().map_or_else(|| "no row".to_owned(), write);
        (expected, write(&row.counted))
    })
}

fn of_order(row: &OrderCounts) -> Option<(String, String)> {
    let order = match &row.order {
        Ok(order) => order,
        Err(error) => return Some(("an order that can be read".to_owned(), error.to_string())),
    };
    let write = |state: &str, [taken, reported, confirmed]: [i64; 3]| {
        format!("{state}, taken {taken}, reported {reported}, confirmed {confirmed}")
    };
    let says = [order.taken, order.reported, order.confirmed];
    let found = || write(order.state.name(), says);
    if says != row.parts || order.state.name() != row.state {
        return Some((write(&row.state, row.parts), found()));
    }
    let places = order.wanted.places;
    let full = row.parts.iter().sum::<i64>() > places;
    full.then(|| (format!("at most {places} members"), found()))
}
