//! The statements of teams and pledges. See [`super::statement`].

use super::statement::{Statement, statements};

statements! {
    LOCK_TEAMS = "SELECT t.code FROM {rows code:text} CROSS JOIN teams t WHERE t.program_id = r.program_id AND t.code = r.code \
        ORDER BY t.code {lock t}";
    TEAMS = "SELECT t.code, t.organization_id, t.kind, t.name FROM {rows code:text} CROSS JOIN teams t \
        WHERE t.program_id = r.program_id AND t.code = r.code";
    BELONGING = "SELECT m.member_id, m.code, m.from_at FROM {rows member_id:uuid} CROSS JOIN team_members m {by teams_of_member} \
        WHERE m.program_id = r.program_id AND m.member_id = r.member_id AND m.until_at IS NULL";
    PLEDGES = "SELECT p.pledge_id, p.member_id, p.body FROM {rows pledge_id:uuid} CROSS JOIN pledges p \
        WHERE p.program_id = r.program_id AND p.pledge_id = r.pledge_id";

    NEW_TEAMS = "INSERT INTO teams (program_id, code, organization_id, kind, name) \
        SELECT r.program_id, r.code, r.organization_id, r.kind, r.name FROM {rows code:text organization_id:uuid kind:text name:text}";
    CHANGED_TEAMS = "UPDATE teams SET organization_id = r.organization_id, kind = r.kind, name = r.name \
        FROM {rows code:text organization_id:uuid kind:text name:text} WHERE teams.program_id = r.program_id AND teams.code = r.code";
    JOIN_TEAMS = "INSERT INTO team_members (program_id, code, member_id, from_at) \
        SELECT r.program_id, r.code, r.member_id, r.from_at FROM {rows code:text member_id:uuid from_at:int}";
    LEAVE_TEAMS = "UPDATE team_members SET until_at = r.until_at FROM {rows code:text member_id:uuid until_at:int} \
        WHERE team_members.program_id = r.program_id AND team_members.code = r.code AND team_members.member_id = r.member_id \
        AND team_members.until_at IS NULL";
    /// Two who joined at the same moment would have one key: who stays has it.
    MOVE_TEAMS = "UPDATE team_members SET member_id = r.into_id FROM {rows from_id:uuid into_id:uuid} \
        WHERE team_members.program_id = r.program_id AND team_members.member_id = r.from_id AND NOT EXISTS ( \
        SELECT 1 FROM team_members m WHERE m.program_id = team_members.program_id AND m.code = team_members.code \
        AND m.member_id = r.into_id AND m.from_at = team_members.from_at)";
    NEW_TEAM_AWARDS = "INSERT INTO team_awards (program_id, code, occurred_at, award_id, reference, minutes, people) \
        SELECT r.program_id, r.code, r.occurred_at, r.award_id, r.reference, r.minutes, r.people \
        FROM {rows code:text occurred_at:int award_id:uuid reference:text minutes:int people:int}";
    NEW_PLEDGES = "INSERT INTO pledges (program_id, pledge_id, member_id, from_at, until_at, shown, body) \
        SELECT r.program_id, r.pledge_id, r.member_id, r.from_at, r.until_at, r.shown, r.body \
        FROM {rows pledge_id:uuid member_id:uuid from_at:int until_at:int shown:int body:text}";
    CHANGED_PLEDGES = "UPDATE pledges SET until_at = r.until_at, shown = r.shown, body = r.body \
        FROM {rows pledge_id:uuid member_id:uuid from_at:int until_at:int shown:int body:text} \
        WHERE pledges.program_id = r.program_id AND pledges.pledge_id = r.pledge_id";
    MOVE_PLEDGES = "UPDATE pledges SET member_id = r.into_id FROM {rows from_id:uuid into_id:uuid} \
        WHERE pledges.program_id = r.program_id AND pledges.member_id = r.from_id";

    TEAM = "SELECT code, organization_id, kind, name FROM teams WHERE program_id = $1 AND code = $2";
    TEAMS_AFTER = "SELECT t.code, t.organization_id, t.kind, t.name FROM teams t WHERE t.program_id = $1 AND t.code > $2 ORDER BY t.code LIMIT $3";
    TEAM_MEMBERS = "SELECT m.member_id, m.from_at, m.until_at FROM team_members m WHERE m.program_id = $1 AND m.code = $2 \
        AND (m.member_id, m.from_at) > ($3, $4) ORDER BY m.member_id, m.from_at LIMIT $5";
    TEAMS_OF_MEMBER = "SELECT DISTINCT m.code FROM team_members m {by teams_of_member} \
        WHERE m.program_id = $1 AND m.member_id = $2 AND m.until_at IS NULL ORDER BY m.code";
    /// What a team did within a time, of awards that stand. A deed that two policies award is one; what several did together served its people
    /// once.
    TEAM_TOTALS = "WITH done AS (SELECT t.reference, a.deed_id, a.member_id, MAX(t.minutes) AS minutes, MAX(t.people) AS people, \
        SUM(a.points) AS points FROM team_awards t CROSS JOIN awards a \
        WHERE t.program_id = $1 AND t.code = $2 AND t.occurred_at >= $3 AND t.occurred_at < $4 \
        AND a.program_id = t.program_id AND a.award_id = t.award_id AND a.state IN ('pending', 'frozen', 'vested') \
        GROUP BY t.reference, a.deed_id, a.member_id) \
        SELECT COUNT(*), CAST(COALESCE(SUM(d.minutes), 0) AS BIGINT), \
        CAST(COALESCE((SELECT SUM(x.people) FROM (SELECT MAX(e.people) AS people FROM done e GROUP BY e.reference) x), 0) AS BIGINT), \
        CAST(COALESCE(SUM(d.points), 0) AS BIGINT), COUNT(DISTINCT d.member_id) FROM done d";
    PLEDGES_OF_MEMBER = "SELECT pledge_id, member_id, body FROM pledges WHERE program_id = $1 AND member_id = $2 AND pledge_id < $3 \
        ORDER BY pledge_id DESC LIMIT $4";
    PLEDGES_SHOWN = "SELECT pledge_id, member_id, body FROM pledges WHERE program_id = $1 AND shown = 1 AND pledge_id > $2 \
        ORDER BY pledge_id LIMIT $3";
}
