//! Names for the demo's people. Put together by chance; whoever is really called so is not meant.

use std::collections::BTreeSet;

use ledger::clock::Timestamp;
use ledger::community::personal::{Consent, Identity, Personal, Phone, Platform};

use super::cast::{
    ADMINISTRATOR, APPROVER, AUDITOR, EXPIRING, HOLDING, OWING, RICH, SECOND_ADMINISTRATOR,
    SECOND_TRADER, SUBMITTER, TRADER, TREASURER,
};
use super::chance::Chance;
use crate::commands::Failure;
use crate::consent;

/// As common in Shenyang: the frequent ones stand here more than once.
const FAMILY: &[&str] = &[
    "王", "王", "王", "李", "李", "李", "张", "张", "张", "刘", "刘", "刘", "陈", "杨", "赵", "赵",
    "孙", "孙", "周", "吴", "徐", "马", "于", "高", "郭", "宋", "崔", "金", "关", "佟", "那", "白",
    "姜", "邹", "韩", "曹", "董", "冯", "程", "潘", "许", "沈", "朱", "胡", "林", "何", "罗", "曲",
];

const GIVEN: &[&str] = &[
    "志强", "建华", "海涛", "立新", "永刚", "大勇", "国庆", "春生", "铁军", "洪亮", "晓东", "宝山",
    "忠伟", "德明", "长江", "庆丰", "连成", "文博", "子豪", "宇航", "浩然", "佳明", "俊杰", "鹏飞",
    "凯", "磊", "超", "鑫", "帅", "旭", "强", "伟", "军", "涛", "斌", "刚", "亮", "龙", "岩", "峰",
    "玉兰", "秀英", "丽娜", "艳红", "晓丽", "春梅", "雪", "婷婷", "佳琪", "丹", "颖", "静怡", "欣",
    "淑华", "凤霞", "海燕", "思雨", "美玲", "冬梅", "红",
];

/// Staff: name, the organization they work for, and whether they also ride.
pub const STAFF: &[(&str, &str, bool)] = &[
    (SUBMITTER, "黄海社区", false),
    (APPROVER, "迎宾路街道", false),
    ("王洪伟", "怒江社区", true),
    ("刘畅", "永安社区", false),
    ("孙丽华", "城东湖街道", false),
    ("高鹏", "沙岭社区", true),
    ("徐静", "沙岭街道", false),
    ("吴桂芳", "西江社区", false),
    ("马俊峰", "陵西街道", false),
    ("郭晓光", "阳光社区", true),
    ("于洋", "南阳湖街道", false),
    ("崔明哲", "造化社区", false),
    (SECOND_ADMINISTRATOR, "于洪区", false),
];

/// Staff of the district's office, who enter nothing.
pub const OFFICE: &[&str] = &[ADMINISTRATOR, TREASURER, TRADER, SECOND_TRADER];

/// For whom the riders ride: names of no company.
const PLATFORMS: &[&str] = &["云雀快递", "飞蜂外卖", "同路出行", "大道货运"];

/// Where the homes of some are.
const HOMES: &[&str] = &[
    "河南省示例县",
    "吉林省示例市",
    "黑龙江省示例县",
    "内蒙古示例旗",
];

/// All that is held about a rider. The phones begin with 154, a range that no operator was given, the identity numbers with 99, which is no
/// province: they are nobody's. They are not round, so that a search for them finds no moment or amount.
pub fn personal(rider: usize, name: String, now: Timestamp) -> Result<Personal, Failure> {
    let platform = |index: usize| Platform {
        name: PLATFORMS[index % PLATFORMS.len()].to_owned(),
        account: Some(format!("rider-{rider}")),
    };
    // Every sixth rides for two.
    let platforms = [
        Some(platform(rider)),
        rider.is_multiple_of(6).then(|| platform(rider + 1)),
    ];
    let home = (rider % 4 == 1).then(|| HOMES[rider / 4 % HOMES.len()].to_owned());
    Ok(Personal {
        name,
        phones: vec![Phone::parse(&format!(
            "154{:08}",
            31_700_011 + rider * 79_193
        ))?],
        platforms: platforms.into_iter().flatten().collect(),
        identity: (rider % 5 == 2).then(|| identity(rider)).flatten(),
        home,
        consents: vec![Consent {
            version: consent::in_force().version.to_owned(),
            at: now,
        }],
    })
}

/// An identity number with the check character that fits.
fn identity(rider: usize) -> Option<Identity> {
    let digits = format!("99000019900101{rider:03}");
    let mut checks = "0123456789X".chars();
    checks.find_map(|check| Identity::parse(&format!("{digits}{check}")).ok())
}

/// The riders' names, each once; those with a story first, then staff who also ride.
pub fn riders(count: usize) -> Vec<String> {
    let mut names: Vec<String> = [RICH, EXPIRING, OWING, HOLDING].map(str::to_owned).to_vec();
    let riding = STAFF.iter().filter(|(_, _, rides)| *rides);
    names.extend(riding.map(|(name, _, _)| (*name).to_owned()));
    let mut taken: BTreeSet<String> = names.iter().cloned().collect();
    taken.extend(STAFF.iter().map(|(name, _, _)| (*name).to_owned()));
    taken.insert(AUDITOR.to_owned());
    let mut chance = Chance::new(717);
    while names.len() < count {
        let name = format!("{}{}", chance.pick(FAMILY), chance.pick(GIVEN));
        if taken.insert(name.clone()) {
            names.push(name);
        }
    }
    names
}
