//! Differences in Chinese.

use super::{Change, Kind, What, Words};
use crate::points::{Points, Rounding};
use crate::policy::approval::{Approval, Raise};
use crate::policy::calendar::{Expiry, Period, RoundUp, Window};
use crate::policy::caps::{CapSubject, CapUnit, Over};
use crate::policy::condition::{Comparison, Condition};
use crate::policy::deed::kind;
use crate::policy::duplicates::{Alike, DuplicateReward};
use crate::policy::evidence::{ASKED, Evidence};
use crate::policy::explain::{DAY, Label, class_label, short};
use crate::policy::rule::Amount;
use crate::policy::trace::Combine;

pub(super) struct Chinese;

const fn zh(zh: &'static str, _: &'static str) -> &'static str {
    zh
}

fn label(on: &str, fact: &str) -> Label {
    Label::of(on, fact, zh)
}

/// Joined, with a space between Chinese and letters or digits.
fn spaced(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '×';
        let ends = (text.chars().last(), part.chars().next());
        if let (Some(last), Some(first)) = ends
            && (plain(last) && !plain(first) && !first.is_ascii() && first != '）'
                || !plain(last) && !last.is_ascii() && plain(first))
        {
            text.push(' ');
        }
        text.push_str(part);
    }
    text
}

impl Words for Chinese {
    fn only_text(&self) -> &'static str {
        "对骑手没有变化，只改了文字、注释或自带的例子。"
    }

    fn label(&self, what: What) -> &'static str {
        match what {
            What::Name => "代号",
            What::Title => "名称",
            What::On => "适用事项",
            What::Budget => "经费",
            What::Zone => "时区",
            What::DayStart => "一天的起算时刻",
            What::From => "施行首日",
            What::Until => "施行末日",
            What::Approval => "审核",
            What::Tiers => "加审",
            What::Notice => "公示期",
            What::Expiry => "到期",
            What::Reminders => "到期提醒",
            What::Unspent => "到期未用的积分",
            What::Grace => "到期后退回积分的可用期",
            What::DebtCap => "撤销后最多欠分",
            What::Recovered => "以后所得抵还欠分的比例",
            What::WriteOff => "欠分核销期限",
            What::Evidence => "凭据",
            What::Geofence => "地点范围",
            What::Duplicates => "重复认定",
            What::When => "条件",
            What::Points => "积分",
            What::Max => "单次上限",
            What::Combine => "多项加成的算法",
            What::Rounding => "取整",
            What::Times => "倍数",
            What::Subject => "计数对象",
            What::Window => "计数周期",
            What::Over => "超出时",
            What::Rules => "只计的规则",
            What::RuleOrder => "规则的先后",
            What::MultiplierOrder => "加成的先后",
            What::CapOrder => "上限的先后",
        }
    }

    fn row(&self, on: &str, by: &str, value: &str) -> String {
        let label = label(on, by);
        format!("{}“{}”的积分", label.name(by), label.word(value))
    }

    fn limit_of(&self, per: CapSubject, every: Window, unit: CapUnit, rules: &[String]) -> String {
        let unit = match unit {
            CapUnit::Points => "",
            CapUnit::Count => "次数",
        };
        let only = match rules {
            [] => String::new(),
            rules => format!("（只计{}）", self.titles(rules)),
        };
        format!(
            "{}{}{unit}上限{only}",
            self.subject(per),
            self.window(every)
        )
    }

    fn change(&self, Change { label, was, is }: &Change) -> String {
        match (was, is) {
            (Some(was), Some(is)) => spaced(&[label, "由", was, "改为", is]),
            (None, Some(is)) => format!("新增{label}：{is}"),
            (Some(was), None) => spaced(&["取消", label, "（原为", was, "）"]),
            (None, None) => format!("{label}有变化"),
        }
    }

    fn part(&self, label: &str, words: &str) -> String {
        if label.is_empty() {
            return words.to_owned();
        }
        format!("{label}：{words}")
    }

    fn phrases(&self, phrases: &[String]) -> String {
        phrases.join("；")
    }

    fn sentence(&self, phrase: &str) -> String {
        format!("{phrase}。")
    }

    fn named(&self, kind: Kind, title: &str) -> String {
        match kind {
            Kind::Rule => format!("规则“{title}”"),
            Kind::Multiplier => format!("加成“{title}”"),
            Kind::Cap => title.to_owned(),
        }
    }

    fn within(&self, named: &str, phrase: &str) -> String {
        format!("{named}：{phrase}")
    }

    fn added(&self, named: &str, after: Option<&str>, parts: &[String]) -> String {
        let after = after.map(|title| format!("（排在“{title}”之后）"));
        let after = after.unwrap_or_default();
        format!("新增{named}{after}：{}", self.phrases(parts))
    }

    fn removed(&self, named: &str, parts: &[String]) -> String {
        spaced(&["删去", named, "（原为", &self.phrases(parts), "）"])
    }

    fn titles(&self, titles: &[String]) -> String {
        let titles: Vec<_> = titles.iter().map(|title| self.quoted(title)).collect();
        titles.join("、")
    }

    fn quoted(&self, text: &str) -> String {
        format!("“{text}”")
    }

    fn kind_of_deed(&self, on: &str) -> String {
        kind(on).map_or(on, |kind| kind.zh).to_owned()
    }

    fn condition(&self, on: &str, condition: &Condition) -> Option<String> {
        let inner = |part: &Condition| match part {
            Condition::All(parts) | Condition::Any(parts) if parts.len() > 1 => {
                self.condition(on, part).map(|words| format!("（{words}）"))
            }
            other => self.condition(on, other),
        };
        let join = |parts: &[Condition], with: &str| {
            let words: Vec<_> = parts.iter().filter_map(inner).collect();
            words.join(with)
        };
        match condition {
            Condition::All(parts) if parts.is_empty() => None,
            Condition::Any(parts) if parts.is_empty() => Some("任何情况都不满足".to_owned()),
            Condition::All(parts) => Some(join(parts, "，且")),
            Condition::Any(parts) => Some(join(parts, "，或")),
            Condition::Fact {
                fact,
                comparison,
                negated,
            } => Some(compared(on, fact, comparison, *negated)),
        }
    }

    fn points(&self, points: Points) -> String {
        format!("{} 分", short(points))
    }

    fn amount(&self, on: &str, amount: &Amount) -> String {
        match amount {
            Amount::Fixed(points) => self.points(*points),
            Amount::Rate {
                rate,
                per,
                rounding,
            } => {
                let label = label(on, per);
                let (unit, name) = (label.unit(), label.name(per));
                let rounding = self.rounding(*rounding);
                format!("{name}每{unit} {}（{rounding}）", self.points(*rate))
            }
            Amount::Table { by, table } => {
                let label = label(on, by);
                let row = |(value, points): (&String, &Points)| {
                    format!("{} {}", label.word(value), self.points(*points))
                };
                let rows: Vec<_> = table.iter().map(row).collect();
                format!("按{}：{}", label.name(by), rows.join("、"))
            }
        }
    }

    fn rounding(&self, rounding: Rounding) -> String {
        let how = match rounding {
            Rounding::HalfUp => "四舍五入",
            Rounding::HalfEven => "四舍六入五成双",
            Rounding::Down => "舍去",
            Rounding::Up => "进一",
        };
        format!("百分位以下{how}")
    }

    fn combine(&self, combine: Combine) -> &'static str {
        match combine {
            Combine::Multiply => "连乘",
            Combine::Highest => "取最高一项",
            Combine::Add => "相加",
        }
    }

    fn evidence(&self, evidence: &Evidence) -> String {
        let labels = |classes: &[String]| {
            let labels: Vec<_> = classes.iter().map(|class| class_label(class, zh)).collect();
            labels.join("、")
        };
        match evidence {
            Evidence::All(classes) => format!("须有{}", labels(classes)),
            Evidence::Any(classes) => format!("须有{}之一", labels(classes)),
        }
    }

    fn approval(&self, approval: Approval) -> &'static str {
        match approval {
            Approval::None => "无须审核",
            Approval::Single => "一人审核",
            Approval::TwoPerson => "两人先后审核",
        }
    }

    fn tiers(&self, on: &str, raises: &[Raise]) -> Option<String> {
        let tier = |raise: &Raise| {
            let points = raise
                .points_at_least
                .map(|least| format!("满 {}", self.points(least)));
            let parts: Vec<_> = self
                .condition(on, &raise.when)
                .into_iter()
                .chain(points)
                .collect();
            format!("{}须{}", parts.join("且"), self.approval(raise.tier))
        };
        let tiers: Vec<_> = raises.iter().map(tier).collect();
        (!tiers.is_empty()).then(|| tiers.join("，"))
    }

    fn length(&self, seconds: i64) -> String {
        match seconds % DAY {
            0 => format!("{} 天", seconds / DAY),
            _ => format!("{} 小时", seconds / 3_600),
        }
    }

    fn expiry(&self, Expiry { after, round_up }: Expiry) -> String {
        let after = match after {
            Period::Days(days) => format!("{days} 天"),
            Period::Months(months) => format!("{months} 个月"),
        };
        let end = match round_up {
            None => "",
            Some(RoundUp::Month) => "，延至当月月底",
            Some(RoundUp::Quarter) => "，延至当季季末",
            Some(RoundUp::Year) => "，延至当年年底",
        };
        format!("满 {after}{end}")
    }

    fn days(&self, days: &[i64]) -> String {
        let days: Vec<_> = days.iter().map(|days| format!("{days} 天")).collect();
        days.join("、")
    }

    fn unspent(&self, to_budget: bool) -> &'static str {
        if to_budget {
            "退回本项资金"
        } else {
            "作废"
        }
    }

    fn duplicates(&self, on: &str, alike: &Alike) -> String {
        let names: Vec<_> = alike
            .key
            .iter()
            .map(|fact| label(on, fact).name(fact))
            .collect();
        let within = alike
            .radius_metres
            .map(|metres| format!("、相距 {metres} 米以内"));
        let reward = match alike.reward {
            DuplicateReward::Share => "共享一份积分",
            DuplicateReward::First => "只计第一次",
        };
        let length = self.length(alike.window_seconds);
        let within = within.unwrap_or_default();
        format!(
            "{}相同、{length}以内{within}的算同一件事，{reward}",
            names.join("、")
        )
    }

    fn subject(&self, per: CapSubject) -> &'static str {
        match per {
            CapSubject::Member => "每人",
            CapSubject::Grid => "每个网格",
            CapSubject::Team => "每支队伍",
            CapSubject::Approver => "每位审核人",
            CapSubject::Budget => "本项资金",
        }
    }

    fn window(&self, every: Window) -> String {
        match every {
            Window::Day => "每天".to_owned(),
            Window::Week => "每周".to_owned(),
            Window::Month => "每月".to_owned(),
            Window::Quarter => "每季度".to_owned(),
            Window::Year => "每年".to_owned(),
            Window::Rolling { days } => format!("任意连续 {days} 天"),
        }
    }

    fn count(&self, unit: CapUnit, limit: i64) -> String {
        match unit {
            CapUnit::Points => self.points(Points::from_hundredths(limit)),
            CapUnit::Count => format!("{limit} 次"),
        }
    }

    fn over(&self, over: Over) -> &'static str {
        match over {
            Over::Clip => "计到上限为止",
            Over::Reject => "整笔不计",
            Over::Queue => "等有余量再计",
        }
    }
}

/// One fact and what it has to be.
fn compared(on: &str, fact: &str, comparison: &Comparison, negated: bool) -> String {
    if let Some(class) = fact.strip_prefix(ASKED) {
        let has = if negated { "没有" } else { "有" };
        return format!("{has}凭据{}", class_label(class, zh));
    }
    let label = label(on, fact);
    let wanted = match comparison {
        Comparison::Is(value) => format!("为{}", label.value(value)),
        Comparison::IsNot(value) => format!("不为{}", label.value(value)),
        Comparison::In(values) => format!("为{}之一", label.values(values, "、")),
        Comparison::AtLeast(n) => format!("不少于 {}", n.normalize()),
        Comparison::AtMost(n) => format!("不多于 {}", n.normalize()),
        Comparison::MoreThan(n) => format!("多于 {}", n.normalize()),
        Comparison::LessThan(n) => format!("少于 {}", n.normalize()),
        Comparison::Between(low, high) => {
            format!("在 {} 到 {} 之间", low.normalize(), high.normalize())
        }
    };
    let name = label.name(fact);
    if negated {
        format!("并非{name}{wanted}")
    } else {
        format!("{name}{wanted}")
    }
}
