//! Awarding a list at once: pasted or from a file, looked at line by line, then awarded wholly or not at all under one key.
//!
//! What was looked at travels in the page itself, so nothing is kept here in between. To look is a dry run through the same price and
//! decide; the points are those of the moment it is awarded.

mod cells;
mod columns;
mod mistakes;
mod sent;

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Multipart, Query};
use axum::http::StatusCode;
use ledger::import::{ImportKind, awards};
use ledger::machine::AwardState;
use ledger::policy::explain;
use ledger::{
    AwardRequest, ExecuteError, Import, ImportError, ImportLine, ImportVerdict, ImportedAward,
};
use serde::Deserialize;

use self::cells::Typed;
use self::columns::{KindTold, MEMBER, Told};
use self::mistakes::{Mistake, Reasons};
use self::sent::Sent;
use crate::sheet::{Form, attachment, marked};
use crate::web::fields::fresh_key;
use crate::web::format::points;
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::photos::must_be_meant;
use crate::web::reading::{Say, counted, language, say, t};
use crate::web::visitor::{At, Lister, request};
use crate::web::{Web, words};

/// The largest form, in bytes: no list of 1,000 lines is larger.
pub const LARGEST: usize = 8 * 1_024 * 1_024;

#[derive(Template)]
#[template(path = "desk/listing.html")]
struct Listing {
    frame: Frame,
    /// What was typed, or read from a file.
    list: String,
    /// Why that is no list.
    wrong: Option<&'static str>,
    /// What was typed before a file took its place.
    earlier: Option<String>,
    looked: Option<Looked>,
    mistakes: Vec<Mistake>,
    /// How many more there are.
    more: Option<String>,
    problems: Vec<String>,
    notice: Option<String>,
    columns: Vec<Told>,
    kinds: Vec<KindTold>,
    example: String,
}

/// What a list would come to.
struct Looked {
    /// How many lines are what.
    summary: String,
    /// The form that awards it, if it can be awarded as it is.
    ready: Option<Ready>,
    rows: Vec<Row>,
}

/// The one press.
struct Ready {
    key: String,
    label: String,
}

/// What a line would come to.
struct Row {
    line: u64,
    name: String,
    rule: String,
    policy: String,
    points: String,
    state: &'static str,
    /// Whether it is to be corrected.
    wrong: bool,
    why: Vec<String>,
}

#[derive(Default, Deserialize)]
pub struct Shown {
    done: Option<usize>,
    #[serde(default)]
    known: usize,
    example: Option<String>,
}

/// `GET /{program}/desk/list`: the form; with `example`, a list to begin with, as a file.
pub async fn ask(At(web): At, staff: Lister, Query(shown): Query<Shown>) -> Page {
    let blank = blank(&web, &staff).await?;
    if shown.example.is_some() {
        let example = marked(blank.example.as_bytes());
        return Ok(attachment(Form::Csv, "awards", example));
    }
    let notice = shown.done.map(|new| notice(new, shown.known));
    show(&Listing { notice, ..blank })
}

/// What an award of a list came to.
fn notice(new: usize, known: usize) -> String {
    let before = counted(known, "行", "line", "lines");
    let made = counted(new, "笔", "award", "awards");
    match (new, known) {
        (0, _) => say!(
            "清单里的 {before}以前都登记过，没有重复发放。",
            "Recorded before, and not awarded again: {before}."
        ),
        (_, 0) => say!(
            "已登记 {made}。需要审核的，由另一位工作人员审核后发放。",
            "Recorded: {made}. Those that need approval are for somebody else on the staff to decide."
        ),
        _ => say!(
            "已登记 {made}；另外 {before}以前登记过，没有重复发放。需要审核的，由另一位工作人员审核后发放。",
            "Recorded: {made}. Recorded before, and not awarded again: {before}. Those that need approval are for somebody else on the staff to decide."
        ),
    }
}

/// The page before anything is typed.
async fn blank(web: &Web, staff: &Lister) -> Result<Listing, Trouble> {
    let kinds = columns::priced(web).await?;
    Ok(Listing {
        frame: Frame::new(web, t("批量登记", "Award a list"), Some(&staff.0)),
        list: String::new(),
        wrong: None,
        earlier: None,
        looked: None,
        mistakes: Vec::new(),
        more: None,
        problems: Vec::new(),
        notice: None,
        columns: columns::columns_told(),
        kinds: columns::kinds_told(&kinds),
        example: columns::example(web, &kinds),
    })
}

