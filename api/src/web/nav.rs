//! Where somebody may go from every page: the tabs of a rider and of a counter, the index of a desk.

use ledger::community::{Role, Verb};

use super::Web;
use super::reading::{Reading, t};
use super::visitor::{AT_STORE, MINDING, PLANNING, READING, SETTLING, Visitor};

/// Whose pages these are; each face has its own way around.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// Nobody is in.
    Door,
    /// One thumb.
    Rider,
    /// A queue.
    Counter,
    /// Staff and auditors at a desk.
    Desk,
}

impl Face {
    /// Of this visitor.
    pub const fn of(role: Role) -> Self {
        match role {
            Role::Member => Self::Rider,
            Role::Merchant => Self::Counter,
            Role::Staff | Role::Auditor | Role::Admin => Self::Desk,
        }
    }

    /// The class of the page's body.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Door => "door",
            Self::Rider => "rider",
            Self::Counter => "counter",
            Self::Desk => "desk",
        }
    }
}

/// One way to go.
#[derive(Debug)]
pub struct Place {
    /// What it is called.
    pub label: &'static str,
    /// Its path.
    pub href: String,
    /// The name of its icon in `icons.svg`.
    pub icon: &'static str,
    /// Whether the page is part of it.
    pub current: bool,
    /// Whether going there makes something, so that a form leads to it.
    pub makes: bool,
}

/// The places of this visitor, the one they are at marked.
pub fn places(web: &Web, visitor: &Visitor) -> Vec<Place> {
    let mut places = match Face::of(visitor.role()) {
        Face::Door => Vec::new(),
        Face::Rider => rider(web),
        Face::Counter => counter(web, visitor),
        Face::Desk => desk(web, visitor),
    };
    let here = Reading::current().path;
    let mut kin = KIN
        .iter()
        .filter(|(page, _)| is_below(&here, &web.path(page)));
    let home = kin.next().map(|(_, home)| web.path(home));
    let home = home.filter(|home| places.iter().any(|place| place.href == *home));
    let here = home.unwrap_or(here);
    let depth = |place: &Place| match is_below(&here, &place.href) {
        true => place.href.len(),
        false => 0,
    };
    let deepest = places.iter().map(depth).max().unwrap_or(0);
    for place in &mut places {
        place.current = deepest > 0 && depth(place) == deepest;
    }
    places
}

/// Pages that are reached from a place, but do not lie below it: their paths, and the place's.
const KIN: [(&str, &str); 14] = [
    ("me/data", "mine"),
    ("me/service", "mine"),
    ("me/teams", "mine"),
    ("account", "mine"),
    ("notice", "mine"),
    ("me/pledges", "deeds"),
    ("hazards", "deeds"),
    ("activities", "deeds"),
    ("orders", "deeds"),
    ("patrol", "deeds"),
    ("counter/objections", "counter/payments"),
    ("counter/clerks", "counter/payments"),
    ("desk/people", "desk/members"),
    ("desk/stores", "desk/merchants"),
];

