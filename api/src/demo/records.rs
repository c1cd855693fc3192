//! What the demo puts on record before anything happens.

use futures::future::try_join_all;
use ledger::community::budget::{AtEnd, BudgetPlan, Exhausted};
use ledger::community::personal::masked;
use ledger::community::{
    Actor, ApiKey, Appointment, Budget, Clerk, ClerkRole, GridDefaults, LayerVersion, Merchant,
    Organization, Origin, PolicyVersion, Program, Registration, Role, Site, Staff, StaffRole,
    Store, area_of, grids_of,
};
use ledger::ids::{ActorId, CommandId, OrganizationId, sha256_hex};
use ledger::machine::deeds::PatrolCommand;
use ledger::machine::{BudgetCommand, Command};
use ledger::points::Points;
use ledger::policy::Datum;
use ledger::{Enrolment, Ledger, Request};
use rust_embed::RustEmbed;
use serde_json::json;

use super::cast::{
    self, ADMINISTRATOR, APPROVER, NOODLES, NOODLES_BOOKS, NOODLES_CLERK, NOODLES_HELP, REPAIR,
    REPAIR_CLERK, SECOND_ADMINISTRATOR, SECOND_TRADER, SUBMITTER, TRADER, TREASURER,
};
use super::names::{OFFICE, STAFF, personal, riders};
use super::places::{DISTRICT, LAYERS, SITES, STREETS};
use super::shops::SHOPS;
use crate::commands::Failure;

/// In seconds.
const DAY: i64 = 86_400;
/// How many riders there are.
pub const RIDERS: usize = 200;

/// The district's policies, as the repository has them.
#[derive(RustEmbed)]
#[folder = "../policies/yuhong"]
struct Policies;

/// Code, name, what it is for, and what it is given at the beginning, in points.
const BUDGETS: &[(&str, &str, &str, i64)] = &[
    (
        "organizational-life",
        "组织生活专项",
        "主题党日、学习和会议的积分",
        60_000,
    ),
    (
        "grid-patrol",
        "网格巡查专项",
        "骑手兼职网格员巡查的积分",
        120_000,
    ),
    (
        "hazard-report",
        "隐患随手拍专项",
        "上报并核实的安全隐患的积分",
        40_000,
    ),
    (
        "volunteer-service",
        "志愿服务专项",
        "按小时计的志愿服务的积分",
        60_000,
    ),
    (
        "request-fulfilled",
        "群众点单专项",
        "居民点单、骑手接单的积分",
        30_000,
    ),
    (
        "exceptional-deed",
        "突出事迹奖励",
        "见义勇为等突出事迹的积分",
        5_000,
    ),
];

/// The operator who sets everything up.
pub fn operator() -> Actor {
    Actor {
        id: ActorId(cast::operator()),
        role: Role::Admin,
        member: None,
        store: None,
        node: None,
    }
}

/// Under which key the demo asks for something: its own words, so that nothing is done twice.
pub fn request(actor: Actor, key: impl Into<String>) -> Request {
    Request {
        program: cast::program(),
        actor,
        origin: Origin::default(),
        key: Some(key.into()),
    }
}

pub async fn register(ledger: &Ledger) -> Result<(), Failure> {
    let program = Registration::Program(Program {
        id: cast::program(),
        code: cast::PROGRAM_CODE.into(),
        name: cast::PROGRAM_NAME.into(),
        zone: cast::ZONE.into(),
    });
    let program = Command::Register(program);
    ledger
        .execute(&request(operator(), "demo-program"), program)
        .await?;
    together(ledger, "demo-organizations", organizations()).await?;
    enrol(ledger).await?;
    together(ledger, "demo-people", staff()).await?;
    together(ledger, "demo-places", places()).await?;
    together(ledger, "demo-clerks", clerks()).await?;
    super::offers::register(ledger).await?;
    together(ledger, "demo-map", map()?).await?;
    ledger
        .execute(&request(operator(), "demo-cells"), cells()?)
        .await?;
    together(ledger, "demo-rules", rules()?).await?;
    let begins = ledger.clock().now();
    for (code, _, purpose, points) in BUDGETS {
        let plan = BudgetPlan {
            funder: Some(super::offers::funder()),
            purpose: (*purpose).to_owned(),
            starts_at: begins.plus_seconds(-30 * DAY),
            ends_at: begins.plus_seconds(365 * DAY),
            settle_days: 30,
            exhausted: Exhausted::Queue,
            at_end: AtEnd::Return,
        };
        let budget = cast::budget(code);
        let plan = Command::Budget(Box::new(BudgetCommand::Plan { budget, plan }));
        let key = format!("demo-plan-{code}");
        ledger.execute(&request(operator(), key), plan).await?;
        let points = Points::whole(*points).unwrap_or(Points::ZERO);
        let command = Command::Appropriate { budget, points };
        let key = format!("demo-appropriate-{code}");
        ledger.execute(&request(operator(), key), command).await?;
    }
    Ok(())
}

