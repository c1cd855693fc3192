//! Freezing the next statement of every store that has something to settle.

use axum::Form;
use ledger::WriteError;
use ledger::ids::{FunderId, StoreId};
use ledger::machine::{Rejection, SettlementRejection};
use ledger::points::{Rate, Rounding};
use rust_decimal::Decimal;
use serde::Deserialize;
use uuid::Uuid;

use super::{Wanted, again, said};
use crate::settling::{freeze_page, unsettled};
use crate::web::Web;
use crate::web::fields::fresh_key;
use crate::web::names::store_name;
use crate::web::page::{Page, Trouble, go};
use crate::web::reading::{counted, say, t};
use crate::web::visitor::{At, Trader, request};

/// How many stores are frozen at a time, and how many times over at one press.
const PAGE: i64 = 100;
const PAGES: usize = 10;
/// The most fen a point, and the most places it may have, as the API has it.
const DEAREST: i64 = 1_000_000;
const PLACES: u32 = 6;

/// What is to be frozen, and what was typed.
pub(super) struct Freezing {
    /// How many stores have something that no statement covers.
    pub stores: usize,
    pub typed: Typed,
    /// By what is sent, what it is called, and whether it is chosen.
    pub funders: Vec<(String, String, bool)>,
    pub roundings: Vec<(&'static str, &'static str, bool)>,
}

/// Who pays for what was redeemed without an offer, and how much, as it is typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub key: String,
    pub funder: String,
    pub rate: String,
    pub rounding: String,
    /// After which store to go on.
    pub after: String,
}

impl Typed {
    fn fresh() -> Self {
        Self {
            key: fresh_key(),
            ..Self::default()
        }
    }

    /// Who pays and how much, or what is wrong with it.
    fn named(&self) -> Result<(Option<FunderId>, Option<Rate>), &'static str> {
        let (funder, rate) = (self.funder.trim(), self.rate.trim());
        if funder.is_empty() && rate.is_empty() {
            return Ok((None, None));
        }
        let whose = t(
            "出资方和单价要一起填，或者都不填。",
            "Please say both who pays and how much, or neither.",
        );
        let funder: FunderId = funder.parse().map_err(|_| whose)?;
        if rate.is_empty() {
            return Err(whose);
        }
        let fen = Decimal::from_str_exact(rate).ok().filter(|fen| {
            let dearest = Decimal::from(DEAREST);
            *fen > Decimal::ZERO && *fen <= dearest && fen.normalize().scale() <= PLACES
        });
        let fen = fen.ok_or(t(
            "单价写成 85 或 85.5 这样，单位是分，最多六位小数。",
            "A rate is written as 85 or 85.5, in fen, with six decimals at most.",
        ))?;
        let rounding = Rounding::from_name(&self.rounding).unwrap_or_default();
        Ok((Some(funder), Some(Rate::new(fen, rounding))))
    }
}

impl Freezing {
    /// As it stands, with what was typed before.
    pub async fn of(web: &Web, typed: Option<Typed>) -> Result<Self, Trouble> {
        let program = web.program.id;
        let stores = unsettled(&web.ledger, program).await?;
        let typed = typed.unwrap_or_else(Typed::fresh);
        let funders = web.ledger.funders(program).await?.into_iter();
        let funder = |id: FunderId, name| {
            let value = id.to_string();
            let chosen = value == typed.funder;
            (value, name, chosen)
        };
        let rounding = |rounding: Rounding| {
            let chosen = rounding.name() == typed.rounding;
            (rounding.name(), said::rounding(rounding), chosen)
        };
        Ok(Self {
            stores: usize::try_from(stores).unwrap_or(usize::MAX),
            funders: funders.map(|one| funder(one.id, one.name)).collect(),
            roundings: Rounding::ALL.map(rounding).to_vec(),
            typed,
        })
    }
}

/// What came of the stores looked at.
#[derive(Default)]
struct Done {
    frozen: usize,
    /// Stores that have nothing to settle yet.
    waits: usize,
    refusals: Vec<Refused>,
}

/// Why stores were turned down, told once for all of whom it is true.
struct Refused {
    why: String,
    /// The first of them.
    store: String,
    /// How many others there are.
    others: usize,
}

