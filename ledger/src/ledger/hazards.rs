//! Hazards: the commands that bring one further, the awards they ask for, and how fast they were seen to.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{AwardRequest, ExecuteError, Ledger, Request};
use crate::clock::Timestamp;
use crate::community::hazard::{
    DEED_KIND, Figure, Found, Hazard, HazardCategory, HazardState, Pace,
};
use crate::ids::{HazardId, ProgramId};
use crate::machine::deeds::{Answer, AskedAward};
use crate::machine::hazards::HazardCommand;
use crate::machine::{Command, Receipt};
use crate::store::StoreError;
use crate::store::views::{Due, HazardFilter};
use crate::writer::WriteError;

/// How many duplicates follow at once; the job sees to more.
const FOLLOWING: i64 = 200;
/// How many reports are read at once for figures.
const PAGE: i64 = 1_000;

impl Ledger {
    /// Executes a command about a hazard, submits the award it asks for, and has its duplicates come to what it came to. All of that is on
    /// record or found by a job, so what cannot be done now is done later.
    ///
    /// # Errors
    /// The command's. What comes of the award is in the answer; `None` when it is not asked for or still open.
    pub async fn execute_hazard(
        &self,
        request: &Request,
        command: HazardCommand,
    ) -> Result<(Receipt, Option<Answer>), WriteError> {
        let leads = match &command {
            HazardCommand::Verify { hazard, .. }
            | HazardCommand::Invalid { hazard, .. }
            | HazardCommand::Fix { hazard } => Some((*hazard, false)),
            HazardCommand::Duplicate { hazard, .. } => Some((*hazard, true)),
            _ => None,
        };
        let command = Command::Hazard(Box::new(command));
        let done = self.execute_deed(request, command).await?;
        if let Some((hazard, itself)) = leads
            && let Err(error) = self.follow(request, hazard, itself).await
        {
            tracing::warn!(%error, %hazard, "duplicates of a hazard are left to the job");
        }
        Ok(done)
    }

    /// Those that are behind come to what the report that goes on for them came to: a duplicate itself, or all of a hazard.
    async fn follow(
        &self,
        request: &Request,
        hazard: HazardId,
        itself: bool,
    ) -> Result<(), ExecuteError> {
        let program = request.program;
        let Some(known) = self.hazard(program, hazard).await? else {
            return Ok(());
        };
        let thing = match known.of {
            Some(of) => self.hazard(program, of).await?,
            None => Some(known.clone()),
        };
        let Some(thing) = thing else {
            return Ok(());
        };
        let mut behind = self.duplicates_of(program, hazard, FOLLOWING).await?;
        if itself {
            behind = vec![known];
        }
        for duplicate in behind.iter().filter(|other| is_behind(other, &thing)) {
            let command = HazardCommand::Follow {
                hazard: duplicate.id,
            };
            let request = Request {
                key: Some(follow_key(duplicate.id, &thing)),
                ..request.clone()
            };
            let command = Command::Hazard(Box::new(command));
            match self.execute_deed(&request, command).await {
                // Somebody was quicker.
                Ok(_) | Err(WriteError::Rejected(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// The award as it is submitted. Where a hazard is is kept with the hazard alone, and looked up here: of a duplicate, where that is of
    /// which it is a duplicate.
    pub(super) async fn placed(
        &self,
        program: ProgramId,
        asked: &AskedAward,
    ) -> Result<AwardRequest, StoreError> {
        let mut award = asked.request.clone();
        if award.deed.kind != DEED_KIND || award.position.is_some() {
            return Ok(award);
        }
        if let Some(hazard) = self.hazard_of_deed(program, asked.deed).await? {
            award.position = match hazard.of {
                Some(of) => self.hazard(program, of).await?.and_then(|of| of.position),
                None => hazard.position,
            };
        }
        Ok(award)
    }

    /// How fast the reports of a time were seen to, by month and category, of all or of a node and those below it.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn hazard_figures(
        &self,
        program: ProgramId,
        (from, until): (Timestamp, Timestamp),
        zone: &TimeZone,
        within: Option<crate::ids::OrganizationId>,
    ) -> Result<Vec<Figure>, StoreError> {
        let mut months: BTreeMap<(String, HazardCategory), Vec<Taken>> = BTreeMap::new();
        let mut filter = HazardFilter {
            before: Due {
                since: until,
                id: uuid::Uuid::nil(),
            },
            since: Some(from),
            within,
            ..HazardFilter::newest(PAGE)
        };
        loop {
            let page = self.hazards(program, &filter).await?;
            let Some(last) = page.last() else { break };
            filter.before = Due {
                since: last.received_at,
                id: last.id.0,
            };
            for hazard in &page {
                let day = hazard.received_at.to_jiff().to_zoned(zone.clone()).date();
                let month = format!("{:04}-{:02}", day.year(), day.month());
                let of = months.entry((month, hazard.category)).or_default();
                of.push((hazard.decided_after(), hazard.fixed_after()));
            }
        }
        let figure = |((month, category), taken): ((String, HazardCategory), Vec<Taken>)| Figure {
            month,
            category,
            reported: taken.len() as u64,
            decided: Pace::of(taken.iter().filter_map(|(decided, _)| *decided)),
            fixed: Pace::of(taken.iter().filter_map(|(_, fixed)| *fixed)),
        };
        Ok(months.into_iter().map(figure).collect())
    }
}

/// How long it took until a report was decided on, and then until it was mended: in seconds, and whether in time.
type Taken = (Option<(i64, bool)>, Option<(i64, bool)>);

fn is_behind(duplicate: &Hazard, thing: &Hazard) -> bool {
    duplicate.state == HazardState::Duplicate
        && (thing.found > duplicate.found || thing.state == HazardState::Invalid)
}

/// Under which a duplicate follows: it does so once for each thing that came of it, and for each step since.
fn follow_key(duplicate: HazardId, thing: &Hazard) -> String {
    let found = thing.found.map_or("invalid", Found::name);
    format!("follow:{duplicate}:{found}:{}", thing.body.steps.len())
}