/// `POST /{program}/desk/list`: `preview` says what each line would come to and changes nothing; `award` awards them all, once for each key. The
/// form may hold a file, so it is read here and not by the guard.
pub async fn act(At(web): At, staff: Lister, form: Multipart) -> Page {
    let sent = Sent::read(form).await?;
    must_be_meant(&staff.0, &sent.csrf)?;
    match sent.act.as_str() {
        "preview" => preview(&web, &staff, sent).await,
        "award" => award(&web, &staff, sent).await,
        _ => Err(Trouble::Missing),
    }
}

async fn preview(web: &Web, staff: &Lister, mut sent: Sent) -> Page {
    if let Err(problem) = sent.open().await {
        let blank = blank(web, staff).await?;
        let view = Listing {
            list: sent.list,
            problems: vec![problem],
            ..blank
        };
        return show_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
    }
    // Nothing was pasted, and no file took its place.
    if sent.list.trim().is_empty() && sent.earlier.is_none() {
        let wrong = t(
            "请先把清单粘贴在这里，或者选一个文件。",
            "Please paste the lines of a list here, or choose a file.",
        );
        let view = Listing {
            wrong: Some(wrong),
            ..blank(web, staff).await?
        };
        return show_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
    }
    sent.key = fresh_key();
    look(web, staff, sent, Vec::new()).await
}

async fn award(web: &Web, staff: &Lister, mut sent: Sent) -> Page {
    let request = request(&staff.0, Some(sent.key.clone()));
    let file = sent.list.as_bytes();
    let done = web
        .ledger
        .import(&request, ImportKind::Awards, file, |_, _| {});
    let error = match done.await {
        Ok(import) => {
            let new = import.count(ImportVerdict::New);
            let known = import.count(ImportVerdict::Known);
            return go(&web.path(&format!("desk/list?done={new}&known={known}")));
        }
        Err(error) => error,
    };
    // Unknown whether it took effect: pressed again under the same key, it has one effect.
    let again = matches!(&error, ImportError::Execute(ExecuteError::Write(error)) if words::may_try_again(error));
    if !again {
        sent.key = fresh_key();
    }
    look(web, staff, sent, failed(error)).await
}

/// Why a list was not awarded, in sentences.
fn failed(error: ImportError) -> Vec<String> {
    match error {
        ImportError::Flawed(_) => vec![
            t(
                "有的行没有通过，所以一笔也没有登记。",
                "Some lines were turned down, so nothing was recorded.",
            )
            .to_owned(),
        ],
        ImportError::Execute(error) => words::unawarded("", &error),
        ImportError::Personal(error) => vec![words::personal(&error)],
    }
}

/// The list with what it would come to now; `problems` say what went wrong before.
async fn look(web: &Web, staff: &Lister, sent: Sent, problems: Vec<String>) -> Page {
    let request = request(&staff.0, None);
    let file = sent.list.as_bytes();
    let looked = web
        .ledger
        .preview_import(&request, ImportKind::Awards, file, |_, _| {});
    let (import, problems) = match looked.await {
        Ok(import) => (Some(import), problems),
        Err(ImportError::Flawed(import)) => (Some(*import), problems),
        Err(error) => (None, [problems, failed(error)].concat()),
    };
    let mut view = Listing {
        problems,
        ..blank(web, staff).await?
    };
    if let Some(import) = import {
        let reasons = reasons(web, staff, &sent.list, &import).await;
        add(&mut view, &sent, &import, &reasons);
    }
    let status = match view.problems.is_empty() && view.mistakes.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    view.list = sent.list;
    view.earlier = sent.earlier;
    show_as(status, &view)
}

