//! Reports, followed by whoever knows their number, and listed.

use std::collections::{HashMap, HashSet};

use axum::extract::{Path, Query, State};
use axum::http::Extensions;
use axum::response::Response;
use ledger::clock::Timestamp;
use ledger::community::hazard::{Hazard, HazardCategory, HazardState};
use ledger::community::{Program, Verb, Verbs};
use ledger::ids::HazardId;
use ledger::views::{Due, HazardFilter};
use serde::{Deserialize, Serialize};

use super::services::{self, category_of, name_of};
use super::wire::{Fault, Format, List, answer};
use super::{bearer, jurisdiction};
use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::App;

/// How many are listed at most.
const MOST: usize = 1_000;
/// The longest time that is looked through, in seconds: 90 days.
const LONGEST: i64 = 90 * 24 * 3_600;
/// How many numbers may be asked for at once.
const NUMBERS: usize = 50;

/// Behind the question mark.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    api_key: Option<String>,
    jurisdiction_id: Option<String>,
    service_request_id: Option<String>,
    service_code: Option<String>,
    start_date: Option<String>,
    end_date: Option<String>,
    status: Option<String>,
}

/// A report, as anybody may know of it; more with a key.
#[derive(Debug, Serialize)]
pub struct Request {
    service_request_id: String,
    status: &'static str,
    status_notes: String,
    service_name: &'static str,
    service_code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    requested_datetime: String,
    updated_datetime: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_datetime: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lat: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    long: Option<String>,
}

/// A report's number, for a token.
#[derive(Debug, Serialize)]
pub struct Numbered {
    service_request_id: String,
    token: String,
}

/// A moment as this protocol writes it.
pub fn written(at: Timestamp) -> String {
    let seconds = at.as_micros().div_euclid(1_000_000);
    Timestamp::from_micros(seconds * 1_000_000)
        .to_jiff()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

/// A moment as this protocol writes it, with a zone.
pub fn moment(name: &str, text: &str) -> Result<Timestamp, Fault> {
    text.trim().parse().map_err(|_| {
        Fault::bad(format!(
            "{name} is written as 2026-03-05T12:00:00Z or 2026-03-05T12:00:00+08:00"
        ))
    })
}

const fn status(state: HazardState) -> &'static str {
    match state.is_closed() {
        true => "closed",
        false => "open",
    }
}

fn notes(hazard: &Hazard) -> String {
    let said = match hazard.state {
        HazardState::Received => "已受理，等待核查。",
        HazardState::Triaged => "已分类，等待核实。",
        HazardState::Verified => "已核实，等待派单。",
        HazardState::Invalid => "核查后不予处理。",
        HazardState::Duplicate => "与另一条上报为同一处：",
        HazardState::Assigned => "已派单，正在处理。",
        HazardState::Fixed => "已整改，等待复核。",
        HazardState::Confirmed => "已整改，复核通过。",
    };
    let of = hazard.of.map(|of| of.to_string());
    format!("{said}{}", of.unwrap_or_default())
}

/// Millionths of a degree as degrees; of what anybody may know, to a thousandth.
fn degrees(millionths: i64, exact: bool) -> String {
    let step = if exact { 1 } else { 1_000 };
    let rounded = (millionths + step / 2).div_euclid(step) * step;
    let sign = if rounded < 0 { "-" } else { "" };
    let places = if exact { 6 } else { 3 };
    let text = format!(
        "{sign}{}.{:06}",
        rounded.abs() / 1_000_000,
        rounded.abs() % 1_000_000
    );
    text[..text.len() - (6 - places)].to_owned()
}

fn shown(hazard: &Hazard, exact: bool, description: Option<String>) -> Request {
    let last = hazard.body.steps.last().map(|step| step.at);
    Request {
        service_request_id: hazard.id.to_string(),
        status: status(hazard.state),
        status_notes: notes(hazard),
        service_name: name_of(hazard.category),
        service_code: hazard.category.name(),
        description,
        requested_datetime: written(hazard.received_at),
        updated_datetime: written(last.unwrap_or(hazard.received_at)),
        expected_datetime: hazard.due_at().map(written),
        lat: hazard
            .position
            .map(|place| degrees(place.latitude_millionths(), exact)),
        long: hazard
            .position
            .map(|place| degrees(place.longitude_millionths(), exact)),
    }
}

fn requests(items: Vec<Request>) -> List<Request> {
    List {
        root: "service_requests",
        item: "request",
        items,
    }
}

/// Who asks, if they show a key.
async fn asker(
    app: &App,
    extensions: &Extensions,
    program: &Program,
    asked: &Asked,
) -> Result<Option<Caller>, Fault> {
    match asked.api_key.as_deref() {
        Some(key) => bearer(app, extensions, program, key).await.map(Some),
        None => {
            app.count_stranger(extensions).map_err(Problem::from)?;
            Ok(None)
        }
    }
}

