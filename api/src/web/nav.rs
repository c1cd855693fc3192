//! Where somebody may go from every page: the tabs of a rider and of a counter, the index of a desk.

use ledger::community::{Role, Verb};

use super::Web;
use super::reading::{Reading, t};
use super::visitor::Visitor;

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
    let depth = |place: &Place| match here.strip_prefix(&place.href) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => place.href.len(),
        _ => 0,
    };
    let deepest = places.iter().map(depth).max().unwrap_or(0);
    for place in &mut places {
        place.current = deepest > 0 && depth(place) == deepest;
    }
    places
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
    if visitor.may(&[Verb::Redeem, Verb::Takings]) {
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

/// What somebody at a desk needs for it, the page's path, its icon and its names.
type Entry = (
    &'static [Verb],
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

/// Staff have these by what they may do, in the order in which a day goes.
const DESK: [Entry; 19] = [
    (
        &[Verb::Award, Verb::Approve, Verb::Enrol, Verb::Read],
        "desk",
        "desk",
        "工作台",
        "Desk",
    ),
    (
        &[Verb::Approve, Verb::People],
        "desk/approvals",
        "check",
        "审批",
        "Approvals",
    ),
    (
        &[Verb::Award],
        "desk/list",
        "list",
        "批量登记",
        "Award a list",
    ),
    (
        &[Verb::Award],
        "desk/activities",
        "calendar",
        "活动",
        "Events",
    ),
    (&[Verb::Award], "desk/patrols", "walk", "巡查", "Patrols"),
    (&[Verb::Award], "desk/hazards", "hazard", "隐患", "Hazards"),
    (
        &[Verb::Award],
        "desk/orders",
        "hand",
        "群众点单",
        "Requests",
    ),
    (
        &[Verb::Award],
        "desk/exceptional",
        "star",
        "突出事迹",
        "Exceptional deeds",
    ),
    (&[Verb::Award], "desk/teams", "people", "队伍", "Teams"),
    (
        &[Verb::Award, Verb::Approve, Verb::Enrol, Verb::Read],
        "desk/members",
        "person",
        "骑手名册",
        "Riders",
    ),
    (&[Verb::Enrol], "desk/join", "join", "报到", "Enrolment"),
    (&[Verb::Policies], "desk/grids", "map", "网格", "Grids"),
    (
        &[
            Verb::Award,
            Verb::Approve,
            Verb::Enrol,
            Verb::Budgets,
            Verb::Policies,
            Verb::Read,
        ],
        "desk/policies",
        "policy",
        "办法",
        "Policies",
    ),
    (
        &[
            Verb::Award,
            Verb::Approve,
            Verb::Enrol,
            Verb::Budgets,
            Verb::Policies,
            Verb::Read,
        ],
        "desk/budgets",
        "purse",
        "专项资金",
        "Budgets",
    ),
    (
        &[Verb::Merchants, Verb::Read],
        "desk/merchants",
        "store",
        "商户",
        "Merchants",
    ),
    (
        &[Verb::Merchants, Verb::Read],
        "desk/offers",
        "pledge",
        "优惠",
        "Offers",
    ),
    (
        &[Verb::Merchants, Verb::Read],
        "desk/places",
        "place",
        "驿站",
        "Stations",
    ),
    (
        &[Verb::Merchants, Verb::Read],
        "desk/settlement",
        "money",
        "结算",
        "Settlement",
    ),
    (&[], "notice", "notice", "公示", "Public notice"),
];

/// Auditors of the whole programme have these beside them.
const BOOKS: [Entry; 4] = [
    (&[], "audit", "book", "账目", "Books"),
    (&[], "audit/reports", "chart", "报表", "Reports"),
    (&[], "audit/health", "gear", "运行", "Health"),
    (&[], "audit/changes", "trail", "变更记录", "Changes"),
];

fn desk(web: &Web, visitor: &Visitor) -> Vec<Place> {
    let staff = visitor.role() == Role::Staff;
    // What is accounted for at the desk is read by who audits, too.
    let read = |path: &str| {
        let accounted = [
            "desk/members",
            "desk/policies",
            "desk/budgets",
            "desk/merchants",
            "desk/offers",
            "desk/places",
            "desk/settlement",
        ];
        accounted.contains(&path) && visitor.role() == Role::Auditor
    };
    // What belongs to no node is for who may do it everywhere.
    let everywhere = |path: &str, verbs: &[Verb]| {
        let whole = [
            "desk/grids",
            "desk/list",
            "desk/merchants",
            "desk/offers",
            "desk/places",
            "desk/settlement",
        ];
        !whole.contains(&path) || visitor.may_everywhere(verbs)
    };
    let theirs = |(verbs, path, ..): &&Entry| {
        let free = verbs.is_empty();
        (free || (staff || read(path)) && visitor.may(verbs)) && everywhere(path, verbs)
    };
    let mut entries: Vec<&Entry> = DESK.iter().filter(theirs).collect();
    if visitor.may_everywhere(&[Verb::Read]) {
        entries.extend(&BOOKS);
    }
    let named = |(_, path, icon, zh, en): &Entry| place(web, path, icon, t(zh, en));
    entries.into_iter().map(named).collect()
}
