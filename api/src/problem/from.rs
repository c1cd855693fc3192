//! From the ledger's errors to problems: one exhaustive match each, so that a new reason cannot be forgotten.

use ledger::machine::deeds::DeedRejection;
use ledger::machine::offers::TradeRejection;
use ledger::machine::{BudgetRejection, PayingRejection, Rejection, SettlementRejection};
use ledger::points::Points;
use ledger::policy::{CapReached, CapUnit, PolicyErrors, Refusal};
use ledger::{ExecuteError, LogInError, StoreError, WriteError};

use super::{Code, FieldError, Problem};

impl From<ExecuteError> for Problem {
    fn from(error: ExecuteError) -> Self {
        let detail = error.to_string();
        match error {
            ExecuteError::Write(error) => error.into(),
            ExecuteError::Store(error) => error.into(),
            ExecuteError::NoPolicy { kind, moment } => Self::new(Code::NoPolicy, detail)
                .with("kind", kind)
                .with("occurred_at", moment),
            ExecuteError::SeveralPolicies { policies } => {
                Self::new(Code::SeveralPolicies, detail).with("policies", policies)
            }
            ExecuteError::Refused { policy, refusal } => {
                Self::from(*refusal).with("policy", policy)
            }
        }
    }
}

impl From<WriteError> for Problem {
    fn from(error: WriteError) -> Self {
        let detail = error.to_string();
        match error {
            WriteError::Rejected(rejection) => rejection.into(),
            WriteError::KeyReused => Self::new(Code::IdempotencyKeyReused, detail),
            WriteError::InProgress => Self::new(Code::InProgress, detail),
            WriteError::Reprice => Self::new(Code::PolicyChanged, detail),
            WriteError::TooManyGuesses(seconds) => {
                Self::new(Code::TooManyGuesses, detail).after(seconds.into())
            }
            WriteError::Busy => Self::new(Code::Busy, detail),
            WriteError::Unavailable => Self::new(Code::Unavailable, detail),
            WriteError::Internal => Self::internal("the writer failed; its own line says why"),
        }
    }
}

impl From<LogInError> for Problem {
    fn from(error: LogInError) -> Self {
        let detail = error.to_string();
        match error {
            LogInError::Refused => Self::new(Code::LogInRefused, detail),
            LogInError::TooMany { retry_after } => {
                Self::new(Code::TooManyGuesses, detail).after(retry_after)
            }
            LogInError::NoKeyring => Self::new(Code::NoMasterKey, detail),
            LogInError::Write(error) => error.into(),
            LogInError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Lost(_) | StoreError::Conflict(_) | StoreError::LockTimeout(_) => {
                tracing::warn!(%error, "a query failed");
                Self::new(Code::Unavailable, "the ledger is not available")
            }
            StoreError::Duplicate(_)
            | StoreError::Reference(_)
            | StoreError::Corrupt { .. }
            | StoreError::Schema(_)
            | StoreError::System(_)
            | StoreError::Other(_) => Self::internal(error),
        }
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        let problem = Self::new(code_of(&rejection), rejection.to_string()).with_all(&rejection);
        match rejection {
            Rejection::CapReached(reached) => problem.with_counts(&reached),
            _ => problem,
        }
    }
}

impl Problem {
    /// A cap of points is told in points, not in hundredths.
    fn with_counts(self, reached: &CapReached) -> Self {
        match reached.unit {
            CapUnit::Count => self,
            CapUnit::Points => self
                .with("limit", Points::from_hundredths(reached.limit))
                .with("used", Points::from_hundredths(reached.used)),
        }
    }
}

