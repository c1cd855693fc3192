//! The kinds of deed and the facts each declares: the whole vocabulary of policies.
//!
//! What is not declared here cannot be rewarded. There is no fact for how fast somebody was, how
//! many days running they reported, or who they are or belong to; nor may one be added.

use serde::Serialize;

/// A kind of deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DeedKind {
    /// The name used in deeds and policies.
    pub name: &'static str,
    /// The Chinese label.
    pub zh: &'static str,
    /// The English label.
    pub en: &'static str,
    /// The facts it declares, the derived ones last.
    pub facts: &'static [FactSpec],
}

/// A declared fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FactSpec {
    /// The name used in deeds and policies.
    pub name: &'static str,
    /// The Chinese label.
    pub zh: &'static str,
    /// The English label.
    pub en: &'static str,
    /// What values it takes.
    #[serde(rename = "type")]
    pub kind: FactType,
    /// Whether every deed of the kind states it.
    pub required: bool,
    /// Whether it is computed before rules run, and so never given.
    pub derived: bool,
}

/// What values a fact takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum FactType {
    /// Yes or no.
    Bool,
    /// A number from `min` to `max` with at most `places` decimal places.
    Number {
        /// What is counted.
        unit: Unit,
        /// The smallest value.
        min: i64,
        /// The largest value.
        max: i64,
        /// How many decimal places at most.
        places: u32,
    },
    /// One word of a list.
    Choice {
        /// The list.
        values: &'static [Choice],
    },
    /// An identifier of at most 64 letters, digits and `-_.:/`, all ASCII: a grid or a list number,
    /// never free text.
    Code,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Minutes of time.
    Minutes,
    /// Hours of time.
    Hours,
    /// The hour of the day, 0 to 23.
    HourOfDay,
    /// People.
    People,
    /// Things, by the piece.
    Pieces,
}

/// One word a fact may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The word used in deeds and policies.
    pub value: &'static str,
    /// The Chinese label.
    pub zh: &'static str,
    /// The English label.
    pub en: &'static str,
}

/// Every kind of deed.
pub fn kinds() -> &'static [DeedKind] {
    KINDS
}

/// The kind of that name.
pub fn kind(name: &str) -> Option<&'static DeedKind> {
    KINDS.iter().find(|kind| kind.name == name)
}

impl DeedKind {
    /// The fact of that name.
    pub fn fact(&self, name: &str) -> Option<&'static FactSpec> {
        self.facts.iter().find(|fact| fact.name == name)
    }
}

impl FactType {
    /// The words of a choice; none for other types.
    pub const fn choices(&self) -> &'static [Choice] {
        match self {
            Self::Choice { values } => values,
            Self::Bool | Self::Number { .. } | Self::Code => &[],
        }
    }

    /// Which values it takes, in words.
    pub fn describe(&self) -> String {
        match self {
            Self::Bool => "true or false".to_owned(),
            Self::Number {
                min, max, places, ..
            } => match places {
                0 => format!("a whole number from {min} to {max}"),
                _ => format!("a number from {min} to {max} with at most {places} decimal places"),
            },
            Self::Choice { values } => {
                let words: Vec<_> = values.iter().map(|choice| choice.value).collect();
                format!("one of: {}", words.join(", "))
            }
            Self::Code => "a code of at most 64 letters, digits and -_.:/".to_owned(),
        }
    }
}

impl Unit {
    /// The unit after a number, in Chinese and in English.
    pub const fn labels(self) -> (&'static str, &'static str) {
        match self {
            Self::Minutes => ("分钟", "minutes"),
            Self::Hours => ("小时", "hours"),
            Self::HourOfDay => ("点", "o'clock"),
            Self::People => ("人", "people"),
            Self::Pieces => ("个", "pieces"),
        }
    }
}

const fn choice(value: &'static str, zh: &'static str, en: &'static str) -> Choice {
    Choice { value, zh, en }
}

const fn given(name: &'static str, zh: &'static str, en: &'static str, kind: FactType) -> FactSpec {
    FactSpec {
        name,
        zh,
        en,
        kind,
        required: true,
        derived: false,
    }
}

const fn optional(fact: FactSpec) -> FactSpec {
    FactSpec {
        required: false,
        ..fact
    }
}

const fn derived(fact: FactSpec) -> FactSpec {
    FactSpec {
        derived: true,
        ..fact
    }
}

const fn count(unit: Unit, min: i64, max: i64) -> FactType {
    FactType::Number {
        unit,
        min,
        max,
        places: 0,
    }
}

const fn one_of(values: &'static [Choice]) -> FactType {
    FactType::Choice { values }
}

/// A deed lasts at most a day; what lasts longer is several deeds.
const MINUTES: FactSpec = given("minutes", "时长", "duration", count(Unit::Minutes, 1, 1440));

/// `minutes` / 60, rounded down to two places.
const HOURS: FactSpec = derived(given(
    "hours",
    "小时数",
    "hours",
    FactType::Number {
        unit: Unit::Hours,
        min: 0,
        max: 24,
        places: 2,
    },
));

/// The hour on the wall clock of the programme's zone when the deed began.
const LOCAL_HOUR: FactSpec = derived(given(
    "local_hour",
    "当地钟点",
    "local hour",
    count(Unit::HourOfDay, 0, 23),
));

