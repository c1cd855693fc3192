//! Two riders of two communities, what is theirs, and staff with a role on one of the two or on all.

use axum::http::HeaderMap;
use ledger::Known;
use ledger::community::PolicySource;
use ledger::community::activity::{Activity, ActivityForm, CheckInSecret, Forgotten, Slot};
use ledger::community::hazard::HazardCategory;
use ledger::community::order::Wanted;
use ledger::community::personal::Personal;
use ledger::community::{
    Appointment, Code, GridDefaults, JoinCode, Registration, Staff, StaffRole, Way, grids_of,
};
use ledger::ids::{
    ActivityId, AppointmentId, AwardId, ClerkId, DeedId, DraftId, HazardId, OrderId,
    OrganizationId, RedemptionId, SessionId, StaffId, StatementId, StoreId, random_bytes,
    sha256_hex,
};
use ledger::machine::deeds::{
    ActivityCommand, ExceptionalCommand, OrderCommand, PatrolCommand, ShiftStart, shift_deed,
};
use ledger::machine::hazards::{HazardCommand, Report};
use ledger::points::Points;
use ledger::views::Register;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use uuid::Uuid;

use super::*;
use crate::auth::session::{Asking, open};
use crate::ordering::new_order;

/// Of each the one below the first node, and the one that is not.
pub struct Town {
    pub site: Arc<Site>,
    pub web: Arc<Web>,
    pub pages: Router,
    pub nodes: [OrganizationId; 2],
    pub members: [MemberId; 2],
    pub stores: [StoreId; 2],
    /// Waiting for somebody to approve them.
    pub awards: [AwardId; 2],
    pub redemptions: [RedemptionId; 2],
    /// Held by each of the nodes.
    pub activities: [ActivityId; 2],
    /// Shifts under way, of each.
    pub shifts: [DeedId; 2],
    /// Reported by each of the members, for their node to see to.
    pub hazards: [HazardId; 2],
    /// Posted by each of the nodes, and taken on by its rider.
    pub orders: [OrderId; 2],
    /// What they do for it.
    pub parts: [DeedId; 2],
    /// Something exceptional that somebody said of each.
    pub proposals: [DeedId; 2],
    /// What the stores are owed, and who works there; made by whom they are for.
    pub statements: [StatementId; 2],
    pub clerks: [ClerkId; 2],
    /// What those of the stores are paid with, and any budget.
    pub batch: Uuid,
    pub budget: Uuid,
    /// Of the policy of patrols.
    pub draft: DraftId,
    /// Who ask to be enrolled.
    pub asking: [MemberId; 2],
    /// The code of the second node: nobody makes another there.
    pub code: String,
    /// The code on a store's wall.
    pub till: String,
    pub file: std::path::PathBuf,
}

pub fn id() -> Uuid {
    Uuid::from_bytes(random_bytes())
}

pub fn named(name: &str) -> Uuid {
    let people = people().into_iter();
    let person = people.into_iter().find(|person| person.name == name);
    person.expect(name).id
}

impl Town {
    pub async fn begin() -> Self {
        Self::begin_at(Clock::System).await
    }

    /// The same by another clock.
    pub async fn begin_at(clock: Clock) -> Self {
        let (site, web, file) = web(clock).await;
        let nodes = web
            .ledger
            .register(web.program.id, Register::Organizations, Uuid::nil(), 500);
        let nodes = nodes.await.expect("the tree");
        let node = |name: &str| {
            let found = nodes.iter().find(|node| node.name == name);
            OrganizationId(found.expect(name).id)
        };
        let mut town = Self {
            pages: router(Arc::clone(&site)),
            site,
            nodes: [node("怒江社区"), node("永安社区")],
            members: [MemberId(named("赵立军")), MemberId(named("金永哲"))],
            stores: [NOODLES, REPAIR].map(store),
            awards: [AwardId(Uuid::nil()); 2],
            redemptions: [RedemptionId(Uuid::nil()); 2],
            activities: [ActivityId(Uuid::nil()); 2],
            shifts: [DeedId(Uuid::nil()); 2],
            hazards: [HazardId(Uuid::nil()); 2],
            orders: [OrderId(Uuid::nil()); 2],
            parts: [DeedId(Uuid::nil()); 2],
            proposals: [DeedId(Uuid::nil()); 2],
            statements: [StatementId(Uuid::nil()); 2],
            clerks: [ClerkId(Uuid::nil()); 2],
            batch: Uuid::nil(),
            budget: Uuid::nil(),
            draft: DraftId(Uuid::nil()),
            asking: [MemberId(Uuid::nil()); 2],
            code: String::new(),
            till: String::new(),
            web,
            file,
        };
        let operator = town.operator();
        let printed = town.web.ledger.print_code(&operator, town.stores[0]);
        town.till = printed.await.expect("a code");
        for whose in 0..2 {
            town.awards[whose] = town.report(whose, "waiting").await;
            town.redemptions[whose] = town.spend(whose).await;
            town.asking[whose] = town.ask(whose).await;
            town.activities[whose] = town.plan(whose).await;
            town.shifts[whose] = town.patrol(whose).await;
            town.hazards[whose] = town.hazard(whose).await;
            (town.orders[whose], town.parts[whose]) = town.order(whose).await;
            town.proposals[whose] = town.propose(whose).await;
        }
        town
    }

