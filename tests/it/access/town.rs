//! Two communities of a district, and what belongs to each: what is a caller's own, and what is not.

mod bodies;

use ledger::clock::Clock;
use ledger::community::paying::ChargeGround;
use ledger::community::team::Team;
use ledger::community::webhook::{Endpoint, EndpointState, SecretNumber};
use ledger::community::{
    Code, Funder, JoinCode, Member, Registration, Role, Session, StaffRole, Way,
};
use ledger::ids::{
    EndpointId, FunderId, MemberId, OrganizationId, SessionId, StaffId, random_bytes, sha256_hex,
};
use ledger::machine::deeds::{
    ActivityCommand, Done, OrderCommand, Part, PatrolCommand, ShiftStart, shift_deed,
};
use ledger::machine::hazards::{HazardCommand, Report};
use ledger::machine::teams::TeamCommand;
use ledger::machine::webhooks::WebhookCommand;
use ledger::machine::{Charge, Command, Outcome, PayingCommand};
use tests::settling::fen;
use tests::story::{HOUR, Story, award_of, points, redemption_of};
use uuid::Uuid;

use crate::activities::Gathering;
use crate::patrols::beat::{grids, place};
use crate::requests::{Desk, deed_of};

pub fn id() -> Uuid {
    Uuid::from_bytes(random_bytes())
}

/// Of each the first community's, and the second's.
pub struct Town {
    pub nodes: [OrganizationId; 2],
    pub members: [MemberId; 2],
    pub staff: [StaffId; 2],
    pub awards: [Uuid; 2],
    redemptions: [Uuid; 2],
    statements: [Uuid; 2],
    pub sessions: [Uuid; 2],
    activities: [Uuid; 2],
    deeds: [Uuid; 2],
    shifts: [Uuid; 2],
    hazards: [Uuid; 2],
    /// Done by the member, as they say.
    orders: [Uuid; 2],
    /// What they do for another order.
    parts: [Uuid; 2],
    /// Told of their stores' events.
    endpoints: [Uuid; 2],
}

/// Somebody's session, of today: servers tell the time by their own clock. Nobody has its secret.
pub async fn session(story: &Story, staff: StaffId) -> Uuid {
    let (now, hash) = (Clock::System.now(), sha256_hex(&random_bytes::<16>()));
    let whose = (Role::Staff, staff.0);
    let session = Session::new(SessionId::new(now), hash, whose, Way::Password, "", now);
    let id = session.id.0;
    let open = Command::OpenSession(Box::new(session));
    story.execute(story.admin(), None, open).await.unwrap();
    id
}

/// An activity for which a member has signed up, and their deed.
async fn activity(story: &Story, node: OrganizationId, member: MemberId) -> (Uuid, Uuid) {
    let gathering = Gathering::plan(story, |activity| activity.organization = node).await;
    let part = Part {
        member,
        ..gathering.part(0)
    };
    let sign_up = ActivityCommand::SignUp(part);
    let signed = gathering.command(story.staff(0), sign_up).await.unwrap();
    let Outcome::Deed { deed, .. } = signed.outcome else {
        panic!("{signed:?} is of no deed");
    };
    (gathering.activity.id.0, deed.0)
}

/// A member objects to a charge.
async fn object(story: &Story, member: MemberId, redemption: ledger::ids::RedemptionId) {
    let rider = tests::people::rider(member);
    let ground = ChargeGround::Other;
    let object = Command::Paying(Box::new(PayingCommand::Object { redemption, ground }));
    story.execute(rider, None, object).await.unwrap();
}

/// A shift that a member has begun.
async fn shift(story: &Story, member: MemberId) -> Uuid {
    let import = PatrolCommand::Import {
        grids: grids(&["G-7"]),
    };
    let start = ShiftStart {
        member,
        shift: id(),
        grid: "G-7".to_owned(),
        at: story.clock.now(),
        position: place(0),
    };
    let deed = shift_deed(member, start.shift);
    for command in [import, PatrolCommand::Start(start)] {
        let command = Command::Patrol(Box::new(command));
        story.execute(story.admin(), None, command).await.unwrap();
    }
    deed.0
}

/// A hazard that a member reported, for a node to see to.
async fn hazard(story: &Story, node: OrganizationId, member: MemberId) -> Uuid {
    let report = Report {
        node: Some(node),
        ..story.report(Some(member))
    };
    let reported = report.hazard.0;
    let command = Command::Hazard(Box::new(HazardCommand::Report(report)));
    story.execute(story.staff(0), None, command).await.unwrap();
    reported
}

