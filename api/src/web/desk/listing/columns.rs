//! What a list holds: the columns of every list, those of each kind of deed, and a list to begin with.

use ledger::policy::deed::{Choice, FactSpec, FactType, kinds};
use ledger::policy::{DeedKind, evidence_classes};

use super::cells::same;
use crate::sheet::{Cell, Sheet};
use crate::web::Web;
pub use crate::web::desk::deed_form::priced;
use crate::web::format::field;
use crate::web::reading::{say, t};

/// A column that a list must or may have, whatever its deeds.
pub struct Column {
    /// What the ledger calls it, and its header in English.
    pub name: &'static str,
    /// What else it may be called; the first is its header in Chinese.
    also: &'static [&'static str],
    required: bool,
    /// What is written there, in Chinese and in English.
    what: (&'static str, &'static str),
}

const fn column(
    name: &'static str,
    also: &'static [&'static str],
    required: bool,
    what: (&'static str, &'static str),
) -> Column {
    Column {
        name,
        also,
        required,
        what,
    }
}

/// Whose deed it is.
pub const MEMBER: &[&str] = &["member", "骑手", "骑手编号"];
/// Of which kind it is.
pub const KIND: &[&str] = &["kind", "事项", "类型"];

/// As the ledger reads them.
const COLUMNS: &[Column] = &[
    column(
        "member",
        &["骑手", "骑手编号"],
        true,
        (
            "骑手的编号：导入骑手名册时用的编号，或系统里的编号",
            "the rider's number: that of the list they were enrolled by, or their id",
        ),
    ),
    column(
        "name",
        &["姓名"],
        false,
        (
            "填了会和登记的姓名核对，防止填错人",
            "held against the name on record, so that nobody is mistaken for another",
        ),
    ),
    column(
        "kind",
        &["事项", "类型"],
        true,
        (
            "做了什么，写下面列出的事项",
            "what was done: one of the kinds below",
        ),
    ),
    column(
        "reference",
        &["编号", "单号"],
        true,
        (
            "这件事自己的编号，如签到表上的序号；编号相同的只发放一次",
            "the deed's own number, such as that on a sign-in sheet; it is awarded only once",
        ),
    ),
    column(
        "occurred_at",
        &["时间"],
        true,
        (
            "什么时候做的，如 2026-03-05 19:30",
            "when it was, such as 2026-03-05 19:30",
        ),
    ),
    column(
        "policy",
        &["办法"],
        false,
        (
            "几个办法都给这类事项计分时，写用哪一个",
            "which policy, where several give points for this",
        ),
    ),
    column(
        "evidence",
        &["凭据"],
        false,
        (
            "有哪些凭据，几样之间用“、”隔开",
            "what shows that it was done, several with ; between",
        ),
    ),
    column(
        "latitude",
        &["纬度"],
        false,
        (
            "办法限定地点的要填，如 41.795200",
            "needed where the policy names places, such as 41.795200",
        ),
    ),
    column(
        "longitude",
        &["经度"],
        false,
        (
            "和纬度一起填，如 123.308500",
            "beside the latitude, such as 123.308500",
        ),
    ),
];

impl Column {
    /// As pages write it.
    pub fn header(&self) -> &'static str {
        t(self.also.first().copied().unwrap_or(self.name), self.name)
    }

    fn is(&self, header: &str) -> bool {
        same(self.name, header) || self.also.iter().any(|name| same(name, header))
    }
}

/// The column that is called so, by what the ledger calls it or in a file.
pub fn column_called(header: &str) -> Option<&'static Column> {
    COLUMNS.iter().find(|column| column.is(header))
}

/// The kind of deed that is called so in a file.
pub fn kind_called(text: &str) -> Option<&'static DeedKind> {
    let called = |kind: &&DeedKind| {
        [kind.name, kind.zh, kind.en]
            .iter()
            .any(|name| same(name, text))
    };
    kinds().iter().find(called)
}

/// The fact of a kind that is called so in a file.
pub fn fact_called(kind: &DeedKind, header: &str) -> Option<&'static FactSpec> {
    let facts: &'static [FactSpec] = kind.facts;
    facts.iter().find(|spec| {
        [spec.name, spec.zh, spec.en]
            .iter()
            .any(|name| same(name, header))
    })
}

/// A column, told to whoever writes a list.
pub struct Told {
    pub header: &'static str,
    pub required: bool,
    pub what: String,
}

/// The columns of every list.
pub fn columns_told() -> Vec<Told> {
    let told = COLUMNS.iter().map(|column| {
        let (zh, en) = column.what;
        let what = t(zh, en);
        Told {
            header: column.header(),
            required: column.required,
            what: match column.name {
                "evidence" => say_choices(what, evidence_classes()),
                _ => what.to_owned(),
            },
        }
    });
    told.collect()
}

