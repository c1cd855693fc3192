//! What is wrong with a list, in plain words: by its line and column, with what stands there.
//!
//! The ledger says it in English, with a code. The sentence goes by the code; a word that only the ledger knows, such as what somebody
//! probably meant, is taken from what it says.

use std::collections::HashMap;

use ledger::import::{Flaw, MOST_LINES};
use ledger::policy::deed::{FactSpec, kinds};
use ledger::policy::{DeedKind, evidence_classes};

use super::cells::Typed;
use super::columns::{KIND, column_called, expected, fact_called, kind_called, labels};
use crate::web::reading::{say, t};

/// Why lines that can be read are awarded nothing, in sentences.
pub type Reasons = HashMap<u64, Vec<String>>;

/// Something that is wrong.
pub struct Mistake {
    /// The line, from 1 with the header; `None` for the list as a whole.
    pub line: Option<u64>,
    /// The column as the list writes it; empty for the line as a whole.
    pub column: String,
    /// What stands there.
    pub found: String,
    /// What is wrong with it.
    pub words: Vec<String>,
}

/// What is wrong, told to whoever typed it.
pub fn told(flaw: &Flaw, typed: &Typed, reasons: &Reasons) -> Mistake {
    let place = flaw.column.as_ref();
    let found = flaw.line.zip(place);
    let found = found.map_or("", |(line, place)| typed.cell(line, place.number));
    let own = of_list(flaw).or_else(|| of_cell(flaw, typed));
    let reason = || flaw.line.and_then(|line| reasons.get(&line)).cloned();
    Mistake {
        line: flaw.line,
        column: place.map_or_else(String::new, |place| match place.header.is_empty() {
            true => place.number.to_string(),
            false => place.header.clone(),
        }),
        found: found.to_owned(),
        words: match own {
            Some(own) => vec![own],
            None => reason().unwrap_or_else(|| vec![unnamed(flaw)]),
        },
    }
}

/// What nobody expects at a page is told by its code.
fn unnamed(flaw: &Flaw) -> String {
    let (code, message) = (&flaw.code, &flaw.message);
    say!(
        "这一行没有通过（{code}）。",
        "This line was turned down ({code}): {message}."
    )
}

/// What keeps a list from being read line by line.
fn of_list(flaw: &Flaw) -> Option<String> {
    let whole = flaw.column.is_none();
    let words = match flaw.code.as_str() {
        "empty" => t(
            "清单是空的：第一行写列名，下面一行写一件事。",
            "The list is empty: the first line names the columns, and each line below is a deed.",
        ),
        "too_long" if whole => {
            return Some(say!(
                "清单超过 {MOST_LINES} 行。请分成几份，一份一份登记。",
                "The list has more than {MOST_LINES} lines. Please split it, and record the parts one after the other."
            ));
        }
        "too_many_columns" => t(
            "列太多了，请只留用得到的列。",
            "There are too many columns. Please leave out those that are not asked for.",
        ),
        "format" if whole => t(
            "清单里有读不出来的字符。请在表格软件里另存为 XLSX 或“CSV UTF-8”，再选文件上传。",
            "There are characters that cannot be read. Please save the list as XLSX or “CSV UTF-8”, and choose that file.",
        ),
        "unknown_column" => {
            let meant = meant(flaw);
            return Some(say!(
                "没有这一列。{meant}请改成下面说明里的列名，或者删掉这一列。",
                "There is no such column. {meant}Please name it as described below, or leave it out."
            ));
        }
        "duplicate_column" => t(
            "这一列和前面的一列说的是同一样，请去掉一列。",
            "This column says the same as one before it. Please leave one of them out.",
        ),
        "missing_column" => return Some(missing_column(flaw)),
        _ => return None,
    };
    Some(words.to_owned())
}

/// A column that is needed, or the only one where nothing parts them.
fn missing_column(flaw: &Flaw) -> String {
    let named = flaw.message.strip_prefix("the column ");
    let named = named.and_then(|rest| column_called(rest.split(' ').next()?));
    match named {
        Some(column) => {
            let header = column.header();
            say!("缺少“{header}”这一列。", "The column “{header}” is missing.")
        }
        None => t(
            "只读出一列：各列之间要用英文逗号（,）隔开。从表格软件里直接复制的，请改为选文件上传。",
            "There is only one column: put commas (,) between them. If you copied it from a spreadsheet, please choose the file instead.",
        )
        .to_owned(),
    }
}

