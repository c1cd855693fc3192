//! 可能是同一人: riders who are probably one person, for somebody to look at both and to merge them.

use std::cmp::Reverse;
use std::collections::HashMap;

use askama::Template;
use axum::extract::Query;
use ledger::community::Verb;
use ledger::community::personal::Identity;
use ledger::ids::MemberId;
use ledger::views::{Double, Register};
use ledger::{PersonalError, StoreError};
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
    /// Who came later, and whose account ends unless the merge is turned round.
    later: Listed,
    /// Who was there.
    earlier: Listed,
    /// What speaks for it; known once [`explain`] has looked.
    why: &'static str,
    /// When it was found.
    found: String,
}

impl Line for Pair {
    fn header() -> Vec<&'static str> {
        vec![
            t("后登记的", "Came later"),
            t("后登记的：所属组织", "Came later: organisation"),
            t("后登记的：编号", "Came later: id"),
            t("先登记的", "Was there"),
            t("先登记的：所属组织", "Was there: organisation"),
            t("先登记的：编号", "Was there: id"),
            t("为什么", "Why"),
            t("发现时间", "Found"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let of = |one: &Listed| -> [Cell; 3] {
            let (name, home) = (one.name.as_str(), one.home.as_str());
            [name.into(), home.into(), one.id.into()]
        };
        let both = of(&self.later).into_iter().chain(of(&self.earlier));
        let more = [self.why.into(), self.found.as_str().into()];
        both.chain(more).collect()
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
    let mut all = pairs(&web).await?;
    if asked.seeks() || asked.wants_file() {
        explain(&web, &mut all).await?;
    }
    let found = asked.search(all);
    if let Some(file) = asked.file("doubles", &found) {
        return file;
    }
    let List { mut rows, tools } = asked.page(&[], found);
    explain(&web, &mut rows).await?;
    let title = t("可能是同一人", "Probably one person");
    render(&Doubles {
        frame: Frame::new(&web, title, Some(&visitor)),
        list: List { rows, tools },
        merges: visitor.may_everywhere(&[Verb::People]),
        done: !done.is_empty(),
    })
}

async fn pairs(web: &Web) -> Result<Vec<Pair>, StoreError> {
    let (ledger, program, zone) = (&web.ledger, web.program.id, web.zone());
    let nobody = MemberId(Uuid::nil());
    let page = |after, limit| ledger.doubles(program, after, limit);
    let mut all = whole::rows(MOST, nobody, |double: &Double| double.member, page).await?;
    all.sort_by_key(|double| Reverse(double.found_at));
    let both = all.iter().flat_map(|one| [one.member.0, one.other.0]);
    let ids: Vec<Uuid> = both.collect();
    let members = ledger.registered_of(program, Register::Members, &ids);
    let known = listed(web, members.await?).await?.into_iter();
    let known: HashMap<Uuid, Listed> = known.map(|one| (one.id, one)).collect();
    let pair = |double: Double| {
        Some(Pair {
            later: known.get(&double.member.0)?.clone(),
            earlier: known.get(&double.other.0)?.clone(),
            why: "",
            found: full(double.found_at, &zone),
        })
    };
    Ok(all.into_iter().filter_map(pair).collect())
}

/// Says of each why it is here. Of the numbers it says no more than that they are the same.
async fn explain(web: &Web, pairs: &mut [Pair]) -> Result<(), StoreError> {
    for pair in pairs {
        let theirs = numbers(web, pair.earlier.id).await?;
        let own = numbers(web, pair.later.id).await?;
        pair.why = match own.iter().any(|number| theirs.contains(number)) {
            true => t(
                "登记的证件号相同，手机号不同",
                "They gave one identity number and two phones",
            ),
            false => t(
                "后登记的用先登记的手机号收到过验证码，或者填过同一个证件号",
                "The later one received a code on the other's phone, or gave the same identity number before",
            ),
        };
    }
    Ok(())
}

/// The identity numbers that somebody gave, as far as they can be opened here.
async fn numbers(web: &Web, member: Uuid) -> Result<Vec<Identity>, StoreError> {
    let held = web.ledger.held_about(web.program.id, MemberId(member));
    let held = match held.await {
        Ok(held) => held,
        Err(PersonalError::Store(error)) => return Err(error),
        Err(_) => return Ok(Vec::new()),
    };
    let merged = held.merged.into_iter().map(|(_, theirs)| theirs);
    let all = held.own.into_iter().chain(merged);
    Ok(all.filter_map(|personal| personal.identity).collect())
}
