//! Lists of riders.

use std::collections::HashMap;

use serde::Serialize;

use super::columns::{Cells, Field, same};
use super::flaw::{Flaw, Place};
use super::records::{Organizations, field, read};
use super::{Sheet, member_id};
use crate::community::personal::{Identity, Malformed, Personal, Phone, Platform};
use crate::ids::{MemberId, OrganizationId, ProgramId};

const MEMBER: &[Field] = &[
    field("reference", &["编号", "工号"], true),
    field("name", &["姓名"], true),
    field("organization", &["组织", "所属组织"], false),
    field("phone", &["手机号", "手机", "电话"], false),
    field("identity_number", &["身份证号", "证件号"], false),
    field("platforms", &["平台"], false),
    field("home", &["流出地"], false),
    field("consent", &["同意书版本", "同意书"], false),
];

/// Of these, what is taken only where it can be sealed.
const SEALED: &[&str] = &["phone", "identity_number", "platforms", "home", "consent"];

/// What stands between several platforms of one cell, and between a platform and the account there.
const BETWEEN: [char; 6] = [';', '；', '、', '，', ',', '|'];
const ACCOUNT: [char; 2] = [':', '：'];

/// A rider to be enrolled, under an id that follows from the file's reference.
#[derive(Clone, Debug, Serialize)]
pub struct MemberLine {
    /// Who they are, unless their phone is a member's already.
    pub id: MemberId,
    /// The organization that looks after them.
    pub organization: Option<OrganizationId>,
    /// What the file says of them; no consent, since a file does not say when.
    pub said: Personal,
    /// The version of the text they agreed to.
    pub consent: Option<String>,
}

/// Reads a list of riders. What is more than a name is taken only where it can be sealed. No error repeats what stands in the file.
///
/// # Errors
/// What keeps the file from being read line by line.
pub fn members(
    bytes: &[u8],
    program: ProgramId,
    organizations: &Organizations,
    sealing: bool,
) -> Result<Sheet<MemberLine>, Vec<Flaw>> {
    let mut sheet = read(bytes, MEMBER, |cells, flaws| {
        let reference = cells.required("reference", 128, flaws);
        cells.required("name", 100, flaws);
        let organization = cells.text("organization");
        if is_personal(reference) {
            let message = "this looks like a telephone or identity number: the id that stays in the books would follow from it. \
                Use a number of your own";
            flaws.push(cells.flaw("reference", "personal", message));
        }
        let organization = (!organization.is_empty()).then(|| {
            let found = organizations.find(organization);
            found.map_err(|message| {
                flaws.push(cells.flaw("organization", "unknown_reference", message));
            })
        });
        let consent = cells.at_most("consent", 64, flaws);
        Some(MemberLine {
            id: member_id(program, reference),
            said: said(cells, flaws),
            consent: (!consent.is_empty()).then(|| consent.to_owned()),
            organization: organization.transpose().ok()?,
        })
    })
    .map_err(|flaws| flaws.into_iter().map(discreet).collect::<Vec<_>>())?;
    if !sealing && let Some(place) = SEALED.iter().find_map(|f| sheet.columns.place_of(f)) {
        let message = "there is no master key here, so nothing but names can be taken: make one with `jifen personal key`, \
            or leave this column out";
        let flaw = Flaw::at(1, Some(place), "no_master_key", message.to_owned());
        return Err(vec![flaw]);
    }
    one_line_each(&mut sheet);
    Ok(sheet)
}

/// An unknown column is told by its number: without a header, the first rider stands there.
fn discreet(flaw: Flaw) -> Flaw {
    let is_known = |header: &str| {
        let names = MEMBER
            .iter()
            .flat_map(|f| std::iter::once(&f.name).chain(f.also));
        names.into_iter().any(|name| same(name, header))
    };
    let hidden = |place: Place| match is_known(&place.header) {
        true => place,
        false => Place {
            header: place.number.to_string(),
            ..place
        },
    };
    Flaw {
        column: flaw.column.map(hidden),
        ..flaw
    }
}

