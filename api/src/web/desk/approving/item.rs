//! An award that waits, with what shows it and what stands beside it.

use jiff::tz::TimeZone;
use ledger::StoreError;
use ledger::community::attachment::AttachmentKind;
use ledger::machine::Award;
use ledger::machine::deeds::{DeedBody, Mark};
use ledger::policy::evidence_classes;
use ledger::views::Register;
use uuid::Uuid;

use crate::evidence::Evidence;
use crate::web::format::{moment, points};
use crate::web::names::name;
use crate::web::reading::{counted, language, say, t};
use crate::web::{Web, words};

/// An award, and what shows it.
pub struct Item {
    pub id: Uuid,
    pub ticked: bool,
    pub member: String,
    pub rule: String,
    pub points: String,
    pub at: String,
    pub by: String,
    /// Classes of evidence.
    pub evidence: String,
    /// Check-ins and check-outs of the deed on record.
    pub marks: Vec<String>,
    pub sentences: Vec<String>,
    pub last: Vec<String>,
    pub flags: Vec<String>,
    pub photos: Vec<Uuid>,
    pub texts: Vec<Uuid>,
}

/// Which classes of evidence there are.
pub fn classes(award: &Award) -> String {
    let classes = evidence_classes().iter();
    let classes = classes.filter(|class| award.deed.evidence.contains(class.value));
    let classes: Vec<&str> = classes.map(|class| t(class.zh, class.en)).collect();
    classes.join(t("、", ", "))
}

/// With what there is to be seen of it.
pub async fn item(web: &Web, evidence: Evidence) -> Result<Item, StoreError> {
    let zone = web.zone();
    let award = &evidence.award;
    let earlier = |award: &Award| {
        let state = words::award_state(award.state);
        let at = moment(award.deed.occurred_at, &zone);
        let points = points(award.points);
        say!(
            "{at}　{points} 分　{state}",
            "{at} · {points} points · {state}"
        )
    };
    let shown = |kind: AttachmentKind| {
        let all = evidence.attachments.iter();
        let of_kind = all.filter(move |attachment| attachment.kind == kind);
        of_kind.map(|attachment| attachment.id.0).collect()
    };
    let deed = evidence.deed.as_ref();
    Ok(Item {
        id: award.id.0,
        ticked: false,
        member: evidence.name.clone(),
        rule: award.trace.rule_title.clone(),
        points: points(award.points),
        at: moment(award.deed.occurred_at, &zone),
        by: name(web, Register::Staff, award.submitted_by.0).await?,
        evidence: classes(award),
        marks: deed.map_or_else(Vec::new, |deed| marks(&deed.record.body, &zone)),
        sentences: award.explained(language()),
        last: evidence.last.iter().map(earlier).collect(),
        flags: flags(&evidence),
        photos: shown(AttachmentKind::Photo),
        texts: shown(AttachmentKind::Text),
    })
}

/// Who was where, as the deed on record has it.
fn marks(deed: &DeedBody, zone: &TimeZone) -> Vec<String> {
    let mark = |what: &str, mark: &Mark| {
        let (at, by) = (moment(mark.at, zone), words::proof(mark.by));
        say!("{what} {at}（{by}）", "{what} {at} ({by})")
    };
    match deed {
        DeedBody::Attendance(part) => {
            let comings = part.checked_in.iter();
            let comings = comings.map(|at| mark(t("签到", "Checked in"), at));
            let goings = part.checked_out.iter();
            let goings = goings.map(|at| mark(t("签退", "Checked out"), at));
            comings.chain(goings).collect()
        }
        DeedBody::Shift(shift) => {
            let grid = &shift.grid;
            let places = usize::try_from(shift.points).unwrap_or_default();
            let places = counted(places, "个地点", "place", "places");
            vec![say!("巡查 {grid}，{places}", "Patrol of {grid}, {places}")]
        }
        _ => Vec::new(),
    }
}

/// What somebody should look at twice.
fn flags(evidence: &Evidence) -> Vec<String> {
    let mut flags = Vec::new();
    if !evidence.alike.is_empty() {
        let alike = evidence.alike.len();
        let alike = counted(alike, "份登记", "other record", "other records");
        flags.push(say!("同一件事另有 {alike}", "{alike} of the same deed"));
    }
    if !evidence.same_photo.is_empty() {
        let alike = t(
            "照片与别处用过的相同或很像",
            "A photo is the same as one used elsewhere, or much like it",
        );
        flags.push(alike.to_owned());
    }
    if evidence.one_submitter {
        let same = t(
            "这位骑手近期的奖励几乎都由同一人登记",
            "Nearly all of this rider's recent awards were recorded by one person",
        );
        flags.push(same.to_owned());
    }
    flags
}
