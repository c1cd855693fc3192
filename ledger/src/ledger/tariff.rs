//! What pricing needs, as last read. Only a cache: what is in force is decided under the lock, policies by their digest and the map, where a
//! position was held against it, by what stands for the whole of it.

use std::collections::HashMap;

use uuid::Uuid;

use super::{AwardRequest, ExecuteError};
use crate::clock::Timestamp;
use crate::community::{LayerVersion, PolicyVersion, map_at};
use crate::ids::{BudgetId, ProgramId};
use crate::machine::{self, Rejection};
use crate::policy::{Deed, Policy, Position};
use crate::store::views::BudgetView;
use crate::store::{Store, StoreError, either};

/// A policy version that prices deeds from a moment on.
#[derive(Debug)]
struct Effective {
    policy: Policy,
    from: Timestamp,
}

/// The policies, the budgets and the map of a programme.
#[derive(Debug, Default)]
pub(super) struct Tariff {
    /// By name, each in order of `from`.
    policies: HashMap<String, Vec<Effective>>,
    budgets: HashMap<String, BudgetId>,
    /// By name and then by when each is on the map.
    layers: Vec<Layer>,
}

/// A version of a layer of the map.
#[derive(Debug)]
struct Layer {
    version: LayerVersion,
    digest: String,
    from: Timestamp,
}

impl Tariff {
    pub(super) async fn read(store: &Store, program: ProgramId) -> Result<Self, StoreError> {
        let versions = either!(store, Store, store => store.policies(program).await)?;
        let budgets = either!(store, Store, store => store.budgets(program).await)?;
        let layers = either!(store, Store, store => store.layers(program).await)?;
        Self::made_of(versions, budgets, layers)
    }

    /// The tariff as it is now; `None` when it is this one.
    pub(super) async fn newer(
        &self,
        store: &Store,
        program: ProgramId,
    ) -> Result<Option<Self>, StoreError> {
        let size = either!(store, Store, store => store.tariff_size(program).await)?;
        // None of them ever goes away, so the same number of them is the same set.
        let policies: usize = self.policies.values().map(Vec::len).sum();
        let known = [policies, self.budgets.len(), self.layers.len()];
        if known.map(|count| i64::try_from(count).unwrap_or(-1)) == [size.0, size.1, size.2] {
            return Ok(None);
        }
        Self::read(store, program).await.map(Some)
    }

    fn made_of(
        versions: Vec<PolicyVersion>,
        budgets: Vec<BudgetView>,
        layers: Vec<LayerVersion>,
    ) -> Result<Self, StoreError> {
        let mut policies = HashMap::<String, Vec<Effective>>::new();
        for PolicyVersion {
            name,
            source,
            effective_from,
            ..
        } in versions
        {
            let file = format!("{name}.toml");
            let policy = Policy::parse(&file, &source)
                .map_err(|errors| StoreError::corrupt("policies", "source", &name, errors))?;
            let from = effective_from.unwrap_or(Timestamp::from_micros(0));
            policies
                .entry(name)
                .or_default()
                .push(Effective { policy, from });
        }
        let budgets = budgets
            .into_iter()
            .map(|budget| (budget.code, budget.id))
            .collect();
        let layers = layers.into_iter().map(|version| Layer {
            digest: version.area.digest(),
            from: version.effective_from.unwrap_or(Timestamp::from_micros(0)),
            version,
        });
        Ok(Self {
            policies,
            budgets,
            layers: layers.collect(),
        })
    }

    /// The layers that held a place at a moment, in order of name.
    fn layers_around(&self, place: Position, moment: Timestamp) -> Vec<String> {
        let versions = self
            .layers
            .chunk_by(|one, next| one.version.name == next.version.name);
        let begun = |layer: &&Layer| layer.from <= moment;
        let at_the_moment = versions.filter_map(|versions| versions.iter().rfind(begun));
        let holding = at_the_moment.filter(|layer| layer.version.area.holds(place));
        holding.map(|layer| layer.version.name.clone()).collect()
    }

    /// What stands for the map of a moment.
    fn map_at(&self, moment: Timestamp) -> Uuid {
        let versions = self.layers.iter();
        let versions = versions.map(|v| (v.version.name.as_str(), v.digest.as_str(), v.from));
        map_at(versions, moment)
    }

    /// The deed, with where it happened looked up on the map of that moment. Without a position it is as it was given.
    fn placed(&self, award: &AwardRequest) -> Deed {
        match award.position {
            None => award.deed.clone(),
            Some(place) => Deed {
                places: self.layers_around(place, award.deed.occurred_at),
                ..award.deed.clone()
            },
        }
    }

    /// What the policy in force when the deed happened makes of it.
    pub(super) fn price(&self, award: &AwardRequest) -> Result<machine::Submission, ExecuteError> {
        let moment = award.deed.occurred_at;
        let policy = self.policy_for(award, moment)?;
        let deed = self.placed(award);
        let quote = policy
            .price(&deed)
            .map_err(|refusal| ExecuteError::Refused {
                policy: policy.name().to_owned(),
                refusal: Box::new(refusal),
            })?;
        let budget = self.budgets.get(&quote.budget).copied();
        let budget = budget.ok_or_else(|| Rejection::UnknownBudget {
            budget: quote.budget.clone(),
        })?;
        Ok(machine::Submission {
            member: award.member,
            deed,
            named_policy: award.policy.clone(),
            position: award.position,
            map: award.position.map(|_| self.map_at(moment)),
            budget,
            quote,
            answers: None,
        })
    }

    /// The version of this digest.
    pub(super) fn version(&self, name: &str, digest: &str) -> Option<&Policy> {
        let versions = self.policies.get(name)?.iter();
        let mut policies = versions.map(|version| &version.policy);
        policies.find(|policy| policy.digest() == digest)
    }

    /// The version in force at `moment` of the policy named, or of the only one for this kind of deed.
    fn policy_for(&self, award: &AwardRequest, moment: Timestamp) -> Result<&Policy, ExecuteError> {
        let in_force =
            |versions: &'_ Vec<Effective>| versions.iter().rposition(|v| v.from <= moment);
        let candidates: Vec<&Policy> = self
            .policies
            .iter()
            .filter(|(name, _)| award.policy.as_ref().is_none_or(|wanted| *name == wanted))
            .filter_map(|(_, versions)| in_force(versions).map(|index| &versions[index].policy))
            .filter(|policy| award.policy.is_some() || policy.on() == award.deed.kind)
            .collect();
        match candidates.as_slice() {
            [policy] => Ok(policy),
            [] => Err(ExecuteError::NoPolicy {
                kind: award.deed.kind.clone(),
                moment,
            }),
            several => {
                let mut policies: Vec<String> =
                    several.iter().map(|p| p.name().to_owned()).collect();
                policies.sort();
                Err(ExecuteError::SeveralPolicies { policies })
            }
        }
    }
}
