//! The declarations themselves.

use super::{Choice, DeedKind, FactSpec, FactType, Unit};

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

const PEOPLE_SERVED: FactSpec = given(
    "people_served",
    "服务人数",
    "people served",
    count(Unit::People, 1, 1000),
);

/// The grid it was done in.
const GRID: FactSpec = given("grid", "网格", "grid", FactType::Code);

/// The team it was done with. For caps: a condition may not ask it.
const TEAM: FactSpec = given("team", "队伍", "team", FactType::Code);

pub(super) const KINDS: &[DeedKind] = &[
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
            optional(TEAM),
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
            GRID,
            optional(TEAM),
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
            optional(GRID),
            optional(TEAM),
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
            optional(PEOPLE_SERVED),
            optional(GRID),
            optional(TEAM),
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
            optional(PEOPLE_SERVED),
            optional(MINUTES),
            optional(GRID),
            optional(TEAM),
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
