//! Who and what the demo is about, under ids that never change, so that a README can quote them.
//!
//! The API tokens are derived, not drawn: everybody who has this source knows them. They are for a demo on
//! loopback and nothing else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledger::clock::Timestamp;
use ledger::community::Role;
use ledger::ids::{
    ApiKeyId, AppointmentId, BudgetId, ClerkId, HazardId, MemberId, MerchantId, OrganizationId,
    ProgramId, SiteId, StaffId, StoreId, derived, sha256_hex,
};
use uuid::Uuid;

/// The programme's short name in paths.
pub const PROGRAM_CODE: &str = "yuhong";
/// The programme's name.
pub const PROGRAM_NAME: &str = "于洪区积分兑服务";
/// The zone its days and pages use.
pub const ZONE: &str = "Asia/Shanghai";

/// Riders with a story, the first of the 200.
pub const RICH: &str = "赵立军";
pub const EXPIRING: &str = "孙晓梅";
pub const OWING: &str = "周海波";
pub const HOLDING: &str = "金永哲";
/// Staff with a part.
pub const SUBMITTER: &str = "张敏";
pub const APPROVER: &str = "李红梅";
pub const AUDITOR: &str = "何静";
/// Staff of the district's office: two look after people and policies, one fills budgets, two settle with merchants.
pub const ADMINISTRATOR: &str = "林志远";
pub const SECOND_ADMINISTRATOR: &str = "陈立波";
pub const TREASURER: &str = "赵婷";
pub const TRADER: &str = "关海龙";
pub const SECOND_TRADER: &str = "周敏";
/// Stores with a clerk to enter as, and the clerk's name.
pub const NOODLES: &str = "惠民抻面馆（黄海路店）";
pub const NOODLES_CLERK: &str = "刘春燕";
pub const NOODLES_HELP: &str = "周晓燕";
pub const NOODLES_BOOKS: &str = "韩梅";
/// With which these two take over the noodle shop's counter from each other.
pub const NOODLES_CLERK_PIN: &str = "1470";
pub const NOODLES_HELP_PIN: &str = "2580";
/// Of both, to choose another PIN with.
pub const PASSWORD: &str = "demo-yuhong";
pub const REPAIR: &str = "老佟电动车修理部";
pub const REPAIR_CLERK: &str = "佟建国";

/// Somebody to enter the demo as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoPerson {
    /// What they may do.
    pub role: Role,
    /// The member, staff member or store; an auditor stands for themselves.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// What is to be seen through their eyes.
    pub hint: String,
    /// The member a staff member also is.
    pub member: Option<MemberId>,
}

/// A token of the demo's API, to be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoToken {
    /// What it may do.
    pub role: Role,
    /// For whom.
    pub name: String,
    /// The token itself.
    pub token: String,
}

fn id(kind: &str, name: &str) -> Uuid {
    derived(&[b"jifen/demo", kind.as_bytes(), name.as_bytes()])
}

pub fn program() -> ProgramId {
    ProgramId(id("program", PROGRAM_CODE))
}
pub fn organization(name: &str) -> OrganizationId {
    OrganizationId(id("organization", name))
}
pub fn hazard(name: &str) -> HazardId {
    HazardId(id("hazard", name))
}
pub fn member(name: &str) -> MemberId {
    MemberId(id("member", name))
}
pub fn staff(name: &str) -> StaffId {
    StaffId(id("staff", name))
}
pub fn merchant(name: &str) -> MerchantId {
    MerchantId(id("merchant", name))
}
pub fn store(name: &str) -> StoreId {
    StoreId(id("store", name))
}
pub fn clerk(name: &str) -> ClerkId {
    ClerkId(id("clerk", name))
}
pub fn appointment(name: &str) -> AppointmentId {
    AppointmentId(id("appointment", name))
}
pub fn site(name: &str) -> SiteId {
    SiteId(id("site", name))
}
pub fn budget(code: &str) -> BudgetId {
    BudgetId(id("budget", code))
}
pub fn auditor() -> Uuid {
    id("auditor", AUDITOR)
}
/// The operator who set the programme up.
pub fn operator() -> Uuid {
    id("operator", PROGRAM_CODE)
}