/// Why lines that can be read are turned down: they are decided once more, one after the other, because the ledger's answer to a list tells it in
/// English alone.
async fn reasons(web: &Web, staff: &Lister, list: &str, import: &Import) -> Reasons {
    if import.count(ImportVerdict::Refused) == 0 {
        return Reasons::new();
    }
    let Ok(sheet) = awards(list.as_bytes(), web.program.id, &web.zone()) else {
        return Reasons::new();
    };
    let asked = sheet.lines.iter().map(|(_, read)| read.award.clone());
    let asked: Vec<AwardRequest> = asked.collect();
    let request = request(&staff.0, None);
    let previews = web.ledger.preview_awards(&request, &asked, |_| {});
    let Ok(previews) = previews.await else {
        return Reasons::new();
    };
    let lines = sheet.lines.iter().zip(previews);
    let refused = lines.filter_map(|((line, read), preview)| {
        let error = preview.err()?;
        Some((*line, words::unawarded(&read.award.deed.kind, &error)))
    });
    refused.collect()
}

/// What the list would come to, and what is wrong with it.
fn add(view: &mut Listing, sent: &Sent, import: &Import, reasons: &Reasons) {
    let typed = Typed::of(&sent.list);
    let told = import.flaws.told.iter();
    view.mistakes = told
        .map(|flaw| mistakes::told(flaw, &typed, reasons))
        .collect();
    let more = import.flaws.more;
    view.more = (more > 0).then(|| {
        say!(
            "还有 {more} 处没有列出，改好这些再看一次。",
            "{more} more are not listed. Please correct these and look again."
        )
    });
    // What could not be read line by line comes to nothing.
    if import.encoding.is_some() {
        view.looked = Some(looked(&sent.key, import, &typed));
    }
}

fn looked(key: &str, import: &Import, typed: &Typed) -> Looked {
    let read: HashMap<u64, &ImportLine> =
        import.lines.iter().map(|line| (line.line, line)).collect();
    let rows: Vec<Row> = typed
        .lines()
        .map(|line| row(line, read.get(&line).copied(), typed))
        .collect();
    let (new, known) = (
        import.count(ImportVerdict::New),
        import.count(ImportVerdict::Known),
    );
    let wrong = rows.iter().filter(|row| row.wrong).count();
    let awards = counted(new, "笔", "award", "awards");
    let sum = import.points().map(points).unwrap_or_default();
    let ready = (import.flaws.is_empty() && new > 0).then(|| Ready {
        key: key.to_owned(),
        label: say!(
            "全部登记：{awards}，共 {sum} 分",
            "Award them all: {awards}, {sum} points"
        ),
    });
    Looked {
        summary: say!(
            "可登记 {new} 行，共 {sum} 分；以前登记过 {known} 行；要改 {wrong} 行",
            "To be awarded: {new}, {sum} points. Recorded before: {known}. To be corrected: {wrong}."
        ),
        ready,
        rows,
    }
}

fn row(line: u64, read: Option<&ImportLine>, typed: &Typed) -> Row {
    let name = read.map(|read| read.name.clone());
    let name = name.filter(|name| !name.is_empty());
    let plain = Row {
        line,
        name: name.unwrap_or_else(|| typed.under(line, MEMBER).to_owned()),
        rule: String::new(),
        policy: String::new(),
        points: String::new(),
        state: t("要改", "to be corrected"),
        wrong: true,
        why: Vec::new(),
    };
    let award = read.and_then(|read| read.award.as_ref());
    match (read.map(|read| read.verdict), award) {
        (Some(ImportVerdict::New), Some(award)) => Row {
            rule: award.trace.rule_title.clone(),
            policy: award.trace.title.clone(),
            points: points(award.points),
            state: becomes(award),
            wrong: false,
            why: explain(&award.trace, language()),
            ..plain
        },
        (Some(ImportVerdict::Known), _) => Row {
            state: t("以前登记过", "recorded before"),
            wrong: false,
            why: vec![
                t(
                    "账上已有这件事，不会重复发放。",
                    "This deed is on record and is not awarded again.",
                )
                .to_owned(),
            ],
            ..plain
        },
        _ => plain,
    }
}

/// What an award would be at first.
fn becomes(award: &ImportedAward) -> &'static str {
    match award.state {
        AwardState::Submitted => t("登记后交人审核", "to be approved"),
        AwardState::Pending => t("登记后公示", "to be on public notice"),
        AwardState::Queued => t("登记后排队等额度", "to wait in line"),
        AwardState::Vested => t("登记后即发放", "to be paid out"),
        state => words::award_state(state),
    }
}