impl Refused {
    fn told(self) -> String {
        let Self { why, store, others } = self;
        if others == 0 {
            return say!("{store}：{why}", "{store}: {why}");
        }
        let more = counted(others, "家门店", "other store", "other stores");
        say!("{store}和另外 {more}：{why}", "{store} and {more}: {why}")
    }
}

/// `POST /{program}/desk/settlement`: each store by itself, so that one that is turned down does not hold up the others.
pub async fn freeze(At(web): At, Trader(visitor): Trader, Form(mut typed): Form<Typed>) -> Page {
    let wanted = Wanted::default();
    let named = match typed.named() {
        Ok(named) => named,
        Err(problem) => {
            let typed = super::Typed {
                freeze: Some(typed),
                ..super::Typed::default()
            };
            return again(&web, &visitor, wanted, typed, vec![problem.to_owned()]).await;
        }
    };
    let request = request(&visitor, Some(typed.key.clone()));
    let mut after = StoreId(typed.after.parse::<Uuid>().unwrap_or_default());
    let (mut done, mut rest) = (Done::default(), false);
    for _ in 0..PAGES {
        let page = freeze_page(&web.ledger, &request, named, after, PAGE).await?;
        for (store, outcome) in page.stores {
            done.note(&web, store, outcome.err()).await?;
        }
        rest = page.next.is_some();
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    let Done {
        frozen,
        waits,
        refusals,
    } = done;
    let mut problems: Vec<String> = refusals.into_iter().map(Refused::told).collect();
    if problems.is_empty() && !rest {
        let state = "state=frozen&how=frozen";
        let path = format!("desk/settlement?{state}&done={frozen}&waits={waits}");
        return go(&web.path(&path));
    }
    problems.push(say!(
        "这次生成了 {frozen} 张结算单。",
        "Statements made this time: {frozen}."
    ));
    if rest {
        typed.after = after.to_string();
        let more = t(
            "门店较多，还没有做完：请再按一次，接着做。",
            "There are more stores: please press again to go on.",
        );
        problems.push(more.to_owned());
    } else {
        typed.after.clear();
    }
    // What was turned down is kept under its key.
    typed.key = fresh_key();
    let typed = super::Typed {
        freeze: Some(typed),
        ..super::Typed::default()
    };
    again(&web, &visitor, wanted, typed, problems).await
}

impl Done {
    /// What came of one more store.
    async fn note(
        &mut self,
        web: &Web,
        store: StoreId,
        error: Option<WriteError>,
    ) -> Result<(), Trouble> {
        match error {
            None => self.frozen += 1,
            Some(WriteError::Rejected(Rejection::Settlement(
                SettlementRejection::NothingToSettle { .. },
            ))) => self.waits += 1,
            Some(error) => {
                let why = said::why(&error);
                let mut known = self.refusals.iter_mut();
                if let Some(known) = known.find(|known| known.why == why) {
                    known.others = known.others.saturating_add(1);
                    return Ok(());
                }
                self.refusals.push(Refused {
                    why,
                    store: store_name(web, store.0).await?,
                    others: 0,
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(funder: &str, rate: &str) -> Typed {
        Typed {
            funder: funder.to_owned(),
            rate: rate.to_owned(),
            rounding: "down".to_owned(),
            ..Typed::default()
        }
    }

    #[test]
    fn who_pays_and_how_much_are_said_together() {
        let funder = "0198a6f0-0000-7000-8000-000000000001";
        assert!(matches!(typed("", " ").named(), Ok((None, None))));
        let both = typed(funder, "85.50").named().expect("both");
        let rate = both.1.expect("a rate");
        assert_eq!(
            (rate.fen.to_string(), rate.rounding),
            ("85.5".to_owned(), Rounding::Down)
        );
        for (funder, rate) in [
            (funder, ""),
            ("", "85"),
            ("somebody", "85"),
            (funder, "0"),
            (funder, "-1"),
            (funder, "much"),
            (funder, "0.0000001"),
            (funder, "1000001"),
        ] {
            assert!(typed(funder, rate).named().is_err(), "{funder} {rate}");
        }
    }
}
