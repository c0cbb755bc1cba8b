//! Every suite against its published JSON Schema.

use std::path::Path;

use serde_json::Value;
use sigillo_vectors::Folder;

use crate::check::CheckError;
use crate::sources::read;

/// One fault a violation.
pub(super) fn schemas(root: &Path, folder: &Folder) -> Result<Vec<String>, CheckError> {
    let schemas = root.join("test-vectors/schemas");
    let common: Value = serde_json::from_str(&read(&schemas.join("common.schema.json"))?).unwrap_or_default();
    let mut faults = Vec::new();
    for (path, text) in &folder.suites {
        let Ok(document) = serde_json::from_str::<Value>(text) else {
            faults.push(format!("{path}: no JSON"));
            continue;
        };
        let name = document.get("schema").and_then(Value::as_str).unwrap_or_default();
        let schema = read(&schemas.join(format!("{name}.schema.json")))?;
        match violations(&schema, &common, &document) {
            Ok(violations) => faults.extend(violations.into_iter().map(|violation| format!("{path}: {violation}"))),
            Err(fault) => faults.push(format!("{name}: {fault}")),
        }
    }
    Ok(faults)
}

/// What the schema refuses in a document; its references lead to the common schema and to itself.
fn violations(schema: &str, common: &Value, document: &Value) -> Result<Vec<String>, String> {
    // The common definitions move into the schema, so that no file has to be found by its name.
    let schema = schema.replace("common.schema.json#/$defs/", "#/$defs/common/$defs/");
    let mut schema: Value = serde_json::from_str(&schema).map_err(|error| error.to_string())?;
    let common = common.to_string().replace("#/$defs/", "#/$defs/common/$defs/");
    let common: Value = serde_json::from_str(&common).map_err(|error| error.to_string())?;
    if let Some(definitions) = schema.get_mut("$defs").and_then(Value::as_object_mut) {
        definitions.insert("common".to_owned(), common);
    }
    let validator = jsonschema::draft202012::new(&schema).map_err(|error| error.to_string())?;
    Ok(validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect())
}