/// An order that a member says they did, and their deed: one that is not done would be given back by a server, whose clock is another.
async fn order(story: &Story, node: OrganizationId, member: MemberId) -> (Uuid, Uuid) {
    let desk = Desk {
        story,
        organization: node,
    };
    let order = desk.post(&desk.order(1)).await;
    let claim = OrderCommand::Claim {
        order,
        member,
        team: None,
    };
    let deed = deed_of(&desk.command(story.staff(0), claim).await.unwrap());
    let done = OrderCommand::Done {
        deed,
        done: Done::default(),
        attachments: Vec::new(),
    };
    desk.command(story.staff(0), done).await.unwrap();
    (order.0, deed.0)
}

/// Who is told of a store's events.
async fn endpoint(story: &Story, store: usize) -> Uuid {
    let endpoint = Endpoint {
        id: EndpointId(id()),
        name: "till".to_owned(),
        url: "https://till.example.cn/".to_owned(),
        kinds: Vec::new(),
        store: Some(story.stores[store]),
        state: EndpointState::Paused,
        secret: SecretNumber::FIRST,
    };
    let made = endpoint.id.0;
    let command = Command::Webhook(Box::new(WebhookCommand::Register(endpoint)));
    story.execute(story.admin(), None, command).await.unwrap();
    made
}

/// A community, a member and a staff member of it, and their award, redemption and statement.
type Half = (OrganizationId, MemberId, StaffId, [Uuid; 11]);

impl Town {
    pub async fn begin(story: &Story) -> Self {
        let district = story.organization("district", None).await;
        let funder = Funder {
            id: FunderId(id()),
            name: "街道".to_owned(),
        };
        let payer = funder.id;
        story.register(Registration::Funder(funder)).await;
        let funds = Command::ReceiveFunds {
            funder: payer,
            amount: points(1_000),
        };
        story.execute(story.admin(), None, funds).await.unwrap();
        let mut halves = Vec::new();
        for index in 0..2 {
            halves.push(Self::half(story, district, payer, index).await);
        }
        let each = |of: fn(&Half) -> Uuid| [of(&halves[0]), of(&halves[1])];
        Self {
            nodes: each(|half| half.0.0).map(OrganizationId),
            members: each(|half| half.1.0).map(MemberId),
            staff: each(|half| half.2.0).map(StaffId),
            awards: each(|half| half.3[0]),
            redemptions: each(|half| half.3[1]),
            statements: each(|half| half.3[2]),
            sessions: each(|half| half.3[3]),
            activities: each(|half| half.3[4]),
            deeds: each(|half| half.3[5]),
            shifts: each(|half| half.3[6]),
            hazards: each(|half| half.3[7]),
            orders: each(|half| half.3[8]),
            parts: each(|half| half.3[9]),
            endpoints: each(|half| half.3[10]),
        }
    }

    async fn half(story: &Story, district: OrganizationId, funder: FunderId, index: usize) -> Half {
        let node = story.organization("community", Some(district)).await;
        let grid = story.organization("grid", Some(node)).await;
        let member = MemberId(id());
        let code = JoinCode::new(node, random_bytes(), story.clock.now(), JoinCode::DAYS);
        story.register(Registration::JoinCode(code)).await;
        let record = Member {
            id: member,
            organization: Some(grid),
            name: "骑手".to_owned(),
        };
        story.register(Registration::Member(record)).await;
        let staff = story.person(node).await;
        let mut patrol = story.patrol_of(0, &format!("p{index}"), 60);
        patrol.member = member;
        let award = award_of(&story.award(&patrol).await.unwrap());
        let mut service = story.service_of(0, &format!("s{index}"), 60);
        service.member = member;
        story.award(&service).await.unwrap();
        let code = sha256_hex(&random_bytes::<16>());
        let record = Code {
            hash: code.clone(),
            member,
            expires_at: story.clock.now().plus_seconds(300),
        };
        story.register(Registration::Code(record)).await;
        let spend = Command::Authorise {
            payer: code.into(),
            store: story.stores[index],
            charge: Charge::Points(points(20)),
            capture: true,
            hold_seconds: HOUR,
        };
        let spent = story.execute(story.merchant(index), None, spend).await;
        let redemption = redemption_of(&spent.unwrap());
        object(story, member, redemption).await;
        let printing = story.request(story.merchant(index), None);
        let printed = story.ledger.print_code(&printing, story.stores[index]);
        printed.await.unwrap();
        let freeze = Command::FreezeStatement {
            store: story.stores[index],
            through_version: None,
            funder: Some(funder),
            rate: Some(fen("1")),
        };
        let frozen = story.execute(story.admin(), None, freeze).await.unwrap();
        let Outcome::Statement(statement) = frozen.outcome else {
            panic!("{frozen:?} is no statement");
        };
        let session = session(story, staff).await;
        let (activity, deed) = activity(story, node, member).await;
        let (taken, _) = order(story, node, member).await;
        let (_, part) = order(story, node, member).await;
        let team = Team {
            code: format!("team-{index}"),
            organization: node,
            kind: "volunteer".to_owned(),
            name: "队".to_owned(),
        };
        let form = Command::Team(Box::new(TeamCommand::Form(team)));
        story.execute(story.admin(), None, form).await.unwrap();
        let theirs = [
            award.0,
            redemption.0,
            statement.id.0,
            session,
            activity,
            deed,
            shift(story, member).await,
            hazard(story, node, member).await,
            taken,
            part,
            endpoint(story, index).await,
        ];
        (node, member, staff, theirs)
    }

