//! What a rider did, as a list: the newest first, with what came of each.

use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::ids::MemberId;
use ledger::views::{DeedView, Due};
use uuid::Uuid;

use super::{said, title};
use crate::sheet::Cell;
use crate::web::Web;
use crate::web::format::{date, full, hour};
use crate::web::lists::{Line, whole};
use crate::web::reading::t;

/// How many deeds are looked through for those of a kind, where not all are asked for.
pub const LOOKED_THROUGH: usize = 500;

/// A deed of the rider's, and what came of it.
pub struct Done {
    pub title: String,
    pub when: String,
    pub state: &'static str,
    pub said: Vec<String>,
    /// When, as a file has it.
    at: String,
}

impl Line for Done {
    fn header() -> Vec<&'static str> {
        vec![
            t("时间", "When"),
            t("事项", "What"),
            t("状态", "State"),
            t("结果", "What came of it"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            self.at.clone().into(),
            self.title.clone().into(),
            self.state.into(),
            self.said.join(" ").into(),
        ]
    }
}

impl Done {
    /// In words.
    pub async fn of(web: &Web, deed: &DeedView) -> Result<Self, StoreError> {
        let (began, zone) = (deed.record.began_at, web.zone());
        let (title, state) = title(web, &deed.record).await?;
        Ok(Self {
            title,
            when: format!("{} {}", date(began, &zone), hour(began, &zone)),
            state,
            said: said(web, deed).await?,
            at: full(began, &zone),
        })
    }
}

/// Up to so many of a member's deeds, the newest first.
pub async fn deeds(web: &Web, member: MemberId, most: usize) -> Result<Vec<DeedView>, StoreError> {
    let newest = Due {
        since: Timestamp::from_micros(i64::MAX),
        id: Uuid::max(),
    };
    let (ledger, program) = (&web.ledger, web.program.id);
    let page = move |before: Due, limit: i64| async move {
        ledger.deeds_of(program, member, before, limit).await
    };
    let place = |deed: &DeedView| Due {
        since: deed.record.began_at,
        id: deed.record.id.0,
    };
    whole::rows(most, newest, place, page).await
}