/// Reports as this caller may know of them. A key lets its bearer know all of a report whom it is of, and staff whose it is to see to.
async fn told(
    app: &App,
    caller: Option<&Caller>,
    hazards: &[Hazard],
) -> Result<Vec<Request>, Fault> {
    let verbs = [Verb::Member, Verb::Award, Verb::Approve, Verb::Read];
    let asking = caller.and_then(|caller| caller.asking(Verbs::of(&verbs)));
    let (known, mut texts) = match asking {
        None => (HashSet::new(), HashMap::new()),
        Some(caller) => {
            let known = caller.sees_hazards(app, hazards).await?;
            let said = hazards.iter().filter(|hazard| known.contains(&hazard.id));
            let said: Vec<_> = said.filter_map(|hazard| hazard.body.text).collect();
            let texts = app.ledger.texts(caller.program, &said).await;
            (known, texts.map_err(Problem::from)?)
        }
    };
    let told = hazards.iter().map(|hazard| {
        let text = hazard.body.text.and_then(|text| texts.remove(&text));
        shown(hazard, known.contains(&hazard.id), text)
    });
    Ok(told.collect())
}

/// `GET /open311/v2/services.{format}` and `requests.{format}`.
pub async fn collection(
    State(app): State<App>,
    Path(file): Path<String>,
    Query(asked): Query<Asked>,
    extensions: Extensions,
) -> Response {
    let (name, Some(format)) = Format::of(&file) else {
        return Fault::no_format().written(Format::Xml);
    };
    match name {
        "services" => {
            let program = jurisdiction(&app, asked.jurisdiction_id.as_deref()).await;
            answer(format, program.map(|_| services::list()))
        }
        "requests" => answer(format, listed(&app, &extensions, &asked).await),
        _ => Fault::not_found("there are services, requests and tokens here").written(format),
    }
}

async fn listed(app: &App, extensions: &Extensions, asked: &Asked) -> Result<List<Request>, Fault> {
    let program = jurisdiction(app, asked.jurisdiction_id.as_deref()).await?;
    let caller = asker(app, extensions, &program, asked).await?;
    let found = match asked.service_request_id.as_deref() {
        Some(numbers) => numbered(app, &program, numbers).await?,
        None => {
            let wanted = Wanted::of(asked, app.ledger.clock().now())?;
            wanted.look(app, &program, caller.is_some()).await?
        }
    };
    let told = told(app, caller.as_ref(), &found).await?;
    Ok(requests(told))
}

async fn numbered(app: &App, program: &Program, numbers: &str) -> Result<Vec<Hazard>, Fault> {
    let mut found = Vec::new();
    for number in numbers.split(',').take(NUMBERS) {
        if let Ok(id) = number.trim().parse::<HazardId>() {
            found.extend(app.ledger.hazard(program.id, id).await?);
        }
    }
    Ok(found)
}

/// Which reports are listed.
struct Wanted {
    from: Timestamp,
    until: Timestamp,
    categories: Vec<HazardCategory>,
    statuses: Vec<String>,
}

impl Wanted {
    fn of(asked: &Asked, now: Timestamp) -> Result<Self, Fault> {
        let said = |name, text: &Option<String>| {
            text.as_deref().map(|text| moment(name, text)).transpose()
        };
        let from = said("start_date", &asked.start_date)?;
        let until = said("end_date", &asked.end_date)?;
        let (from, until) = match (from, until) {
            (Some(from), Some(until)) => (from, until),
            (Some(from), None) => (from, from.plus_seconds(LONGEST)),
            (None, Some(until)) => (until.plus_seconds(-LONGEST), until),
            (None, None) => (now.plus_seconds(1 - LONGEST), now.plus_seconds(1)),
        };
        if until.seconds_since(from) > LONGEST || until < from {
            return Err(Fault::bad(
                "start_date and end_date span at most 90 days, the earlier first",
            ));
        }
        let list = |text: &Option<String>| -> Vec<String> {
            let parts = text.as_deref().unwrap_or_default().split(',');
            let parts = parts.map(|part| part.trim().to_lowercase());
            parts.filter(|part| !part.is_empty()).collect()
        };
        let statuses = list(&asked.status);
        if statuses
            .iter()
            .any(|s| !["open", "closed"].contains(&s.as_str()))
        {
            return Err(Fault::bad(
                "status is open, closed, or both, separated by a comma",
            ));
        }
        let codes = list(&asked.service_code);
        let categories = codes.iter().map(|code| category_of(code));
        Ok(Self {
            from,
            until,
            categories: categories.collect::<Result<_, _>>()?,
            statuses,
        })
    }

