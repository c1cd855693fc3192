//! An organization that posts orders, and who takes them on.

use std::collections::BTreeSet;

use ledger::WriteError;
use ledger::community::order::{Order, OrderState, Wanted};
use ledger::community::{Actor, Budget, Registration, Role};
use ledger::ids::{ActorId, BudgetId, DeedId, OrderId, OrganizationId, random_bytes, sha256_hex};
use ledger::machine::deeds::{Answer, Done, OrderCommand};
use ledger::machine::{Command, Outcome, Receipt};
use ledger::policy::Position;
use ledger::views::{Due, Falling};
use tests::people::rider;
use tests::story::{DAY, Story, points};
use uuid::Uuid;

/// Six points for an order that is confirmed, once.
const ORDERS: &str = r#"
schema = "jifen/1"
name = "orders"
title = "群众点单"
on = "request_fulfilled"
budget = "orders"
zone = "Asia/Shanghai"
day_start = "04:00"
approval = "none"

[[rule]]
name = "order"
title = "接单办成"
when = { fact = "confirmed", is = true }
points = 6

[[test]]
name = "六分"
at = 2026-03-05T10:00:00
facts = { category = "errand", beneficiary = "community", confirmed = true }
expect = { points = 6 }
"#;

/// A programme with an organization that posts orders, and a budget for them.
pub struct Desk<'s> {
    pub story: &'s Story,
    pub organization: OrganizationId,
}

impl<'s> Desk<'s> {
    pub async fn open(story: &'s Story) -> Self {
        fund(story, "orders", ORDERS).await;
        Self::open_another(story).await
    }

    /// Of another organization, beside the first.
    pub async fn open_another(story: &'s Story) -> Self {
        let organization = story.community().await;
        Self {
            story,
            organization,
        }
    }

    /// An errand that is wanted within three days, by so many.
    pub fn order(&self, places: i64) -> Order {
        let wanted = Wanted {
            category: "errand".to_owned(),
            beneficiary: "elderly".to_owned(),
            title: "买菜".to_owned(),
            grid: None,
            skills: BTreeSet::new(),
            places,
            by: self.story.clock.now().plus_seconds(3 * DAY),
            claim_hours: 24,
            policy: None,
        };
        Order {
            id: OrderId(Uuid::from_bytes(random_bytes())),
            organization: self.organization,
            wanted,
            position: Position::from_degrees(41.7952, 123.3085),
            details: None,
            state: OrderState::Posted,
            public: false,
            answerable: self.story.staff(0),
            code_hash: Some(sha256_hex(b"k7m2")),
            taken: 0,
            reported: 0,
            confirmed: 0,
            waits_since: None,
            due_at: None,
        }
    }

    pub async fn post(&self, order: &Order) -> OrderId {
        let post = OrderCommand::Post(Box::new(order.clone()));
        self.command(self.story.staff(0), post).await.unwrap();
        order.id
    }

    pub fn rider(&self, index: usize) -> Actor {
        let member = self.story.members[index];
        rider(member)
    }

    pub async fn told(
        &self,
        actor: Actor,
        command: OrderCommand,
    ) -> Result<(Receipt, Option<Answer>), WriteError> {
        let request = self.story.request(actor, None);
        let command = Command::Order(Box::new(command));
        self.story.ledger.execute_deed(&request, command).await
    }

    pub async fn command(
        &self,
        actor: Actor,
        command: OrderCommand,
    ) -> Result<Receipt, WriteError> {
        self.told(actor, command).await.map(|(receipt, _)| receipt)
    }

    pub async fn claim(&self, rider: usize, order: OrderId) -> Result<Receipt, WriteError> {
        let claim = self.claiming(rider, order);
        self.command(self.rider(rider), claim).await
    }

    fn claiming(&self, rider: usize, order: OrderId) -> OrderCommand {
        OrderCommand::Claim {
            order,
            member: self.story.members[rider],
            team: None,
        }
    }

    pub async fn done(
        &self,
        rider: usize,
        deed: DeedId,
        minutes: Option<i64>,
    ) -> Result<Receipt, WriteError> {
        let (done, attachments) = (
            Done {
                minutes,
                people: None,
            },
            Vec::new(),
        );
        let done = OrderCommand::Done {
            deed,
            done,
            attachments,
        };
        self.command(self.rider(rider), done).await
    }

    pub async fn stands(&self, order: OrderId) -> Order {
        let order = self.story.ledger.order(self.story.program, order).await;
        order.unwrap().unwrap()
    }

    /// What the jobs would do now.
    pub async fn jobs(&self) -> usize {
        let (story, ledger) = (self.story, &self.story.ledger);
        let now = story.clock.now();
        let mut done = 0;
        for what in [Falling::Deeds, Falling::Orders] {
            for Due { id, .. } in ledger
                .due(story.program, what, now, None, 100)
                .await
                .unwrap()
            {
                let command = match what {
                    Falling::Deeds => Command::CloseDeed { deed: DeedId(id) },
                    _ => Command::Order(Box::new(OrderCommand::Close { order: OrderId(id) })),
                };
                story.execute(story.admin(), None, command).await.unwrap();
                done += 1;
            }
        }
        done
    }
}

/// A policy in force, and a budget of its name with a thousand points.
pub async fn fund(story: &Story, code: &str, policy: &str) {
    let id = BudgetId(Uuid::from_bytes(random_bytes()));
    let budget = Budget {
        id,
        code: code.to_owned(),
        name: code.to_owned(),
    };
    story.register(Registration::Budget(budget)).await;
    let points = points(1_000);
    let fill = Command::Appropriate { budget: id, points };
    story.execute(story.admin(), None, fill).await.unwrap();
    story.enact(code, policy).await;
}

pub fn deed_of(receipt: &Receipt) -> DeedId {
    match receipt.outcome {
        Outcome::Deed { deed, .. } => deed,
        ref other => panic!("{other:?} is of no deed"),
    }
}

pub async fn awarded(story: &Story, answer: Option<Answer>) -> ledger::machine::Award {
    let Some(Answer::Awarded(award)) = answer else {
        panic!("{answer:?}")
    };
    story
        .ledger
        .award(story.program, award)
        .await
        .unwrap()
        .unwrap()
}

pub fn by_code(deed: DeedId, code: &str) -> OrderCommand {
    let code_hash = Some(sha256_hex(code.as_bytes()));
    OrderCommand::Confirm { deed, code_hash }
}

/// A resident: nobody who is known.
pub fn resident() -> Actor {
    Actor {
        id: ActorId(Uuid::from_bytes(random_bytes())),
        role: Role::Member,
        member: None,
        store: None,
        node: None,
    }
}