/// What a line says of a person.
fn said(cells: Cells<'_>, flaws: &mut Vec<Flaw>) -> Personal {
    let mut malformed = |field: &str, error: Malformed| {
        flaws.push(cells.flaw(field, "format", error.to_string()));
    };
    let phone = match cells.text("phone") {
        "" => None,
        text => Phone::parse(text).map_err(|e| malformed("phone", e)).ok(),
    };
    let identity = match cells.text("identity_number") {
        "" => None,
        text => Identity::parse(text)
            .map_err(|e| malformed("identity_number", e))
            .ok(),
    };
    let words = cells.at_most("platforms", 500, flaws).split(BETWEEN);
    let words = words.map(str::trim).filter(|word| !word.is_empty());
    let platform = |word: &str| match word.split_once(ACCOUNT) {
        Some((name, account)) => Platform {
            name: name.trim().to_owned(),
            account: Some(account.trim().to_owned()),
        },
        None => Platform {
            name: word.to_owned(),
            account: None,
        },
    };
    let platforms: Vec<Platform> = words.map(platform).collect();
    if platforms.len() > 20
        || platforms
            .iter()
            .any(|p| p.name.is_empty() || p.name.chars().count() > 100)
    {
        let message = "expected at most 20 platforms such as 美团、饿了么:rider7, each of at most 100 characters";
        flaws.push(cells.flaw("platforms", "format", message));
    }
    let home = cells.at_most("home", 100, flaws);
    Personal {
        name: cells.text("name").to_owned(),
        phones: phone.into_iter().collect(),
        platforms,
        identity,
        home: (!home.is_empty()).then(|| home.to_owned()),
        consents: Vec::new(),
    }
}

/// Two lines of one phone or identity number are one person: which of the two names is right, a person says.
fn one_line_each(sheet: &mut Sheet<MemberLine>) {
    let mut seen: HashMap<String, u64> = HashMap::new();
    let mut kept = Vec::new();
    for (number, line) in std::mem::take(&mut sheet.lines) {
        let phones = line
            .said
            .phones
            .iter()
            .map(|phone| ("phone", phone.as_str()));
        let identity = line.said.identity.iter();
        let identity = identity.map(|identity| ("identity_number", identity.as_str()));
        let mut flaw = None;
        for (field, value) in phones.chain(identity) {
            let first = *seen.entry(format!("{field} {value}")).or_insert(number);
            if first != number {
                let message =
                    format!("the same stands on line {first}: write all of one person in one line");
                let place = sheet.columns.place_of(field);
                flaw = Some(Flaw::at(number, place, "duplicate", message));
            }
        }
        match flaw {
            Some(flaw) => sheet.flaws.push(flaw),
            None => kept.push((number, line)),
        }
    }
    sheet.lines = kept;
}

