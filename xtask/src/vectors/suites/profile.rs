//! The rows of the profiles, and texts that are no profile.

use serde_json::json;
use sigillo_profile::{EMBEDDED, Profile, embedded};
use sigillo_vectors::{Folder, NoteKind};

use crate::vectors::maker::{Made, Maker, own};

pub(super) fn make(folder: &mut Folder) -> Made<Vec<String>> {
    let mut suite = Maker::new(
        folder,
        "plan/profiles.json",
        "plan.v1",
        &[("sigillo-decisions", "0.1.0", "D2 and D11"), ("iso-7816-4", "2020", "7.4")],
        &[
            ("Row", NoteKind::Basic, "A row of the table becomes the file control parameters of CREATE FILE."),
            ("Environment", NoteKind::Basic, "A security environment becomes the data object 7B of PUT DATA."),
            ("Text", NoteKind::Malformed, "A text that is no profile."),
        ],
    )
    .without_foreign_source(
        "the profiles are this project's own (D2); the twin reads each FCP back, codec/fcp.json holds its form",
    );
    suite.group(own());
    for (name, text) in EMBEDDED {
        let profile = Profile::parse(text).map_err(|error| error.to_string())?;
        for file in &profile.files {
            let input = json!({ "profile": name, "file": file.name });
            suite.accept(&format!("{name}: {}", file.name), "Row", "profile.fcp", input);
        }
        for environment in &profile.environments {
            let input = json!({ "profile": name, "environment": environment.name });
            let title = format!("{name}: environment {}", environment.name);
            suite.accept(&title, "Environment", "profile.environment", input);
        }
    }
    let text = embedded("pse-rf-bac").ok_or("pse-rf-bac is embedded")?;
    let duplicate = "[[file]]\nname = \"EF.TWICE\"\nparent = \"MF\"\nkind = \"transparent\"\nfid = 0x2F01\nsize = 1\ncontent = \"dir\"\nrules = {}\nclause = \"x\"\n";
    for (title, from, to, code) in [
        ("a file identifier twice", "", duplicate, "profile.duplicate"),
        ("a field that no profile has", "test = true", "test = true\ncolour = 1", "profile.form"),
        (
            "a rule that names no environment",
            "create-ef = \"formation\"",
            "create-ef = \"nobody\"",
            "profile.unknown-name",
        ),
        ("reading a master file", "create-df = \"formation\"", "read = \"always\"", "profile.rule"),
    ] {
        let changed = if from.is_empty() { format!("{text}\n{to}") } else { text.replacen(from, to, 1) };
        suite.reject(title, "Text", "profile.parse", json!({ "text": changed }), code);
    }
    Ok(vec![suite.finish()?])
}
