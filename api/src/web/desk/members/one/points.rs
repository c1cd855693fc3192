//! How one rider's points came and went: the whole statement of their account, the newest line first.

use askama::Template;
use axum::extract::Query;
use futures::future::try_join_all;
use ledger::StoreError;
use ledger::accounts::Account;
use ledger::community::Verb;
use ledger::ids::{AwardId, MemberId};
use ledger::journal::About;
use ledger::views::{StatementFilter, StatementLine};
use uuid::Uuid;

use super::{called, most};
use crate::sheet::Cell;
use crate::web::format::{full, points, signed};
use crate::web::lists::whole;
use crate::web::lists::{Asked, Line, List};
use crate::web::names::store_name;
use crate::web::page::{Frame, Page, show};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Id, Reader, Visitor};
use crate::web::{Web, words};

/// How many lines are looked up at a time.
const AT_ONCE: usize = 50;

#[derive(Template)]
#[template(path = "desk/member_points.html")]
struct Lines {
    frame: Frame,
    id: Uuid,
    name: String,
    list: List<Entry>,
}

/// A line of the statement.
pub(super) struct Entry {
    pub what: String,
    pub said: String,
    /// Where it is explained.
    pub why: Option<String>,
    pub amount: String,
    pub gain: bool,
    pub balance: String,
    cells: Vec<Cell>,
}

impl Line for Entry {
    fn header() -> Vec<&'static str> {
        vec![
            t("时间", "When"),
            t("事项", "What"),
            t("类别", "Kind"),
            t("积分", "Points"),
            t("余额", "Balance"),
            t("奖励编号", "Award"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        self.cells.clone()
    }
}

/// `GET /{program}/desk/members/{id}/points`.
pub async fn list(
    At(web): At,
    Reader(visitor): Reader,
    Id(member): Id<MemberId>,
    Query(asked): Query<Asked>,
) -> Page {
    let name = called(&web, &visitor, member).await?;
    let found = newest(&web, &visitor, member, most(&asked)).await?;
    let found = asked.search(found);
    if let Some(file) = asked.file(&format!("points-{member}"), &found) {
        return file.await;
    }
    show(&Lines {
        frame: Frame::new(
            &web,
            t("骑手的积分明细", "A rider's statement"),
            Some(&visitor),
        ),
        id: member.0,
        name,
        list: asked.page(&[], found),
    })
}

/// Up to so many lines of the wallet.
pub(super) async fn newest(
    web: &Web,
    visitor: &Visitor,
    member: MemberId,
    most: usize,
) -> Result<Vec<Entry>, StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let wallet = Account::wallet(member);
    let page = move |before: Option<i64>, limit: i64| async move {
        let filter = StatementFilter {
            before,
            kind: None,
            from: None,
            until: None,
            limit,
        };
        ledger.statement(program, wallet, &filter).await
    };
    let last = |line: &StatementLine| Some(line.version);
    let found = whole::rows(most, None, last, page).await?;
    let mut entries = Vec::with_capacity(found.len());
    for some in found.chunks(AT_ONCE) {
        let each = some.iter().map(|line| entry(web, visitor, line));
        entries.extend(try_join_all(each).await?);
    }
    Ok(entries)
}

async fn entry(web: &Web, visitor: &Visitor, line: &StatementLine) -> Result<Entry, StoreError> {
    let (what, award) = about(web, visitor, line).await?;
    let (at, kind) = (
        full(line.recorded_at, &web.zone()),
        words::transfer(line.kind),
    );
    let cells = vec![
        at.as_str().into(),
        what.as_str().into(),
        kind.into(),
        line.amount.into(),
        line.balance_after.into(),
        award.map_or_else(|| "".into(), |award| award.0.into()),
    ];
    Ok(Entry {
        said: match what.is_empty() {
            true => at,
            false => format!("{at} · {kind}"),
        },
        what: match what.is_empty() {
            true => kind.to_owned(),
            false => what,
        },
        why: award.map(|award| web.path(&format!("awards/{award}"))),
        amount: signed(line.amount),
        gain: !line.amount.is_negative(),
        balance: points(line.balance_after),
        cells,
    })
}

/// What a line is about in a few words, and the award that explains it. At which store somebody spends is for who reads the books.
async fn about(
    web: &Web,
    visitor: &Visitor,
    line: &StatementLine,
) -> Result<(String, Option<AwardId>), StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    Ok(match line.kind.about(line.subject) {
        About::Award(id) => {
            let award = ledger.award(program, id).await?;
            let title = award.map(|award| award.trace.rule_title);
            (title.unwrap_or_default(), Some(id))
        }
        About::Redemption(id) if visitor.may_everywhere(&[Verb::Read]) => {
            let store = match ledger.redemption(program, id).await? {
                Some(redemption) => store_name(web, redemption.store.0).await?,
                None => String::new(),
            };
            (store, None)
        }
        About::Redemption(_) | About::Neither => (String::new(), None),
    })
}
