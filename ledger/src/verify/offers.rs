//! What was paid for offers follows from what was agreed on, and that from the offer's revision of the time; and nobody took one up more often than it
//! said.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Instant;

use uuid::Uuid;

use super::{Run, text};
use crate::StoreError;
use crate::clock::Timestamp;
use crate::community::offer::{OfferTerms, Terms, Within};
use crate::ids::OfferId;
use crate::machine::Redemption;
use crate::store::audit::Agreed;

const PAGE: i64 = 500;
const SAYS: &str = "what was paid for an offer follows from its terms, as often as they allow";

/// What every revision of every offer says.
type Revisions = HashMap<(OfferId, i64), Result<OfferTerms, StoreError>>;

/// A difference, in words: what was expected, what was found.
type Difference = (String, String);

impl<P: FnMut(super::Progress)> Run<P> {
    pub(super) async fn check_offers(&mut self) -> Result<(), StoreError> {
        let began = Instant::now();
        let rows = self.snapshot.count(&text::COUNT_AGREED).await?;
        let revisions = self.snapshot.offer_revisions().await?;
        let revisions: Revisions = revisions
            .into_iter()
            .map(|(offer, number, terms)| ((offer, number), terms))
            .collect();
        let merged = self.snapshot.merged().await?;
        let merged: HashSet<Uuid> = merged.into_iter().map(|(_, into)| into.0).collect();
        let (mut last, mut done, mut first) = (None, 0, None);
        let mut taker = Taker::default();
        loop {
            self.tell(SAYS, done, rows);
            let mut page = self.snapshot.agreed_after(last.as_ref(), PAGE).await?;
            done += page.len() as u64;
            for agreed in &page {
                if taker.whose != (agreed.offer, agreed.taker.0) {
                    let before = std::mem::take(&mut taker);
                    first = first.or(self.too_often(before, &merged).await?);
                    taker.whose = (agreed.offer, agreed.taker.0);
                }
                let found = difference(agreed, &revisions).map(|found| (agreed.id, found));
                first = first.or(found);
                taker.add(agreed);
            }
            last = page.pop();
            if last.is_none() {
                break;
            }
        }
        if let Some((id, (expected, found))) = first.or(self.too_often(taker, &merged).await?) {
            self.problem(4, SAYS, "redemptions", id.to_string(), expected, found);
        }
        self.done(4, SAYS, rows, began);
        Ok(())
    }

    /// The first that somebody took once too often. Two who are one by now are looked at each by themselves, by whose wallet paid: until they were
    /// merged, what the one took did not count for the other. From then on it did; since when that is so is not looked for, so of what they took
    /// as one only what came out of the same wallet is counted together.
    async fn too_often(
        &mut self,
        taker: Taker,
        merged: &HashSet<Uuid>,
    ) -> Result<Option<(Uuid, Difference)>, StoreError> {
        if !merged.contains(&taker.whose.1) {
            return Ok(taker.difference());
        }
        let ids: Vec<Uuid> = taker.taken.iter().map(|(_, id, _)| *id).collect();
        let payers = self.snapshot.payers(&ids).await?;
        let mut each = BTreeMap::<Option<Uuid>, Taker>::new();
        for taken in taker.taken {
            let payer = payers.get(&taken.1).copied();
            each.entry(payer).or_default().taken.push(taken);
        }
        Ok(each.into_values().find_map(|taker| taker.difference()))
    }
}

/// What one member took of one offer and did not give back, in order of the moments.
struct Taker {
    whose: (OfferId, Uuid),
    taken: Vec<(Timestamp, Uuid, Option<Within>)>,
}

impl Default for Taker {
    fn default() -> Self {
        Self {
            whose: (OfferId(Uuid::nil()), Uuid::nil()),
            taken: Vec::new(),
        }
    }
}

impl Taker {
    fn add(&mut self, agreed: &Agreed) {
        if let Ok(redemption) = &agreed.redemption
            && redemption.takes()
        {
            let within = redemption.terms.and_then(|terms| terms.within);
            self.taken
                .push((redemption.authorised_at, agreed.id, within));
        }
    }

    /// The first that was one too many when it was taken. Those of one moment were let in by whichever of them allowed most.
    fn difference(&self) -> Option<(Uuid, Difference)> {
        self.taken.iter().find_map(|(at, id, within)| {
            let within = (*within)?;
            let so_far = self
                .taken
                .iter()
                .filter(|(other, ..)| (within.from..within.until).contains(other) && other <= at);
            let used = i64::try_from(so_far.count()).unwrap_or(i64::MAX);
            let together = self.taken.iter().filter(|(other, ..)| other == at);
            let allowed = together.filter_map(|(.., within)| within.map(|within| within.count));
            let allowed = allowed.max().unwrap_or(within.count);
            (used > allowed).then(|| {
                let expected = format!("at most {allowed} from {}", within.from);
                (*id, (expected, format!("{used} by then")))
            })
        })
    }
}

/// What was expected of a redemption and what was found, in words, if they differ.
fn difference(agreed: &Agreed, revisions: &Revisions) -> Option<Difference> {
    let redemption = match &agreed.redemption {
        Ok(redemption) => redemption,
        Err(error) => return Some(("a row that can be read".to_owned(), error.to_string())),
    };
    let Some(terms) = &redemption.terms else {
        return Some(("terms".to_owned(), "none".to_owned()));
    };
    if terms.offer != agreed.offer {
        let expected = format!("terms of offer {}", agreed.offer);
        return Some((expected, format!("of {}", terms.offer)));
    }
    match revisions.get(&(terms.offer, terms.revision)) {
        None => Some((
            "a revision of the offer".to_owned(),
            format!("revision {}", terms.revision),
        )),
        Some(Err(error)) => Some(("a revision that can be read".to_owned(), error.to_string())),
        Some(Ok(revision)) => {
            not_as_said(redemption, terms, revision).or_else(|| mispriced(redemption, terms))
        }
    }
}

/// Whether it was agreed on as the revision has it.
fn not_as_said(
    redemption: &Redemption,
    terms: &Terms,
    revision: &OfferTerms,
) -> Option<Difference> {
    let (price, bearer) = (&revision.price, &revision.bearer);
    if (&terms.price, &terms.bearer) != (price, bearer) {
        let expected = format!("{price:?}, borne by {bearer:?}");
        let found = format!("{:?}, borne by {:?}", terms.price, terms.bearer);
        return Some((expected, found));
    }
    let at = redemption.authorised_at;
    if !revision.is_valid(at) {
        let found = format!("taken up at {at}");
        return Some(("taken up while it was good".to_owned(), found));
    }
    let allowed = revision.limit.map(|limit| limit.count);
    let counted = terms.within.map(|within| within.count);
    let lies = terms
        .within
        .is_none_or(|within| (within.from..within.until).contains(&at));
    (allowed != counted || !lies).then(|| {
        let expected = format!("counted with {at}, at most {allowed:?}");
        (expected, format!("{:?}", terms.within))
    })
}

/// Whether what was paid follows from the price.
fn mispriced(redemption: &Redemption, terms: &Terms) -> Option<Difference> {
    let priced = terms.price.of(terms.amount);
    let found = (redemption.authorised, terms.cash);
    let right = priced.is_ok_and(|priced| (priced.points, priced.cash) == found);
    (!right).then(|| {
        let expected = match priced {
            Ok(priced) => format!("{} points and {} yuan", priced.points, priced.cash),
            Err(why) => format!("a price, not {why:?}"),
        };
        (expected, format!("{} points and {} yuan", found.0, found.1))
    })
}
