//! Payments, holds and refunds.

use super::super::steps::meant;
use super::{Amount, HOUR, Lot, Model, Outcome, Redemption, check, hundredths, run_out};

impl Model {
    pub(super) fn pay(
        &mut self,
        index: usize,
        member: usize,
        store: usize,
        points: Amount,
        capture: bool,
        again: bool,
    ) -> Outcome {
        self.paid.push(index);
        let (member, spent) = match self.code {
            Some(code) if again => code,
            _ => (member, false),
        };
        self.code = Some((member, spent));
        check(!spent, "invalid_code")?;
        check(self.available(member) >= points, "insufficient_points")?;
        self.code = Some((member, true));
        let now = self.now;
        let mut open: Vec<&mut Lot> = self
            .lots
            .iter_mut()
            .filter(|lot| lot.member == member)
            .collect();
        open.retain(|lot| lot.left > 0 && lot.ends.is_none_or(|end| end > now));
        open.sort_by_key(|lot| (lot.ends.unwrap_or(i64::MAX), lot.id));
        let (mut rest, mut took) = (points, Vec::new());
        for lot in open {
            let part = rest.min(lot.left);
            if part > 0 {
                lot.left -= part;
                rest -= part;
                took.push((lot.id, part));
            }
        }
        let (state, captured) = if capture {
            ("captured", points)
        } else {
            ("held", 0)
        };
        if capture {
            self.accepted[store] += points
        } else {
            self.held[member] += points
        }
        let ends = self.now + HOUR;
        self.redemptions.insert(
            index,
            Redemption {
                member,
                store,
                state,
                authorised: points,
                captured,
                refunded: 0,
                ends,
                took,
            },
        );
        Ok(())
    }

    fn redemption(&self, nth: usize, store: Option<usize>) -> Result<usize, &'static str> {
        let id = meant(&self.paid, nth).ok_or("unknown_redemption")?;
        let found = self.redemptions.get(&id).ok_or("unknown_redemption")?;
        check(
            store.is_none_or(|store| store == found.store),
            "unknown_redemption",
        )?;
        Ok(id)
    }

    pub(super) fn held_one(&self, nth: usize, store: Option<usize>) -> Result<usize, &'static str> {
        let id = self.redemption(nth, store)?;
        check(
            self.redemptions[&id].state == "held",
            "hold_already_resolved",
        )?;
        Ok(id)
    }

    pub(super) fn capture(&mut self, nth: usize, store: usize, points: Option<i64>) -> Outcome {
        let id = self.held_one(nth, Some(store))?;
        let held = &self.redemptions[&id];
        check(held.ends > self.now, "hold_expired")?;
        let (member, authorised) = (held.member, held.authorised);
        let captured = points.map_or(authorised, hundredths);
        check(captured <= authorised, "capture_exceeds_hold")?;
        self.held[member] -= authorised;
        self.accepted[store] += captured;
        self.give_back(id, authorised - captured);
        let held = self.redemptions.get_mut(&id).expect("it is there");
        (held.state, held.captured) = ("captured", captured);
        Ok(())
    }

    pub(super) fn resolve(&mut self, id: usize, state: &'static str) {
        let held = self.redemptions.get_mut(&id).expect("it is there");
        held.state = state;
        let (member, authorised) = (held.member, held.authorised);
        self.held[member] -= authorised;
        self.give_back(id, authorised);
    }

    pub(super) fn refund(&mut self, nth: usize, store: usize, points: Option<i64>) -> Outcome {
        let id = self.redemption(nth, Some(store))?;
        let sale = self.redemptions.get_mut(&id).expect("it is there");
        check(sale.state == "captured", "not_captured")?;
        let left = sale.captured - sale.refunded;
        let points = points.map_or(left, hundredths);
        check(left > 0 && points <= left, "refund_exceeds_capture")?;
        sale.refunded += points;
        self.accepted[store] -= points;
        self.give_back(id, points);
        Ok(())
    }

    /// To the lots last taken from; what is owed on one is paid first; one that is over opens again for its grace, but what it still
    /// held is over; without grace all of it is.
    fn give_back(&mut self, id: usize, points: Amount) {
        let now = self.now;
        let mut rest = points;
        for (lot, taken) in self
            .redemptions
            .get_mut(&id)
            .expect("it is there")
            .took
            .iter_mut()
            .rev()
        {
            let part = rest.min(*taken);
            *taken -= part;
            rest -= part;
            let lot = self
                .lots
                .iter_mut()
                .find(|known| known.id == *lot)
                .expect("its lot");
            let paid = part.min(lot.owed);
            lot.owed -= paid;
            self.budgets[lot.budget] += paid;
            let over = part > paid && lot.ends.is_some_and(|end| end <= now);
            let held = lot.left;
            lot.left += part - paid;
            if over && lot.grace > 0 {
                run_out(lot, held, &mut self.breakage, &mut self.budgets);
                lot.ends = Some(now + lot.grace);
            } else if over {
                let whole = lot.left;
                run_out(lot, whole, &mut self.breakage, &mut self.budgets);
            }
        }
        assert_eq!(rest, 0, "more comes back than was taken");
    }
}
