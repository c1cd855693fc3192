//! A list of deeds.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::tz::TimeZone;

use super::cells;
use super::columns::{Cells, Columns, Field};
use super::flaw::{Flaw, shown};
use super::table::Table;
use super::{Sheet, member_id};
use crate::AwardRequest;
use crate::ids::{MemberId, ProgramId};
use crate::policy::Deed;
use crate::policy::deed::{DeedKind, Fact, kinds};

const fn field(name: &'static str, also: &'static [&'static str], required: bool) -> Field {
    Field {
        name,
        also,
        required,
    }
}

const FIELDS: &[Field] = &[
    field("member", &["骑手", "骑手编号"], true),
    field("name", &["姓名"], false),
    field("kind", &["类型", "事项"], true),
    field("reference", &["编号", "单号"], true),
    field("occurred_at", &["时间"], true),
    field("policy", &["办法"], false),
    field("evidence", &["凭据"], false),
    field("latitude", &["纬度"], false),
    field("longitude", &["经度"], false),
];

/// A deed to be awarded.
#[derive(Clone, Debug, PartialEq)]
pub struct AwardLine {
    /// What is asked for.
    pub award: AwardRequest,
    /// The member's name, where the file gives it: it must be the one on record.
    pub name: Option<String>,
}

/// Reads a list of deeds. Local moments are the programme's.
///
/// # Errors
/// What keeps the file from being read line by line.
pub fn awards(
    bytes: &[u8],
    program: ProgramId,
    zone: &TimeZone,
) -> Result<Sheet<AwardLine>, Vec<Flaw>> {
    let table = Table::read(bytes).map_err(|flaw| vec![flaw])?;
    let columns = Columns::read(&table, FIELDS, &fact_names())?;
    let (mut lines, mut flaws) = (Vec::new(), Vec::new());
    let mut seen = HashMap::new();
    for row in &table.rows {
        let cells = columns.of(row);
        let mut own = Vec::new();
        let line = read(cells, program, zone, &mut own);
        if let Some(line) = &line {
            let deed = &line.award.deed;
            let key = (
                line.award.member,
                deed.kind.clone(),
                deed.reference.clone(),
                line.award.policy.clone(),
            );
            let first = *seen.entry(key).or_insert(row.line);
            if first != row.line {
                let message = format!("the same deed stands on line {first}");
                own.push(cells.flaw("reference", "duplicate", message));
            }
        }
        match line {
            Some(line) if own.is_empty() => lines.push((row.line, line)),
            _ => flaws.extend(own),
        }
    }
    Ok(Sheet {
        encoding: table.encoding,
        columns,
        lines,
        flaws,
    })
}

/// Every name and label of a fact.
fn fact_names() -> Vec<&'static str> {
    let facts = kinds().iter().flat_map(|kind| kind.facts);
    let names = facts.flat_map(|fact| [fact.name, fact.zh, fact.en]);
    names.collect::<BTreeSet<_>>().into_iter().collect()
}

/// One line; `None` where so much is wrong that there is none.
fn read(
    cells: Cells<'_>,
    program: ProgramId,
    zone: &TimeZone,
    flaws: &mut Vec<Flaw>,
) -> Option<AwardLine> {
    let member = cells.required("member", 128, flaws);
    let kind = known(cells, "kind", flaws, cells::deed_kind);
    let reference = cells.required("reference", 128, flaws);
    let occurred_at = known(cells, "occurred_at", flaws, |text| {
        cells::moment(text, zone)
    });
    let policy = cells.at_most("policy", 64, flaws);
    let name = cells.text("name");
    let evidence = cells::evidence(cells.text("evidence"))
        .map_err(|message| flaws.push(cells.flaw("evidence", "unknown_evidence", message)));
    let position = cells::position(cells.text("latitude"), cells.text("longitude"))
        .map_err(|message| flaws.push(cells.flaw("latitude", "format", message)));
    let facts = kind.map(|kind| facts(cells, kind, flaws));
    cells.strays(flaws);
    Some(AwardLine {
        award: AwardRequest {
            member: member_of(program, member),
            deed: Deed {
                kind: kind?.name.to_owned(),
                reference: reference.to_owned(),
                occurred_at: occurred_at?,
                facts: facts?,
                evidence: evidence.ok()?,
                places: Vec::new(),
            },
            policy: (!policy.is_empty()).then(|| policy.to_owned()),
            position: position.ok()?,
        },
        name: (!name.is_empty()).then(|| name.to_owned()),
    })
}

