use std::fmt::Write;

use serde::Serialize;
use sigillo_crypto::sha256;

use crate::authenticity::permit;
use crate::check::{Check, Outcome};
use crate::document::Document;
use crate::file_name::FileName;
use crate::judge::is_essential;
use crate::outcome::ReadOutcome;

/// What a terminal says of one chip.
///
/// Without [`Report::with_document`] it holds no personal data: file lengths, digests of files, checks. (The digest of DG1
/// alone would let a guesser confirm a name, so only EF.SOD's is shown.)
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Whether the chip holds a genuine document, whole and unchanged, as far as these protocols can tell.
    pub verified: bool,
    /// SHA-256 of EF.SOD in hexadecimal: what a register knows the chip by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sod_digest: Option<String>,
    /// What opened the session, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened_by: Option<String>,
    /// Every check, in order.
    pub checks: Vec<Check>,
    /// Every file that was read.
    pub files: Vec<FileRow>,
    /// Every file that was not.
    pub refused: Vec<RefusedRow>,
    /// How many commands were sent.
    pub commands: u32,
    /// What a local check says of the permit, if the chip could be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permit: Option<&'static str>,
    /// What the chip says of its holder, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
}

/// A file that was read.
#[derive(Clone, Debug, Serialize)]
pub struct FileRow {
    /// The standard's name.
    pub name: String,
    /// Octets.
    pub length: usize,
}

/// A file that was not read.
#[derive(Clone, Debug, Serialize)]
pub struct RefusedRow {
    /// The standard's name.
    pub name: String,
    /// The stable code.
    pub code: &'static str,
    /// One line for people.
    pub why: String,
}

impl Report {
    /// Puts checks and files together.
    ///
    /// Verified is what PACE or BAC opened, has at least one data group, no failed check, and none of these left out:
    /// `session.integrity`, `sod.structure`, `sod.signature`, `sod.chain`, `sod.validity`, each `dgN.hash` but those of DG3 and
    /// DG4, and `chip-authentication` where the chip offers it.
    #[must_use]
    pub fn new(outcome: &ReadOutcome, checks: Vec<Check>) -> Self {
        let passed = |name: &str| checks.iter().any(|check| check.name == name && check.is_passed());
        let complete = (passed("access.pace") || passed("access.bac"))
            && passed("sod.chain")
            && checks.iter().any(|check| check.name.ends_with(".hash"));
        let verified = complete && checks.iter().filter(|check| is_essential(check, outcome)).all(Check::is_passed);
        let name = |name: &FileName| name.to_string();
        Self {
            verified,
            sod_digest: outcome.file(FileName::Sod).map(|sod| hex::encode(sha256(sod))),
            opened_by: outcome.access.map(|access| access.to_string()),
            checks,
            files: outcome
                .files
                .iter()
                .map(|(file, octets)| FileRow { name: name(file), length: octets.len() })
                .collect(),
            refused: outcome
                .refused
                .iter()
                .map(|(file, why)| RefusedRow { name: name(file), code: why.code(), why: why.to_string() })
                .collect(),
            commands: outcome.commands,
            permit: permit(outcome),
            document: None,
        }
    }

    /// Adds what the chip says of its holder.
    #[must_use]
    pub fn with_document(mut self, outcome: &ReadOutcome) -> Self {
        self.document = Some(Document::of(outcome));
        self
    }

    /// Adds checks that were made elsewhere (the release gate's); a failed one takes the verdict away.
    #[must_use]
    pub fn with_checks(mut self, checks: Vec<Check>) -> Self {
        self.verified &= !checks.iter().any(Check::is_failed);
        self.checks.extend(checks);
        self
    }

    /// The report for people; control characters that a chip may have sent are shown as `?`.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        let mut line = |text: String| {
            out.extend(text.chars().map(|c| if c.is_control() { '?' } else { c }));
            out.push('\n');
        };
        if let Some(document) = &self.document {
            document.mrz.iter().for_each(|mrz| line(format!("  {mrz}")));
            for field in &document.fields {
                line(format!("  {:<5} {:<18} {}", field.group, field.name, field.value));
            }
            if let Some(portrait) = &document.portrait {
                let (width, height) = (portrait.width, portrait.height);
                line(format!(
                    "  DG2   {:<18} {} {width}x{height}, {} octets",
                    "portrait", portrait.format, portrait.length
                ));
            }
            line(String::new());
        }
        for check in &self.checks {
            line(match &check.outcome {
                Outcome::Passed => format!("  passed   {}", check.name),
                Outcome::Failed { code, detail } => format!("  FAILED   {:<24} {code}: {detail}", check.name),
                Outcome::NotRun { why } => format!("  not run  {:<24} {why}", check.name),
            });
        }
        line(String::new());
        if let Some(access) = &self.opened_by {
            line(format!("  opened   {access}"));
        }
        let files: Vec<String> = self.files.iter().map(|file| format!("{} {}", file.name, file.length)).collect();
        line(format!("  files    {}", files.join(", ")));
        for refused in &self.refused {
            line(format!("  refused  {:<24} {}", refused.name, refused.why));
        }
        if let Some(permit) = self.permit {
            line(format!("  permit   {permit}"));
        }
        let mut count = String::new();
        let _ = write!(count, "  {} commands; ", self.commands);
        line(count + if self.verified { "VERIFIED" } else { "NOT VERIFIED" });
        out
    }
}
