//! What is open on the story's last day: activities to sign up for, orders to take on, teams and pledges.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use ledger::clock::Timestamp;
use ledger::community::activity::{Activity, ActivityForm, CheckInSecret, Fence, Forgotten, Slot};
use ledger::community::order::{Order, Wanted};
use ledger::community::pledge::{Every, Measure, Pledge};
use ledger::community::team::Team;
use ledger::community::{Actor, Role};
use ledger::ids::{ActivityId, ActorId, MemberId, OrderId, PledgeId, derived, random_bytes};
use ledger::machine::deeds::{ActivityCommand, Done, OrderCommand, Part};
use ledger::machine::pledges::PledgeCommand;
use ledger::machine::teams::TeamCommand;
use ledger::machine::{Command, Outcome};
use ledger::policy::{Fact, Position};
use ledger::{Ledger, Upload};
use uuid::Uuid;

use super::cast;
use super::deeds::moment;
use super::history::worker;
use super::names::riders;
use super::records::request;
use crate::commands::Failure;
use crate::ordering::new_order;

/// Code, organization, kind, name, and which riders belong to it.
const TEAMS: &[(&str, &str, &str, &str, &[usize])] = &[
    (
        "yifeng",
        "黄海社区",
        "volunteer",
        "黄海“驿蜂”志愿服务队",
        &[0, 1, 3, 8, 12, 15, 21],
    ),
    (
        "anquan",
        "怒江社区",
        "safety",
        "怒江骑手安全宣讲队",
        &[0, 5, 9, 14],
    ),
    (
        "chedui",
        "沙岭社区",
        "volunteer",
        "沙岭货车应急车队",
        &[3, 6, 11],
    ),
];

/// Form, organization, title, place, days ahead and hours of each slot, how many may come, whom it serves.
type Planned = (
    ActivityForm,
    &'static str,
    &'static str,
    &'static str,
    &'static [(i32, i8, i8)],
    Option<i64>,
    Option<&'static str>,
);
const ACTIVITIES: &[Planned] = &[
    (
        ActivityForm::Study,
        "黄海社区",
        "新就业群体周三夜学",
        "黄海骑手之家二楼",
        &[(3, 19, 20)],
        Some(40),
        None,
    ),
    (
        ActivityForm::Volunteer,
        "怒江社区",
        "给独居老人送午餐",
        "怒江暖新驿站",
        &[(2, 11, 13), (4, 11, 13), (6, 11, 13)],
        Some(6),
        Some("elderly"),
    ),
    (
        ActivityForm::Training,
        "迎宾路街道",
        "冬季电动车安全与急救培训",
        "迎宾路街道会议室",
        &[(5, 14, 16)],
        Some(60),
        None,
    ),
    (
        ActivityForm::PartyDay,
        "永安社区",
        "主题党日：走进老工业区",
        "永安暖“蜂”驿站集合",
        &[(7, 9, 11)],
        None,
        None,
    ),
];

/// Organization, category, whom it serves, title, what it takes, how many, days ahead, and what only who does it reads.
type Wish = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    i64,
    i32,
    &'static str,
);
const ORDERS: &[Wish] = &[
    (
        "黄海社区",
        "delivery",
        "elderly",
        "每周二送药上门",
        &[],
        1,
        5,
        "黄海路 37 号 3 单元 201，王奶奶，15400000901。耳背，请多敲几下门。",
    ),
    (
        "黄海社区",
        "repair",
        "elderly",
        "更换楼道声控灯",
        &["electrician"],
        1,
        4,
        "黄海路 41 号 2 单元，物业刘师傅，15400000902。",
    ),
    (
        "怒江社区",
        "errand",
        "hardship",
        "帮忙到医院取检查报告",
        &[],
        1,
        3,
        "怒江北街 88 号 5-1，赵先生，15400000903。",
    ),
    (
        "怒江社区",
        "escort",
        "child",
        "放学路口护送三天",
        &[],
        3,
        6,
        "怒江小学南门，15:30 到 16:10，志愿者马甲在驿站领。",
    ),
    (
        "永安社区",
        "wish",
        "child",
        "想要一套旧绘本",
        &[],
        1,
        10,
        "永安路 6 号社区服务中心转交。",
    ),
];

