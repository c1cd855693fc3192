//! Merchants and what they offer: what a batch locks, reads and saves, and what is asked. Compiled once for each database: `super` names the types
//! and binds.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use super::expiry::load_zone;
use super::run::fetch_rows;
use super::{Snapshot, Store, Tx};
use crate::accounts::Owner;
use crate::clock::Timestamp;
use crate::community::merchant::MerchantState;
use crate::community::offer::BACK_LIMIT;
use crate::ids::{
    AwardId, MemberId, MerchantId, OfferId, ProgramId, RedemptionId, StoreId, before,
};
use crate::machine::needs::LinkNeeds;
use crate::machine::{Links, Needs, Redemption, State};
use crate::policy::{Calendar, Deed};
use crate::store::audit::Agreed;
use crate::store::columns::Column;
use crate::store::offers::{MerchantRow, OfferRow, merchant, merchant_state, offer};
use crate::store::records::AgreedRow;
use crate::store::views::{MerchantView, OfferFilter, OfferView, OffersOf};
use crate::store::{StoreError, audit_text, job_text, offer_text as text};

/// Nobody has taken anything longer ago that a limit counts, in seconds: a leap year and a day.
const LONGEST: i64 = 367 * 86_400;
/// How many offers are read at once.
const PAGE: i64 = 200;

