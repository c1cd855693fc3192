//! Why a deed has no award, in words.

use super::{DeedRejection, WhyNot};
use crate::machine::Rejection;
use crate::policy::{Language, explain_reached, explain_refusal};

/// In sentences, for whoever did it. `kind` is the deed's.
pub fn explain_why_not(kind: &str, why: &WhyNot, language: Language) -> Vec<String> {
    let one = |zh: &str, en: &str| {
        vec![match language {
            Language::Zh => zh.to_owned(),
            Language::En => en.to_owned(),
        }]
    };
    match why {
        WhyNot::TooShort => one(
            "签到到签退不足一分钟，没有可计的时长。",
            "There was less than a minute between check-in and check-out.",
        ),
        WhyNot::TooFewPoints { points, needed } => one(
            &format!(
                "这一班只算到过 {points} 个不同的地点，至少要 {needed} 个：站着不动，或在两点之间来回，不算巡查。"
            ),
            &format!(
                "Only {points} different places count on this shift, and it needs {needed}: standing still, or going to and fro, is no patrol."
            ),
        ),
        WhyNot::TimeCounted { .. } => one(
            "这段时间与您已计分的另一件事重叠，同一时间只计一次。",
            "Some of this time counts for something else you did: an hour counts once.",
        ),
        WhyNot::NoPolicy => one(
            "事情发生时，还没有办法给这类事项计分。",
            "No policy awarded deeds of this kind when it happened.",
        ),
        WhyNot::SeveralPolicies => one(
            "有几个办法都给这类事项计分，请工作人员指定一个。",
            "Several policies award deeds of this kind: staff have to name one.",
        ),
        WhyNot::Refused { refusal, .. } => explain_refusal(kind, refusal, language),
        WhyNot::Rejected(rejection) => rejected(rejection, language, one),
    }
}

fn rejected(
    rejection: &Rejection,
    language: Language,
    one: impl Fn(&str, &str) -> Vec<String>,
) -> Vec<String> {
    match rejection {
        Rejection::CapReached(reached) => vec![explain_reached(reached, language)],
        Rejection::BudgetExhausted { .. } => one(
            "专项资金暂时不够，工作人员可以在资金补充后重新登记。",
            "The budget is used up for now: staff can ask again once it is filled.",
        ),
        Rejection::Budget(_) => one(
            "这件事不在专项资金的使用期内，或资金已经结账：工作人员安排好资金后可以重新登记。",
            "The budget pays for deeds of another time, or is closed: staff can ask again once another pays for this.",
        ),
        Rejection::DuplicateDeed { .. } => one(
            "同一件事已经有人登记，只计一次。",
            "Somebody reported the same thing: it counts once.",
        ),
        Rejection::Deed(DeedRejection::PhotoUsed { .. }) => one(
            "照片和另一件已计分的事项是同一张（缩小、调亮或转存过的也算），同一张照片只计一次。",
            "The same photo was awarded for something else before, perhaps smaller, brighter or saved again: a photo counts once.",
        ),
        Rejection::Deed(DeedRejection::HazardState { .. }) => one(
            "这条上报核查后不属实，不计分。",
            "It was looked at, and nothing came of the report.",
        ),
        Rejection::PositionNeeded { .. } => one(
            "还不知道在哪里，工作人员补上位置后可以重新登记。",
            "It is not known where it was: once staff have said so it can be asked for again.",
        ),
        Rejection::AlreadyAwarded { .. } => {
            one("这件事已经发过积分。", "This has been awarded before.")
        }
        Rejection::SelfAward => one(
            "组织者不能给自己发放积分，请另一位工作人员登记。",
            "Nobody awards themselves: another member of staff has to ask for it.",
        ),
        Rejection::AlreadyExpired { .. } => one(
            "按办法这笔积分已经过期。",
            "By the policy these points have expired already.",
        ),
        other => one(
            &format!("没有发放（{}），请联系工作人员。", other.code()),
            &format!("It was not awarded ({}): ask the staff.", other.code()),
        ),
    }
}
