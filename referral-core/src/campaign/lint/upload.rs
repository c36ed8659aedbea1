//! What a campaign says of its files.

use std::collections::BTreeSet;

use super::Findings;
use crate::campaign::model::{Amounts, CampaignModel};
use crate::quote::quoted;

pub(super) fn examine(model: &CampaignModel, findings: &mut Findings) {
    let mut contents = BTreeSet::new();
    for (index, upload) in model.uploads.iter().enumerate() {
        let path = format!("uploads[{index}]");
        let content = upload.content;
        if !contents.insert(content) {
            findings.refuse(format!("{path}.content"), format!("`{}` stands twice", content.as_str()));
        }
        if upload.amounts == Amounts::None {
            let fields = upload.columns.iter().map(|column| column.field.as_str());
            if let Err(problem) = content.check_no_amounts(fields) {
                findings.refuse(format!("{path}.amounts"), problem);
            }
        }
        let mut fields = BTreeSet::new();
        for (index, column) in upload.columns.iter().enumerate() {
            let path = format!("{path}.columns[{index}].field");
            let field = column.field.as_str();
            if !content.has_field(field) {
                findings.refuse(path, format!("{} is no field of {}", quoted(field), content.as_str()));
            } else if !fields.insert(field) {
                findings.refuse(path, format!("`{field}` is read from two columns"));
            }
        }
    }
}
