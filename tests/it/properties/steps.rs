//! Random steps, and the commands they become: the same steps always become the same commands.

use ledger::community::{Actor, Code, Registration};
use ledger::ids::{AwardId, CommandId, MemberId, RedemptionId, derived, sha256_hex};
use ledger::machine::{self, Admission, Command, Reason};
use ledger::policy::{Deed, Policy, split_caps};
use proptest::prelude::*;
use tests::story::{HOUR, PATROL, Story, points};

/// What may happen. `nth` counts back among the steps that could have made what is meant; there may be none.
#[derive(Clone, Debug)]
pub enum Step {
    Serve {
        member: usize,
        minutes: i64,
    },
    Patrol {
        member: usize,
        minutes: i64,
    },
    Approve {
        nth: usize,
        by: u8,
    },
    Reject {
        nth: usize,
    },
    /// `nth` among the patrols.
    Admit {
        nth: usize,
    },
    Reverse {
        nth: usize,
    },
    /// `again` spends the code of an earlier payment.
    Pay {
        member: usize,
        store: usize,
        points: i64,
        capture: bool,
        again: bool,
    },
    Capture {
        nth: usize,
        store: usize,
        points: Option<i64>,
    },
    Void {
        nth: usize,
        store: usize,
    },
    Refund {
        nth: usize,
        store: usize,
        points: Option<i64>,
    },
    Release {
        nth: usize,
    },
    Expire {
        member: usize,
    },
    Appropriate {
        budget: usize,
        points: i64,
    },
    Return {
        budget: usize,
        points: i64,
    },
    Wait {
        hours: i64,
    },
}

pub fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let some = prop_oneof![9 => step().prop_map(|step| vec![step]), 1 => two_patrols()];
    prop::collection::vec(some, 1..most).prop_map(|steps| steps.concat())
}

/// Of which the second waits; then there is room for it, or not, or no time is left.
fn two_patrols() -> impl Strategy<Value = Vec<Step>> {
    let patrol = |member| (1..300_i64).prop_map(move |minutes| Step::Patrol { member, minutes });
    let then = prop_oneof![
        2 => Just(Step::Reject { nth: 1 }),
        2 => Just(Step::Wait { hours: 24 }),
        1 => Just(Step::Approve { nth: 1, by: 1 }),
        1 => Just(Step::Wait { hours: 24 * 31 }),
    ];
    let both = (0..3_usize).prop_flat_map(move |member| (patrol(member), patrol(member)));
    (both, then)
        .prop_map(|((first, second), then)| vec![first, second, then, Step::Admit { nth: 0 }])
}

/// How patrols expire, ten days after. A member's second of a day waits.
#[derive(Clone, Copy, Debug)]
pub struct Expiry {
    pub to_budget: bool,
    pub grace_hours: i64,
}

pub fn expiry() -> impl Strategy<Value = Expiry> {
    let hours = prop_oneof![Just(0_i64), Just(24), Just(7 * 24), Just(30 * 24)];
    (any::<bool>(), hours).prop_map(|(to_budget, grace_hours)| Expiry {
        to_budget,
        grace_hours,
    })
}

impl Expiry {
    /// From a second after the story's beginning on.
    pub async fn enact(self, story: &Story) {
        story.later(1);
        story.enact("patrol", &self.patrol()).await;
    }

    /// The policy.
    fn patrol(self) -> String {
        let to = if self.to_budget { "budget" } else { "breakage" };
        let hours = self.grace_hours;
        let expiry = format!(
            "[expiry]\nafter = \"10 days\"\nto = \"{to}\"\ngrace = \"{hours} hours\"\n\n[[rule]]"
        );
        let waits = PATROL.replacen(
            "count = 3\nover = \"reject\"",
            "count = 1\nover = \"queue\"",
            1,
        );
        waits.replacen("[[rule]]", &expiry, 1)
    }
}

