//! What pricing needs, as last read. Only a cache: what is in force is decided under the lock.

use std::collections::HashMap;

use super::{AwardRequest, ExecuteError};
use crate::clock::Timestamp;
use crate::community::PolicyVersion;
use crate::ids::{BudgetId, ProgramId};
use crate::machine::{self, Rejection};
use crate::policy::Policy;
use crate::store::views::BudgetView;
use crate::store::{Store, StoreError, either};

/// A policy version that prices deeds from a moment on.
#[derive(Debug)]
struct Effective {
    policy: Policy,
    from: Timestamp,
}

/// The policies and budgets of a programme.
#[derive(Debug, Default)]
pub(super) struct Tariff {
    /// By name, each in order of `from`.
    policies: HashMap<String, Vec<Effective>>,
    budgets: HashMap<String, BudgetId>,
}

type Rows = (Vec<PolicyVersion>, Vec<BudgetView>);

async fn rows(store: &Store, program: ProgramId) -> Result<Rows, StoreError> {
    let versions = either!(store, Store, store => store.policies(program).await)?;
    let budgets = either!(store, Store, store => store.budgets(program).await)?;
    Ok((versions, budgets))
}

impl Tariff {
    pub(super) async fn read(store: &Store, program: ProgramId) -> Result<Self, StoreError> {
        Self::made_of(rows(store, program).await?)
    }

    /// The tariff as it is now; `None` when it is this one.
    pub(super) async fn newer(
        &self,
        store: &Store,
        program: ProgramId,
    ) -> Result<Option<Self>, StoreError> {
        let rows = rows(store, program).await?;
        // Neither versions nor budgets ever go away, so the same number of them is the same set.
        let (versions, budgets) = (rows.0.len(), rows.1.len());
        let known: usize = self.policies.values().map(Vec::len).sum();
        if (versions, budgets) == (known, self.budgets.len()) {
            return Ok(None);
        }
        Self::made_of(rows).map(Some)
    }

    fn made_of((versions, budgets): Rows) -> Result<Self, StoreError> {
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
        Ok(Self { policies, budgets })
    }

    /// What the policy in force when the deed happened makes of it.
    pub(super) fn price(&self, award: &AwardRequest) -> Result<machine::Submission, ExecuteError> {
        let policy = self.policy_for(award, award.deed.occurred_at)?;
        let quote = policy
            .price(&award.deed)
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
            deed: award.deed.clone(),
            named_policy: award.policy.clone(),
            position: award.position,
            budget,
            quote,
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
