//! Teams and pledges, as rows.

use uuid::Uuid;

use super::columns::Column;
use super::save::{Save, images};
use super::{StoreError, team_text as text};
use crate::community::pledge::Pledge;
use crate::community::team::{Team, TeamDeed};
use crate::ids::{MemberId, OrganizationId, PledgeId};
use crate::machine::teams::TeamChange;
use crate::machine::{Award, State};

/// Pledges as a batch made or changed them.
pub fn saves(state: &State) -> Vec<Save> {
    let mut saves = Vec::new();
    let pledge = |id: &PledgeId| state.pledges.get(*id);
    let rows = &state.pledges.rows;
    for (statement, keys) in [
        (&text::NEW_PLEDGES, &rows.new),
        (&text::CHANGED_PLEDGES, &rows.changed),
    ] {
        if !keys.is_empty() {
            saves.push((statement, pledge_rows(&images(keys, pledge))));
        }
    }
    saves
}

/// One change of a team. Each is saved by itself, because who joins may leave in the same batch.
pub fn team_row(change: &TeamChange) -> Save {
    let team = |team: &Team| {
        vec![
            Column::texts([team.code.as_str()]),
            Column::uuids([team.organization.0]),
            Column::texts([team.kind.as_str()]),
            Column::texts([team.name.as_str()]),
        ]
    };
    let belonging = |code: &str, member: MemberId, at: crate::clock::Timestamp| {
        vec![
            Column::texts([code]),
            Column::uuids([member.0]),
            Column::ints([at.as_micros()]),
        ]
    };
    match change {
        TeamChange::Form(formed) => (&text::NEW_TEAMS, team(formed)),
        TeamChange::Rename(renamed) => (&text::CHANGED_TEAMS, team(renamed)),
        TeamChange::Join(code, member, from) => {
            (&text::JOIN_TEAMS, belonging(code, *member, *from))
        }
        TeamChange::Leave(code, member, [_, until]) => {
            (&text::LEAVE_TEAMS, belonging(code, *member, *until))
        }
    }
}

fn pledge_rows(pledges: &[&Pledge]) -> Vec<Column> {
    let rows = || pledges.iter();
    vec![
        Column::uuids(rows().map(|p| p.id.0)),
        Column::uuids(rows().map(|p| p.member.0)),
        Column::ints(rows().map(|p| p.from.as_micros())),
        Column::ints(rows().map(|p| p.over_at().as_micros())),
        Column::ints(rows().map(|p| i64::from(p.shown))),
        Column::texts(rows().map(|p| serde_json::to_string(p).unwrap_or_default())),
    ]
}

/// The rows from which teams' totals are counted, of new awards for deeds that name a team; nothing where none does.
pub fn of_awards(awards: &[&Award]) -> Option<Save> {
    let each = awards.iter();
    let with: Vec<(Uuid, TeamDeed)> = each
        .filter_map(|award| Some((award.id.0, TeamDeed::of(&award.deed)?)))
        .collect();
    let rows = || with.iter();
    let columns = || {
        vec![
            Column::texts(rows().map(|(_, deed)| deed.code.as_str())),
            Column::ints(rows().map(|(_, deed)| deed.occurred_at.as_micros())),
            Column::uuids(rows().map(|(award, _)| *award)),
            Column::texts(rows().map(|(_, deed)| deed.reference.as_str())),
            Column::ints(rows().map(|(_, deed)| deed.minutes)),
            Column::ints(rows().map(|(_, deed)| deed.people)),
        ]
    };
    (!with.is_empty()).then(|| (&text::NEW_TEAM_AWARDS, columns()))
}

/// code, organization, kind, name.
pub type TeamRow = (String, Uuid, String, String);

/// A team's row.
pub fn team((code, organization, kind, name): TeamRow) -> Team {
    Team {
        code,
        organization: OrganizationId(organization),
        kind,
        name,
    }
}

/// pledge, member, body.
pub type PledgeRow = (Uuid, Uuid, String);

/// A pledge's row. Whose it is is told by its column: they may have been merged since.
pub fn pledge((id, member, body): PledgeRow) -> Result<Pledge, StoreError> {
    let read = serde_json::from_str(&body);
    let pledge: Pledge = read.map_err(|error| StoreError::corrupt("pledges", "body", id, error))?;
    Ok(Pledge {
        member: MemberId(member),
        ..pledge
    })
}