/// An id, or the reference under which they were enrolled by an import.
fn member_of(program: ProgramId, text: &str) -> MemberId {
    text.parse().unwrap_or_else(|_| member_id(program, text))
}

fn known<T>(
    cells: Cells<'_>,
    field: &str,
    flaws: &mut Vec<Flaw>,
    read: impl Fn(&str) -> Result<T, String>,
) -> Option<T> {
    let text = cells.text(field);
    if text.is_empty() {
        flaws.push(cells.flaw(field, "missing", "the cell is empty"));
        return None;
    }
    read(text)
        .map_err(|message| flaws.push(cells.flaw(field, "format", message)))
        .ok()
}

fn facts(
    cells: Cells<'_>,
    kind: &'static DeedKind,
    flaws: &mut Vec<Flaw>,
) -> BTreeMap<String, Fact> {
    let mut facts = BTreeMap::new();
    for (index, header, text) in cells.open() {
        let mut flaw = |code, message| flaws.push(cells.flaw_in(index, code, message));
        let Some(spec) = cells::fact_called(kind, header) else {
            let message = format!(
                "a deed of kind {} has no such fact: leave {:?} out",
                kind.name,
                shown(text)
            );
            flaw("unknown_fact", message);
            continue;
        };
        if spec.derived {
            let message = "this follows from the other facts: leave it out".to_owned();
            flaw("derived_fact", message);
            continue;
        }
        match cells::fact(spec, text) {
            Ok(fact) => {
                if facts.insert(spec.name.to_owned(), fact).is_some() {
                    flaw("duplicate_column", format!("{} is given twice", spec.name));
                }
            }
            Err(message) => flaw("wrong_fact_value", message),
        }
    }
    for spec in kind
        .facts
        .iter()
        .filter(|spec| spec.required && !spec.derived)
    {
        if !facts.contains_key(spec.name) && !flawed(cells, spec.name, kind) {
            let message = format!(
                "the fact {} ({}) is missing: expected {}",
                spec.name,
                spec.zh,
                spec.kind.describe()
            );
            flaws.push(cells.missing_fact(&[spec.name, spec.zh, spec.en], message));
        }
    }
    facts
}

