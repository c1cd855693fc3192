//! An order as it was typed at the desk.

use ledger::WriteError;
use ledger::community::order::{OrderProblem, PLACES_LIMIT, Wanted};
use ledger::machine::Rejection;
use ledger::machine::deeds::DeedRejection;
use serde::Deserialize;

use crate::web::Web;
use crate::web::fields::fresh_key;
use crate::web::format::{field, from_field};
use crate::web::rider::my_teams::codes;
use crate::web::words;
use crate::web::wrong::Wrong;

/// For how long a claim is kept, in hours.
const CLAIM_HOURS: i64 = 48;
/// The longest title, in characters.
const LONGEST_TITLE: usize = 80;

/// An order as it was typed, and what was pressed.
#[derive(Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    pub act: String,
    #[serde(default)]
    pub category: String,
    #[serde(default)]
    pub beneficiary: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub skills: String,
    #[serde(default)]
    pub places: String,
    #[serde(default)]
    pub by: String,
    #[serde(default)]
    pub details: String,
    #[serde(default)]
    pub deed: String,
    #[serde(default)]
    pub key: String,
}

impl Typed {
    pub fn fresh(web: &Web) -> Self {
        Self {
            by: field(web.now().plus_seconds(3 * 86_400), &web.zone()),
            places: "1".to_owned(),
            key: fresh_key(),
            ..Self::default()
        }
    }

    /// Whether it says how what a resident asks for is to be posted.
    pub fn accepts(&self) -> bool {
        self.act == "accept"
    }

    /// What was turned down is another form when it is sent again.
    pub fn renew(&mut self, error: &WriteError) {
        if !words::may_try_again(error) {
            self.key = fresh_key();
        }
    }

    /// What members may read of it, or what is wrong with it; the ledger looks at the rest.
    pub fn wanted(&self, web: &Web) -> Result<Wanted, Wrong> {
        let mut wrong = Wrong::default();
        let title = self.title.trim();
        if !(1..=LONGEST_TITLE).contains(&title.chars().count()) {
            wrong.note("title", said(OrderProblem::Title));
        }
        let places = self.places.trim().parse::<i64>().ok();
        if places.is_none() {
            let limit = PLACES_LIMIT;
            wrong.note("places", said(OrderProblem::Places { limit }));
        }
        let by = from_field(&self.by, &web.zone());
        if by.is_none() {
            wrong.note("by", said(OrderProblem::By));
        }
        match (places, by) {
            (Some(places), Some(by)) if wrong.is_empty() => Ok(Wanted {
                category: self.category.clone(),
                beneficiary: self.beneficiary.clone(),
                title: title.to_owned(),
                grid: None,
                skills: codes(&self.skills),
                places,
                by,
                claim_hours: CLAIM_HOURS,
                policy: None,
            }),
            _ => Err(wrong),
        }
    }
}

fn said(problem: OrderProblem) -> String {
    words::rejection(&Rejection::Deed(DeedRejection::BadOrder { problem }))
}

/// What the ledger turned down, beside its field where it is about one.
pub fn flaw(error: &WriteError) -> Wrong {
    let field = match error {
        WriteError::Rejected(Rejection::Deed(DeedRejection::BadOrder { problem })) => match problem
        {
            OrderProblem::Fact { fact, .. } if fact == "beneficiary" => "beneficiary",
            OrderProblem::Fact { fact, .. } if fact == "category" => "category",
            OrderProblem::Title => "title",
            OrderProblem::Places { .. } => "places",
            OrderProblem::Skills { .. } => "skills",
            OrderProblem::By => "by",
            OrderProblem::Fact { .. } | OrderProblem::Claim { .. } => "form",
        },
        _ => "form",
    };
    Wrong::with(field, words::failure(error))
}