/// The API keys: last of all, see [`super::whole`].
pub async fn register_keys(ledger: &Ledger) -> Result<(), Failure> {
    let keys = cast::keys().into_iter().map(|key| {
        Registration::ApiKey(ApiKey {
            id: key.id,
            secret_hash: key.secret_hash(),
            role: key.role,
            subject: key.subject,
            name: match key.role {
                Role::Member => format!("演示：{}", masked(&key.name)),
                _ => format!("演示：{}", key.name),
            },
            verbs: None,
            node: None,
            expires_at: None,
        })
    });
    together(ledger, "demo-keys", keys.collect()).await
}

async fn together(ledger: &Ledger, key: &str, records: Vec<Registration>) -> Result<(), Failure> {
    let now = ledger.clock().now();
    let commands = records
        .into_iter()
        .map(|record| (CommandId::new(now), Command::Register(record)))
        .collect();
    let request = request(operator(), key);
    ledger.execute(&request, Command::Group(commands)).await?;
    Ok(())
}

/// The grids of a community, by name.
fn grids(community: &str) -> [String; 2] {
    [1, 2].map(|number| format!("{community}第{number}网格"))
}

fn communities() -> impl Iterator<Item = &'static str> {
    STREETS
        .iter()
        .flat_map(|(_, communities)| communities.iter().copied())
}

fn organizations() -> Vec<Registration> {
    let node = |kind: &str, name: &str, parent: Option<&str>| {
        Registration::Organization(Organization {
            id: cast::organization(name),
            parent: parent.map(cast::organization),
            kind: kind.into(),
            name: name.into(),
        })
    };
    let mut nodes = vec![node("district", DISTRICT, None)];
    for (street, communities) in STREETS {
        nodes.push(node("street", street, Some(DISTRICT)));
        for community in *communities {
            nodes.push(node("community", community, Some(street)));
            for grid in grids(community) {
                nodes.push(node("grid", &grid, Some(community)));
            }
        }
    }
    nodes
}

fn home_of(rider: usize) -> OrganizationId {
    let communities: Vec<&str> = communities().collect();
    let community = communities[rider % communities.len()];
    let grid = rider / communities.len() % 2;
    cast::organization(&grids(community)[grid])
}

/// All riders, side by side, so that they share commits. What is held about them is sealed.
async fn enrol(ledger: &Ledger) -> Result<(), Failure> {
    let now = ledger.clock().now();
    let enrolments = riders(RIDERS)
        .into_iter()
        .enumerate()
        .map(|(number, name)| async move {
            let request = request(operator(), format!("demo-rider-{number}"));
            let id = cast::member(&name);
            let enrolment = Enrolment {
                organization: Some(home_of(number)),
                personal: personal(number, name, now)?,
            };
            ledger.enrol(&request, id, &enrolment).await?;
            Ok::<(), Failure>(())
        });
    try_join_all(enrolments).await?;
    Ok(())
}

fn staff() -> Vec<Registration> {
    let staff = STAFF.iter().map(|(name, organization, rides)| {
        Registration::Staff(Staff {
            id: cast::staff(name),
            organization: Some(cast::organization(organization)),
            name: (*name).into(),
            member: rides.then(|| cast::member(name)),
        })
    });
    let office = OFFICE.iter().map(|name| {
        Registration::Staff(Staff {
            id: cast::staff(name),
            organization: Some(cast::organization(DISTRICT)),
            name: (*name).into(),
            member: None,
        })
    });
    staff.chain(office).collect()
}

/// Who works at the stores that one can enter as.
fn clerks() -> Vec<Registration> {
    let clerks = [
        (NOODLES, NOODLES_CLERK, ClerkRole::Manager),
        (NOODLES, NOODLES_HELP, ClerkRole::Clerk),
        (NOODLES, NOODLES_BOOKS, ClerkRole::Finance),
        (REPAIR, REPAIR_CLERK, ClerkRole::Manager),
    ];
    let clerk = |(store, name, role): (&str, &str, ClerkRole)| {
        Registration::Clerk(Clerk {
            id: cast::clerk(name),
            store: cast::store(store),
            name: name.to_owned(),
            role,
            // The books of both shops are kept by one.
            whole_merchant: role == ClerkRole::Finance,
        })
    };
    clerks.into_iter().map(clerk).collect()
}