impl Tx<'_> {
    pub(super) async fn link_stores(
        &mut self,
        needs: &LinkNeeds,
        links: &mut Links,
    ) -> Result<(), StoreError> {
        if needs.merchants.is_empty() {
            return Ok(());
        }
        let columns = [Column::uuids(needs.merchants.iter().map(|id| id.0))];
        let rows: Vec<(Uuid, Uuid)> = self.fetch(&text::LINK_STORES, columns).await?;
        for (merchant, store) in rows {
            let of = links.stores.entry(MerchantId(merchant)).or_default();
            of.push(StoreId(store));
        }
        Ok(())
    }

    /// Locks merchants, then offers, each in the order of their key.
    pub(super) async fn lock_offers(&mut self, needs: &Needs) -> Result<(), StoreError> {
        if !needs.merchants.is_empty() {
            let columns = [Column::uuids(needs.merchants.iter().map(|id| id.0))];
            self.run(&text::LOCK_MERCHANTS, columns).await?;
        }
        let offers = &needs.offers.offers;
        if !offers.is_empty() {
            let columns = [Column::uuids(offers.iter().map(|id| id.0))];
            self.run(&text::LOCK_OFFERS, columns).await?;
        }
        Ok(())
    }

    pub(super) async fn load_offers(
        &mut self,
        needs: &Needs,
        state: &mut State,
    ) -> Result<(), StoreError> {
        if !needs.merchants.is_empty() {
            self.load_merchants(needs, state).await?;
        }
        let wanted = &needs.offers;
        if !wanted.offers.is_empty() {
            let columns = [Column::uuids(wanted.offers.iter().map(|id| id.0))];
            let rows: Vec<OfferRow> = self.fetch(&text::OFFERS, columns).await?;
            for row in rows {
                state.offers.load(offer(row)?);
            }
        }
        if !wanted.stores.is_empty() {
            let columns = [Column::uuids(wanted.stores.iter().map(|id| id.0))];
            let rows: Vec<(Uuid, Uuid)> = self.fetch(&text::MERCHANTS_OF_STORES, columns).await?;
            for (store, merchant) in rows {
                state
                    .offers
                    .load_store(StoreId(store), MerchantId(merchant));
            }
        }
        if !wanted.takers.is_empty() {
            let zone = self.fetch(&job_text::ZONE, []).await?;
            load_zone(self.program, zone, |zone| state.load_zone(zone))?;
            self.load_taken(needs, state).await?;
            self.load_done(needs, state).await?;
        }
        Ok(())
    }

    async fn load_merchants(&mut self, needs: &Needs, state: &mut State) -> Result<(), StoreError> {
        let merchants = || [Column::uuids(needs.merchants.iter().map(|id| id.0))];
        let rows: Vec<(Uuid, String)> = self.fetch(&text::MERCHANTS, merchants()).await?;
        for (id, name) in rows {
            let standing = merchant_state(id, &name)?;
            state.merchants.load(MerchantId(id), standing);
        }
        let rows: Vec<(Uuid, Uuid)> = self.fetch(&text::LINK_STORES, merchants()).await?;
        for (merchant, store) in rows {
            let (merchant, store) = (MerchantId(merchant), StoreId(store));
            state.merchants.load_store(merchant, store);
        }
        Ok(())
    }

    /// What takers of offers that are limited took of them in the last year.
    async fn load_taken(&mut self, needs: &Needs, state: &mut State) -> Result<(), StoreError> {
        let offers = &state.offers;
        let limited = needs.offers.takers.iter().filter(|(offer, _)| {
            let offer = offers.get(*offer);
            offer.is_some_and(|offer| offer.terms.limit.is_some())
        });
        let pairs: Vec<(OfferId, MemberId)> = limited.copied().collect();
        if pairs.is_empty() {
            return Ok(());
        }
        let since = state.now.plus_seconds(-LONGEST).as_micros();
        let columns = [
            Column::uuids(pairs.iter().map(|(offer, _)| offer.0)),
            Column::uuids(pairs.iter().map(|(_, member)| member.0)),
            Column::ints(pairs.iter().map(|_| since)),
        ];
        let rows: Vec<(Uuid, Uuid, Uuid, i64)> = self.fetch(&text::TAKEN, columns).await?;
        for (offer, member, redemption, at) in rows {
            let of = (OfferId(offer), MemberId(member));
            let at = Timestamp::from_micros(at);
            state.offers.load_taken(of, RedemptionId(redemption), at);
        }
        Ok(())
    }

    /// What takers of offers that ask for deeds did lately: as far back as the offer looks that looks farthest.
    async fn load_done(&mut self, needs: &Needs, state: &mut State) -> Result<(), StoreError> {
        let mut back = BTreeMap::<MemberId, i64>::new();
        for (offer, member) in &needs.offers.takers {
            let offer = state.offers.get(*offer);
            let needed = offer.into_iter().flat_map(|offer| &offer.terms.needed);
            let days = needed
                .map(|needed| needed.within_days.min(BACK_LIMIT))
                .max();
            if let Some(days) = days {
                let known = back.entry(*member).or_default();
                *known = days.max(*known);
            }
        }
        if back.is_empty() {
            return Ok(());
        }
        let now = state.now;
        let since = |days: &i64| before(now.plus_seconds(-days * 86_400));
        let columns = [
            Column::uuids(back.keys().map(|member| member.0)),
            Column::uuids(back.values().map(since)),
        ];
        let rows: Vec<(Uuid, Uuid, String)> = self.fetch(&text::DONE, columns).await?;
        for (member, award, deed) in rows {
            let deed: Deed = serde_json::from_str(&deed)
                .map_err(|error| StoreError::corrupt("awards", "deed", award, error))?;
            let done = (deed.kind, deed.occurred_at);
            state
                .offers
                .load_done(MemberId(member), AwardId(award), done);
        }
        Ok(())
    }

    /// Merchants moved and stores turned, once everything else is saved: what they refer to may have been made in the same batch.
    pub(super) async fn save_merchants(&mut self, state: &State) -> Result<(), StoreError> {
        let merchants = &state.merchants;
        if !merchants.moved.is_empty() {
            let rows = || merchants.moved.iter();
            let reason = rows().map(|(_, (_, why))| why.map(|why| why.name().to_owned()));
            let columns = [
                Column::uuids(rows().map(|(id, _)| id.0)),
                Column::texts(rows().map(|(_, (to, _))| to.name())),
                Column::Text(reason.collect()),
            ];
            self.run(&text::MOVE_MERCHANTS, columns).await?;
        }
        if !merchants.turned.is_empty() {
            let guards = merchants.turned.keys().map(|id| Owner::Store(*id).guard());
            let columns = [
                Column::uuids(merchants.turned.keys().map(|id| id.0)),
                Column::ints(guards.map(|guard| guard.kind.number())),
                Column::ints(merchants.turned.values().map(|shut| i64::from(*shut))),
            ];
            self.run(&text::TURN_STORES, columns).await?;
        }
        if !merchants.ended.is_empty() {
            let columns = [
                Column::uuids(merchants.ended.iter().map(|id| id.0)),
                Column::ints(merchants.ended.iter().map(|_| state.now.as_micros())),
            ];
            self.run(&text::END_HOLDS, columns).await?;
        }
        Ok(())
    }
}