/// What is wrong in a cell.
fn of_cell(flaw: &Flaw, typed: &Typed) -> Option<String> {
    let words = match flaw.code.as_str() {
        "missing" => t("这一格没有填。", "The cell is empty."),
        "too_long" => t("写得太长了。", "This is too long."),
        "format" => return Some(misread(flaw)),
        "unknown_evidence" => {
            let words = labels(evidence_classes());
            return Some(say!(
                "没有这种凭据。可以写：{words}。",
                "There is no such evidence. It is one of: {words}."
            ));
        }
        "stray" => t(
            "这里有内容，上面却没有列名：是不是多了一个逗号？",
            "Something stands here under no header: is there a comma too many?",
        ),
        "duplicate" => return Some(duplicate(flaw)),
        "unknown_fact" => t(
            "这类事项没有这一项，请空着。",
            "Deeds of this kind have no such thing. Please leave the cell empty.",
        ),
        "derived_fact" => t(
            "这一项由别的项算出来，请空着。",
            "This follows from the others. Please leave the cell empty.",
        ),
        "wrong_fact_value" | "missing_fact" => return fact(flaw, typed),
        "unknown_member" => t(
            "没有这位骑手。请核对编号。",
            "There is no such rider. Please check the number.",
        ),
        "differs" => return Some(differs(flaw)),
        _ => return None,
    };
    Some(words.to_owned())
}

/// A cell that does not say what its column is for.
fn misread(flaw: &Flaw) -> String {
    let place = flaw.column.as_ref();
    let column = place.and_then(|place| column_called(&place.header));
    let words = match column.map(|column| column.name) {
        Some("kind") => {
            let meant = meant(flaw);
            let kinds: Vec<&str> = kinds().iter().map(|kind| t(kind.zh, kind.en)).collect();
            let words = kinds.join(t("、", ", "));
            return say!(
                "没有这种事项。{meant}可以写：{words}。",
                "There is no such kind of deed. {meant}It is one of: {words}."
            );
        }
        Some("occurred_at") if flaw.message.starts_with("there is no one moment") => t(
            "这一刻正在换夏令时，请连时差一起写，如 2026-03-05T19:30:00+08:00。",
            "Clocks change at this time. Please write it with its offset, such as 2026-03-05T19:30:00+08:00.",
        ),
        Some("occurred_at") => t(
            "时间要写到几点几分，如 2026-03-05 19:30。",
            "This is to be a date and a time of day, such as 2026-03-05 19:30.",
        ),
        Some("latitude" | "longitude") => t(
            "纬度和经度要一起填，如 41.795200 和 123.308500。",
            "Latitude and longitude are filled in together, such as 41.795200 and 123.308500.",
        ),
        _ => t("这一格读不出来。", "This cell cannot be read."),
    };
    words.to_owned()
}

/// The same deed on two lines.
fn duplicate(flaw: &Flaw) -> String {
    let first = flaw.message.rsplit(' ').next();
    match first.and_then(|line| line.parse::<u64>().ok()) {
        Some(first) => say!(
            "和第 {first} 行是同一件事，请删掉一行，或改正编号。",
            "This is the same deed as on line {first}. Please delete one of them, or correct the number."
        ),
        None => t(
            "和前面的一行是同一件事，请删掉一行，或改正编号。",
            "This is the same deed as on a line before it. Please delete one of them, or correct the number.",
        )
        .to_owned(),
    }
}

/// A name or a deed that is otherwise on record.
fn differs(flaw: &Flaw) -> String {
    match flaw.message.strip_prefix("the member is on record as ") {
        Some(name) => say!(
            "编号和姓名对不上：这个编号登记的是“{name}”。",
            "The number and the name do not match: on record it is {name}."
        ),
        None => t(
            "这个编号已经登记过另一件事。请改正这一行，或换一个编号。",
            "Another deed is on record under this number. Please correct the line, or use another number.",
        )
        .to_owned(),
    }
}

/// A fact that is missing, or none.
fn fact(flaw: &Flaw, typed: &Typed) -> Option<String> {
    let spec = spec_of(flaw, typed)?;
    let label = t(spec.zh, spec.name);
    let (what, meant) = (expected(spec), meant(flaw));
    Some(match flaw.code.as_str() {
        "missing_fact" => say!(
            "“{label}”没有填，要填：{what}。",
            "“{label}” is missing. It is to be {what}."
        ),
        _ => say!(
            "填得不对。{meant}要填：{what}。",
            "This is wrong. {meant}It is to be {what}."
        ),
    })
}