/// Puts on record what one can do from tomorrow on.
pub async fn register(ledger: &Ledger) -> Result<(), Failure> {
    let zone = TimeZone::get(cast::ZONE)?;
    let today = ledger.clock().now().to_jiff().to_zoned(zone).date();
    let names = riders(super::records::RIDERS);
    let members: Vec<MemberId> = names.iter().map(|name| cast::member(name)).collect();
    teams(ledger, &members).await?;
    activities(ledger, &members, today).await?;
    orders(ledger, &members, today).await?;
    pledges(ledger, &members, today).await
}

fn id(kind: &str, name: &str) -> Uuid {
    derived(&[b"jifen/demo", kind.as_bytes(), name.as_bytes()])
}

/// A rider in their own name.
pub fn rider(member: MemberId) -> Actor {
    Actor {
        id: ActorId(member.0),
        role: Role::Member,
        member: Some(member),
        store: None,
        node: None,
    }
}

fn ahead(today: Date, days: i32, hour: i8) -> Result<Timestamp, Failure> {
    moment(today.checked_add(days.days())?, hour, 0)
}

async fn teams(ledger: &Ledger, members: &[MemberId]) -> Result<(), Failure> {
    for (code, organization, kind, name, belong) in TEAMS {
        let team = Team {
            code: (*code).to_owned(),
            organization: cast::organization(organization),
            kind: (*kind).to_owned(),
            name: (*name).to_owned(),
        };
        let joins = belong.iter().map(|rider| TeamCommand::Join {
            team: team.code.clone(),
            member: members[*rider],
        });
        for (number, command) in [TeamCommand::Form(team.clone())]
            .into_iter()
            .chain(joins)
            .enumerate()
        {
            let request = request(worker(0), format!("demo-team-{code}-{number}"));
            ledger
                .execute(&request, Command::Team(Box::new(command)))
                .await?;
        }
    }
    let skills = ["electrician", "first-aid"].map(str::to_owned);
    let command = OrderCommand::Skills {
        member: members[0],
        skills: BTreeSet::from(skills),
    };
    let request = request(worker(0), "demo-skills");
    ledger
        .execute(&request, Command::Order(Box::new(command)))
        .await?;
    Ok(())
}

async fn activities(ledger: &Ledger, members: &[MemberId], today: Date) -> Result<(), Failure> {
    for (number, (form, organization, title, place, slots, quota, whom)) in
        ACTIVITIES.iter().enumerate()
    {
        let slot = |(days, from, until): &(i32, i8, i8)| {
            Ok::<Slot, Failure>(Slot {
                starts_at: ahead(today, *days, *from)?,
                ends_at: ahead(today, *days, *until)?,
                quota: *quota,
            })
        };
        let facts = whom.map(|whom| ("beneficiary".to_owned(), Fact::from(whom)));
        let fence = Position::from_millionths(41_795_200, 123_308_500);
        let activity = Activity {
            id: ActivityId(id("activity", title)),
            organization: cast::organization(organization),
            form: *form,
            title: (*title).to_owned(),
            place: (*place).to_owned(),
            fence: fence.filter(|_| number == 1).map(|position| Fence {
                position,
                radius: 200,
            }),
            slots: slots.iter().map(slot).collect::<Result<_, _>>()?,
            facts: BTreeMap::from_iter(facts),
            policy: None,
            forgotten: Forgotten::Half,
            opens_before: 1_800,
            organizer: worker(0),
            cancelled: false,
        };
        let planned = activity.id;
        let plan = ActivityCommand::Plan {
            activity,
            secret: CheckInSecret::new(random_bytes()),
        };
        let asked = request(worker(0), format!("demo-activity-{number}"));
        ledger
            .execute(&asked, Command::Activity(Box::new(plan)))
            .await?;
        // The first six riders with a number of this remainder come to the first slot.
        for member in members.iter().skip(number).step_by(7).take(6 - number) {
            let part = Part {
                activity: planned,
                slot: 0,
                member: *member,
            };
            let asked = request(rider(*member), format!("demo-sign-up-{number}"));
            let command = Command::Activity(Box::new(ActivityCommand::SignUp(part)));
            ledger.execute_deed(&asked, command).await?;
        }
    }
    Ok(())
}

