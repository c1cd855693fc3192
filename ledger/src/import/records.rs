//! Lists of riders, and of stores with their merchants.

use std::collections::{HashMap, HashSet};

use super::columns::{Cells, Columns, Field};
use super::flaw::{Flaw, shown};
use super::table::Table;
use super::{MOST_LINES, Sheet, member_id, merchant_id, store_id};
use crate::community::{Member, Merchant, Store};
use crate::ids::{MerchantId, OrganizationId, ProgramId};
use crate::policy::near::nearest;

const fn field(name: &'static str, also: &'static [&'static str], required: bool) -> Field {
    Field {
        name,
        also,
        required,
    }
}

const MEMBER: &[Field] = &[
    field("reference", &["编号", "工号"], true),
    field("name", &["姓名"], true),
    field("organization", &["组织", "所属组织"], false),
];

const MERCHANT: &[Field] = &[
    field("reference", &["编号", "门店编号"], true),
    field("merchant", &["商户"], true),
    field("store", &["门店", "店名"], true),
    field("address", &["地址"], true),
];

/// A rider to be enrolled, under an id that follows from the file's reference.
pub type MemberLine = Member;

/// A store to be made, and its merchant; a merchant that is on record is named by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerchantLine {
    /// The merchant, if it is one of the file's.
    pub merchant: Option<Merchant>,
    /// The store.
    pub store: Store,
}

/// The programme's organizations by name and id.
#[derive(Clone, Debug, Default)]
pub struct Organizations(pub Vec<(OrganizationId, String)>);

impl Organizations {
    fn find(&self, text: &str) -> Result<OrganizationId, String> {
        let by_id = text.parse().ok();
        let named = |(id, name): &&(OrganizationId, String)| name == text || Some(*id) == by_id;
        let found: Vec<OrganizationId> = self.0.iter().filter(named).map(|(id, _)| *id).collect();
        match found.as_slice() {
            [one] => Ok(*one),
            [] => {
                let names = self.0.iter().map(|(_, name)| name.as_str());
                let near = nearest(text, names).map(|near| format!(" — did you mean {near}?"));
                let text = shown(text);
                Err(format!(
                    "there is no organization {text:?} on record{}",
                    near.unwrap_or_default()
                ))
            }
            several => Err(format!(
                "{} organizations are called {:?}: write the id of the one that is meant",
                several.len(),
                shown(text)
            )),
        }
    }
}

/// Reads a list of riders.
///
/// # Errors
/// What keeps the file from being read line by line.
pub fn members(
    bytes: &[u8],
    program: ProgramId,
    organizations: &Organizations,
) -> Result<Sheet<MemberLine>, Vec<Flaw>> {
    read(bytes, MEMBER, |cells, flaws| {
        let reference = cells.required("reference", 128, flaws);
        let name = cells.required("name", 100, flaws);
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
        Some(Member {
            id: member_id(program, reference),
            organization: organization.transpose().ok()?,
            name: name.to_owned(),
        })
    })
}

/// Reads a list of stores with their merchants.
///
/// # Errors
/// What keeps the file from being read line by line.
pub fn merchants(bytes: &[u8], program: ProgramId) -> Result<Sheet<MerchantLine>, Vec<Flaw>> {
    let sheet = read(bytes, MERCHANT, |cells, flaws| {
        let reference = cells.required("reference", 128, flaws);
        let merchant = cells.required("merchant", 100, flaws);
        let known: Option<MerchantId> = merchant.parse().ok();
        let id = known.unwrap_or_else(|| merchant_id(program, merchant));
        Some(MerchantLine {
            merchant: known.is_none().then(|| Merchant {
                id,
                name: merchant.to_owned(),
            }),
            store: Store {
                id: store_id(program, reference),
                merchant: id,
                name: cells.required("store", 100, flaws).to_owned(),
                address: cells.required("address", 200, flaws).to_owned(),
            },
        })
    })?;
    let merchants: HashSet<MerchantId> = sheet
        .lines
        .iter()
        .filter_map(|(_, line)| line.merchant.as_ref().map(|merchant| merchant.id))
        .collect();
    if merchants.len() + sheet.lines.len() > MOST_LINES {
        let message = format!(
            "the file has {} stores and {} merchants, more than {MOST_LINES} records together: split it",
            sheet.lines.len(),
            merchants.len()
        );
        return Err(vec![Flaw::of_file("too_long", message)]);
    }
    Ok(sheet)
}

/// Reads lines that are told apart by their reference.
fn read<T>(
    bytes: &[u8],
    fields: &'static [Field],
    line: impl Fn(Cells<'_>, &mut Vec<Flaw>) -> Option<T>,
) -> Result<Sheet<T>, Vec<Flaw>> {
    let table = Table::read(bytes).map_err(|flaw| vec![flaw])?;
    let columns = Columns::read(&table, fields, &[])?;
    let (mut lines, mut flaws) = (Vec::new(), Vec::new());
    let mut seen = HashMap::new();
    for row in &table.rows {
        let cells = columns.of(row);
        let mut own = Vec::new();
        let read = line(cells, &mut own);
        cells.strays(&mut own);
        let reference = cells.text("reference");
        let first = *seen.entry(reference).or_insert(row.line);
        if first != row.line && !reference.is_empty() {
            let message = format!("the same reference stands on line {first}");
            own.push(cells.flaw("reference", "duplicate", message));
        }
        match read {
            Some(read) if own.is_empty() => lines.push((row.line, read)),
            _ => flaws.extend(own),
        }
    }
    Ok(Sheet {
        encoding: table.encoding,
        columns,
        lines,
        flaws,
    })
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
        let sheet = members(text.as_bytes(), PROGRAM, &organizations()).expect("a sheet");
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
        let sheet = members(text.as_bytes(), PROGRAM, &organizations()).expect("a sheet");
        let personal = "this looks like a telephone or identity number: the id that stays in the books would follow from it. \
                        Use a number of your own";
        assert_eq!(
            told(sheet.flaws),
            [
                "line 2, column organization: there is no organization \"迎宾路\" on record — did you mean 迎宾路社区?".to_owned(),
                "line 3, column reference: the same reference stands on line 2".to_owned(),
                "line 3, column organization: 2 organizations are called \"城东\": write the id of the one that is meant".to_owned(),
                format!("line 4, column reference: {personal}"),
                format!("line 6, column reference: {personal}"),
                "line 7, column name: the cell is empty".to_owned(),
            ]
        );
    }

    #[test]
    fn stores_of_one_merchant_share_it() {
        let known = Uuid::from_u128(9);
        let text = format!(
            "编号,商户,门店,地址\nS-1,沙县,一店,路1号\nS-2,沙县,二店,路2号\nS-3,{known},三店,路3号\n"
        );
        let sheet = merchants(text.as_bytes(), PROGRAM).expect("a sheet");
        assert!(sheet.flaws.is_empty(), "{:?}", sheet.flaws);
        let lines: Vec<&MerchantLine> = sheet.lines.iter().map(|(_, line)| line).collect();
        assert_eq!(lines[0].merchant, lines[1].merchant);
        assert_eq!(lines[0].store.merchant, merchant_id(PROGRAM, "沙县"));
        assert_eq!(
            (&lines[2].merchant, lines[2].store.merchant.0),
            (&None, known)
        );
        let many: String = (0..501).map(|n| format!("S-{n},商{n},店,路\n")).collect();
        let flaws = merchants(format!("编号,商户,门店,地址\n{many}").as_bytes(), PROGRAM);
        assert!(flaws.expect_err("too many")[0].message.contains("split it"));
    }
}
