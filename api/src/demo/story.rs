//! The four riders with a story, day by day before the end.

use jiff::civil::Date;
use ledger::policy::{Deed, Fact};

use super::cast::{NOODLES, REPAIR};
use super::deeds::{Habits, deed, moment, request_of};
use crate::commands::Failure;

/// Their places among the riders.
pub const RICH: usize = 0;
pub const EXPIRING: usize = 1;
pub const OWING_RIDER: usize = 2;
pub const HOLDING_RIDER: usize = 3;
/// How many there are.
pub const CAST: usize = 4;

/// The report whose award is undone.
pub const FALSE_REPORT: &str = "hazard-fire-exit";

/// What happens besides deeds, so many days before the end.
pub enum Scene {
    /// Points spent at a store.
    Spend(usize, &'static str, i64),
    /// Points put on hold at a store.
    Hold(usize, &'static str, i64),
    /// The award for [`FALSE_REPORT`] is undone.
    Reverse,
}

/// (days before the end, what)
pub const SCENES: &[(i64, Scene)] = &[
    (150, Scene::Spend(RICH, NOODLES, 12)),
    (96, Scene::Spend(RICH, REPAIR, 30)),
    (41, Scene::Spend(RICH, NOODLES, 15)),
    (12, Scene::Spend(RICH, NOODLES, 12)),
    (58, Scene::Spend(EXPIRING, NOODLES, 10)),
    (52, Scene::Spend(OWING_RIDER, REPAIR, 20)),
    (50, Scene::Spend(OWING_RIDER, NOODLES, 10)),
    (30, Scene::Reverse),
    (70, Scene::Spend(HOLDING_RIDER, NOODLES, 10)),
    (0, Scene::Hold(HOLDING_RIDER, REPAIR, 20)),
];

/// How they live day by day: the first as the crowd's best, the others by the book below.
pub const fn habits(rider: usize) -> Habits {
    let idle = Habits {
        events: 0,
        patrols: 0,
        nights: false,
        hazards: 0,
        service: 0,
        requests: 0,
        spends: 0,
    };
    match rider {
        RICH => Habits {
            events: 700,
            patrols: 170,
            nights: true,
            hazards: 25,
            service: 40,
            ..idle
        },
        EXPIRING => Habits { events: 90, ..idle },
        HOLDING_RIDER => Habits {
            events: 250,
            patrols: 60,
            ..idle
        },
        _ => idle,
    }
}

/// Their deeds by the book.
pub fn deeds(days_left: i64, date: Date) -> Result<Vec<(usize, Deed)>, Failure> {
    let noon = moment(date, 12, 20)?;
    Ok(match days_left {
        // Ran out unspent.
        170 | 163 | 150 => vec![(EXPIRING, request_of(date, noon, "repair", "elderly"))],
        // Runs out at the end of this month and of the next.
        105 | 98 | 91 => vec![(EXPIRING, request_of(date, noon, "escort", "elderly"))],
        80 | 66 => vec![(EXPIRING, request_of(date, noon, "wish", "hardship"))],
        59 => vec![(OWING_RIDER, false_report(date)?)],
        // Paid back in part since.
        18 => vec![(OWING_RIDER, study(date)?)],
        75 => vec![(HOLDING_RIDER, honesty(date)?)],
        // On public notice still.
        5 => vec![(RICH, honesty(date)?)],
        _ => Vec::new(),
    })
}

fn false_report(date: Date) -> Result<Deed, Failure> {
    let facts = [
        ("category", "fire".into()),
        ("severity", "high".into()),
        ("outcome", Fact::from("verified")),
    ];
    let at = moment(date, 17, 40)?;
    Ok(deed("hazard_report", FALSE_REPORT.into(), at, facts))
}

fn study(date: Date) -> Result<Deed, Failure> {
    let facts = [
        ("activity", "study".into()),
        ("minutes", Fact::from(60_i64)),
    ];
    let at = moment(date, 19, 30)?;
    Ok(deed("attendance", format!("study-{date}"), at, facts))
}

/// A wallet found in the cab and given back.
fn honesty(date: Date) -> Result<Deed, Failure> {
    let facts = [
        ("category", "honesty".into()),
        ("verified", Fact::from(true)),
    ];
    let at = moment(date, 16, 5)?;
    Ok(deed("exceptional", format!("deed-{date}"), at, facts))
}
