//! Two riders of two communities, what is theirs, and staff with a role on one of the two or on all.

use axum::http::HeaderMap;
use ledger::Known;
use ledger::community::activity::{Activity, ActivityForm, CheckInSecret, Forgotten, Slot};
use ledger::community::personal::Personal;
use ledger::community::{Appointment, Code, JoinCode, Registration, Staff, StaffRole, Way};
use ledger::ids::{
    ActivityId, AppointmentId, AwardId, OrganizationId, RedemptionId, SessionId, StaffId, StoreId,
    random_bytes, sha256_hex,
};
use ledger::machine::deeds::ActivityCommand;
use ledger::points::Points;
use ledger::views::Register;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use uuid::Uuid;

use super::*;
use crate::auth::session::{Asking, open};

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
    /// Who ask to be enrolled.
    pub asking: [MemberId; 2],
    /// The code of the second node: nobody makes another there.
    pub code: String,
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
        let (site, web, file) = web(Clock::System).await;
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
            stores: [StoreId(named("刘春燕")), StoreId(named("佟建国"))],
            awards: [AwardId(Uuid::nil()); 2],
            redemptions: [RedemptionId(Uuid::nil()); 2],
            activities: [ActivityId(Uuid::nil()); 2],
            asking: [MemberId(Uuid::nil()); 2],
            code: String::new(),
            web,
            file,
        };
        for whose in 0..2 {
            town.awards[whose] = town.report(whose, "waiting").await;
            town.redemptions[whose] = town.spend(whose).await;
            town.asking[whose] = town.ask(whose).await;
            town.activities[whose] = town.plan(whose).await;
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

    fn operator(&self) -> ledger::Request {
        self.request(Role::Admin, self.web.program.id.0, None)
    }

    async fn register(&self, record: Registration) {
        let command = Command::Register(record);
        let done = self.web.app.execute(&self.operator(), command).await;
        done.expect("on record");
    }

    pub async fn award(&self, whose: usize, deed: serde_json::Value, near: bool) -> AwardId {
        let award = AwardRequest {
            member: self.members[whose],
            deed: serde_json::from_value(deed).expect("a deed"),
            policy: None,
            position: Position::from_millionths(41_795_200, 123_308_500).filter(|_| near),
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
        self.award(whose, deed, false).await
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
            code,
            store,
            points: Points::from_hundredths(100),
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
