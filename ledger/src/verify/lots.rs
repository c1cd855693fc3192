//! What lots keep of the terms of their awards, so that they need not be read with them, is what those say.

use std::time::Instant;

use uuid::Uuid;

use super::{Progress, Run, text};
use crate::StoreError;
use crate::store::audit::LotTerms;

const PAGE: i64 = 500;
const SAYS: &str = "a lot expires as the terms of its award have it";

impl<P: FnMut(Progress)> Run<P> {
    pub(super) async fn check_lots(&mut self) -> Result<(), StoreError> {
        let began = Instant::now();
        let rows = self.snapshot.count(&text::COUNT_LOTS).await?;
        let (mut after, mut done, mut first) = (Uuid::nil(), 0, None);
        loop {
            self.tell(SAYS, done, rows);
            let page = self.snapshot.lot_terms_after(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id.0;
            done += page.len() as u64;
            for lot in page {
                if let Some((expected, found)) = difference(&lot) {
                    first.get_or_insert((lot.id, expected, found));
                }
            }
        }
        if let Some((id, expected, found)) = first {
            self.problem(4, SAYS, "lots", id.to_string(), expected, found);
        }
        self.done(4, SAYS, rows, began);
        Ok(())
    }
}

/// What was expected of a lot and what was found, in words, if they differ.
fn difference(lot: &LotTerms) -> Option<(String, String)> {
    let terms = match &lot.terms {
        Ok(terms) => terms,
        Err(error) => return Some(("terms that can be read".to_owned(), error.to_string())),
    };
    let days = &terms.expiry_notice_days;
    let says = |what: &str, value: &dyn std::fmt::Debug| format!("{what} {value:?}");
    if lot.to_budget != terms.expires_to_budget {
        let both = [terms.expires_to_budget, lot.to_budget];
        let [expected, found] = both.map(|to| says("to_budget", &to));
        return Some((expected, found));
    }
    if lot.grace_seconds != terms.grace_seconds {
        let both = [terms.grace_seconds, lot.grace_seconds];
        let [expected, found] = both.map(|seconds| says("grace_seconds", &seconds));
        return Some((expected, found));
    }
    if lot.notice_days.is_some_and(|next| !days.contains(&next)) {
        let expected = format!("notice_days one of {days:?} or none");
        return Some((expected, says("notice_days", &lot.notice_days)));
    }
    // Points that came back after it expired may have kept it open for longer.
    let kept = match (lot.expires_at, lot.promised) {
        (Some(end), Some(promised)) => end >= promised,
        (end, promised) => end == promised,
    };
    (!kept).then(|| {
        let expected = format!("expires_at {:?} or later", lot.promised);
        (expected, says("expires_at", &lot.expires_at))
    })
}