    fn request(&self, role: Role, id: Uuid, store: Option<StoreId>) -> ledger::Request {
        ledger::Request {
            program: self.web.program.id,
            key: None,
            origin: Origin::default(),
            actor: Actor {
                id: ActorId(id),
                role,
                member: None,
                store,
                node: None,
            },
        }
    }

    /// Another version of the policy of patrols, which nobody has approved.
    pub async fn draft_policy(&self) -> DraftId {
        let source = include_str!("../../../../policies/yuhong/grid-patrol.toml");
        let policies = vec![PolicySource {
            name: "grid-patrol".to_owned(),
            source: format!("{source}\n# .\n"),
        }];
        let command = Command::ImportPolicies { policies };
        let done = self.web.app.execute(&self.operator(), command).await;
        match done.expect("a draft").outcome {
            Outcome::Drafts { drafts, .. } => drafts[0].0,
            other => panic!("{other:?}"),
        }
    }

    fn operator(&self) -> ledger::Request {
        self.request(Role::Admin, self.web.program.id.0, None)
    }

    async fn register(&self, record: Registration) {
        let command = Command::Register(record);
        let done = self.web.app.execute(&self.operator(), command).await;
        done.expect("on record");
    }

    pub async fn award(&self, whose: usize, deed: serde_json::Value, near: bool) -> AwardId {
        // Out of each other's sight.
        let latitude = [41_795_200, 41_797_200][whose];
        let award = AwardRequest {
            member: self.members[whose],
            deed: serde_json::from_value(deed).expect("a deed"),
            policy: None,
            position: Position::from_millionths(latitude, 123_308_500).filter(|_| near),
        };
        let made = self.web.ledger.submit_award(&self.operator(), &award).await;
        match made.expect("an award").outcome {
            Outcome::Award { award, .. } => award,
            other => panic!("{other:?}"),
        }
    }

    /// A report of a hazard, which waits for somebody to approve it.
    pub async fn report(&self, whose: usize, reference: &str) -> AwardId {
        let deed = serde_json::json!({
            "kind": "hazard_report", "reference": reference, "occurred_at": self.web.now(), "evidence": ["photo"],
            "facts": { "category": "fire", "severity": "high", "outcome": "verified" },
        });
        self.award(whose, deed, true).await
    }

    async fn spend(&self, whose: usize) -> RedemptionId {
        let deed = serde_json::json!({
            "kind": "request_fulfilled", "reference": "r", "occurred_at": self.web.now(),
            "facts": { "category": "errand", "beneficiary": "community", "confirmed": true },
        });
        self.award(whose, deed, true).await;
        let code = sha256_hex(&random_bytes::<16>());
        let record = Code {
            hash: code.clone(),
            member: self.members[whose],
            expires_at: self.web.now().plus_seconds(100),
        };
        self.register(Registration::Code(record)).await;
        let store = self.stores[whose];
        let charge = Command::Authorise {
            payer: code.into(),
            store,
            charge: ledger::machine::Charge::Points(Points::from_hundredths(100)),
            capture: true,
            hold_seconds: 60,
        };
        let clerk = self.request(Role::Merchant, store.0, Some(store));
        let charged = self.web.ledger.execute(&clerk, charge).await;
        match charged.expect("a redemption").outcome {
            Outcome::Redemption(redemption) => redemption.id,
            other => panic!("{other:?}"),
        }
    }

    async fn plan(&self, whose: usize) -> ActivityId {
        let (request, starts_at) = (self.operator(), self.web.now());
        let activity = Activity {
            id: ActivityId(id()),
            organization: self.nodes[whose],
            form: ActivityForm::Study,
            title: "学习".to_owned(),
            place: "驿站".to_owned(),
            fence: None,
            slots: vec![Slot {
                starts_at,
                ends_at: starts_at.plus_seconds(3_600),
                quota: None,
            }],
            facts: BTreeMap::new(),
            policy: None,
            forgotten: Forgotten::Half,
            opens_before: 0,
            organizer: request.actor,
            cancelled: false,
        };
        let planned = activity.id;
        let secret = CheckInSecret::new(random_bytes());
        let plan = Box::new(ActivityCommand::Plan { activity, secret });
        let done = self
            .web
            .app
            .execute(&request, Command::Activity(plan))
            .await;
        done.expect("it is planned");
        planned
    }