    /// One of each kind of caller, in the order of the table's columns but for staff where nobody is appointed.
    pub async fn callers(&self, story: &Story) -> Vec<String> {
        let mut tokens = vec![
            story.token(Role::Admin, None).await,
            story.token(Role::Merchant, Some(story.stores[0].0)).await,
            story.token(Role::Member, Some(self.members[0].0)).await,
            story.token(Role::Auditor, None).await,
        ];
        for role in StaffRole::ALL {
            let staff = story.person(self.nodes[0]).await;
            story.appoint(staff, *role, self.nodes[0]).await;
            tokens.push(story.token(Role::Staff, Some(staff.0)).await);
        }
        tokens
    }

    /// The path, filled in with what is a caller's own (0) or not (1).
    pub fn path(&self, story: &Story, route: &str, whose: usize) -> String {
        let ids = [
            ("/v1/awards/", self.awards[whose]),
            ("/v1/members/", self.members[whose].0),
            ("/v1/redemptions/", self.redemptions[whose]),
            ("/v1/statements/", self.statements[whose]),
            ("/v1/stores/", story.stores[whose].0),
            ("/v1/staff/", self.staff[whose].0),
            ("/v1/sessions/", self.sessions[whose]),
            ("/v1/activities/", self.activities[whose]),
            ("/v1/deeds/{id}/release", self.parts[whose]),
            ("/v1/deeds/{id}/done", self.parts[whose]),
            ("/v1/deeds/{id}/confirm", self.parts[whose]),
            ("/v1/deeds/{id}/refuse", self.parts[whose]),
            ("/v1/deeds/", self.deeds[whose]),
            ("/v1/shifts/", self.shifts[whose]),
            ("/v1/hazards/", self.hazards[whose]),
            ("/v1/orders/", self.orders[whose]),
            ("/v1/webhooks/", self.endpoints[whose]),
            ("/v1/organizations/", self.nodes[whose].0),
        ];
        let found = ids.iter().find(|(prefix, _)| route.starts_with(prefix));
        let object = found.map_or_else(Uuid::nil, |(_, id)| *id).to_string();
        let path = route.replace("{id}", &object);
        let path = match route.starts_with("/v1/teams/") {
            true => path.replace("{code}", &format!("team-{whose}")),
            false => path,
        };
        let path = path.split('{').next().unwrap_or_default();
        let nothing = if path.len() < route.len() && route.ends_with('}') && !route.contains("{id}")
        {
            "nothing"
        } else {
            ""
        };
        match route {
            "/v1/awards" => format!("{path}?member={}", self.members[whose].0),
            "/v1/teams/{code}/totals" => {
                format!("{path}?from=2026-03-01T00:00:00Z&until=2026-04-01T00:00:00Z")
            }
            _ if route.starts_with("/v1/teams/") => path.to_owned(),
            "/v1/sessions" => format!("{path}?subject={}", self.staff[whose].0),
            "/v1/redemptions" => format!("{path}?store={}", story.stores[whose].0),
            "/v1/grids/{code}/retire" => format!("{path}G-7/retire"),
            "/v1/hazards/figures" => format!(
                "{path}?from=2026-03-01T00:00:00Z&until=2026-04-01T00:00:00Z&organization={}",
                self.nodes[whose]
            ),
            "/v1/accounts/{account}/statement" => format!("{path}nothing/statement"),
            _ if route.starts_with("/v1/imports/") => format!("{path}?preview=true"),
            _ => format!("{path}{nothing}"),
        }
    }
}
