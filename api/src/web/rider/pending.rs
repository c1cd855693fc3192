//! 还没到账: a rider's awards that are on record and not paid out, what each waits for and until when.

use jiff::tz::TimeZone;
use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::machine::{Award, AwardState};
use ledger::points::Points;
use ledger::policy::DuplicateReward;
use ledger::views::{AwardFilter, MemberBalance};

use crate::web::format::{full, moment, points};
use crate::web::reading::{counted, say, t};
use crate::web::{Web, words};

/// So many awards are looked through at a time, the newest first.
const PAGE: usize = 50;
/// And so often, until those are found that make up what is on notice.
const PAGES: usize = 4;
/// So many lines stand open; more of them are folded.
const FEW: usize = 5;

/// What a rider has not been paid out yet.
pub struct Unpaid {
    /// What becomes of the points on notice, and when: a sentence each.
    pub said: Vec<String>,
    /// The awards, those at first whose time is over first.
    pub awards: Vec<Waiting>,
    /// Whether they stand open.
    pub few: bool,
    /// Whether some of them are in no balance yet.
    pub uncounted: bool,
    /// Points on notice of awards that lie further back.
    pub older: Option<String>,
}

/// An award that is not paid out.
pub struct Waiting {
    /// For what.
    pub what: String,
    /// What it is worth.
    pub points: String,
    /// Where it stands.
    pub state: &'static str,
    /// Whether somebody holds something against it.
    pub objected: bool,
    /// What it waits for.
    pub stage: String,
    /// Where it is explained.
    pub why: String,
}

/// Of the member whose balance this is.
pub async fn unpaid(web: &Web, balance: &MemberBalance) -> Result<Unpaid, StoreError> {
    let (zone, now) = (web.zone(), web.now());
    let mut awards = newest(web, balance).await?;
    awards.sort_by_key(|award| due(award).map_or(i64::MAX, Timestamp::as_micros));
    let older = balance.pending.minus(sum(awards.iter().filter(on_notice)));
    let older = older.ok().filter(|older| older.is_positive());
    let waiting = |award: &Award| Waiting {
        what: award.trace.rule_title.clone(),
        points: points(award.points),
        state: words::award_state(award.state),
        objected: award.state == AwardState::Frozen,
        stage: stage(award, &zone, now).unwrap_or_default(),
        why: web.path(&format!("me/awards/{}", award.id)),
    };
    Ok(Unpaid {
        said: said(&awards, &zone, now),
        few: awards.len() <= FEW,
        uncounted: awards.iter().any(|award| !on_notice(&award)),
        older: older.map(points),
        awards: awards.iter().map(waiting).collect(),
    })
}

/// Those of the newest awards that are not paid out: as far back as what is on notice goes, within bounds.
async fn newest(web: &Web, balance: &MemberBalance) -> Result<Vec<Award>, StoreError> {
    let mut found: Vec<Award> = Vec::new();
    let mut before = None;
    for _ in 0..PAGES {
        let filter = AwardFilter {
            state: None,
            member: Some(balance.member),
            before,
            limit: i64::try_from(PAGE).unwrap_or(i64::MAX),
        };
        let awards = web.ledger.awards(web.program.id, &filter).await?;
        let is_last = awards.len() < PAGE;
        before = awards.last().map(|award| award.id);
        let waits = |award: &Award| waits_for_approval(award) || on_notice(&award);
        found.extend(awards.into_iter().filter(waits));
        if is_last || sum(found.iter().filter(on_notice)) >= balance.pending {
            break;
        }
    }
    Ok(found)
}

/// Whether no point has moved for it yet.
const fn waits_for_approval(award: &Award) -> bool {
    matches!(award.state, AwardState::Queued | AwardState::Submitted)
}

/// Whether its points are in the pending account.
const fn on_notice(award: &&Award) -> bool {
    matches!(award.state, AwardState::Pending | AwardState::Frozen)
}

/// When its time on notice is over; of one that was objected to nobody knows.
fn due(award: &Award) -> Option<Timestamp> {
    let until = award.notice_until;
    until.filter(|_| award.state == AwardState::Pending)
}

/// Whether it is divided among all who report the same thing by then.
fn is_shared(award: &Award) -> bool {
    let duplicates = award.terms.duplicates.as_ref();
    duplicates.is_some_and(|duplicates| duplicates.reward == DuplicateReward::Share)
}

fn sum<'a>(awards: impl Iterator<Item = &'a Award>) -> Points {
    Points::sum(awards.map(|award| award.points)).unwrap_or(Points::ZERO)
}

