//! Why a command is turned down, in a sentence for the person at the page.

use ledger::machine::Rejection;
use ledger::policy::explain_reached;

use super::{award_state, budget, deeds, paying, redemption_state, settlement, trade};
use crate::web::format::points;
use crate::web::reading::{language, say, t};

/// The sentence; what nobody at a page can bring about is told by its code.
pub fn rejection(rejection: &Rejection) -> String {
    let words = match rejection {
        Rejection::InsufficientPoints {
            available,
            requested,
        } => {
            let (wanted, left) = (points(*requested), points(*available));
            return say!(
                "积分不足：要收 {wanted} 分，可用 {left} 分，没有扣分。",
                "Not enough points: {wanted} asked for, {left} to spend. Nothing was taken."
            );
        }
        Rejection::InvalidCode => t(
            "付款码无效：可能输错了、已过期或已用过。请骑手换一个新码。",
            "The payment code is mistyped, expired or used. Ask the rider for a new one.",
        ),
        Rejection::AmountNotPositive => t("积分数要大于 0。", "Points must be more than 0."),
        Rejection::AmountOverflow => t("积分数太大了。", "That is too many points."),
        Rejection::BudgetExhausted {
            available,
            requested,
            ..
        } => {
            let (wanted, left) = (points(*requested), points(*available));
            return say!(
                "专项资金不足：需要 {wanted} 分，只剩 {left} 分。",
                "The budget is short: {wanted} points needed, {left} left."
            );
        }
        Rejection::CapReached(reached) => return explain_reached(reached, language()),
        Rejection::AlreadyAwarded { .. } => t(
            "这件事已经登记过，不能重复发放。",
            "This is recorded already and is awarded only once.",
        ),
        Rejection::DuplicateDeed { .. } => t(
            "同一件事已经有人登记，不能再计一次。",
            "Somebody has recorded the same already. It counts only once.",
        ),
        Rejection::PositionNeeded { radius } => {
            return say!(
                "请注明事发地点：相距 {radius} 米以内的算同一件事。",
                "Say where it happened: deeds within {radius} metres of each other are one."
            );
        }
        Rejection::DeedTooLate { .. } => t(
            "登记太晚：事情发生后 30 天内才能登记。",
            "Too late: a deed is recorded within 30 days.",
        ),
        Rejection::ReportsUndecided { reports } => {
            return say!(
                "同一件事还有 {reports} 份登记没有审核或复核完，完了再平分。",
                "Records of the same deed still to be decided: {reports}. \
                 The points are shared after that."
            );
        }
        Rejection::AlreadyExpired { .. } => t(
            "按办法这笔积分已经过期，不能发放。",
            "By the policy these points have expired already and cannot be paid out.",
        ),
        Rejection::SelfAward => t(
            "不能给自己发放，也不能收自己的积分。",
            "Nobody awards themselves or charges their own points.",
        ),
        Rejection::SelfApproval => t(
            "不能审核自己登记的、或受益人是自己的奖励，请另一位工作人员审核。",
            "You cannot approve what you recorded or benefit from. Ask another member of staff.",
        ),
        Rejection::SameApprover => t(
            "这笔奖励您已审核过，还需要另一位工作人员审核。",
            "You have approved this award. Another member of staff has to as well.",
        ),
        Rejection::SameNode => t(
            "同一组织的工作人员已审核过，还需要另一个组织的人审核。",
            "Somebody of the same organisation has approved it. It takes one of another too.",
        ),
        Rejection::StaffLeft { .. } => t(
            "这位工作人员已经离岗。",
            "This member of staff has left the post.",
        ),
        Rejection::NotSubmitter => t(
            "只有登记人可以撤回这笔奖励。",
            "Only whoever recorded this award can withdraw it.",
        ),
        Rejection::NoticeOpen { .. } => t("公示还没有结束。", "The public notice is not over yet."),
        Rejection::NoticeClosed { .. } => t(
            "公示已经结束，不能再提异议。",
            "The public notice is over. Nobody can object any more.",
        ),
        Rejection::AwardFrozen { .. } => t(
            "有人提出异议，复核之前不能处理。",
            "Somebody has objected. Nothing can be done before the review.",
        ),
        Rejection::AlreadyObjected { .. } => t(
            "这笔奖励已经有人提过异议。",
            "Somebody has objected to this award before.",
        ),
        Rejection::NoObjection { .. } => t(
            "这笔奖励没有异议需要复核。",
            "There is no objection to this award to review.",
        ),
        Rejection::ReviewerInvolved => t(
            "与这笔奖励或异议有关的人不能复核，请另一位工作人员复核。",
            "Whoever has part in this award or objection cannot review it. Ask another.",
        ),
        Rejection::DeedInFuture { .. } => t(
            "事情还没有发生，不能先登记发放。",
            "This has not happened yet, so it cannot be recorded.",
        ),
        Rejection::AwardAlreadyDecided { state, .. } => {
            let state = award_state(*state);
            return say!(
                "这笔奖励{state}，不用再处理。",
                "This award is marked “{state}”. There is nothing left to do."
            );
        }
        Rejection::HoldAlreadyResolved { state, .. } => {
            let state = redemption_state(*state);
            return say!(
                "这笔兑换{state}，不用再处理。",
                "This redemption is marked “{state}”. There is nothing left to do."
            );
        }
        Rejection::HoldExpired { .. } => t(
            "冻结已经到期，积分会退回骑手，不能再收取。",
            "The hold has expired. The points go back to the rider and cannot be taken.",
        ),
        Rejection::HoldNotDue { .. } => t("冻结还没有到期。", "The hold has not expired yet."),
        Rejection::CaptureExceedsHold {
            authorised,
            requested,
        } => {
            let (held, wanted) = (points(*authorised), points(*requested));
            return say!(
                "只冻结了 {held} 分，不能收取 {wanted} 分。",
                "Only {held} are on hold, so {wanted} cannot be taken."
            );
        }
        Rejection::NotCaptured { .. } => t(
            "这笔兑换还没有收取，无需撤销。",
            "This redemption has not been charged, so there is nothing to undo.",
        ),
        Rejection::RefundExceedsCapture { refundable, .. } if refundable.is_zero() => t(
            "这笔兑换已经撤销或全部退回，没有可退的了。",
            "This redemption was undone or given back as a whole already.",
        ),
        Rejection::RefundExceedsCapture { refundable, .. } => {
            let most = points(*refundable);
            return say!(
                "最多还能退 {most} 分。",
                "No more than {most} can still be given back."
            );
        }
        Rejection::UnknownMember { .. } => t("没有这位骑手。", "There is no such rider."),
        Rejection::UnknownStore { .. } => t("没有这家门店。", "There is no such store."),
        Rejection::UnknownAward { .. } => t("没有这笔奖励。", "There is no such award."),
        Rejection::UnknownRedemption { .. } => t(
            "没有这笔兑换，或不是本店的。",
            "There is no such redemption, or it is not this store's.",
        ),
        Rejection::UnknownBudget { budget } => {
            return say!(
                "没有编号为“{budget}”的专项资金。",
                "There is no budget “{budget}”."
            );
        }
        Rejection::ProgramClosed { .. } => t(
            "积分计划已经停止办理这项业务。",
            "The programme does not handle this any more.",
        ),
        Rejection::MemberMerged { .. } => t(
            "这位骑手的账户已经并入另一个账户，请用合并后的账户办理。",
            "This rider's account was merged into another. Please use that one.",
        ),
        Rejection::MemberErased { .. } => t(
            "这位骑手的个人信息已经注销。",
            "This rider's personal data have been erased.",
        ),
        Rejection::ErasureBlocked { .. } => t(
            "还有冻结的积分或未复核的异议，办结之后才能注销。",
            "There are points on hold or objections to review. These come first.",
        ),
        Rejection::Suppressed { .. } => t(
            "该手机号或证件号刚刚注销，暂时不能重新登记。",
            "This phone or ID number was erased just now and cannot be enrolled again yet.",
        ),
        Rejection::PhoneOfAnother { .. } => t(
            "该手机号登记在另一位骑手名下，请先为对方变更手机号。",
            "This phone number is another rider's. Please change that rider's number first.",
        ),
        Rejection::MergeIntoSelf { .. } => t(
            "不能把账户并入它自己。",
            "An account cannot be merged into itself.",
        ),
        Rejection::InGroup {
            line,
            rejection: inner,
        } => {
            let why = self::rejection(inner);
            return say!("第 {line} 行：{why}", "Line {line}: {why}");
        }
        Rejection::Deed(rejection) => return deeds::rejection(rejection),
        Rejection::Budget(rejection) => return budget::rejection(rejection),
        Rejection::Trade(rejection) => return trade::rejection(rejection),
        Rejection::Settlement(rejection) => return settlement::refusal(rejection),
        Rejection::Paying(rejection) => return paying::rejection(rejection),
        Rejection::TooManyLayers { limit } => {
            return say!(
                "地图最多 {limit} 个图层。",
                "A map has at most {limit} layers."
            );
        }
        Rejection::LayerName { .. }
        | Rejection::UnknownDraft { .. }
        | Rejection::DraftNotReady { .. }
        | Rejection::TooManyDrafts { .. }
        | Rejection::NothingDue
        | Rejection::ClosingTooEarly { .. }
        | Rejection::ClosingOrder
        | Rejection::AlreadyExists
        | Rejection::UnknownReference
        | Rejection::OrganizationKind { .. }
        | Rejection::UnknownAccess { .. }
        | Rejection::AlreadyEnded { .. }
        | Rejection::UnreadablePolicy { .. }
        | Rejection::EffectiveInPast { .. }
        | Rejection::Superseded { .. }
        | Rejection::BadGroup { .. } => {
            let code = rejection.code();
            return say!("没有办成（{code}）。", "It was not done ({code}).");
        }
    };
    words.to_owned()
}
