//! What a rider reported, as a list.

use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::community::hazard::Hazard;
use ledger::ids::MemberId;
use ledger::views::Due;
use uuid::Uuid;

use crate::sheet::Cell;
use crate::web::format::{full, moment};
use crate::web::lists::{Line, whole};
use crate::web::reading::t;
use crate::web::{Web, words};

/// A report of the rider's.
pub struct Own {
    pub id: Uuid,
    pub category: &'static str,
    pub state: &'static str,
    pub at: String,
    /// The same as a file has it, and how bad it is.
    received: String,
    severity: &'static str,
}

impl Line for Own {
    fn header() -> Vec<&'static str> {
        vec![
            t("时间", "When"),
            t("类别", "Kind"),
            t("严重程度", "Severity"),
            t("状态", "State"),
            t("编号", "Number"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            self.received.clone().into(),
            self.category.into(),
            self.severity.into(),
            self.state.into(),
            self.id.into(),
        ]
    }
}

/// Up to so many of a member's reports, the newest first.
pub async fn reports(web: &Web, member: MemberId, most: usize) -> Result<Vec<Own>, StoreError> {
    let newest = Due {
        since: Timestamp::from_micros(i64::MAX),
        id: Uuid::max(),
    };
    let (ledger, program, zone) = (&web.ledger, web.program.id, web.zone());
    let page = move |before: Due, limit: i64| async move {
        ledger.hazards_of(program, member, before, limit).await
    };
    let place = |hazard: &Hazard| Due {
        since: hazard.received_at,
        id: hazard.id.0,
    };
    let found = whole::rows(most, newest, place, page).await?;
    let own = |hazard: &Hazard| Own {
        id: hazard.id.0,
        category: words::hazard_category(hazard.category),
        state: words::hazard_state(hazard.state),
        at: moment(hazard.received_at, &zone),
        received: full(hazard.received_at, &zone),
        severity: hazard.severity.map_or("", words::severity),
    };
    Ok(found.iter().map(own).collect())
}