async fn orders(ledger: &Ledger, members: &[MemberId], today: Date) -> Result<(), Failure> {
    for (number, (organization, category, whom, title, skills, places, days, details)) in
        ORDERS.iter().enumerate()
    {
        let (order, by) = (OrderId(id("order", title)), worker(0));
        let kept = ledger.upload(cast::program(), &by, Upload::Text((*details).to_owned()));
        let wanted = Wanted {
            category: (*category).to_owned(),
            beneficiary: (*whom).to_owned(),
            title: (*title).to_owned(),
            grid: None,
            skills: skills.iter().map(|skill| (*skill).to_owned()).collect(),
            places: *places,
            by: ahead(today, *days, 18)?,
            claim_hours: 48,
            policy: None,
        };
        let code = ledger.order_code(cast::program(), order);
        let of = (cast::program(), order);
        let posted = Order {
            details: Some(kept.await?.id),
            ..new_order(
                of,
                cast::organization(organization),
                wanted,
                worker(0),
                code.as_deref(),
            )
        };
        let asked = request(worker(0), format!("demo-order-{number}"));
        let post = OrderCommand::Post(Box::new(posted));
        ledger
            .execute(&asked, Command::Order(Box::new(post)))
            .await?;
    }
    // The first rider has one on their hands; the fourth says that another is done.
    for (number, order, team) in [(0, 0, Some("yifeng")), (3, 2, None)] {
        let member = members[number];
        let claim = OrderCommand::Claim {
            order: OrderId(id("order", ORDERS[order].3)),
            member,
            team: team.map(str::to_owned),
        };
        let asked = request(rider(member), format!("demo-claim-{number}"));
        let (claimed, _) = ledger
            .execute_deed(&asked, Command::Order(Box::new(claim)))
            .await?;
        if let (3, Outcome::Deed { deed, .. }) = (number, claimed.outcome) {
            let report = OrderCommand::Done {
                deed,
                done: Done {
                    minutes: Some(50),
                    people: Some(1),
                },
                attachments: Vec::new(),
            };
            let asked = request(rider(member), "demo-done");
            ledger
                .execute_deed(&asked, Command::Order(Box::new(report)))
                .await?;
        }
    }
    Ok(())
}

async fn pledges(ledger: &Ledger, members: &[MemberId], today: Date) -> Result<(), Failure> {
    let promised = [
        (0, Some("volunteer_service"), Measure::Hours, 2, Every::Week),
        (1, None, Measure::Deeds, 1, Every::Month),
        (
            3,
            Some("request_fulfilled"),
            Measure::Deeds,
            2,
            Every::Month,
        ),
    ];
    for (number, kind, measure, target, every) in promised {
        let pledge = Pledge {
            id: PledgeId(id("pledge", &number.to_string())),
            member: members[number],
            kind: kind.map(str::to_owned),
            measure,
            target,
            every,
            from: ahead(today, -56, 0)?,
            until: ahead(today, 120, 0)?,
            shown: number != 1,
            ended_at: None,
        };
        let asked = request(rider(members[number]), format!("demo-pledge-{number}"));
        let command = Command::Pledge(Box::new(PledgeCommand::Make(pledge)));
        ledger.execute(&asked, command).await?;
    }
    Ok(())
}
