//! Activities in the desk's list: those to come, and those that are over.

use std::collections::HashMap;

use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::ids::OrganizationId;
use ledger::machine::deeds::Planned;
use ledger::views::Due;
use uuid::Uuid;

use crate::sheet::Cell;
use crate::web::format::full;
use crate::web::lists::Line;
use crate::web::lists::whole::MOST;
use crate::web::reading::{say, t};
use crate::web::rider::activities::{Listed, listed, to_come};
use crate::web::visitor::Visitor;
use crate::web::{Web, words};

/// How many are read at a time of those that are over.
const PAGE: i64 = 500;

/// An activity.
pub(super) struct Event {
    pub listed: Listed,
    cells: Vec<Cell>,
}

impl Line for Event {
    fn header() -> Vec<&'static str> {
        vec![
            t("编号", "ID"),
            t("名称", "Name"),
            t("类型", "Kind"),
            t("地点", "Place"),
            t("开始", "Begins"),
            t("结束", "Ends"),
            t("时段数", "Slots"),
            t("报名人数", "Signed up"),
            t("情况", "State"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        self.cells.clone()
    }
}

impl Event {
    fn of(web: &Web, planned: &Planned) -> Self {
        let (zone, activity) = (web.zone(), &planned.activity);
        let taken: i64 = planned.taken.iter().sum();
        let cancelled = t("已取消", "cancelled");
        let note = match activity.cancelled {
            true => cancelled.to_owned(),
            false => say!("{taken} 人", "{taken} signed up"),
        };
        let state = match (activity.cancelled, activity.ends_at() <= web.now()) {
            (true, _) => cancelled,
            (false, true) => t("办过的", "over"),
            (false, false) => t("要举办的", "to come"),
        };
        let begins = activity.slots.iter().map(|slot| slot.starts_at).min();
        let begins = begins.map_or_else(String::new, |at| full(at, &zone));
        let slots = i64::try_from(activity.slots.len()).unwrap_or(i64::MAX);
        let cells = vec![
            activity.id.0.into(),
            activity.title.clone().into(),
            words::activity_form(activity.form).into(),
            activity.place.clone().into(),
            begins.into(),
            full(activity.ends_at(), &zone).into(),
            slots.into(),
            taken.into(),
            state.into(),
        ];
        Self {
            listed: listed(planned, &zone, note),
            cells,
        }
    }
}

/// Those of the organizations that they reach: to come, the first at first; or over, the last at first.
pub(super) async fn events(
    web: &Web,
    visitor: &Visitor,
    past: bool,
) -> Result<Vec<Event>, StoreError> {
    let found = match past {
        true => over(web).await?,
        false => to_come(web).await?,
    };
    let mut reached: HashMap<OrganizationId, bool> = HashMap::new();
    let mut events = Vec::new();
    for planned in found {
        let node = planned.activity.organization;
        let known = reached.get(&node).copied();
        let theirs = match known {
            Some(theirs) => theirs,
            None => visitor.caller.reaches_node(&web.app, Some(node)).await?,
        };
        reached.insert(node, theirs);
        if theirs {
            events.push(Event::of(web, &planned));
        }
    }
    Ok(events)
}

fn place(planned: &Planned) -> Due {
    Due {
        since: planned.activity.ends_at(),
        id: planned.activity.id.0,
    }
}

/// The ledger tells the first at first, so that all are read of which the last are kept.
async fn over(web: &Web) -> Result<Vec<Planned>, StoreError> {
    let now = web.now();
    let mut over: Vec<Planned> = Vec::new();
    let mut after = Due {
        since: Timestamp::from_micros(i64::MIN),
        id: Uuid::nil(),
    };
    loop {
        let page = web.ledger.activities(web.program.id, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = place(last);
        over.extend(page.into_iter().filter(|one| place(one).since <= now));
        over.drain(..over.len().saturating_sub(MOST));
        if after.since > now {
            break;
        }
    }
    over.reverse();
    Ok(over)
}