/// What becomes of the points on notice: of those whose time is over, of those that come next, of those that were objected to.
fn said(awards: &[Award], zone: &TimeZone, now: Timestamp) -> Vec<String> {
    let mut said = Vec::new();
    let (over, ahead): (Vec<&Award>, Vec<&Award>) = awards
        .iter()
        .filter(|award| due(award).is_some())
        .partition(|award| due(award).is_some_and(|until| until <= now));
    if !over.is_empty() {
        let (most, over) = in_words(&over);
        said.push(say!(
            "其中{most} {over} 分已期满，即将发放。",
            "Of these, {most}{over} points are paid out shortly: their time is over."
        ));
    }
    if let Some(first) = ahead.iter().filter_map(|award| due(award)).min() {
        let minute = full(first, zone);
        let with_it = |award: &&Award| due(award).is_some_and(|at| full(at, zone) == minute);
        let next: Vec<&Award> = ahead.into_iter().filter(with_it).collect();
        let public = next.iter().all(|award| award.terms.notice_seconds > 0);
        let ((most, next), until) = (in_words(&next), moment(first, zone));
        said.push(match public {
            true => say!(
                "其中{most} {next} 分 {until} 公示期满。",
                "Of these, {most}{next} points are on notice until {until}."
            ),
            false => say!(
                "其中{most} {next} 分 {until} 期满。",
                "Of these, {most}{next} points are due on {until}."
            ),
        });
    }
    let frozen = awards
        .iter()
        .filter(|award| award.state == AwardState::Frozen);
    let frozen = sum(frozen);
    if frozen.is_positive() {
        let frozen = points(frozen);
        said.push(say!(
            "其中 {frozen} 分有人提出异议，复核有结果以前不发放。",
            "Of these, {frozen} points were objected to: they are not paid out until that is settled."
        ));
    }
    said
}

/// How many points these are: at most, where some may be divided.
fn in_words(awards: &[&Award]) -> (&'static str, String) {
    let most = match awards.iter().any(|award| is_shared(award)) {
        true => t("最多", "at most "),
        false => "",
    };
    (most, points(sum(awards.iter().copied())))
}

/// What an award waits for that is not paid out; nothing of others.
pub fn stage(award: &Award, zone: &TimeZone, now: Timestamp) -> Option<String> {
    Some(match award.state {
        AwardState::Queued if award.is_unfunded() => {
            t("等这项资金再拨入", "waits for its budget to be given more").to_owned()
        }
        AwardState::Queued => t("等积分上限有空额", "waits for room under a limit").to_owned(),
        AwardState::Submitted => {
            let people = award.terms.approval.people();
            let people = people.saturating_sub(award.approvals.len());
            let people = counted(people, "人", "person", "people");
            say!("还要 {people}审核", "still to be approved by {people}")
        }
        AwardState::Pending => until(award, zone, now),
        AwardState::Frozen => objected(award, zone, now),
        AwardState::Vested | AwardState::Rejected | AwardState::Reversed => return None,
    })
}

fn until(award: &Award, zone: &TimeZone, now: Timestamp) -> String {
    let Some(until) = due(award).filter(|until| *until > now) else {
        return t(
            "已期满，即将发放",
            "its time is over: it is paid out shortly",
        )
        .to_owned();
    };
    let until = moment(until, zone);
    match (award.objection.is_some(), is_shared(award)) {
        (true, _) => say!(
            "异议不成立，{until} 期满后发放",
            "the objection was not upheld; it is paid out after {until}"
        ),
        (false, true) => say!(
            "{until} 期满；此前有别人报了同一件事，就平分",
            "until {until}; whoever reports the same thing by then has a share"
        ),
        (false, false) => say!("公示至 {until}", "on notice until {until}"),
    }
}

/// Whatever day its notice ends, it is not paid out before the objection is settled.
fn objected(award: &Award, zone: &TimeZone, now: Timestamp) -> String {
    let appeal = award.objection.and_then(|objection| objection.appeal);
    match award.settles_at() {
        Some(until) if until > now => {
            let until = moment(until, zone);
            say!(
                "异议成立，{until} 以前可以申诉，不申诉就撤下",
                "the objection was upheld: it is taken back unless the rider appeals by {until}"
            )
        }
        Some(_) => t(
            "异议成立，即将撤下",
            "the objection was upheld: it is taken back shortly",
        )
        .to_owned(),
        None if appeal.is_some() => t(
            "已申诉，等另一位工作人员复核，此前不发放",
            "appealed: it is not paid out before another member of staff has reviewed it",
        )
        .to_owned(),
        None => t(
            "有人提出异议，等复核，此前不发放",
            "somebody objected: it is not paid out before that is reviewed",
        )
        .to_owned(),
    }
}
