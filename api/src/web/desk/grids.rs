//! Cells of the map at the desk: which there are, and a file with others.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::community::patrol::Grid;
use ledger::community::{GridDefaults, grids_of};
use ledger::machine::deeds::{DeedRejection, PatrolCommand};
use ledger::machine::{Command, Rejection};
use ledger::policy::Datum;
use ledger::{StoreError, WriteError};
use serde::Deserialize;

use crate::sheet::Cell;
use crate::web::assets::FILES;
use crate::web::fields::datum;
use crate::web::fields::fresh_key;
use crate::web::lists::{Asked, Line, List, whole};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, counted, say, t};
use crate::web::visitor::{At, Policymaker, request};
use crate::web::{Web, words};

/// The largest form, in bytes: a file as it is written in one, with room.
pub const LARGEST: usize = 8 * 1_024 * 1_024;

#[derive(Template)]
#[template(path = "desk/grids.html")]
struct Grids {
    frame: Frame,
    script: &'static str,
    grids: List<Row>,
    typed: Typed,
    notice: Option<String>,
    problem: Option<String>,
    /// What is wrong with the file, line by line: it stands beside the field.
    mistakes: Vec<String>,
}

struct Row {
    code: String,
    name: String,
    rule: String,
    retired: bool,
    /// Places, minutes and metres between them, and hours.
    figures: [i64; 4],
}

impl Line for Row {
    fn header() -> Vec<&'static str> {
        vec![
            t("编号", "Code"),
            t("名称", "Name"),
            t("至少地点数", "Places at least"),
            t("间隔分钟", "Minutes apart"),
            t("间隔米", "Metres apart"),
            t("一班最长小时", "Longest shift in hours"),
            t("状态", "State"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let state = match self.retired {
            true => t("已停用", "retired"),
            false => t("使用中", "in use"),
        };
        let named: [Cell; 2] = [self.code.clone().into(), self.name.clone().into()];
        let figures = self.figures.into_iter().map(Cell::from);
        named
            .into_iter()
            .chain(figures)
            .chain([state.into()])
            .collect()
    }
}

impl From<Grid> for Row {
    fn from(grid: Grid) -> Self {
        let rule = &grid.rule;
        let (places, apart) = (rule.points, rule.apart);
        let (minutes, hours) = (rule.gap / 60, rule.longest / 3_600);
        Self {
            rule: say!(
                "一班至少 {places} 个地点，间隔 {minutes} 分钟、{apart} 米，最长 {hours} 小时",
                "At least {places} places, {minutes} min and {apart} m apart; a shift lasts {hours} h at most"
            ),
            retired: grid.retired_at.is_some(),
            figures: [places.into(), minutes, apart, hours],
            code: grid.code,
            name: grid.name,
        }
    }
}

#[derive(Default, Deserialize)]
pub struct Shown {
    /// So many were imported.
    done: Option<usize>,
    /// This one was retired.
    retired: Option<String>,
}

/// `GET /{program}/desk/grids`.
pub async fn list(
    At(web): At,
    staff: Policymaker,
    Query(shown): Query<Shown>,
    Query(asked): Query<Asked>,
) -> Page {
    let found = asked.search(grids(&web, asked.reads()).await?);
    if let Some(file) = asked.file("grids", &found) {
        return file.await;
    }
    let imported = shown.done.map(|count| {
        let grids = counted(count, "个网格", "grid", "grids");
        say!("已导入 {grids}。", "{grids} imported.")
    });
    let retired = || {
        let code = shown.retired?;
        Some(say!("已停用网格 {code}。", "Grid {code} is retired."))
    };
    let notice = imported.or_else(retired);
    let view = of(&web, &staff, asked.page(&[], found));
    show(&Grids { notice, ..view })
}

/// After a form.
async fn view(web: &Web, staff: &Policymaker) -> Result<Grids, Trouble> {
    let asked = Asked::default();
    let list = asked.page(&[], grids(web, asked.reads()).await?);
    let tools = list.tools.at(web.path("desk/grids"));
    Ok(of(web, staff, List { tools, ..list }))
}

fn of(web: &Web, staff: &Policymaker, grids: List<Row>) -> Grids {
    Grids {
        frame: Frame::new(web, t("网格", "Grids"), Some(&staff.0)),
        script: &FILES,
        typed: Typed {
            key: fresh_key(),
            ..Typed::default()
        },
        grids,
        notice: None,
        problem: None,
        mistakes: Vec::new(),
    }
}

/// In the order of their codes.
async fn grids(web: &Web, most: usize) -> Result<Vec<Row>, StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let page = |after: String, limit| async move { ledger.grids(program, &after, limit).await };
    let code = |grid: &Grid| grid.code.clone();
    let grids = whole::rows(most, String::new(), code, page).await?;
    Ok(grids.into_iter().map(Row::from).collect())
}

