//! In which order awards were decided.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::Recorded;
use super::counters::told;
use crate::machine::CounterKey;

/// Oldest submission first. Those of one moment were decided in one batch, or under a clock that stood still: of two that counted on
/// one counter, the one that found less on it came first.
pub(super) fn by_submission(mut awards: Vec<Recorded>) -> Vec<Recorded> {
    awards.sort_by_key(|one| (one.award.submitted_at, one.award.id));
    let mut places: Vec<usize> = Vec::with_capacity(awards.len());
    for batch in awards.chunk_by(|one, next| one.award.submitted_at == next.award.submitted_at) {
        let first = places.len();
        places.extend(within_batch(batch).into_iter().map(|place| first + place));
    }
    let mut awards: Vec<Option<Recorded>> = awards.into_iter().map(Some).collect();
    let in_order = places.into_iter().filter_map(|place| awards[place].take());
    in_order.collect()
}

/// The places of a batch's awards in the order in which they were decided.
fn within_batch(batch: &[Recorded]) -> Vec<usize> {
    if batch.len() == 1 {
        return vec![0];
    }
    let mut found: HashMap<&CounterKey, Vec<(i64, usize)>> = HashMap::new();
    for (place, one) in batch.iter().enumerate() {
        for (key, used) in told(&one.award) {
            found.entry(key).or_default().push((used, place));
        }
    }
    let mut later: Vec<Vec<usize>> = vec![Vec::new(); batch.len()];
    let mut earlier = vec![0_usize; batch.len()];
    for on_one_counter in found.values_mut() {
        on_one_counter.sort_unstable();
        for pair in on_one_counter.windows(2) {
            if let [(less, one), (more, next)] = *pair
                && less < more
            {
                later[one].push(next);
                earlier[next] += 1;
            }
        }
    }
    let free = (0..batch.len()).filter(|place| earlier[*place] == 0);
    let mut free: BinaryHeap<Reverse<usize>> = free.map(Reverse).collect();
    let mut order = Vec::with_capacity(batch.len());
    while let Some(Reverse(place)) = free.pop() {
        order.push(place);
        for &next in &later[place] {
            earlier[next] -= 1;
            if earlier[next] == 0 {
                free.push(Reverse(next));
            }
        }
    }
    // Something fell in between, so that a counter went down and up again: the rest by their ids.
    order.extend((0..batch.len()).filter(|place| earlier[*place] > 0));
    order
}