/// The weekday of the programme's day: at 03:00 on Saturday, before a day that starts at 04:00, it
/// is still Friday.
const WEEKDAY: FactSpec = derived(given(
    "weekday",
    "星期",
    "weekday",
    one_of(&[
        choice("monday", "星期一", "Monday"),
        choice("tuesday", "星期二", "Tuesday"),
        choice("wednesday", "星期三", "Wednesday"),
        choice("thursday", "星期四", "Thursday"),
        choice("friday", "星期五", "Friday"),
        choice("saturday", "星期六", "Saturday"),
        choice("sunday", "星期日", "Sunday"),
    ]),
));

const BENEFICIARY: FactSpec = given(
    "beneficiary",
    "服务对象",
    "beneficiary",
    one_of(&[
        choice("elderly", "老人", "the elderly"),
        choice("child", "儿童", "children"),
        choice("hardship", "困难群众", "people in hardship"),
        choice("community", "社区居民", "the community"),
    ]),
);

const KINDS: &[DeedKind] = &[
    DeedKind {
        name: "attendance",
        zh: "参加活动",
        en: "attendance",
        facts: &[
            given(
                "activity",
                "活动类型",
                "activity",
                one_of(&[
                    choice("meeting", "会议", "meeting"),
                    choice("study", "学习", "study"),
                    choice("party_day", "主题党日", "party day"),
                    choice("training", "培训", "training"),
                ]),
            ),
            optional(MINUTES),
            optional(HOURS),
            LOCAL_HOUR,
            WEEKDAY,
        ],
    },
    DeedKind {
        name: "patrol_shift",
        zh: "网格巡查",
        en: "patrol shift",
        facts: &[
            MINUTES,
            given("grid", "网格", "grid", FactType::Code),
            optional(given(
                "checkpoints",
                "巡查点位",
                "checkpoints",
                count(Unit::Pieces, 0, 200),
            )),
            HOURS,
            LOCAL_HOUR,
            WEEKDAY,
        ],
    },
    DeedKind {
        name: "hazard_report",
        zh: "隐患上报",
        en: "hazard report",
        facts: &[
            given(
                "category",
                "隐患类别",
                "category",
                one_of(&[
                    choice("fire", "消防隐患", "fire"),
                    choice("road", "道路设施", "road"),
                    choice("electrical", "用电隐患", "electrical"),
                    choice("gas", "燃气隐患", "gas"),
                    choice("facility", "公共设施", "public facility"),
                    choice("environment", "环境卫生", "environment"),
                    choice("dispute", "矛盾纠纷", "dispute"),
                    choice("traffic", "交通拥堵", "traffic"),
                    choice("other", "其他", "other"),
                ]),
            ),
            given(
                "severity",
                "严重程度",
                "severity",
                one_of(&[
                    choice("low", "一般", "low"),
                    choice("medium", "较大", "medium"),
                    choice("high", "重大", "high"),
                ]),
            ),
            given(
                "outcome",
                "处置结果",
                "outcome",
                one_of(&[
                    choice("verified", "已核实", "verified"),
                    choice("fixed", "已整改", "fixed"),
                ]),
            ),
            LOCAL_HOUR,
            WEEKDAY,
        ],
    },
    DeedKind {
        name: "volunteer_service",
        zh: "志愿服务",
        en: "volunteer service",
        facts: &[
            MINUTES,
            BENEFICIARY,
            optional(given(
                "people_served",
                "服务人数",
                "people served",
                count(Unit::People, 1, 1000),
            )),
            HOURS,
            LOCAL_HOUR,
            WEEKDAY,
        ],
    },
    DeedKind {
        name: "request_fulfilled",
        zh: "群众点单",
        en: "request fulfilled",
        facts: &[
            given(
                "category",
                "点单类别",
                "category",
                one_of(&[
                    choice("errand", "跑腿代办", "errand"),
                    choice("delivery", "送餐送药", "delivery"),
                    choice("repair", "维修", "repair"),
                    choice("escort", "陪护出行", "escort"),
                    choice("wish", "微心愿", "small wish"),
                    choice("other", "其他", "other"),
                ]),
            ),
            BENEFICIARY,
            given("confirmed", "群众已确认", "confirmed", FactType::Bool),
            optional(MINUTES),
            optional(HOURS),
            LOCAL_HOUR,
            WEEKDAY,
        ],
    },
    DeedKind {
        name: "exceptional",
        zh: "突出事迹",
        en: "exceptional deed",
        facts: &[
            given(
                "category",
                "事迹类别",
                "category",
                one_of(&[
                    choice("rescue", "救人", "rescue"),
                    choice("firefighting", "救火", "firefighting"),
                    choice("disaster_relief", "抢险救灾", "disaster relief"),
                    choice("bravery", "见义勇为", "bravery"),
                    choice("honesty", "拾金不昧", "honesty"),
                    choice("other", "其他", "other"),
                ]),
            ),
            given("verified", "经核实", "verified", FactType::Bool),
            LOCAL_HOUR,
            WEEKDAY,
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_declared_once() {
        let names: BTreeSet<_> = kinds().iter().map(|kind| kind.name).collect();
        assert_eq!(names.len(), kinds().len());
        for kind in kinds() {
            let facts: BTreeSet<_> = kind.facts.iter().map(|fact| fact.name).collect();
            assert_eq!(facts.len(), kind.facts.len(), "{}", kind.name);
        }
    }

    #[test]
    fn nothing_declared_rewards_speed_streaks_or_who_somebody_is() {
        let banned = [
            "speed",
            "elapsed",
            "latency",
            "response",
            "rank",
            "fastest",
            "first",
            "streak",
            "age",
            "gender",
            "party_member",
            "platform",
            "origin",
            "member",
        ];
        for fact in kinds().iter().flat_map(|kind| kind.facts) {
            assert!(!banned.contains(&fact.name), "{}", fact.name);
        }
    }
}