/// What an offer says, and its merchant's state.
type ViewRow = (Uuid, Uuid, String, i64, i64, String, String);

fn view(row: ViewRow, now: Timestamp, calendar: &Calendar) -> Result<OfferView, StoreError> {
    let (id, merchant, state, revision, taken, terms, standing) = row;
    let takes_part = merchant_state(merchant, &standing)? == MerchantState::Active;
    let offer = offer((id, merchant, state, revision, taken, terms))?;
    Ok(OfferView {
        open: takes_part && offer.is_open(now, calendar.local(now)),
        takes_part,
        offer,
    })
}

impl Store {
    /// The merchant whose store this is.
    pub async fn merchant_of(
        &self,
        program: ProgramId,
        store: StoreId,
    ) -> Result<Option<MerchantId>, StoreError> {
        let stores = [Column::uuids([store.0])];
        let mut reader = self.reader().acquire().await?;
        let statement = &text::MERCHANTS_OF_STORES;
        let rows: Vec<(Uuid, Uuid)> =
            fetch_rows(&mut reader, statement, program.0, &stores).await?;
        Ok(rows.into_iter().next().map(|(_, id)| MerchantId(id)))
    }

    /// The programme's days.
    pub async fn calendar(&self, program: ProgramId) -> Result<Calendar, StoreError> {
        let zone = self.query(program, &job_text::ZONE, []).await?;
        load_zone(program, zone, |zone| {
            Calendar::of_zone(zone).ok_or_else(|| format!("{zone:?} is no time zone"))
        })
    }

    /// One merchant.
    pub async fn merchant(
        &self,
        program: ProgramId,
        id: MerchantId,
    ) -> Result<Option<MerchantView>, StoreError> {
        let rows: Vec<MerchantRow> = self.query(program, &text::MERCHANT, [id.0.into()]).await?;
        rows.into_iter().next().map(merchant).transpose()
    }

    /// A page of merchants after one, in order of id; begin with the nil id.
    pub async fn merchants(
        &self,
        program: ProgramId,
        after: MerchantId,
        limit: i64,
    ) -> Result<Vec<MerchantView>, StoreError> {
        let values = [after.0.into(), limit.into()];
        let rows: Vec<MerchantRow> = self.query(program, &text::ALL_MERCHANTS, values).await?;
        rows.into_iter().map(merchant).collect()
    }

    /// One offer, as it stands now.
    pub async fn offer(
        &self,
        program: ProgramId,
        id: OfferId,
        now: Timestamp,
    ) -> Result<Option<OfferView>, StoreError> {
        let mut known = self.offers_of_ids(program, &[id], now).await?;
        Ok(known.remove(&id))
    }

