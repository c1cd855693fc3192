//! Orders in the desk's list: those that wait for staff, then those that are under way.

use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::community::order::{Order, OrderState};
use ledger::views::Due;
use uuid::Uuid;

use crate::sheet::Cell;
use crate::web::Web;
use crate::web::format::full;
use crate::web::lists::Line;
use crate::web::lists::whole::{self, MOST};
use crate::web::reading::{say, t};
use crate::web::rider::orders::{Listed, choice, listed};
use crate::web::visitor::Visitor;
use crate::web::words::orders::order_state;

/// An order.
pub(super) struct Row {
    pub listed: Listed,
    /// Whether it waits for staff.
    pub waits: bool,
    cells: Vec<Cell>,
}

impl Line for Row {
    fn header() -> Vec<&'static str> {
        vec![
            t("编号", "ID"),
            t("名称", "Name"),
            t("类别", "Category"),
            t("服务对象", "Whom it serves"),
            t("期望完成时间", "Wanted by"),
            t("需要技能", "Skills"),
            t("状态", "State"),
            t("进展", "How far it is"),
            t("等待处理", "Waits for staff"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        self.cells.clone()
    }
}

impl Row {
    fn of(web: &Web, order: &Order) -> Self {
        let (wanted, zone) = (&order.wanted, web.zone());
        let note = match order.state {
            OrderState::Asked => {
                t("居民点单，待审核", "From a resident, to be looked at").to_owned()
            }
            _ => progress(order, web.now()),
        };
        let waits = order.waits_since.is_some();
        let waiting = if waits { t("是", "yes") } else { "" };
        let skills: Vec<&str> = wanted.skills.iter().map(String::as_str).collect();
        let cells = vec![
            order.id.0.into(),
            wanted.title.clone().into(),
            choice("category", &wanted.category).into(),
            choice("beneficiary", &wanted.beneficiary).into(),
            full(wanted.by, &zone).into(),
            skills.join(t("、", ", ")).into(),
            order_state(order.state).into(),
            note.clone().into(),
            waiting.into(),
        ];
        Self {
            listed: listed(web, order, note),
            waits,
            cells,
        }
    }
}

/// How far one got that was posted.
fn progress(order: &Order, now: Timestamp) -> String {
    let (taken, done, room) = (order.taken, order.reported, order.room().max(0));
    if order.is_overdue(now) {
        say!(
            "{done} 人办好，等了七天以上",
            "Done by {done}, waiting for more than seven days"
        )
    } else if done > 0 {
        say!("{done} 人办好，待确认", "Done by {done}, to be confirmed")
    } else {
        say!(
            "接单 {taken} 人，还要 {room} 人",
            "Taken on by {taken}, {room} more needed"
        )
    }
}

/// Those of the organizations that they reach.
pub(super) async fn orders(web: &Web, visitor: &Visitor) -> Result<Vec<Row>, StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let first = Due {
        since: Timestamp::from_micros(i64::MIN),
        id: Uuid::nil(),
    };
    let now = Due {
        since: web.now(),
        id: Uuid::max(),
    };
    let waiting = |after, limit| ledger.orders_waiting(program, after, limit);
    let since = |order: &Order| Due {
        since: order.waits_since.unwrap_or(first.since),
        id: order.id.0,
    };
    let waiting = whole::rows(MOST, first, since, waiting).await?;
    let posted = |after, limit| ledger.orders_posted(program, after, limit);
    let by = |order: &Order| Due {
        since: order.wanted.by,
        id: order.id.0,
    };
    let mut posted = whole::rows(MOST, now, by, posted).await?;
    posted.retain(|order| order.waits_since.is_none());
    let mut rows = Vec::new();
    for order in waiting.iter().chain(&posted) {
        let node = Some(order.organization);
        if visitor.caller.reaches_node(&web.app, node).await? {
            rows.push(Row::of(web, order));
        }
    }
    Ok(rows)
}
