//! What is to be known of a store or station by whoever wants to go there: as it is shown, as it is typed, and what is wrong with that.

use ledger::community::hours::Hours;
use ledger::community::place::{PlaceOf, Profile};
use ledger::machine::Command;
use ledger::machine::places::PlaceCommand;
use ledger::policy::Position;
use serde::Deserialize;

use super::{hours, keep};
use crate::web::Web;
use crate::web::fields::{datum, fresh_key, position};
use crate::web::reading::t;
use crate::web::visitor::Visitor;

/// As it is shown.
#[derive(Default)]
pub struct Known {
    /// Where it is, as a form takes it.
    pub place: Option<String>,
    pub hours: Vec<String>,
    pub services: String,
    pub phone: Option<String>,
}

impl Known {
    pub fn of(profile: Option<Profile>) -> Self {
        let Some(profile) = profile else {
            return Self::default();
        };
        Self {
            place: profile.position.map(written),
            hours: hours::lines(&profile.hours),
            services: profile.services.join("、"),
            phone: profile.phone,
        }
    }
}

/// Latitude and longitude, in degrees of WGS-84.
fn written(position: Position) -> String {
    let point = position.point();
    format!("{:.6}, {:.6}", point.y(), point.x())
}

/// As it is typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub key: String,
    pub position: String,
    pub datum: String,
    pub hours: String,
    pub services: String,
    pub phone: String,
}

/// What is wrong with each field.
#[derive(Default)]
pub struct Wrong {
    pub position: Option<&'static str>,
    pub hours: Option<String>,
    pub services: Option<&'static str>,
    pub phone: Option<&'static str>,
}

impl Wrong {
    const fn is_any(&self) -> bool {
        self.position.is_some()
            || self.hours.is_some()
            || self.services.is_some()
            || self.phone.is_some()
    }
}

/// Why it was not kept: for what, and what is wrong with which field.
#[derive(Default)]
pub struct Failed {
    pub wrong: Wrong,
    pub problem: Option<String>,
}

impl Typed {
    /// As it stands, to be changed.
    pub fn of(known: &Known) -> Self {
        Self {
            key: fresh_key(),
            position: known.place.clone().unwrap_or_default(),
            datum: String::new(),
            hours: known.hours.join("\n"),
            services: known.services.clone(),
            phone: known.phone.clone().unwrap_or_default(),
        }
    }

    /// As the ledger has it.
    fn profile(&self, of: PlaceOf) -> Result<Profile, Wrong> {
        let mut wrong = Wrong::default();
        let place = position(&self.position, datum(&self.datum));
        if place.is_none() && !self.position.trim().is_empty() {
            wrong.position = Some(t(
                "位置写成“纬度, 经度”，如 41.7952, 123.3085。",
                "A position is written as latitude, longitude, such as 41.7952, 123.3085.",
            ));
        }
        let hours = match hours::read(&self.hours) {
            Ok(hours) => hours,
            Err(words) => {
                wrong.hours = Some(words);
                Hours::default()
            }
        };
        let words = self.services.split(['、', '，', ',', '；', ';', '\n']);
        let words = words.map(str::trim).filter(|word| !word.is_empty());
        let phone = Some(self.phone.trim()).filter(|phone| !phone.is_empty());
        let profile = Profile {
            of,
            position: place,
            hours,
            services: words.map(str::to_owned).collect(),
            phone: phone.map(str::to_owned),
        };
        for flaw in profile.flaws() {
            wrong.note(&flaw.field);
        }
        match wrong.is_any() {
            true => Err(wrong),
            false => Ok(profile),
        }
    }
}

impl Wrong {
    /// What the ledger would not take.
    fn note(&mut self, field: &str) {
        match field {
            "/services" => {
                self.services = Some(t(
                    "最多 20 项，每项最多 20 字，不能重复，用顿号隔开。",
                    "At most 20 of them, each of at most 20 characters and named once, with commas between.",
                ));
            }
            "/phone" => {
                self.phone = Some(t(
                    "电话写 3 至 15 位数字，可以有 + - 和空格。",
                    "A telephone number has 3 to 15 digits, with + - and spaces between.",
                ));
            }
            _ => {
                let many = t(
                    "时段太多了，最多 28 段。",
                    "These are too many stretches: 28 at most.",
                );
                self.hours = Some(many.to_owned());
            }
        }
    }
}

/// Puts it on record in place of what was, once for each form.
pub async fn describe(
    web: &Web,
    visitor: &Visitor,
    of: PlaceOf,
    typed: &mut Typed,
) -> Result<(), Failed> {
    let profile = typed.profile(of).map_err(|wrong| Failed {
        wrong,
        problem: None,
    })?;
    let command = Command::Place(Box::new(PlaceCommand::Describe(profile)));
    let kept = keep(web, visitor, &mut typed.key, command).await;
    kept.map_err(|words| Failed {
        problem: Some(words),
        ..Failed::default()
    })
}

#[cfg(test)]
mod tests {
    use ledger::ids::SiteId;
    use uuid::Uuid;

    use super::*;

    const HERE: PlaceOf = PlaceOf::Site(SiteId(Uuid::nil()));

    #[test]
    fn what_is_shown_can_be_typed_again() {
        let typed = Typed {
            position: "41.7952，123.3085".to_owned(),
            hours: "每天 9:00-21:00".to_owned(),
            services: "饮水、充电,微波炉 ".to_owned(),
            phone: " 024-2530 0000".to_owned(),
            ..Typed::default()
        };
        let Ok(profile) = typed.profile(HERE) else {
            panic!("nothing is wrong with it");
        };
        assert_eq!(profile.services, ["饮水", "充电", "微波炉"]);
        assert_eq!(profile.phone.as_deref(), Some("024-2530 0000"));
        let known = Known::of(Some(profile.clone()));
        assert_eq!(known.place.as_deref(), Some("41.795200, 123.308500"));
        let again = Typed::of(&known).profile(HERE);
        assert!(again.is_ok_and(|again| again == profile));
        let empty = Typed::of(&Known::default()).profile(HERE);
        assert!(empty.is_ok_and(|empty| empty.position.is_none()));
    }

    #[test]
    fn each_field_that_is_wrong_is_named() {
        let typed = Typed {
            position: "here".to_owned(),
            hours: "sometimes".to_owned(),
            services: "饮水、饮水".to_owned(),
            phone: "none".to_owned(),
            ..Typed::default()
        };
        let Err(wrong) = typed.profile(HERE) else {
            panic!("all of it is wrong");
        };
        assert!(wrong.position.is_some() && wrong.hours.is_some());
        assert!(wrong.services.is_some() && wrong.phone.is_some());
    }
}
