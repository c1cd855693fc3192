//! Orders: what a batch locks and reads, and what is asked. Compiled once for each database: `super` names the types and binds.

use uuid::Uuid;

use super::{Store, Tx};
use crate::clock::Timestamp;
use crate::community::order::Order;
use crate::ids::{DeedId, MemberId, OrderId, OrganizationId, ProgramId};
use crate::machine::needs::LinkNeeds;
use crate::machine::{Links, Needs, State};
use crate::store::columns::Column;
use crate::store::deeds::{DeedRow, DeedViewRow, deed_view, record};
use crate::store::orders::{OrderRow, order, skill};
use crate::store::value::page;
use crate::store::views::{DeedView, Due, JoiningCount};
use crate::store::{StoreError, order_text as text};

impl Tx<'_> {
    /// Of deeds that are part of no activity.
    pub(super) async fn link_orders(
        &mut self,
        needs: &LinkNeeds,
        links: &mut Links,
    ) -> Result<(), StoreError> {
        let others = needs.deeds.iter().filter(|id| {
            let known = links.deeds.get(id);
            known.is_some_and(|(_, activity)| activity.is_none())
        });
        let others: Vec<Uuid> = others.map(|id| id.0).collect();
        if others.is_empty() {
            return Ok(());
        }
        let rows: Vec<(Uuid, Uuid)> = self
            .fetch(&text::LINK_ORDERS, [Column::uuids(others)])
            .await?;
        let each = rows.into_iter();
        links.orders = each
            .map(|(deed, order)| (DeedId(deed), OrderId(order)))
            .collect();
        Ok(())
    }

    pub(super) async fn lock_orders(&mut self, needs: &Needs) -> Result<(), StoreError> {
        let orders = &needs.orders.orders;
        if !orders.is_empty() {
            let columns = [Column::uuids(orders.iter().map(|id| id.0))];
            self.run(&text::LOCK_ORDERS, columns).await?;
        }
        Ok(())
    }

    pub(super) async fn load_orders(
        &mut self,
        needs: &Needs,
        state: &mut State,
    ) -> Result<(), StoreError> {
        let needs = &needs.orders;
        if !needs.orders.is_empty() {
            let columns = [Column::uuids(needs.orders.iter().map(|id| id.0))];
            let rows: Vec<OrderRow> = self.fetch(&text::ORDERS, columns).await?;
            for row in rows {
                state.deeds.orders.load(order(row)?);
            }
        }
        if !needs.claims.is_empty() {
            let claims = || needs.claims.iter();
            let columns = [
                Column::uuids(claims().map(|(order, _)| order.0)),
                Column::uuids(claims().map(|(_, member)| member.0)),
            ];
            let claimed: Vec<DeedRow> = self.fetch(&text::CLAIMED, columns).await?;
            let members = [Column::uuids(claims().map(|(_, member)| member.0))];
            let promised: Vec<DeedRow> = self.fetch(&text::PROMISED, members).await?;
            for row in claimed.into_iter().chain(promised) {
                state.deeds.load_record(record(row)?);
            }
        }
        if !needs.skills.is_empty() {
            let columns = [Column::uuids(needs.skills.iter().map(|id| id.0))];
            let rows: Vec<(Uuid, String)> = self.fetch(&text::SKILLS, columns).await?;
            for (member, skill) in rows.into_iter().map(skill) {
                state.deeds.orders.load_skill(member, skill);
            }
        }
        Ok(())
    }
}

impl Store {
    /// One order.
    pub async fn order(
        &self,
        program: ProgramId,
        id: OrderId,
    ) -> Result<Option<Order>, StoreError> {
        let rows: Vec<OrderRow> = self.query(program, &text::ORDER, [id.0.into()]).await?;
        rows.into_iter().next().map(order).transpose()
    }

    /// A page of the orders that members may take on, wanted after a moment and a place among them.
    pub async fn orders_posted(
        &self,
        program: ProgramId,
        after: Due,
        limit: i64,
    ) -> Result<Vec<Order>, StoreError> {
        let values = page(after, limit);
        let rows: Vec<OrderRow> = self.query(program, &text::ORDERS_POSTED, values).await?;
        rows.into_iter().map(order).collect()
    }

    /// A page of the orders about which something waits for staff, after a place among them.
    pub async fn orders_waiting(
        &self,
        program: ProgramId,
        after: Due,
        limit: i64,
    ) -> Result<Vec<Order>, StoreError> {
        let values = page(after, limit);
        let rows: Vec<OrderRow> = self.query(program, &text::ORDERS_WAITING, values).await?;
        rows.into_iter().map(order).collect()
    }

    /// How many residents' orders nobody of an organization has looked at, and how many of them came since a moment.
    pub async fn orders_asked(
        &self,
        program: ProgramId,
        organization: OrganizationId,
        since: Timestamp,
    ) -> Result<JoiningCount, StoreError> {
        self.asking_count(program, &text::ORDERS_ASKED, organization, since)
            .await
    }

    /// A page of what members do or did for an order, after a deed, in order of id.
    pub async fn parts_of_order(
        &self,
        program: ProgramId,
        order: OrderId,
        after: DeedId,
        limit: i64,
    ) -> Result<Vec<DeedView>, StoreError> {
        let values = [order.0.into(), after.0.into(), limit.into()];
        let rows: Vec<DeedViewRow> = self.query(program, &text::PARTS_OF_ORDER, values).await?;
        rows.into_iter().map(deed_view).collect()
    }

    /// A page of the exceptional deeds that nobody has verified, after one, in order of id.
    pub async fn exceptional_proposed(
        &self,
        program: ProgramId,
        after: DeedId,
        limit: i64,
    ) -> Result<Vec<DeedView>, StoreError> {
        let values = [after.0.into(), limit.into()];
        let rows: Vec<DeedViewRow> = self
            .query(program, &text::EXCEPTIONAL_PROPOSED, values)
            .await?;
        rows.into_iter().map(deed_view).collect()
    }

    /// What a member is able to do.
    pub async fn skills_of(
        &self,
        program: ProgramId,
        member: MemberId,
    ) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = self
            .query(program, &text::SKILLS_OF, [member.0.into()])
            .await?;
        Ok(rows.into_iter().map(|(skill,)| skill).collect())
    }
}