/// Who is what at the desk. From the first appointment on nobody else does a desk's work.
pub async fn appoint(ledger: &Ledger) -> Result<(), Failure> {
    let everywhere = [
        (SUBMITTER, StaffRole::Awarder),
        (APPROVER, StaffRole::Approver),
        (ADMINISTRATOR, StaffRole::Administrator),
        (SECOND_ADMINISTRATOR, StaffRole::Administrator),
        (TREASURER, StaffRole::BudgetManager),
        (TRADER, StaffRole::MerchantManager),
        (SECOND_TRADER, StaffRole::MerchantManager),
    ];
    let appointment = |name: &str, role: StaffRole, organization: Option<&str>| {
        Registration::Appointment(Appointment {
            id: cast::appointment(&format!("{name}/{}", role.name())),
            staff: cast::staff(name),
            role,
            organization: organization.map(cast::organization),
        })
    };
    let mut appointed: Vec<_> = everywhere
        .iter()
        .map(|(name, role)| appointment(name, *role, None))
        .collect();
    for (name, organization, _) in STAFF {
        if everywhere.iter().all(|(known, _)| known != name) {
            for role in [StaffRole::Awarder, StaffRole::Approver] {
                appointed.push(appointment(name, role, Some(organization)));
            }
        }
    }
    together(ledger, "demo-appointments", appointed).await
}

fn places() -> Vec<Registration> {
    let mut places = Vec::new();
    for (name, community, address) in SITES {
        places.push(Registration::Site(Site {
            id: cast::site(name),
            organization: Some(cast::organization(community)),
            name: (*name).into(),
            address: format!("{DISTRICT}{address}"),
        }));
    }
    for shop in SHOPS {
        let merchant = cast::merchant(shop.name);
        places.push(Registration::Merchant(Merchant {
            id: merchant,
            name: shop.name.into(),
        }));
        for (name, address) in shop.stores {
            places.push(Registration::Store(Store {
                id: cast::store(name),
                merchant,
                name: (*name).into(),
                address: (*address).into(),
            }));
        }
    }
    places
}

fn map() -> Result<Vec<Registration>, Failure> {
    let layer = |(name, geojson): &(&str, &str)| {
        let area = area_of(&serde_json::from_str(geojson)?, Datum::Wgs84)?;
        Ok(Registration::Layer(LayerVersion {
            name: (*name).to_owned(),
            area,
            effective_from: None,
        }))
    };
    LAYERS.iter().map(layer).collect()
}

/// A cell for each grid, as deeds of the story name them. Their outlines are made up: squares of about three kilometres.
fn cells() -> Result<Command, Failure> {
    let mut features = Vec::new();
    for (index, community) in communities().enumerate() {
        for (half, name) in grids(community).iter().enumerate() {
            let at = |from: f64, steps: usize, step: f64| {
                from + step * f64::from(u16::try_from(steps).unwrap_or_default())
            };
            let south = at(41.745, index / 6, 0.06);
            let west = at(123.13, index % 6 * 2 + half, 0.02);
            let (north, east) = (south + 0.06, west + 0.02);
            let ring = [
                [west, south],
                [east, south],
                [east, north],
                [west, north],
                [west, south],
            ];
            features.push(json!({
                "type": "Feature",
                "properties": {
                    "code": format!("YH-{:02}{:02}", index + 1, half + 1), "name": name, "organization": cast::organization(name),
                },
                "geometry": { "type": "Polygon", "coordinates": [ring] },
            }));
        }
    }
    let document = json!({ "type": "FeatureCollection", "features": features });
    let grids = grids_of(&document, &GridDefaults::default())?;
    Ok(Command::Patrol(Box::new(PatrolCommand::Import { grids })))
}

fn rules() -> Result<Vec<Registration>, Failure> {
    let mut rules = Vec::new();
    for (code, name, ..) in BUDGETS {
        rules.push(Registration::Budget(Budget {
            id: cast::budget(code),
            code: (*code).into(),
            name: (*name).into(),
        }));
    }
    for file in Policies::iter() {
        let embedded = Policies::get(&file).ok_or_else(|| Failure(format!("{file} is gone")))?;
        let source = String::from_utf8(embedded.data.into_owned())?;
        rules.push(Registration::Policy(PolicyVersion {
            name: file.trim_end_matches(".toml").to_owned(),
            digest: sha256_hex(source.as_bytes()),
            source,
            effective_from: None,
        }));
    }
    Ok(rules)
}
