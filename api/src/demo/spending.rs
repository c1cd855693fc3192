//! Points spent at stores, and the scenes of the story that are not deeds.

use futures::future::join_all;
use ledger::WriteError;
use ledger::community::{Actor, Code, Registration, Role};
use ledger::ids::{ActorId, CommandId, RedemptionId, StoreId};
use ledger::machine::{Charge, Command, Outcome, Reason, Redemption};
use ledger::points::Points;

use super::cast::{self, NOODLES, NOODLES_HELP, REPAIR, REPAIR_CLERK};
use super::history::{Town, worker};
use super::records::{RIDERS, operator, request};
use super::shops::SHOPS;
use super::story::{CAST, SCENES, Scene};
use crate::commands::Failure;

/// How long the story's hold lasts: long enough for somebody to look at it.
const HOLD_SECONDS: i64 = 14 * 24 * 3_600;

/// Somebody about to pay.
struct Purchase {
    rider: usize,
    store: StoreId,
    points: Points,
    capture: bool,
}

impl Town<'_> {
    /// Whoever feels like it and can.
    pub async fn spend(&mut self) -> Result<(), Failure> {
        let mut purchases = Vec::new();
        for rider in CAST..RIDERS {
            if !self.chance.per_mille(self.habits[rider].spends) {
                continue;
            }
            let shop = self.chance.pick(SHOPS);
            let (store, _) = *self.chance.pick(shop.stores);
            let points = Points::whole(*self.chance.pick(shop.prices)).unwrap_or(Points::ZERO);
            if self.purses[rider] >= points {
                purchases.push(Purchase {
                    rider,
                    store: cast::store(store),
                    points,
                    capture: true,
                });
            }
        }
        for redemption in self.pay(&purchases).await? {
            if self.chance.per_mille(40) {
                self.later(240);
                self.refund(&redemption).await?;
            }
        }
        Ok(())
    }

    /// Each draws a code, then each pays.
    async fn pay(&mut self, purchases: &[Purchase]) -> Result<Vec<Redemption>, Failure> {
        if purchases.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.ledger.clock().now();
        let mut hashes = Vec::with_capacity(purchases.len());
        let mut codes = Vec::with_capacity(purchases.len());
        for (number, purchase) in (0_u64..).zip(purchases) {
            let hash = cast::spent_code(number, now);
            let code = Registration::Code(Code {
                hash: hash.clone(),
                member: self.riders[purchase.rider],
                expires_at: now.plus_seconds(120),
            });
            codes.push((CommandId::new(now), Command::Register(code)));
            hashes.push(hash);
        }
        let key = request(operator(), format!("codes-{now}"));
        self.ledger.execute(&key, Command::Group(codes)).await?;
        self.later(35);
        let ledger = self.ledger;
        let payments = purchases.iter().zip(&hashes).map(|(purchase, hash)| {
            let request = request(at_till(purchase.store), hash.as_str());
            let command = Command::Authorise {
                payer: hash.clone().into(),
                store: purchase.store,
                charge: Charge::Points(purchase.points),
                capture: purchase.capture,
                hold_seconds: HOLD_SECONDS,
            };
            async move { ledger.execute(&request, command).await }
        });
        let answers = join_all(payments).await;
        self.paid(purchases, answers)
    }

    fn paid(
        &mut self,
        purchases: &[Purchase],
        answers: Vec<Result<ledger::machine::Receipt, WriteError>>,
    ) -> Result<Vec<Redemption>, Failure> {
        let mut redemptions = Vec::new();
        for (purchase, answer) in purchases.iter().zip(answers) {
            match answer {
                Ok(receipt) => {
                    let spent = self.purses[purchase.rider].minus(purchase.points)?;
                    self.purses[purchase.rider] = spent;
                    self.counts.redemptions += 1;
                    if let Outcome::Redemption(redemption) = receipt.outcome {
                        redemptions.push(redemption);
                    }
                }
                // Lots ran out that the purse still counted.
                Err(WriteError::Rejected(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(redemptions)
    }

    /// The clerk took too much, or the customer thought better of it.
    async fn refund(&mut self, redemption: &Redemption) -> Result<(), Failure> {
        let RedemptionId(id) = redemption.id;
        let command = Command::Refund {
            redemption: redemption.id,
            points: None,
        };
        let key = request(clerk(redemption.store), format!("refund-{id}"));
        self.ledger.execute(&key, command).await?;
        match self.riders.iter().position(|id| *id == redemption.member) {
            Some(rider) => self.gain(rider, redemption.captured),
            None => Ok(()),
        }
    }

    /// What the story has for this day besides deeds.
    pub async fn scenes(&mut self, left: i64) -> Result<(), Failure> {
        for (day, scene) in SCENES {
            if *day != left {
                continue;
            }
            self.later(600);
            match *scene {
                Scene::Spend(rider, store, points) => {
                    self.scene_at(rider, store, points, true).await?;
                }
                Scene::Hold(rider, store, points) => {
                    self.scene_at(rider, store, points, false).await?;
                }
                Scene::Reverse => self.reverse().await?,
            }
        }
        Ok(())
    }

    async fn scene_at(
        &mut self,
        rider: usize,
        store: &str,
        points: i64,
        capture: bool,
    ) -> Result<(), Failure> {
        let purchase = Purchase {
            rider,
            store: cast::store(store),
            points: Points::whole(points).unwrap_or(Points::ZERO),
            capture,
        };
        self.pay(&[purchase]).await?;
        Ok(())
    }

    /// The report turned out not to be as claimed, after its points were spent.
    async fn reverse(&mut self) -> Result<(), Failure> {
        let Some(award) = self.false_award else {
            return Ok(());
        };
        let reason = Reason::NotAsClaimed;
        let key = request(worker(1), format!("reverse-{award}"));
        let command = Command::ReverseAward { award, reason };
        match self.ledger.execute(&key, command).await {
            Ok(_) | Err(WriteError::Rejected(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Who charges at a store: the clerk on record there, else the store itself.
fn at_till(store: StoreId) -> Actor {
    let clerks = [(NOODLES, NOODLES_HELP), (REPAIR, REPAIR_CLERK)];
    let mut known = clerks.iter().filter(|(name, _)| cast::store(name) == store);
    let id = known.next().map(|(_, name)| cast::clerk(name).0);
    let own = clerk(store);
    Actor {
        id: id.map_or(own.id, ActorId),
        ..own
    }
}

/// A store as the ledger knows it.
pub fn clerk(store: StoreId) -> Actor {
    Actor {
        id: ActorId(store.0),
        role: Role::Merchant,
        member: None,
        store: Some(store),
        node: None,
    }
}
