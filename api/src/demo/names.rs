//! Names for the demo's people. Put together by chance; whoever is really called so is not meant.

use std::collections::BTreeSet;

use super::cast::{APPROVER, AUDITOR, EXPIRING, HOLDING, OWING, RICH, SUBMITTER};
use super::chance::Chance;

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
    ("陈立波", "于洪区", false),
];

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
