//! What is different between two versions of a policy, or between a draft and what is in force, in sentences.

use askama::Template;
use axum::extract::Query;
use ledger::community::{PolicyVersion, changed_by};
use ledger::ids::DraftId;
use ledger::policy::diff_in_words;
use serde::Deserialize;

use crate::web::Web;
use crate::web::desk::policies::{
    PolicyName, mark_of, parsed, since, tag_of_standing, title_of, versions_of,
};
use crate::web::format::{full, moment};
use crate::web::page::{Frame, Page, Trouble, show};
use crate::web::reading::{Say, language, say, t};
use crate::web::visitor::{At, Planner};

#[derive(Template)]
#[template(path = "desk/policy_diff.html")]
struct DiffPage {
    frame: Frame,
    name: String,
    title: String,
    sides: Vec<Side>,
    /// What is compared: the texts of the earlier and the later.
    texts: Option<(String, String)>,
    changes: Vec<String>,
}

/// A version or a draft that can be compared.
struct Side {
    mark: String,
    label: String,
    source: String,
    /// Whether it is the earlier of the two, and whether the later.
    old: bool,
    new: bool,
}

/// Which two: the moment from which a version holds, or the id of a draft.
#[derive(Default, Deserialize)]
pub struct Pair {
    #[serde(default)]
    old: String,
    #[serde(default)]
    new: String,
}

/// `GET /{program}/desk/policies/{policy}/diff`: the newest version and the one before, where nothing is said; a draft, and what it changes.
pub async fn show_pair(
    At(web): At,
    Planner(visitor): Planner,
    PolicyName(name): PolicyName,
    Query(pair): Query<Pair>,
) -> Page {
    let versions = versions_of(&web, &name).await?;
    let mut sides = Vec::with_capacity(versions.len());
    for (version, standing) in versions.iter().rev() {
        let (since, words) = (
            full(since(version), &web.zone()),
            tag_of_standing(*standing).words,
        );
        let label = say!("{since}起（{words}）", "from {since} ({words})");
        sides.push(Side::of(
            mark_of(version).to_string(),
            label,
            &version.source,
        ));
    }
    let versions: Vec<PolicyVersion> = versions.into_iter().map(|(version, _)| version).collect();
    let base = with_draft(&web, &name, &pair.new, &versions, &mut sides).await?;
    let at = |sides: &[Side], mark: &str| sides.iter().position(|side| side.mark == mark);
    let new = at(&sides, &pair.new).unwrap_or(0);
    let old = at(&sides, &pair.old);
    let old = old.or_else(|| base.and_then(|mark| at(&sides, &mark)));
    let old = old.unwrap_or(new + 1);
    let mut texts = (None, None);
    for (index, side) in sides.iter_mut().enumerate() {
        side.old = index == old;
        side.new = index == new;
        if side.old {
            texts.0 = Some(side.source.clone());
        }
        if side.new {
            texts.1 = Some(side.source.clone());
        }
    }
    let texts = texts.0.zip(texts.1);
    let title = sides
        .get(new)
        .and_then(|side| parsed(&name, &side.source).ok());
    show(&DiffPage {
        frame: Frame::new(&web, t("积分办法", "Policies"), Some(&visitor)),
        title: title_of(title.as_ref(), &name),
        changes: texts
            .as_ref()
            .map_or_else(Vec::new, |(old, new)| changes(&name, old, new)),
        texts,
        sides,
        name,
    })
}

impl Side {
    fn of(mark: String, label: String, source: &str) -> Self {
        Self {
            mark,
            label,
            source: source.to_owned(),
            old: false,
            new: false,
        }
    }
}

/// If a draft is meant, it stands first; answers with the version that it changes.
async fn with_draft(
    web: &Web,
    name: &str,
    mark: &str,
    versions: &[PolicyVersion],
    sides: &mut Vec<Side>,
) -> Result<Option<String>, Trouble> {
    let Ok(id) = mark.parse::<DraftId>() else {
        return Ok(None);
    };
    let draft = web.ledger.draft(web.program.id, id).await?;
    let draft = draft.filter(|draft| draft.name == name);
    let draft = draft.ok_or(Trouble::Missing)?;
    let when = moment(draft.imported_at, &web.zone());
    let label = say!("{when}存入的草案", "the draft of {when}");
    sides.insert(0, Side::of(mark.to_owned(), label, &draft.source));
    let base = changed_by(&draft, versions, web.now());
    Ok(base.map(|version| mark_of(version).to_string()))
}

/// What is different, in the reader's language; that nothing is, if so.
pub fn changes(name: &str, old: &str, new: &str) -> Vec<String> {
    let (Ok(old), Ok(new)) = (parsed(name, old), parsed(name, new)) else {
        return Vec::new();
    };
    let sentences = diff_in_words(&old, &new, language());
    if sentences.is_empty() {
        return vec![
            t(
                "没有变化，一字未改。",
                "Nothing is different: the texts are the same.",
            )
            .to_owned(),
        ];
    }
    sentences
}