fn step() -> impl Strategy<Value = Step> {
    let (member, store, budget, nth) = (0..3_usize, 0..2_usize, 0..2_usize, 0..4_usize);
    let part = prop::option::of(1..60_i64);
    prop_oneof![
        8 => (member.clone(), 1..90_i64).prop_map(|(member, minutes)| Step::Serve { member, minutes }),
        5 => (member.clone(), 1..300_i64).prop_map(|(member, minutes)| Step::Patrol { member, minutes }),
        5 => (nth.clone(), 0..3_u8).prop_map(|(nth, by)| Step::Approve { nth, by }),
        1 => nth.clone().prop_map(|nth| Step::Reject { nth }),
        4 => nth.clone().prop_map(|nth| Step::Admit { nth }),
        4 => nth.clone().prop_map(|nth| Step::Reverse { nth }),
        8 => (member.clone(), store.clone(), 1..80_i64, any::<bool>(), 0..8_u8).prop_map(
            |(member, store, points, capture, again)| Step::Pay {
                member, store, points, capture, again: again == 0
            }
        ),
        3 => (nth.clone(), store.clone(), part.clone())
            .prop_map(|(nth, store, points)| Step::Capture { nth, store, points }),
        2 => (nth.clone(), store.clone()).prop_map(|(nth, store)| Step::Void { nth, store }),
        4 => (nth.clone(), store, part).prop_map(|(nth, store, points)| Step::Refund { nth, store, points }),
        2 => nth.prop_map(|nth| Step::Release { nth }),
        2 => member.prop_map(|member| Step::Expire { member }),
        1 => (budget.clone(), 1..500_i64).prop_map(|(budget, points)| Step::Appropriate { budget, points }),
        1 => (budget, 1..11_000_i64).prop_map(|(budget, points)| Step::Return { budget, points }),
        3 => prop_oneof![1..4_i64, Just(24_i64), Just(24 * 31_i64)].prop_map(|hours| Step::Wait { hours }),
    ]
}

/// The step among the earlier ones that `nth` means, counted back from the newest.
pub fn meant(earlier: &[usize], nth: usize) -> Option<usize> {
    earlier
        .len()
        .checked_sub(nth + 1)
        .map(|index| earlier[index])
}

/// Becomes commands, remembering which steps made what.
#[derive(Debug)]
pub struct Script {
    patrol: Policy,
    awards: Vec<usize>,
    patrols: Vec<(usize, MemberId, Deed)>,
    redemptions: Vec<usize>,
    codes: Vec<String>,
}

/// Ids in the order of the steps, all later than anything the story began with.
pub fn id_of(story: &Story, index: usize) -> CommandId {
    let random = derived(&[story.program.0.as_bytes(), b"steps"]).as_u128() >> 80;
    CommandId(uuid::Uuid::from_u128(
        (0x0fff_u128 << 112) | (random << 32) | index as u128,
    ))
}

impl Script {
    pub fn beginning(expiry: Expiry) -> Self {
        Self {
            patrol: Policy::parse_unfiled(&expiry.patrol()).expect("a policy"),
            awards: Vec::new(),
            patrols: Vec::new(),
            redemptions: Vec::new(),
            codes: Vec::new(),
        }
    }

    /// What the job would have found, whether there is room or not.
    fn admission(&self, story: &Story, nth: usize) -> Option<Admission> {
        let (index, member, deed) = &self.patrols[self.patrols.len().checked_sub(nth + 1)?];
        let caps = |moment| {
            let caps = self.patrol.caps_at(deed, moment).expect("a patrol");
            split_caps(&caps).0.to_vec()
        };
        Some(Admission {
            award: AwardId(id_of(story, *index).0),
            member: *member,
            of_deed: caps(deed.occurred_at),
            of_now: caps(story.clock.now()),
        })
    }

