//! 可能是同一人: riders who are probably one person, for somebody to look at both and to merge them.

use std::cmp::Reverse;
use std::collections::HashMap;

use askama::Template;
use axum::extract::Query;
use ledger::StoreError;
use ledger::community::Verb;
use ledger::ids::MemberId;
use ledger::views::{Double, Register};
use serde::Deserialize;
use uuid::Uuid;

use super::{Listed, listed};
use crate::sheet::Cell;
use crate::web::Web;
use crate::web::format::full;
use crate::web::lists::whole::{self, MOST};
use crate::web::lists::{Asked, Line, List};
use crate::web::page::{Frame, Page, show as render};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Matcher};

#[derive(Template)]
#[template(path = "desk/doubles.html")]
struct Doubles {
    frame: Frame,
    list: List<Pair>,
    /// Whether they may merge two into one.
    merges: bool,
    /// Somebody has just said of two that they are not one.
    done: bool,
}

/// Two who are probably one.
struct Pair {
    /// Who was enrolled or changed their phone when it was found. Either of them may have the older account.
    one: Listed,
    /// Whose number or phone it was.
    other: Listed,
    /// When it was found.
    found: String,
}

impl Line for Pair {
    fn header() -> Vec<&'static str> {
        vec![
            t("发现时办理的", "Found with"),
            t("发现时办理的：所属组织", "Found with: organisation"),
            t("发现时办理的：编号", "Found with: id"),
            t("另一位", "The other"),
            t("另一位：所属组织", "The other: organisation"),
            t("另一位：编号", "The other: id"),
            t("发现时间", "Found"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let of = |one: &Listed| -> [Cell; 3] {
            let (name, home) = (one.name.as_str(), one.home.as_str());
            [name.into(), home.into(), one.id.into()]
        };
        let both = of(&self.one).into_iter().chain(of(&self.other));
        both.chain([self.found.as_str().into()]).collect()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

/// `GET /{program}/desk/members/doubles`: the pairs about which nobody has decided, those found last first.
pub async fn show(
    At(web): At,
    Matcher(visitor): Matcher,
    Query(Done { done }): Query<Done>,
    Query(asked): Query<Asked>,
) -> Page {
    let found = asked.search(pairs(&web).await?);
    if let Some(file) = asked.file("doubles", &found) {
        return file.await;
    }
    let title = t("可能是同一人", "Probably one person");
    render(&Doubles {
        frame: Frame::new(&web, title, Some(&visitor)),
        list: asked.page(&[], found),
        merges: visitor.may_everywhere(&[Verb::People]),
        done: !done.is_empty(),
    })
}

async fn pairs(web: &Web) -> Result<Vec<Pair>, StoreError> {
    let (ledger, program, zone) = (&web.ledger, web.program.id, web.zone());
    let nobody = MemberId(Uuid::nil());
    let page = |after, limit| ledger.doubles(program, after, limit);
    let place = |double: &Double| (double.member, double.other);
    let mut all = whole::rows(MOST, (nobody, nobody), place, page).await?;
    all.sort_by_key(|double| Reverse(double.found_at));
    let both = all.iter().flat_map(|one| [one.member.0, one.other.0]);
    let ids: Vec<Uuid> = both.collect();
    let members = ledger.registered_of(program, Register::Members, &ids);
    let known = listed(web, members.await?).await?.into_iter();
    let known: HashMap<Uuid, Listed> = known.map(|one| (one.id, one)).collect();
    let pair = |double: Double| {
        Some(Pair {
            one: known.get(&double.member.0)?.clone(),
            other: known.get(&double.other.0)?.clone(),
            found: full(double.found_at, &zone),
        })
    };
    Ok(all.into_iter().filter_map(pair).collect())
}
