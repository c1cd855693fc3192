//! Files of many lines, read: what each line asks for, and all that is wrong with the others, by line and column.
//!
//! Pure: bytes in, lines and flaws out. What lines come to is decided by the machine, which [`crate::Ledger::preview_import`] and
//! [`crate::Ledger::import`] ask. A file is one group, so it has at most [`GROUP_LIMIT`] lines.
//!
//! The same line is the same record whenever it is read: who is enrolled under a reference has an id that follows from it.

mod awards;
mod cells;
mod columns;
mod flaw;
mod records;
mod riders;
mod sales;
mod table;

use serde::Serialize;

use crate::ids::{MemberId, MerchantId, ProgramId, StoreId, derived};
use crate::machine::GROUP_LIMIT;

pub use awards::{AwardLine, awards};
pub(crate) use columns::Columns;
pub use flaw::{Flaw, Flaws, Place};
pub(crate) use records::{MerchantLine, Organizations, merchants};
pub(crate) use riders::{MemberLine, members};
pub use sales::{Own, Reconciled, Sale, Scope, Theirs, Unmatched};
pub(crate) use sales::{reconcile, sales};
pub use table::decoded;

/// The most lines of a file, its header not counted.
pub const MOST_LINES: usize = GROUP_LIMIT;

/// What a file is a list of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportKind {
    /// Deeds to be awarded.
    Awards,
    /// Riders to be enrolled.
    Members,
    /// Stores, and the merchants they belong to.
    Merchants,
}

/// How a file's text was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Encoding {
    /// UTF-8, with or without a mark at its beginning.
    #[serde(rename = "utf-8")]
    Utf8,
    /// GB18030, of which GBK and GB2312 are parts.
    #[serde(rename = "gb18030")]
    Gb18030,
}

impl Encoding {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Gb18030 => "GB18030",
        }
    }
}

/// A file, read.
#[derive(Debug)]
pub struct Sheet<T> {
    /// How its text was written.
    pub encoding: Encoding,
    /// What its columns stand for.
    pub columns: Columns,
    /// The lines that could be read, and where they stand.
    pub lines: Vec<(u64, T)>,
    /// What is wrong with the others.
    pub flaws: Vec<Flaw>,
}

/// The member enrolled under this reference by an import.
pub fn member_id(program: ProgramId, reference: &str) -> MemberId {
    MemberId(imported(program, b"member", reference))
}

/// The store made under this reference by an import.
pub fn store_id(program: ProgramId, reference: &str) -> StoreId {
    StoreId(imported(program, b"store", reference))
}

/// The merchant of this name made by an import.
pub fn merchant_id(program: ProgramId, name: &str) -> MerchantId {
    MerchantId(imported(program, b"merchant", name))
}

fn imported(program: ProgramId, what: &[u8], reference: &str) -> uuid::Uuid {
    let parts = [
        b"import",
        program.0.as_bytes().as_slice(),
        what,
        reference.as_bytes(),
    ];
    derived(&parts)
}