    /// The command of the step at `index`, who gives it, and its id; nothing when it moves the clock. A payment's code is put on
    /// record right away.
    pub async fn command(
        &mut self,
        story: &Story,
        index: usize,
        step: &Step,
    ) -> Option<(CommandId, Actor, Command)> {
        let id = id_of(story, index);
        let missing = usize::MAX >> 1;
        let award = |nth| AwardId(id_of(story, meant(&self.awards, nth).unwrap_or(missing)).0);
        let redemption =
            |nth| RedemptionId(id_of(story, meant(&self.redemptions, nth).unwrap_or(missing)).0);
        let reason = Reason::Mistake;
        let part = |part: &Option<i64>| part.map(points);
        let budget = |index: &usize| [story.service, story.patrol][*index];
        let (actor, command) = match step {
            Step::Wait { hours } => {
                story.later(hours * HOUR);
                return None;
            }
            Step::Serve { member, minutes } | Step::Patrol { member, minutes } => {
                let reference = format!("deed-{index}");
                let wanted = match step {
                    Step::Serve { .. } => story.service_of(*member, &reference, *minutes),
                    _ => story.patrol_of(*member, &reference, *minutes),
                };
                let quote = story
                    .ledger
                    .quote(story.program, &wanted)
                    .await
                    .expect("a price");
                self.awards.push(index);
                if let Step::Patrol { .. } = step {
                    self.patrols
                        .push((index, wanted.member, wanted.deed.clone()));
                }
                let submission = machine::Submission {
                    member: wanted.member,
                    deed: wanted.deed,
                    named_policy: None,
                    position: None,
                    map: None,
                    budget: if quote.policy == "service" {
                        story.service
                    } else {
                        story.patrol
                    },
                    quote,
                    answers: None,
                };
                (story.staff(0), Command::SubmitAward(Box::new(submission)))
            }
            Step::Approve { nth, by } => (
                story.staff(*by),
                Command::ApproveAward { award: award(*nth) },
            ),
            Step::Reject { nth } => (
                story.staff(1),
                Command::RejectAward {
                    award: award(*nth),
                    reason,
                },
            ),
            Step::Admit { nth } => {
                let nothing = Admission {
                    award: AwardId(id_of(story, missing).0),
                    member: story.members[0],
                    of_deed: Vec::new(),
                    of_now: Vec::new(),
                };
                let admission = self.admission(story, *nth).unwrap_or(nothing);
                (story.admin(), Command::AdmitAward(Box::new(admission)))
            }
            Step::Reverse { nth } => (
                story.staff(1),
                Command::ReverseAward {
                    award: award(*nth),
                    reason,
                },
            ),
            Step::Pay {
                member,
                store,
                points,
                capture,
                again,
            } => {
                let code = match self.codes.last() {
                    Some(code) if *again => code.clone(),
                    _ => self.new_code(story, index, *member).await,
                };
                self.redemptions.push(index);
                (
                    story.merchant(*store),
                    story.authorise(code, *store, *points, *capture),
                )
            }
            Step::Capture { nth, store, points } => {
                let command = Command::Capture {
                    redemption: redemption(*nth),
                    points: part(points),
                };
                (story.merchant(*store), command)
            }
            Step::Void { nth, store } => (
                story.merchant(*store),
                Command::Void {
                    redemption: redemption(*nth),
                },
            ),
            Step::Refund { nth, store, points } => {
                let command = Command::Refund {
                    redemption: redemption(*nth),
                    points: part(points),
                };
                (story.merchant(*store), command)
            }
            Step::Release { nth } => (
                story.admin(),
                Command::ReleaseHold {
                    redemption: redemption(*nth),
                },
            ),
            Step::Expire { member } => (
                story.admin(),
                Command::ExpireLots {
                    member: story.members[*member],
                },
            ),
            Step::Appropriate {
                budget: which,
                points: many,
            } => (
                story.admin(),
                Command::Appropriate {
                    budget: budget(which),
                    points: points(*many),
                },
            ),
            Step::Return {
                budget: which,
                points: many,
            } => (
                story.admin(),
                Command::ReturnBudget {
                    budget: budget(which),
                    points: points(*many),
                },
            ),
        };
        Some((id, actor, command))
    }

    /// Good for a year, so that only spending makes it invalid.
    async fn new_code(&mut self, story: &Story, index: usize, member: usize) -> String {
        let hash = sha256_hex(id_of(story, index).0.as_bytes());
        let code = Code {
            hash: hash.clone(),
            member: story.members[member],
            expires_at: story.clock.now().plus_seconds(366 * 24 * HOUR),
        };
        story.register(Registration::Code(code)).await;
        self.codes.push(hash.clone());
        hash
    }
}