const fn code_of(rejection: &Rejection) -> Code {
    match rejection {
        Rejection::UnknownMember { .. } => Code::UnknownMember,
        Rejection::UnknownBudget { .. } => Code::UnknownBudget,
        Rejection::UnknownStore { .. } => Code::UnknownStore,
        Rejection::UnknownAward { .. } => Code::UnknownAward,
        Rejection::UnknownRedemption { .. } => Code::UnknownRedemption,
        Rejection::InvalidCode => Code::InvalidCode,
        Rejection::InsufficientPoints { .. } => Code::InsufficientPoints,
        Rejection::BudgetExhausted { .. } => Code::BudgetExhausted,
        Rejection::CapReached(_) => Code::CapReached,
        Rejection::AlreadyAwarded { .. } => Code::AlreadyAwarded,
        Rejection::DuplicateDeed { .. } => Code::DuplicateDeed,
        Rejection::PositionNeeded { .. } => Code::PositionNeeded,
        Rejection::DeedTooLate { .. } => Code::DeedTooLate,
        Rejection::ReportsUndecided { .. } => Code::ReportsUndecided,
        Rejection::AlreadyExpired { .. } => Code::AlreadyExpired,
        Rejection::DeedInFuture { .. } => Code::DeedInFuture,
        Rejection::UnreadablePolicy { .. } => Code::UnreadablePolicy,
        Rejection::SelfAward => Code::SelfAward,
        Rejection::SelfApproval => Code::SelfApproval,
        Rejection::SameApprover => Code::SameApprover,
        Rejection::SameNode => Code::SameNode,
        Rejection::NotSubmitter => Code::NotSubmitter,
        Rejection::NoticeOpen { .. } => Code::NoticeOpen,
        Rejection::NoticeClosed { .. } => Code::NoticeClosed,
        Rejection::AwardFrozen { .. } => Code::AwardFrozen,
        Rejection::AlreadyObjected { .. } => Code::AlreadyObjected,
        Rejection::NoObjection { .. } => Code::NoObjection,
        Rejection::ReviewerInvolved => Code::ReviewerInvolved,
        Rejection::AwardAlreadyDecided { .. } => Code::AwardAlreadyDecided,
        Rejection::HoldAlreadyResolved { .. } => Code::HoldAlreadyResolved,
        Rejection::HoldExpired { .. } => Code::HoldExpired,
        Rejection::HoldNotDue { .. } => Code::HoldNotDue,
        Rejection::CaptureExceedsHold { .. } => Code::CaptureExceedsHold,
        Rejection::NotCaptured { .. } => Code::NotCaptured,
        Rejection::RefundExceedsCapture { .. } => Code::RefundExceedsCapture,
        Rejection::NothingDue => Code::NothingDue,
        Rejection::AmountNotPositive => Code::AmountNotPositive,
        Rejection::AmountOverflow => Code::AmountOverflow,
        Rejection::AlreadyExists => Code::AlreadyExists,
        Rejection::UnknownReference => Code::UnknownReference,
        Rejection::OrganizationKind { .. } => Code::OrganizationKind,
        Rejection::StaffLeft { .. } => Code::StaffLeft,
        Rejection::UnknownAccess { .. } => Code::UnknownAccess,
        Rejection::AlreadyEnded { .. } => Code::AlreadyEnded,
        Rejection::EffectiveInPast { .. } => Code::EffectiveInPast,
        Rejection::Superseded { .. } => Code::Superseded,
        Rejection::LayerName { .. } => Code::LayerName,
        Rejection::TooManyLayers { .. } => Code::TooManyLayers,
        Rejection::UnknownDraft { .. } => Code::UnknownDraft,
        Rejection::DraftNotReady { .. } => Code::DraftNotReady,
        Rejection::TooManyDrafts { .. } => Code::TooManyDrafts,
        Rejection::ProgramClosed { .. } => Code::ProgramClosed,
        Rejection::ClosingTooEarly { .. } => Code::ClosingTooEarly,
        Rejection::ClosingOrder => Code::ClosingOrder,
        Rejection::MemberMerged { .. } => Code::MemberMerged,
        Rejection::MergeIntoSelf { .. } => Code::MergeIntoSelf,
        Rejection::MemberErased { .. } => Code::MemberErased,
        Rejection::ErasureBlocked { .. } => Code::ErasureBlocked,
        Rejection::Suppressed { .. } => Code::Suppressed,
        Rejection::PhoneOfAnother { .. } => Code::PhoneOfAnother,
        Rejection::InGroup { .. } => Code::InGroup,
        Rejection::BadGroup { .. } => Code::BadGroup,
        Rejection::Budget(rejection) => code_of_budget(rejection),
        Rejection::Deed(rejection) => code_of_deed(rejection),
        Rejection::Trade(rejection) => code_of_trade(rejection),
        Rejection::Settlement(rejection) => code_of_settlement(rejection),
        Rejection::Paying(rejection) => code_of_paying(rejection),
    }
}

const fn code_of_budget(rejection: &BudgetRejection) -> Code {
    match rejection {
        BudgetRejection::BudgetClosed { .. } => Code::BudgetClosed,
        BudgetRejection::OutsidePeriod { .. } => Code::OutsidePeriod,
        BudgetRejection::BadBudgetPlan { .. } => Code::BadBudgetPlan,
    }
}