    fn holds(&self, hazard: &Hazard) -> bool {
        let state = status(hazard.state);
        (self.categories.is_empty() || self.categories.contains(&hazard.category))
            && (self.statuses.is_empty() || self.statuses.iter().any(|wanted| wanted == state))
    }

    /// The newest of them. Without a key those of which it is clear that they are so, and none that is about people.
    async fn look(&self, app: &App, program: &Program, all: bool) -> Result<Vec<Hazard>, Fault> {
        let mut found = Vec::new();
        let mut filter = HazardFilter {
            before: Due {
                since: self.until,
                id: uuid::Uuid::max(),
            },
            since: Some(self.from),
            ..HazardFilter::newest(1_000)
        };
        loop {
            let page = app.ledger.hazards(program.id, &filter).await?;
            let Some(last) = page.last() else {
                return Ok(found);
            };
            filter.before = Due {
                since: last.received_at,
                id: last.id.0,
            };
            for hazard in page {
                let open_to_all = hazard.found.is_some()
                    && hazard.of.is_none()
                    && hazard.category != HazardCategory::Dispute;
                if (all || open_to_all) && self.holds(&hazard) {
                    found.push(hazard);
                }
                if found.len() == MOST {
                    return Ok(found);
                }
            }
        }
    }
}

async fn known(app: &App, program: &Program, number: &str) -> Result<Hazard, Fault> {
    let missing = || Fault::not_found("service_request_id was not found");
    let id: HazardId = number.parse().map_err(|_| missing())?;
    let found = app.ledger.hazard(program.id, id).await?;
    found.ok_or_else(missing)
}

/// `GET /open311/v2/requests/{id}.{format}`.
pub async fn request(
    State(app): State<App>,
    Path(file): Path<String>,
    Query(asked): Query<Asked>,
    extensions: Extensions,
) -> Response {
    let (number, Some(format)) = Format::of(&file) else {
        return Fault::no_format().written(Format::Xml);
    };
    let found = async {
        let program = jurisdiction(&app, asked.jurisdiction_id.as_deref()).await?;
        let caller = asker(&app, &extensions, &program, &asked).await?;
        let hazard = known(&app, &program, number).await?;
        let told = told(&app, caller.as_ref(), &[hazard]).await?;
        Ok(requests(told))
    };
    answer(format, found.await)
}

/// `GET /open311/v2/tokens/{token}.{format}`: reports have their number at once, and it is their token.
pub async fn token(
    State(app): State<App>,
    Path(file): Path<String>,
    Query(asked): Query<Asked>,
    extensions: Extensions,
) -> Response {
    let (token, Some(format)) = Format::of(&file) else {
        return Fault::no_format().written(Format::Xml);
    };
    let found = async {
        let program = jurisdiction(&app, asked.jurisdiction_id.as_deref()).await?;
        asker(&app, &extensions, &program, &asked).await?;
        let hazard = known(&app, &program, token).await?;
        Ok(List {
            root: "service_requests",
            item: "request",
            items: vec![Numbered {
                service_request_id: hazard.id.to_string(),
                token: hazard.id.to_string(),
            }],
        })
    };
    answer(format, found.await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_rounded_for_those_without_a_key() {
        assert_eq!(degrees(41_795_249, true), "41.795249");
        assert_eq!(degrees(41_795_249, false), "41.795");
        assert_eq!(degrees(41_795_500, false), "41.796");
        assert_eq!(degrees(-500_400, false), "-0.500");
        assert_eq!(degrees(-1_250_001, true), "-1.250001");
    }

    #[test]
    fn moments_are_of_whole_seconds() {
        let at = moment("start_date", "2026-03-05T12:00:00+08:00").expect("a moment");
        assert_eq!(written(at.plus_seconds(1)), "2026-03-05T04:00:01Z");
        assert!(moment("start_date", "2026-03-05").is_err());
    }

    #[test]
    fn a_time_is_at_most_ninety_days() {
        let now: Timestamp = "2026-06-01T00:00:00Z".parse().expect("a moment");
        let asked = |from: &str, until: &str| Asked {
            start_date: (!from.is_empty()).then(|| from.to_owned()),
            end_date: (!until.is_empty()).then(|| until.to_owned()),
            ..Asked::default()
        };
        let span = |from, until| {
            let wanted = Wanted::of(&asked(from, until), now)?;
            Ok::<_, Fault>(wanted.until.seconds_since(wanted.from))
        };
        assert_eq!(span("", "").expect("the last"), LONGEST);
        assert_eq!(span("2026-01-01T00:00:00Z", "").expect("from"), LONGEST);
        assert!(span("2026-01-01T00:00:00Z", "2026-05-01T00:00:00Z").is_err());
        assert!(span("2026-05-01T00:00:00Z", "2026-01-01T00:00:00Z").is_err());
        assert!(span("", "yesterday").is_err());
    }
}