/// What the kind of the line says of the fact: that of the column, or the one that has none.
fn spec_of(flaw: &Flaw, typed: &Typed) -> Option<&'static FactSpec> {
    let kind: &DeedKind = kind_called(typed.under(flaw.line?, KIND))?;
    let place = flaw.column.as_ref();
    let unplaced = flaw.message.strip_prefix("the fact ");
    let unplaced = unplaced.and_then(|rest| rest.split(' ').next());
    let header = place.map(|place| place.header.as_str()).or(unplaced)?;
    fact_called(kind, header)
}

/// What somebody probably meant, as a sentence before another; empty where nothing is near.
fn meant(flaw: &Flaw) -> String {
    let near = flaw.message.split_once("did you mean ");
    let near = near.and_then(|(_, near)| near.strip_suffix('?'));
    near.map_or_else(String::new, |near| {
        say!("是不是“{near}”？", "Did you mean “{near}”? ")
    })
}

#[cfg(test)]
mod tests {
    use ledger::ids::ProgramId;
    use ledger::import::awards;
    use uuid::Uuid;

    use super::*;

    fn said(list: &str) -> Vec<(Option<u64>, String, String, String)> {
        let zone = jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone");
        let flaws = match awards(list.as_bytes(), ProgramId(Uuid::from_u128(7)), &zone) {
            Ok(sheet) => sheet.flaws,
            Err(flaws) => flaws,
        };
        let typed = Typed::of(list);
        let told = flaws.iter().map(|flaw| {
            let told = told(flaw, &typed, &Reasons::new());
            (told.line, told.column, told.found, told.words.concat())
        });
        told.collect()
    }

    #[test]
    fn every_flaw_of_a_list_is_told_in_plain_words() {
        let list = "骑手,事项,编号,时间,时长,网格,服务对象,凭据,纬度,,\n\
            R-1,网格巡查,s-1,2026-03-05 19:30,90,G-7,,,,,\n\
            ,网格巡察,,昨天,90,G-7,,相片,41.8,,\n\
            R-1,网格巡查,s-2,2026-03-05 19:30,1.5,,老人,,,,\n\
            R-1,志愿服务,s-4,2026-03-05 19:30,60,,老年,,,,\n\
            R-1,网格巡查,s-1,2026-03-05 20:30,60,G-7,,,,,\n\
            R-1,网格巡查,s-3,2026-03-05 19:30,60,G-7,,,,x,\n";
        let said = said(list);
        for (line, column, found, words) in [
            (3, "骑手", "", "这一格没有填。"),
            (
                3,
                "事项",
                "网格巡察",
                "没有这种事项。是不是“网格巡查”？可以写：",
            ),
            (3, "时间", "昨天", "时间要写到几点几分"),
            (3, "凭据", "相片", "没有这种凭据。可以写：现场照片、签到"),
            (3, "纬度", "41.8", "纬度和经度要一起填"),
            (
                4,
                "时长",
                "1.5",
                "填得不对。要填：1 到 1440 的整数（分钟）。",
            ),
            (4, "网格", "", "“网格”没有填，要填：编号"),
            (4, "服务对象", "老人", "这类事项没有这一项，请空着。"),
            (5, "服务对象", "老年", "要填：老人、儿童"),
            (6, "编号", "s-1", "和第 2 行是同一件事"),
            (7, "10", "x", "是不是多了一个逗号？"),
        ] {
            let here = |(at, under, held, told): &(Option<u64>, String, String, String)| {
                *at == Some(line) && under == column && held == found && told.contains(words)
            };
            assert!(said.iter().any(here), "{line} {column} {said:#?}");
        }
        assert!(
            said.iter().all(|(.., words)| !words.contains("没有通过")),
            "{said:#?}"
        );
    }

    #[test]
    fn a_list_that_is_none_is_told_what_to_do() {
        for (list, words) in [
            ("", "清单是空的"),
            ("骑手,事项,编号,时间\n", "清单是空的"),
            ("骑手\t事项\n1\t2\n", "请改为选文件上传"),
            ("骑手,事项,时间\n1,2,3\n", "缺少“编号”这一列。"),
            ("骑手,事项,编号,时间,时间\n1,2,3,4,5\n", "请去掉一列"),
            (
                "骑手,事项,编号,时间,凭剧\n1,2,3,4,5\n",
                "没有这一列。是不是“凭据”？",
            ),
        ] {
            let said = said(list);
            assert!(
                said.iter().any(|(.., told)| told.contains(words)),
                "{said:#?}"
            );
        }
        let long = format!("骑手,事项,编号,时间\n{}", "1,2,3,4\n".repeat(1_001));
        assert!(
            said(&long)
                .iter()
                .any(|(.., told)| told.contains("1000 行"))
        );
    }
}
