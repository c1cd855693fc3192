//! Lists of stores with their merchants, and what lists of records have in common.

use std::collections::{HashMap, HashSet};

use super::columns::{Cells, Columns, Field};
use super::flaw::Flaw;
use super::table::Table;
use super::{MOST_LINES, Sheet, merchant_id, store_id};
use crate::community::{Merchant, Store};
use crate::ids::{MerchantId, OrganizationId, ProgramId};
use crate::policy::near::nearest;

pub(super) const fn field(
    name: &'static str,
    also: &'static [&'static str],
    required: bool,
) -> Field {
    Field {
        name,
        also,
        required,
    }
}

const MERCHANT: &[Field] = &[
    field("reference", &["编号", "门店编号"], true),
    field("merchant", &["商户"], true),
    field("store", &["门店", "店名"], true),
    field("address", &["地址"], true),
];

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
    /// What stands in a cell is not repeated in the answer: in a list of riders it may be anything, a comma further.
    pub(super) fn find(&self, text: &str) -> Result<OrganizationId, String> {
        let by_id = text.parse().ok();
        let named = |(id, name): &&(OrganizationId, String)| name == text || Some(*id) == by_id;
        let found: Vec<OrganizationId> = self.0.iter().filter(named).map(|(id, _)| *id).collect();
        match found.as_slice() {
            [one] => Ok(*one),
            [] => {
                let names = self.0.iter().map(|(_, name)| name.as_str());
                let near = nearest(text, names).map(|near| format!(" — did you mean {near}?"));
                Err(format!(
                    "there is no such organization on record{}",
                    near.unwrap_or_default()
                ))
            }
            several => Err(format!(
                "{} organizations are called so: write the id of the one that is meant",
                several.len()
            )),
        }
    }
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
pub(super) fn read<T>(
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

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const PROGRAM: ProgramId = ProgramId(Uuid::from_u128(7));

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