/// A mobile number or a resident identity number (GB 11643): few enough to be tried one by one, so an id derived from one tells it.
fn is_personal(reference: &str) -> bool {
    let bytes = reference.as_bytes();
    let digits = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_digit);
    let local = reference
        .strip_prefix("+86")
        .unwrap_or(reference)
        .as_bytes();
    let mobile = local.len() == 11 && digits(local) && local[0] == b'1' && local[1] >= b'3';
    let identity = bytes.len() == 18
        && digits(&bytes[..17])
        && (bytes[17].is_ascii_digit() || matches!(bytes[17], b'x' | b'X'));
    mobile || identity
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const PROGRAM: ProgramId = ProgramId(Uuid::from_u128(7));

    fn told(flaws: Vec<Flaw>) -> Vec<String> {
        let flaws = super::super::Flaws::from(flaws);
        flaws.told.iter().map(Flaw::to_string).collect()
    }

    fn organizations() -> Organizations {
        let id = |number| OrganizationId(Uuid::from_u128(number));
        let named = |(number, name): (u128, &str)| (id(number), name.to_owned());
        Organizations(
            [(1, "迎宾路社区"), (2, "城东"), (3, "城东")]
                .map(named)
                .into(),
        )
    }

    #[test]
    fn a_member_is_the_same_whenever_the_line_is_read() {
        let text = "工号,姓名,组织\nR-1,赵立军,迎宾路社区\nR-2,钱多,\nR-3,孙悟,00000000-0000-0000-0000-000000000002\n";
        let sheet = members(text.as_bytes(), PROGRAM, &organizations(), true).expect("a sheet");
        assert!(sheet.flaws.is_empty(), "{:?}", sheet.flaws);
        let first = &sheet.lines[0].1;
        assert_eq!(first.id, member_id(PROGRAM, "R-1"));
        assert_eq!(first.organization, Some(OrganizationId(Uuid::from_u128(1))));
        assert_eq!(sheet.lines[1].1.organization, None);
        assert_eq!(
            sheet.lines[2].1.organization,
            Some(OrganizationId(Uuid::from_u128(2)))
        );
        assert_ne!(first.id, member_id(ProgramId(Uuid::nil()), "R-1"));
    }

    #[test]
    fn what_is_wrong_with_members_is_told_by_line_and_column() {
        let text = "reference,name,organization\nR-1,赵,迎宾路\nR-1,钱,城东\n13800138000,孙,\n,,\n21010519900101001X,李,\nR-5,,\n";
        let sheet = members(text.as_bytes(), PROGRAM, &organizations(), true).expect("a sheet");
        let personal = "this looks like a telephone or identity number: the id that stays in the books would follow from it. \
                        Use a number of your own";
        assert_eq!(
            told(sheet.flaws),
            [
                "line 2, column organization: there is no such organization on record — did you mean 迎宾路社区?".to_owned(),
                "line 3, column reference: the same reference stands on line 2".to_owned(),
                "line 3, column organization: 2 organizations are called so: write the id of the one that is meant".to_owned(),
                format!("line 4, column reference: {personal}"),
                format!("line 6, column reference: {personal}"),
                "line 7, column name: the cell is empty".to_owned(),
            ]
        );
    }

    #[test]
    fn what_is_said_of_members_is_read_and_never_repeated() {
        let text = "工号,姓名,手机号,身份证号,平台,流出地,同意书版本\n\
            R-1,赵立军,139 1234 5678,11010519491231002X,美团:7、饿了么,河南商丘,2026-1\n\
            R-2,钱多,,,,,\n\
            R-3,孙悟,+8613912345678,,,,\n\
            R-4,李,12912345678,110105194912310021,,,\n";
        let sheet = members(text.as_bytes(), PROGRAM, &organizations(), true).expect("a sheet");
        let said = &sheet.lines[0].1.said;
        assert_eq!(said.phones[0].as_str(), "+8613912345678");
        let accounts = said
            .platforms
            .iter()
            .map(|p| (p.name.as_str(), p.account.as_deref()));
        let accounts: Vec<_> = accounts.collect();
        assert_eq!(accounts, [("美团", Some("7")), ("饿了么", None)]);
        assert_eq!(said.home.as_deref(), Some("河南商丘"));
        assert_eq!(sheet.lines[0].1.consent.as_deref(), Some("2026-1"));
        assert_eq!(sheet.lines.len(), 2);
        let flaws = told(sheet.flaws);
        assert_eq!(flaws.len(), 3, "{flaws:?}");
        assert!(
            flaws[0].starts_with("line 4, column 手机号: the same stands on line 2"),
            "{flaws:?}"
        );
        let headless = "R-1,赵立军,13912345678\nR-2,钱多,13912345679\n";
        let headless = members(headless.as_bytes(), PROGRAM, &organizations(), true);
        let all = [flaws, told(headless.expect_err("no header"))]
            .concat()
            .join("\n");
        for said in [
            "赵立军",
            "13912345678",
            "139 1234",
            "12912345678",
            "1101051949",
        ] {
            assert!(!all.contains(said), "{all}");
        }
        let refused = members(text.as_bytes(), PROGRAM, &organizations(), false);
        let refused = told(refused.expect_err("no key")).join("\n");
        assert!(
            refused.starts_with("line 1, column 手机号: there is no master key here"),
            "{refused}"
        );
    }
}