/// A file as it was typed, or written into the form by the page's script.
#[derive(Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    geojson: String,
    #[serde(default)]
    datum: String,
    #[serde(default)]
    key: String,
}

/// What is wrong with a file, or what came of it. It is read away from the request, where nobody's language is known.
enum Read {
    Garbled(serde_json::Error),
    Wrong(Vec<String>),
    Right(PatrolCommand, usize),
}

fn read(geojson: &str, datum: Datum) -> Read {
    let document: serde_json::Value = match serde_json::from_str(geojson) {
        Ok(document) => document,
        Err(error) => return Read::Garbled(error),
    };
    let defaults = GridDefaults {
        datum,
        ..GridDefaults::default()
    };
    match grids_of(&document, &defaults) {
        Ok(grids) => {
            let count = grids.len();
            Read::Right(PatrolCommand::Import { grids }, count)
        }
        Err(errors) => Read::Wrong(errors.0.iter().map(ToString::to_string).collect()),
    }
}

fn garbled(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    say!(
        "这不是 JSON 文件：第 {line} 行第 {column} 列，{error}",
        "This is no JSON file: line {line}, column {column}, {error}"
    )
}

/// `POST /{program}/desk/grids`: imports a file, wholly or not at all. Sent twice, it has one effect.
pub async fn import(At(web): At, staff: Policymaker, Form(typed): Form<Typed>) -> Page {
    let datum = datum(&typed.datum);
    let reading = tokio::task::spawn_blocking(move || (read(&typed.geojson, datum), typed));
    let Ok((read, typed)) = reading.await else {
        return Err(Trouble::Missing);
    };
    let (command, count) = match read {
        Read::Right(command, count) => (command, count),
        Read::Garbled(error) => return wrong(&web, &staff, typed, vec![garbled(&error)]).await,
        Read::Wrong(mistakes) => return wrong(&web, &staff, typed, mistakes).await,
    };
    let request = request(&staff.0, Some(typed.key.clone()));
    let command = Command::Patrol(Box::new(command));
    match web.app.execute(&request, command).await {
        Ok(_) => go(&web.path(&format!("desk/grids?done={count}"))),
        Err(error) => turned_down(&web, &staff, typed, &error).await,
    }
}

async fn wrong(web: &Web, staff: &Policymaker, typed: Typed, mistakes: Vec<String>) -> Page {
    let problem = t(
        "文件有错，一个网格也没有导入，错处写在文件内容下面。",
        "The file has mistakes, and no grid was imported: see below what is in it.",
    );
    let view = Grids {
        typed,
        problem: Some(problem.to_owned()),
        mistakes,
        ..view(web, staff).await?
    };
    show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

/// What the ledger turned down, beside the file where it is about that.
async fn turned_down(web: &Web, staff: &Policymaker, mut typed: Typed, error: &WriteError) -> Page {
    if !words::may_try_again(error) {
        typed.key = fresh_key();
    }
    let words = words::failure(error);
    if let WriteError::Rejected(Rejection::Deed(DeedRejection::BadGrid { .. })) = error {
        return wrong(web, staff, typed, vec![words]).await;
    }
    let problem = Some(words);
    let view = view(web, staff).await?;
    let view = Grids {
        typed,
        problem,
        ..view
    };
    show_as(StatusCode::CONFLICT, &view)
}

#[derive(Deserialize)]
pub struct Retired {
    #[serde(default)]
    code: String,
}

/// `POST /{program}/desk/grids/retire`.
pub async fn retire(At(web): At, staff: Policymaker, Form(retired): Form<Retired>) -> Page {
    let request = request(&staff.0, None);
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("retired", &retired.code)
        .finish();
    let command = PatrolCommand::Retire { grid: retired.code };
    match web
        .app
        .execute(&request, Command::Patrol(Box::new(command)))
        .await
    {
        Ok(_) => go(&web.path(&format!("desk/grids?{query}"))),
        Err(error) => {
            let problem = Some(words::failure(&error));
            let view = view(&web, &staff).await?;
            show_as(StatusCode::CONFLICT, &Grids { problem, ..view })
        }
    }
}