    /// Those of these offers that are on record, as they stand now.
    pub async fn offers_of_ids(
        &self,
        program: ProgramId,
        ids: &[OfferId],
        now: Timestamp,
    ) -> Result<HashMap<OfferId, OfferView>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let calendar = self.calendar(program).await?;
        let ids = [Column::uuids(ids.iter().map(|id| id.0))];
        let mut reader = self.reader().acquire().await?;
        let statement = &text::OFFERS_OF_IDS;
        let rows: Vec<ViewRow> = fetch_rows(&mut reader, statement, program.0, &ids).await?;
        let read = |row: ViewRow| Ok((OfferId(row.0), view(row, now, &calendar)?));
        rows.into_iter().map(read).collect()
    }

    /// What can be taken up now at each of some stores: the first few, in order of id.
    pub(super) async fn open_at(
        &self,
        program: ProgramId,
        stores: &[StoreId],
        now: Timestamp,
        most: usize,
    ) -> Result<HashMap<StoreId, Vec<OfferView>>, StoreError> {
        let columns = [
            Column::uuids(stores.iter().map(|store| store.0)),
            Column::texts(stores.iter().map(ToString::to_string)),
        ];
        let mut reader = self.reader().acquire().await?;
        let statement = &text::OFFERS_AT_STORES;
        let pairs: Vec<(Uuid, Uuid)> =
            fetch_rows(&mut reader, statement, program.0, &columns).await?;
        drop(reader);
        let ids: BTreeSet<OfferId> = pairs.iter().map(|(_, offer)| OfferId(*offer)).collect();
        let ids: Vec<OfferId> = ids.into_iter().collect();
        let mut known = self.offers_of_ids(program, &ids, now).await?;
        known.retain(|_, view| view.open);
        let mut at = HashMap::<StoreId, Vec<OfferView>>::new();
        for (store, offer) in pairs {
            let here = at.entry(StoreId(store)).or_default();
            if let Some(view) = known.get(&OfferId(offer))
                && here.len() < most
            {
                here.push(view.clone());
            }
        }
        Ok(at)
    }

    /// A page of offers, in order of id.
    pub async fn offers(
        &self,
        program: ProgramId,
        filter: &OfferFilter,
    ) -> Result<Vec<OfferView>, StoreError> {
        let calendar = self.calendar(program).await?;
        let limit = usize::try_from(filter.limit).unwrap_or_default();
        let (mut after, mut found) = (filter.after, Vec::new());
        loop {
            let rows = self.offers_after(program, filter.of, after).await?;
            let last = rows.len() < usize::try_from(PAGE).unwrap_or_default();
            for row in rows {
                after = OfferId(row.0);
                let view = view(row, filter.now, &calendar)?;
                if view.open || !filter.open {
                    found.push(view);
                }
                if found.len() >= limit {
                    return Ok(found);
                }
            }
            if last {
                return Ok(found);
            }
        }
    }

    async fn offers_after(
        &self,
        program: ProgramId,
        of: OffersOf,
        after: OfferId,
    ) -> Result<Vec<ViewRow>, StoreError> {
        let (after, page) = (after.0.into(), PAGE.into());
        match of {
            OffersOf::All => {
                let statement = &text::OFFERS_AFTER;
                self.query(program, statement, [after, page]).await
            }
            OffersOf::Merchant(merchant) => {
                let values = [after, page, merchant.0.into()];
                let statement = &text::OFFERS_OF_MERCHANT;
                self.query(program, statement, values).await
            }
            OffersOf::Store(store) => {
                let name = store.to_string();
                let values = [after, page, store.0.into(), name.as_str().into()];
                self.query(program, &text::OFFERS_OF_STORE, values).await
            }
        }
    }
}

impl Snapshot {
    /// A page of redemptions in which offers were taken up, in order of offer, member, moment and id; after one.
    pub async fn agreed_after(
        &mut self,
        after: Option<&Agreed>,
        limit: i64,
    ) -> Result<Vec<Agreed>, StoreError> {
        let (offer, (member, at), id) = match after {
            Some(agreed) => (agreed.offer.0, agreed.taker, agreed.id),
            None => (Uuid::nil(), (Uuid::nil(), i64::MIN), Uuid::nil()),
        };
        let place = [
            offer.into(),
            member.into(),
            at.into(),
            id.into(),
            limit.into(),
        ];
        let rows: Vec<AgreedRow> = self.fetch(&audit_text::AGREED_AFTER, place).await?;
        let read = |row: AgreedRow| Agreed {
            offer: OfferId(row.offer_id),
            id: row.redemption.id(),
            taker: row.redemption.taker(),
            redemption: Redemption::try_from(row.redemption),
        };
        Ok(rows.into_iter().map(read).collect())
    }
}