    /// Puts a cell on the map, and a member on a shift in it.
    async fn patrol(&self, whose: usize) -> DeedId {
        let ring = [
            [123.30, 41.79],
            [123.32, 41.79],
            [123.32, 41.80],
            [123.30, 41.80],
            [123.30, 41.79],
        ];
        let cells = serde_json::json!({ "type": "FeatureCollection", "features": [{
            "type": "Feature", "properties": { "code": "YH-0312", "name": "怒江第三网格" },
            "geometry": { "type": "Polygon", "coordinates": [ring] },
        }] });
        let grids = grids_of(&cells, &GridDefaults::default()).expect("a cell");
        let start = ShiftStart {
            member: self.members[whose],
            shift: id(),
            grid: "YH-0312".to_owned(),
            at: self.web.now(),
            position: Position::from_millionths(41_795_200, 123_308_500).expect("a place"),
        };
        let deed = shift_deed(start.member, start.shift);
        for command in [PatrolCommand::Import { grids }, PatrolCommand::Start(start)] {
            let command = Command::Patrol(Box::new(command));
            let done = self.web.app.execute(&self.operator(), command).await;
            done.expect("it is done");
        }
        deed
    }

    async fn hazard(&self, whose: usize) -> HazardId {
        let report = Report {
            hazard: HazardId(id()),
            member: Some(self.members[whose]),
            node: Some(self.nodes[whose]),
            category: HazardCategory::Road,
            position: None,
            grid: None,
            team: None,
            seen_at: self.web.now(),
            photos: Vec::new(),
            text: None,
        };
        let reported = report.hazard;
        let command = HazardCommand::Report(report);
        let app = &self.web.app;
        let done = app.execute_hazard(&self.operator(), command).await;
        done.expect("it is reported");
        reported
    }

    async fn order(&self, whose: usize) -> (OrderId, DeedId) {
        let (request, order) = (self.operator(), OrderId(id()));
        let wanted = Wanted {
            category: "errand".to_owned(),
            beneficiary: "elderly".to_owned(),
            title: "买菜".to_owned(),
            grid: None,
            skills: BTreeSet::new(),
            places: 1,
            by: self.web.now().plus_seconds(3_600),
            claim_hours: 1,
            policy: None,
        };
        let of = (self.web.program.id, order);
        let posted = new_order(of, self.nodes[whose], wanted, request.actor, None);
        let claim = OrderCommand::Claim {
            order,
            member: self.members[whose],
            team: None,
        };
        let mut deed = None;
        for command in [OrderCommand::Post(Box::new(posted)), claim] {
            let command = Command::Order(Box::new(command));
            let done = self.web.app.execute(&request, command).await;
            if let Outcome::Deed { deed: taken, .. } = done.expect("an order").outcome {
                deed = Some(taken);
            }
        }
        (order, deed.expect("a deed"))
    }

    async fn propose(&self, whose: usize) -> DeedId {
        let propose = ExceptionalCommand::Propose {
            member: self.members[whose],
            reference: id(),
            category: "rescue".to_owned(),
            occurred_at: self.web.now(),
            attachments: Vec::new(),
        };
        let command = Command::Exceptional(Box::new(propose));
        let done = self.web.app.execute(&self.operator(), command).await;
        match done.expect("a proposal").outcome {
            Outcome::Deed { deed, .. } => deed,
            other => panic!("{other:?}"),
        }
    }

    async fn ask(&mut self, whose: usize) -> MemberId {
        let (node, now) = (self.nodes[whose], self.web.now());
        let code = JoinCode::new(node, random_bytes(), now, JoinCode::DAYS);
        if whose == 1 {
            self.code.clone_from(&code.code);
        }
        self.register(Registration::JoinCode(code)).await;
        let personal = Personal {
            name: format!("新来的{whose}"),
            ..Personal::default()
        };
        let (request, asks) = (self.operator(), MemberId(id()));
        let ledger = &self.web.ledger;
        let asked = ledger.ask_to_join(&request, asks, node, &personal, None);
        asked.await.expect("asked");
        asks
    }

    /// Somebody of the first community, appointed to these roles.
    pub async fn staff(&self, roles: &[StaffRole], node: Option<OrganizationId>) -> Uuid {
        let person = Staff {
            id: StaffId(id()),
            organization: Some(self.nodes[0]),
            name: "值班".to_owned(),
            member: None,
        };
        let staff = person.id;
        self.register(Registration::Staff(person)).await;
        for role in roles {
            let appointment = Appointment {
                id: AppointmentId(id()),
                staff,
                role: *role,
                organization: node,
            };
            self.register(Registration::Appointment(appointment)).await;
        }
        staff.0
    }

    /// Somebody's session, and their browser.
    pub async fn let_in(&self, role: Role, subject: Uuid) -> (SessionId, Browser) {
        let known = Known {
            role,
            subject,
            way: Way::Demo,
        };
        let asking = Asking {
            address: Ipv4Addr::LOCALHOST.into(),
            headers: HeaderMap::new(),
            counting: crate::edge::Counting::default(),
        };
        let opened = open(&self.site.app, self.web.program.id, known, &asking).await;
        let Ok(opened) = opened else {
            panic!("no session for {subject}");
        };
        let browser = Browser {
            pages: self.pages.clone(),
            cookie: format!("{}={}", opened.cookie.name(), opened.cookie.value()),
            csrf: opened.csrf,
        };
        (opened.session.id, browser)
    }

    /// A staff member at these roles, in their browser.
    pub async fn worker(&self, roles: &[StaffRole], node: Option<OrganizationId>) -> Browser {
        let staff = self.staff(roles, node).await;
        self.let_in(Role::Staff, staff).await.1
    }
}