/// Whether the line gives the fact in some way, so that it was told what is wrong with it.
fn flawed(cells: Cells<'_>, name: &str, kind: &DeedKind) -> bool {
    let mut given = cells
        .open()
        .filter_map(|(_, header, _)| cells::fact_called(kind, header));
    given.any(|spec| spec.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const PROGRAM: ProgramId = ProgramId(Uuid::from_u128(7));

    fn sheet(text: &str) -> Result<Sheet<AwardLine>, Vec<Flaw>> {
        let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
        awards(text.as_bytes(), PROGRAM, &zone)
    }

    fn told(text: &str) -> Vec<String> {
        let flaws = match sheet(text) {
            Ok(sheet) => sheet.flaws,
            Err(flaws) => flaws,
        };
        super::super::Flaws::from(flaws)
            .told
            .iter()
            .map(Flaw::to_string)
            .collect()
    }

    #[test]
    fn no_fact_is_called_as_a_field_is() {
        for field in FIELDS {
            for name in std::iter::once(&field.name).chain(field.also) {
                assert!(!fact_names().contains(name), "{name}");
            }
        }
    }

    #[test]
    fn headers_and_words_are_taken_in_both_languages() {
        let id = Uuid::from_u128(1);
        let zh = sheet(&format!(
            "骑手,类型,编号,时间,时长,网格,凭据,办法,纬度,经度\n{id},网格巡查,s-1,2026/3/5 19:30,90,G-7,签到、现场照片,patrol,41.8,123.3\n"
        ));
        let en = sheet(&format!(
            "Member,kind,reference,occurred_at,minutes,grid,evidence,policy,latitude,longitude\n{id},patrol_shift,s-1,2026-03-05T11:30:00Z,90,G-7,photo;check_in,patrol,41.800000,123.300000\n"
        ));
        let (zh, en) = (zh.expect("a sheet"), en.expect("a sheet"));
        assert!(zh.flaws.is_empty(), "{:?}", zh.flaws);
        assert_eq!(zh.lines, en.lines);
        let (line, read) = &zh.lines[0];
        assert_eq!((*line, read.award.member.0), (2, id));
        assert_eq!(read.award.deed.facts["minutes"], Fact::from(90));
        let named = sheet(
            "member,kind,reference,occurred_at,minutes,grid,name\nR-7,patrol_shift,s,2026-03-05 19:30,9,G-7,赵\n",
        );
        let (_, line) = &named.expect("a sheet").lines[0];
        assert_eq!(line.award.member, member_id(PROGRAM, "R-7"));
        assert_eq!(line.name.as_deref(), Some("赵"));
    }

    #[test]
    fn a_header_is_told_all_that_is_wrong_with_it() {
        assert_eq!(
            told("member,kind,kind,refernce,occurred_at,shoe size\nx,y,z,a,b,c\n"),
            [
                "line 1: the column reference (编号 / 单号) is missing",
                "line 1, column kind: column 2 says the same: leave one out",
                "line 1, column refernce: there is no such column — did you mean reference?",
                "line 1, column shoe size: there is no such column; there are: member, name, kind, reference, occurred_at, policy, \
                 evidence, latitude, longitude",
            ]
        );
        assert_eq!(
            told("骑手;类型;编号;时间\nx;y;z;a\n"),
            ["line 1: there is only one column: separate cells by commas (,)"]
        );
    }

    #[test]
    fn every_flaw_of_every_line_is_told_at_once() {
        let text = "骑手,类型,编号,时间,时长,网格,服务对象,凭据,纬度\n\
            R-1,网格巡查,s-1,2026-03-05 19:30,90,G-7,,,\n\
            ,网格巡察,,昨天,90,G-7,,相片,41.8\n\
            R-1,网格巡查,s-2,2026-03-05 19:30,1.5,,老人,,\n\
            \n\
            R-1,网格巡查,s-1,2026-03-05 20:30,60,G-7,,,\n\
            R-1,网格巡查,s-3,2026-03-05 19:30,60,G-7,,,,x\n";
        assert_eq!(
            told(text),
            [
                "line 3, column 骑手: the cell is empty",
                "line 3, column 类型: \"网格巡察\" is not known — did you mean 网格巡查?",
                "line 3, column 编号: the cell is empty",
                "line 3, column 时间: expected a moment such as 2026-03-05 19:30 or 2026-03-05T19:30:00+08:00, found \"昨天\"",
                "line 3, column 凭据: expected one of photo (现场照片), check_in (签到), sign_off (签字确认), witness (证人), \
                 system (系统记录), backfill (事后补录), document (书面材料), found \"相片\"",
                "line 3, column 纬度: expected latitude and longitude in degrees, such as 41.80512 and 123.30877",
                "line 4, column 时长: expected a whole number from 1 to 1440, found \"1.5\"",
                "line 4, column 网格: the fact grid (网格) is missing: expected a code of at most 64 letters, digits and -_.:/",
                "line 4, column 服务对象: a deed of kind patrol_shift has no such fact: leave \"老人\" out",
                "line 6, column 编号: the same deed stands on line 2",
                "line 7, column : something stands in column 10, which has no header: is there a comma too many?",
            ]
        );
    }
}
