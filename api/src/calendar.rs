//! Activities as iCalendar (RFC 5545), for the rider's own calendar.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use icalendar::{Calendar, Component, Event as Entry, EventLike, EventStatus};
use jiff::Timestamp as Instant;
use ledger::clock::Timestamp;
use ledger::community::activity::Activity;

/// An entry for each slot, as a file.
pub fn of_activity(activity: &Activity, now: Timestamp) -> Response {
    let mut calendar = Calendar::new();
    for (index, slot) in activity.slots.iter().enumerate() {
        let mut entry = Entry::new();
        entry
            .uid(&format!("{}-{index}@jifen", activity.id))
            .summary(&activity.title)
            .location(&activity.place)
            .add_property("DTSTAMP", utc(now))
            .add_property("DTSTART", utc(slot.starts_at))
            .add_property("DTEND", utc(slot.ends_at));
        if activity.cancelled {
            entry.status(EventStatus::Cancelled);
        }
        calendar.push(entry.done());
    }
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "inline; filename=\"activity.ics\"",
        ),
    ];
    (headers, calendar.to_string()).into_response()
}

/// A DATE-TIME of form 2.
fn utc(at: Timestamp) -> String {
    let at = Instant::from_microsecond(at.as_micros()).unwrap_or_default();
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}
