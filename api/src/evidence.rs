//! What an approver looks at beside an award: the deed as it was shown, what its member had before, and what else it may be.

use std::collections::BTreeSet;

use futures::future::try_join_all;
use ledger::StoreError;
use ledger::community::attachment::Attachment;
use ledger::ids::{AwardId, ProgramId};
use ledger::machine::Award;
use ledger::machine::deeds::DeedBody;
use ledger::views::{AwardFilter, DeedView, Register};
use uuid::Uuid;

use crate::state::App;

/// How many of the member's last awards are looked at, and how many of them are shown.
const LOOKED_AT: i64 = 20;
const SHOWN: usize = 5;
/// From how many awards on it says something that one person submitted nearly all of them.
const ENOUGH: usize = 5;

/// An award, and what shows it.
#[derive(Debug)]
pub struct Evidence {
    /// The award.
    pub award: Award,
    /// Its member's name as lists have it.
    pub name: String,
    /// The deed on record that it is for, if there is one.
    pub deed: Option<DeedView>,
    /// The member's last awards for deeds of that kind, newest first.
    pub last: Vec<Award>,
    /// Other awards for the same thing.
    pub alike: Vec<AwardId>,
    /// Photos and texts that show the deed.
    pub attachments: Vec<Attachment>,
    /// What else was shown with one of the photos, or one that looks like it.
    pub same_photo: Vec<Uuid>,
    /// Of four in five of the member's last awards and more, the submitter is who submitted this one.
    pub one_submitter: bool,
}

/// Of each of these awards, side by side.
pub async fn of(
    app: &App,
    program: ProgramId,
    awards: Vec<Award>,
) -> Result<Vec<Evidence>, StoreError> {
    let ids: Vec<_> = awards.iter().map(|award| award.member.0).collect();
    let members = app
        .ledger
        .registered_of(program, Register::Members, &ids)
        .await?;
    let each = awards.into_iter().map(async |award| {
        let named = members.iter().find(|member| member.id == award.member.0);
        let name = named.map_or_else(String::new, |member| member.name.clone());
        one(app, program, award, name).await
    });
    try_join_all(each).await
}

async fn one(
    app: &App,
    program: ProgramId,
    award: Award,
    name: String,
) -> Result<Evidence, StoreError> {
    let ledger = &app.ledger;
    let filter = AwardFilter {
        state: None,
        member: Some(award.member),
        before: Some(award.id),
        limit: LOOKED_AT,
    };
    let deed = ledger.deed(program, award.deed_id).await?;
    // What shows a hazard is attached to that.
    let of = match deed.as_ref().map(|deed| &deed.record.body) {
        Some(DeedBody::HazardReport { hazard }) => hazard.0,
        _ => award.deed_id.0,
    };
    let (last, alike, attachments) = futures::try_join!(
        ledger.awards(program, &filter),
        ledger.alike(program, award.id),
        ledger.attachments_of(program, of),
    )?;
    let same_photo = match attachments.is_empty() {
        true => Vec::new(),
        false => ledger.twins_of(program, of).await?,
    };
    let same_photo: BTreeSet<Uuid> = same_photo.into_iter().map(|twin| twin.of).collect();
    let by_them = last
        .iter()
        .filter(|one| one.submitted_by == award.submitted_by);
    let one_submitter = last.len() >= ENOUGH && by_them.count() * 5 >= last.len() * 4;
    let same = last
        .into_iter()
        .filter(|one| one.deed.kind == award.deed.kind);
    Ok(Evidence {
        last: same.take(SHOWN).collect(),
        award,
        name,
        deed,
        alike,
        attachments,
        same_photo: same_photo.into_iter().collect(),
        one_submitter,
    })
}