fn say_choices(what: &str, choices: &[Choice]) -> String {
    let words = labels(choices);
    say!("{what}：{words}", "{what}: {words}")
}

/// The words, one after the other.
pub fn labels(choices: &[Choice]) -> String {
    let words: Vec<&str> = choices.iter().map(|one| t(one.zh, one.en)).collect();
    words.join(t("、", ", "))
}

/// What a kind of deed has columns of its own for.
pub struct KindTold {
    pub label: &'static str,
    pub facts: Vec<Told>,
}

/// The same for each kind that earns points.
pub fn kinds_told(kinds: &[&'static DeedKind]) -> Vec<KindTold> {
    let fact = |spec: &FactSpec| Told {
        header: header(spec),
        required: spec.required,
        what: expected(spec),
    };
    let told = kinds.iter().map(|kind| KindTold {
        label: t(kind.zh, kind.en),
        facts: asked(kind).map(fact).collect(),
    });
    told.collect()
}

/// What is not worked out from the rest.
fn asked(kind: &'static DeedKind) -> impl Iterator<Item = &'static FactSpec> {
    kind.facts.iter().filter(|spec| !spec.derived)
}

fn header(spec: &FactSpec) -> &'static str {
    t(spec.zh, spec.name)
}

/// What a fact's cell is to hold, in words.
pub fn expected(spec: &FactSpec) -> String {
    match spec.kind {
        FactType::Bool => t("“是”或“否”", "“yes” or “no”").to_owned(),
        FactType::Number {
            unit,
            min,
            max,
            places,
        } => {
            let (zh, en) = unit.labels();
            let unit = t(zh, en);
            match places {
                0 => say!(
                    "{min} 到 {max} 的整数（{unit}）",
                    "a whole number from {min} to {max} ({unit})"
                ),
                _ => say!(
                    "{min} 到 {max} 的数，最多 {places} 位小数（{unit}）",
                    "a number from {min} to {max} with at most {places} decimal places ({unit})"
                ),
            }
        }
        FactType::Choice { values } => {
            let words = labels(values);
            say!("{words}，选一个", "one of: {words}")
        }
        FactType::Code => t(
            "编号，最多 64 个英文字母、数字和 -_.:/",
            "a code of at most 64 letters, digits and -_.:/",
        )
        .to_owned(),
    }
}

/// A list to begin with: a line of each kind, of riders who are nobody. Only their numbers are wrong with it.
pub fn example(web: &Web, kinds: &[&'static DeedKind]) -> String {
    let at = field(web.now(), &web.zone()).replace('T', " ");
    let base = ["member", "kind", "reference", "occurred_at", "evidence"];
    let mut headers: Vec<&str> = base
        .iter()
        .filter_map(|name| column_called(name))
        .map(Column::header)
        .collect();
    let needed = kinds.iter().flat_map(|kind| asked(kind));
    for spec in needed.filter(|spec| spec.required) {
        if !headers.contains(&header(spec)) {
            headers.push(header(spec));
        }
    }
    let photo = evidence_classes().first();
    let line = |(index, kind): (usize, &&'static DeedKind)| {
        let number = index.saturating_add(1);
        let own = [
            format!("R-{number:03}"),
            t(kind.zh, kind.en).to_owned(),
            format!("A-{number:03}"),
            at.clone(),
            photo.map_or("", |one| t(one.zh, one.en)).to_owned(),
        ];
        let facts = headers.iter().skip(base.len()).map(|header| {
            let spec = fact_called(kind, header).filter(|spec| spec.required);
            spec.map_or_else(String::new, sample)
        });
        let cells = own.into_iter().chain(facts);
        cells.map(Cell::Text).collect::<Vec<Cell>>()
    };
    let sheet = Sheet {
        header: &headers,
        rows: kinds.iter().enumerate().map(line).collect(),
    };
    String::from_utf8(sheet.csv().unwrap_or_default()).unwrap_or_default()
}

/// What may stand in a fact's cell.
fn sample(spec: &FactSpec) -> String {
    match spec.kind {
        FactType::Bool => t("是", "yes").to_owned(),
        FactType::Number { min, max, .. } => 60_i64.clamp(min, max.max(min)).to_string(),
        FactType::Choice { values } => {
            let first = values.first();
            first.map_or("", |one| t(one.zh, one.en)).to_owned()
        }
        FactType::Code => "YH-0312".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_any_of_their_names() {
        for (names, expected) in [(MEMBER, "member"), (KIND, "kind")] {
            for name in names {
                let found = column_called(name);
                assert_eq!(found.map(|column| column.name), Some(expected), "{name}");
            }
        }
        let patrol = kind_called("网格巡查").expect("a kind");
        let minutes = fact_called(patrol, "时长").expect("a fact");
        assert_eq!(expected(minutes), "1 到 1440 的整数（分钟）");
        assert_eq!(sample(minutes), "60");
        assert!(column_called("时长").is_none());
    }
}
