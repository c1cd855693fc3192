//! All that one rider was awarded, the newest first.

use askama::Template;
use axum::extract::Query;
use ledger::StoreError;
use ledger::ids::MemberId;
use ledger::machine::Award;
use ledger::views::AwardFilter;
use uuid::Uuid;

use super::{called, most};
use crate::web::Web;
use crate::web::audit::home::{Row, rows};
use crate::web::lists::whole;
use crate::web::lists::{Asked, List};
use crate::web::page::{Frame, Page, show};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Id, Reader};

#[derive(Template)]
#[template(path = "desk/member_awards.html")]
struct Awards {
    frame: Frame,
    id: Uuid,
    name: String,
    list: List<Row>,
}

/// `GET /{program}/desk/members/{id}/awards`.
pub async fn list(
    At(web): At,
    Reader(visitor): Reader,
    Id(member): Id<MemberId>,
    Query(asked): Query<Asked>,
) -> Page {
    let name = called(&web, &visitor, member).await?;
    let found = newest(&web, member, most(&asked)).await?;
    let rows = asked.search(rows(&web, &found, visitor.id()).await?);
    if let Some(file) = asked.file(&format!("awards-{member}"), &rows) {
        return file.await;
    }
    show(&Awards {
        frame: Frame::new(&web, t("骑手的奖励", "A rider's awards"), Some(&visitor)),
        id: member.0,
        name,
        list: asked.page(&[], rows),
    })
}

/// Up to so many, those that wait among them.
pub(super) async fn newest(
    web: &Web,
    member: MemberId,
    most: usize,
) -> Result<Vec<Award>, StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let page = move |before, limit| async move {
        let filter = AwardFilter {
            member: Some(member),
            before,
            limit,
            ..AwardFilter::default()
        };
        ledger.awards(program, &filter).await
    };
    whole::rows(most, None, |award: &Award| Some(award.id), page).await
}