const fn code_of_trade(rejection: &TradeRejection) -> Code {
    match rejection {
        TradeRejection::UnknownMerchant { .. } => Code::UnknownMerchant,
        TradeRejection::MerchantState { .. } => Code::MerchantState,
        TradeRejection::MerchantSuspended { .. } => Code::MerchantSuspended,
        TradeRejection::UnknownOffer { .. } => Code::UnknownOffer,
        TradeRejection::BadOffer { .. } => Code::BadOffer,
        TradeRejection::BadProfile { .. } => Code::BadProfile,
        TradeRejection::StockTaken { .. } => Code::StockTaken,
        TradeRejection::OfferState { .. } => Code::OfferState,
        TradeRejection::OfferNotOpen { .. } => Code::OfferNotOpen,
        TradeRejection::OfferNotHere { .. } => Code::OfferNotHere,
        TradeRejection::OfferNotNow { .. } => Code::OfferNotNow,
        TradeRejection::OutOfStock { .. } => Code::OutOfStock,
        TradeRejection::OfferLimitReached { .. } => Code::OfferLimitReached,
        TradeRejection::NotEligible { .. } => Code::NotEligible,
        TradeRejection::AmountRequired => Code::AmountRequired,
        TradeRejection::AmountUnwanted => Code::AmountUnwanted,
        TradeRejection::AmountTooSmall => Code::AmountTooSmall,
    }
}

const fn code_of_settlement(rejection: &SettlementRejection) -> Code {
    match rejection {
        SettlementRejection::UnknownFunder { .. } => Code::UnknownFunder,
        SettlementRejection::UnknownStatement { .. } => Code::UnknownStatement,
        SettlementRejection::NothingToSettle { .. } => Code::NothingToSettle,
        SettlementRejection::RateNeeded { .. } => Code::RateNeeded,
        SettlementRejection::StatementRange { .. } => Code::StatementRange,
        SettlementRejection::FundsExhausted { .. } => Code::FundsExhausted,
        SettlementRejection::AlreadyPaid { .. } => Code::AlreadyPaid,
        SettlementRejection::StatementState { .. } => Code::StatementState,
        SettlementRejection::StatementDisputed { .. } => Code::StatementDisputed,
        SettlementRejection::NotConfirmed { .. } => Code::NotConfirmed,
        SettlementRejection::StoreOnly => Code::StoreOnly,
        SettlementRejection::UnknownLine { .. } => Code::UnknownLine,
        SettlementRejection::AlreadyDisputed { .. } => Code::AlreadyDisputed,
        SettlementRejection::NoDispute { .. } => Code::NoDispute,
        SettlementRejection::TooManyDisputes { .. } => Code::TooManyDisputes,
        SettlementRejection::BadPayments { .. } => Code::BadPayments,
    }
}

const fn code_of_paying(rejection: &PayingRejection) -> Code {
    match rejection {
        PayingRejection::UndoOver { .. } => Code::UndoOver,
        PayingRejection::TooManyPayments { .. } => Code::TooManyPayments,
        PayingRejection::OfflineLimit { .. } => Code::OfflineLimit,
        PayingRejection::UnknownDevice { .. } => Code::UnknownDevice,
        PayingRejection::TooManyDevices { .. } => Code::TooManyDevices,
        PayingRejection::ObjectionLate { .. } => Code::ObjectionLate,
        PayingRejection::ChargeObjected { .. } => Code::ChargeObjected,
        PayingRejection::NoOpenObjection { .. } => Code::NoOpenObjection,
    }
}