/// Everybody the door offers, in the order it offers them.
pub fn people() -> Vec<DemoPerson> {
    let person = |role, id, name: &str, hint: &str| DemoPerson {
        role,
        id,
        name: name.to_owned(),
        hint: hint.to_owned(),
        member: None,
    };
    let rider = |name, hint| person(Role::Member, member(name).0, name, hint);
    let at_store = |name, hint| person(Role::Merchant, clerk(name).0, name, hint);
    let worker = |name, hint| person(Role::Staff, staff(name).0, name, hint);
    vec![
        rider(RICH, "快递员，常年夜巡，余额充足"),
        rider(EXPIRING, "外卖骑手，有积分即将到期，也有过期的"),
        rider(OWING, "网约车司机，一笔奖励被撤销，尚有欠分"),
        rider(HOLDING, "货车司机，昨晚在修理部冻结了一笔"),
        at_store(
            NOODLES_CLERK,
            "惠民抻面馆（黄海路店）店长，换人 PIN 码 1470",
        ),
        at_store(NOODLES_HELP, "惠民抻面馆（黄海路店）店员，换人 PIN 码 2580"),
        at_store(NOODLES_BOOKS, "惠民抻面馆的财务，只看收款和结算"),
        at_store(REPAIR_CLERK, "老佟电动车修理部店长"),
        worker(SUBMITTER, "社区干部，登记发放"),
        worker(APPROVER, "街道干部，审核；不能审核自己登记的"),
        worker(ADMINISTRATOR, "区管理员，管人员和办法"),
        worker(SECOND_ADMINISTRATOR, "区管理员，批准他人起草的办法"),
        worker(TREASURER, "管专项资金"),
        worker(TRADER, "管商户，制结算单"),
        worker(SECOND_TRADER, "管商户，复核结算单"),
        person(Role::Auditor, auditor(), AUDITOR, "审计，只看不改"),
    ]
}

/// A key of the demo's API: whose, and what stands in the database.
pub struct DemoKey {
    pub id: ApiKeyId,
    pub role: Role,
    pub subject: Option<Uuid>,
    pub name: String,
    secret: [u8; 32],
}

impl DemoKey {
    fn of(role: Role, subject: Option<Uuid>, name: &str) -> Self {
        let half = |part: &str| *id("token", &format!("{}/{name}/{part}", role.name())).as_bytes();
        let mut secret = [0_u8; 32];
        secret[..16].copy_from_slice(&half("1"));
        secret[16..].copy_from_slice(&half("2"));
        Self {
            id: ApiKeyId(id("key", name)),
            role,
            subject,
            name: name.to_owned(),
            secret,
        }
    }

    pub fn secret_hash(&self) -> String {
        sha256_hex(&self.secret)
    }

    /// `jf_` and, in base64url, the programme's id and the secret.
    pub fn token(&self) -> String {
        let mut bytes = program().0.as_bytes().to_vec();
        bytes.extend(self.secret);
        format!("jf_{}", URL_SAFE_NO_PAD.encode(bytes))
    }
}

/// Every key; the last one is registered last of all, and marks that the demo is whole.
pub fn keys() -> Vec<DemoKey> {
    vec![
        DemoKey::of(Role::Staff, Some(staff(SUBMITTER).0), SUBMITTER),
        DemoKey::of(Role::Staff, Some(staff(APPROVER).0), APPROVER),
        DemoKey::of(Role::Merchant, Some(store(NOODLES).0), NOODLES),
        DemoKey::of(Role::Member, Some(member(RICH).0), RICH),
        DemoKey::of(Role::Auditor, None, AUDITOR),
        DemoKey::of(Role::Admin, None, PROGRAM_CODE),
    ]
}

/// The tokens, to be printed.
pub fn tokens() -> Vec<DemoToken> {
    let token = |key: &DemoKey| DemoToken {
        role: key.role,
        name: key.name.clone(),
        token: key.token(),
    };
    keys().iter().map(token).collect()
}

/// The hash of the `number`th one-time code of the story. No digits lead to it, so no code drawn later meets it.
pub fn spent_code(number: u64, at: Timestamp) -> String {
    sha256_hex(format!("jifen/demo code {number} at {at}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_readme_quotes_stays_the_same() {
        let quoted = [
            program().0,
            member(RICH).0,
            member(OWING).0,
            store(NOODLES).0,
            staff(SUBMITTER).0,
        ];
        assert_eq!(
            quoted.map(|id| id.to_string()).join(" "),
            "5bc7d3e1-6822-8e5f-9219-c476374678a8 6926dad2-aa40-8cff-90e2-557aadfe3987 df8c6a8e-9939-86a8-9c7f-b0e4f8a06a51 067db040-07bb-8148-9349-1eb0e4c1d69b db36e0bd-f821-84ff-ac2d-55a572cf7540"
        );
        let digest = sha256_hex(
            tokens()
                .iter()
                .map(|token| token.token.as_str())
                .collect::<String>()
                .as_bytes(),
        );
        assert_eq!(&digest[..16], "3e0b3747bb16c7cf");
        assert!(tokens().iter().all(|token| token.token.len() == 3 + 64));
    }
}