fn is_below(path: &str, place: &str) -> bool {
    let rest = path.strip_prefix(place);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn place(web: &Web, path: &str, icon: &'static str, label: &'static str) -> Place {
    Place {
        label,
        href: web.path(path),
        icon,
        current: false,
        makes: false,
    }
}

fn rider(web: &Web) -> Vec<Place> {
    let pay = Place {
        makes: true,
        ..place(web, "me/code", "code", t("付款", "Pay"))
    };
    vec![
        place(web, "me", "purse", t("积分", "Points")),
        place(web, "deeds", "deeds", t("做事", "Earn")),
        pay,
        place(web, "places", "place", t("附近", "Nearby")),
        place(web, "mine", "person", t("我的", "Me")),
    ]
}

fn counter(web: &Web, visitor: &Visitor) -> Vec<Place> {
    let mut places = Vec::new();
    if visitor.may(&[Verb::Redeem]) {
        places.push(place(web, "counter", "code", t("收款", "Charge")));
        places.push(place(web, "counter/till", "trail", t("今日", "Today")));
        places.push(place(web, "counter/code", "print", t("收款码", "Our code")));
    }
    if visitor.may(&AT_STORE) {
        places.push(place(web, "counter/payments", "list", t("记录", "History")));
    }
    if visitor.may(&[Verb::Takings]) {
        places.push(place(
            web,
            "counter/statements",
            "money",
            t("结算", "Payouts"),
        ));
    }
    places
}

/// A page in the index of a desk.
#[derive(Clone, Copy)]
struct Entry {
    /// One of these is needed for it; where there are none, it is everybody's.
    verbs: &'static [Verb],
    path: &'static str,
    icon: &'static str,
    /// In Chinese and in English.
    names: (&'static str, &'static str),
    /// What is accounted for there is read by who audits, too.
    audited: bool,
    /// It belongs to no node, so that one of the verbs is needed everywhere.
    whole: bool,
}

const fn entry(
    verbs: &'static [Verb],
    path: &'static str,
    icon: &'static str,
    names: (&'static str, &'static str),
) -> Entry {
    Entry {
        verbs,
        path,
        icon,
        names,
        audited: false,
        whole: false,
    }
}

impl Entry {
    const fn audited(self) -> Self {
        Self {
            audited: true,
            ..self
        }
    }

    const fn whole(self) -> Self {
        Self {
            whole: true,
            ..self
        }
    }

    fn is_for(&self, visitor: &Visitor) -> bool {
        let theirs = match visitor.role() {
            Role::Staff => visitor.may(self.verbs),
            Role::Auditor => self.audited && visitor.may(self.verbs),
            Role::Member | Role::Merchant | Role::Admin => false,
        };
        let free = self.verbs.is_empty();
        (free || theirs) && (!self.whole || visitor.may_everywhere(self.verbs))
    }
}

/// Staff have these by what they may do, in the order in which a day goes.
const DESK: [Entry; 19] = [
    entry(&READING, "desk", "desk", ("工作台", "Desk")),
    entry(&MINDING, "desk/approvals", "check", ("审批", "Approvals")),
    entry(
        &[Verb::Award],
        "desk/list",
        "list",
        ("批量登记", "Award a list"),
    )
    .whole(),
    entry(
        &[Verb::Award],
        "desk/activities",
        "calendar",
        ("活动", "Events"),
    ),
    entry(&[Verb::Award], "desk/patrols", "walk", ("巡查", "Patrols")),
    entry(
        &[Verb::Award],
        "desk/hazards",
        "hazard",
        ("隐患", "Hazards"),
    ),
    entry(
        &[Verb::Award],
        "desk/orders",
        "hand",
        ("群众点单", "Requests"),
    ),
    entry(
        &[Verb::Award],
        "desk/exceptional",
        "star",
        ("突出事迹", "Exceptional deeds"),
    ),
    entry(&[Verb::Award], "desk/teams", "people", ("队伍", "Teams")),
    entry(&READING, "desk/members", "person", ("骑手名册", "Riders")).audited(),
    entry(&[Verb::Enrol], "desk/join", "join", ("报到", "Enrolment")),
    entry(&[Verb::Policies], "desk/grids", "map", ("网格", "Grids")).whole(),
    entry(&PLANNING, "desk/policies", "policy", ("办法", "Policies")).audited(),
    entry(&PLANNING, "desk/budgets", "purse", ("专项资金", "Budgets")).audited(),
    entry(&SETTLING, "desk/merchants", "store", ("商户", "Merchants"))
        .audited()
        .whole(),
    entry(&SETTLING, "desk/offers", "pledge", ("优惠", "Offers"))
        .audited()
        .whole(),
    entry(&SETTLING, "desk/places", "place", ("驿站", "Stations"))
        .audited()
        .whole(),
    entry(
        &SETTLING,
        "desk/settlement",
        "money",
        ("结算", "Settlement"),
    )
    .audited()
    .whole(),
    entry(&[], "notice", "notice", ("公示", "Public notice")),
];

/// Auditors of the whole programme have these beside them.
const BOOKS: [Entry; 4] = [
    entry(&[], "audit", "book", ("账目", "Books")),
    entry(&[], "audit/reports", "chart", ("报表", "Reports")),
    entry(&[], "audit/health", "gear", ("运行", "Health")),
    entry(&[], "audit/changes", "trail", ("变更记录", "Changes")),
];

fn desk(web: &Web, visitor: &Visitor) -> Vec<Place> {
    let theirs = DESK.iter().filter(|entry| entry.is_for(visitor));
    let mut entries: Vec<&Entry> = theirs.collect();
    if visitor.may_everywhere(&[Verb::Read]) {
        entries.extend(&BOOKS);
    }
    let named = |entry: &Entry| {
        let (zh, en) = entry.names;
        place(web, entry.path, entry.icon, t(zh, en))
    };
    entries.into_iter().map(named).collect()
}
