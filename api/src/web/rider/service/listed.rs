//! A record of service as a file: line by line of each of its tables.

use super::Parts;
use crate::sheet::Cell;
use crate::web::lists;
use crate::web::reading::t;

/// A line, and of which table.
pub struct Listed {
    table: &'static str,
    name: String,
    deeds: String,
    /// Nothing where whom it served is told.
    hours: Option<String>,
}

impl lists::Line for Listed {
    fn header() -> Vec<&'static str> {
        vec![
            t("分类", "By what"),
            t("内容", "What"),
            t("件数", "Deeds"),
            t("小时", "Hours"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            self.table.into(),
            self.name.clone().into(),
            self.deeds.clone().into(),
            self.hours.clone().unwrap_or_default().into(),
        ]
    }
}

impl Parts {
    /// Every line of it.
    pub fn listed(&self) -> Vec<Listed> {
        let tables = self.tables.iter().flat_map(|(table, lines)| {
            lines.iter().map(move |line| Listed {
                table,
                name: line.name.clone(),
                deeds: line.deeds.clone(),
                hours: Some(line.hours.clone()),
            })
        });
        let whom = self.beneficiaries.iter().map(|(name, deeds)| Listed {
            table: t("服务对象", "Whom it served"),
            name: name.clone(),
            deeds: deeds.clone(),
            hours: None,
        });
        tables.chain(whom).collect()
    }
}