const fn code_of_deed(rejection: &DeedRejection) -> Code {
    match rejection {
        DeedRejection::UnknownActivity { .. } => Code::UnknownActivity,
        DeedRejection::UnknownDeed { .. } => Code::UnknownDeed,
        DeedRejection::DeedAnswered { .. } => Code::DeedAnswered,
        DeedRejection::DeedState { .. } => Code::DeedState,
        DeedRejection::BadPlan { .. } => Code::BadPlan,
        DeedRejection::ActivityTaken { .. } => Code::ActivityTaken,
        DeedRejection::ActivityCancelled { .. } => Code::ActivityCancelled,
        DeedRejection::ActivityFull { .. } => Code::ActivityFull,
        DeedRejection::ActivityOver { .. } => Code::ActivityOver,
        DeedRejection::ActivityNotOpen { .. } => Code::ActivityNotOpen,
        DeedRejection::OutsideSlot { .. } => Code::OutsideSlot,
        DeedRejection::UnknownAttachment { .. } => Code::UnknownAttachment,
        DeedRejection::NoFence { .. } => Code::NoFence,
        DeedRejection::OutsideFence { .. } => Code::OutsideFence,
        DeedRejection::UnknownHazard { .. } => Code::UnknownHazard,
        DeedRejection::HazardState { .. } => Code::HazardState,
        DeedRejection::BothAwarded { .. } => Code::BothAwarded,
        DeedRejection::TooManyPhotos { .. } => Code::TooManyPhotos,
        DeedRejection::BadCode => Code::BadCode,
        DeedRejection::BadHours => Code::BadHours,
        DeedRejection::TimeCounted { .. } => Code::TimeCounted,
        DeedRejection::PhotoUsed { .. } => Code::PhotoUsed,
        DeedRejection::BadGrid { .. } => Code::BadGrid,
        DeedRejection::UnknownGrid { .. } => Code::UnknownGrid,
        DeedRejection::GridRetired { .. } => Code::GridRetired,
        DeedRejection::OutsideGrid { .. } => Code::OutsideGrid,
        DeedRejection::NoGridHere => Code::NoGridHere,
        DeedRejection::ShiftOpen { .. } => Code::ShiftOpen,
        DeedRejection::OutsideShift { .. } => Code::OutsideShift,
        DeedRejection::TooManyWaypoints { .. } => Code::TooManyWaypoints,
        DeedRejection::UnknownOrder { .. } => Code::UnknownOrder,
        DeedRejection::BadOrder { .. } => Code::BadOrder,
        DeedRejection::OrderState { .. } => Code::OrderState,
        DeedRejection::OrderTaken { .. } => Code::OrderTaken,
        DeedRejection::OrderOver { .. } => Code::OrderOver,
        DeedRejection::ClaimNotDue { .. } => Code::ClaimNotDue,
        DeedRejection::TooManyClaims { .. } => Code::TooManyClaims,
        DeedRejection::SkillsMissing { .. } => Code::SkillsMissing,
        DeedRejection::NotInTeam { .. } => Code::NotInTeam,
        DeedRejection::OwnProposal => Code::OwnProposal,
        DeedRejection::BadFact { .. } => Code::BadFact,
        DeedRejection::BadPledge { .. } => Code::BadPledge,
        DeedRejection::UnknownPledge { .. } => Code::UnknownPledge,
        DeedRejection::NotAppellant => Code::NotAppellant,
        DeedRejection::AlreadyAppealed { .. } => Code::AlreadyAppealed,
        DeedRejection::AppealOpen { .. } => Code::AppealOpen,
        DeedRejection::AppealOver { .. } => Code::AppealOver,
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let code = match &refusal {
            Refusal::WrongDeedKind { .. } => Code::WrongDeedKind,
            Refusal::OutsideEffectiveWindow { .. } => Code::OutsideEffectiveWindow,
            Refusal::MomentOutOfRange => Code::MomentOutOfRange,
            Refusal::UnknownFact { .. } => Code::UnknownFact,
            Refusal::DerivedFact { .. } => Code::DerivedFact,
            Refusal::WrongFactType { .. } => Code::WrongFactType,
            Refusal::WrongFactValue { .. } => Code::WrongFactValue,
            Refusal::MissingFact { .. } => Code::MissingFact,
            Refusal::UnknownEvidence { .. } => Code::UnknownEvidence,
            Refusal::MissingEvidence { .. } => Code::MissingEvidence,
            Refusal::OutsideGeofence { .. } => Code::OutsideGeofence,
            Refusal::NoRuleApplies { .. } => Code::NoRuleApplies,
            Refusal::NothingEarned { .. } => Code::NothingEarned,
            Refusal::Amount { .. } => Code::Amount,
        };
        Self::new(code, refusal.to_string()).with_all(&refusal)
    }
}

impl From<PolicyErrors> for Problem {
    fn from(errors: PolicyErrors) -> Self {
        let items = errors.iter().map(|error| FieldError {
            line: Some(error.line),
            column: Some(error.column),
            ..FieldError::new("/source", "policy", error.to_string())
        });
        Self::new(Code::InvalidPolicy, "the policy has errors").with_errors(items.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_and_its_problem_have_one_code() {
        let rejections = [
            Rejection::InvalidCode,
            Rejection::SelfAward,
            Rejection::SelfApproval,
            Rejection::NothingDue,
            Rejection::SameApprover,
            Rejection::NotSubmitter,
            Rejection::ReviewerInvolved,
            Rejection::ClosingOrder,
            Rejection::AmountNotPositive,
            Rejection::AmountOverflow,
            Rejection::AlreadyExists,
            Rejection::BadGroup { limit: 1 },
            Rejection::InsufficientPoints {
                available: Points::ZERO,
                requested: Points::MAX,
            },
        ];
        for rejection in rejections {
            assert_eq!(code_of(&rejection).name(), rejection.code());
        }
    }

    #[test]
    fn the_facts_of_a_rejection_stand_beside_its_detail() {
        let rejection = Rejection::InsufficientPoints {
            available: Points::from_hundredths(50),
            requested: Points::from_hundredths(1250),
        };
        let details = serde_json::to_value(Problem::from(rejection).details()).expect("json");
        assert_eq!(details["code"], "insufficient_points");
        assert_eq!(details["type"], "/problems/insufficient_points");
        assert_eq!(details["available"], "0.50");
        assert_eq!(details["requested"], "12.50");
        assert_eq!(details["status"], 409);
    }

    #[test]
    fn every_code_is_named_once() {
        for code in Code::ALL {
            assert_eq!(Code::from_name(code.name()), Some(*code));
        }
    }
}
