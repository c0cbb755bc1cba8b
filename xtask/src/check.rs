//! What a check of the repository gives back.

use std::path::PathBuf;

/// The outcome of one check: what it saw, and what is wrong.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) check: &'static str,
    /// Printed whatever the outcome.
    pub(crate) notes: Vec<String>,
    /// One line each; a check without faults has passed.
    pub(crate) faults: Vec<String>,
}

impl Findings {
    pub(crate) fn new(check: &'static str) -> Self {
        Self { check, notes: Vec::new(), faults: Vec::new() }
    }
}

/// Why a check could not be made at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckError {
    #[error("cargo metadata: {0}")]
    Metadata(#[from] cargo_metadata::Error),
    #[error("{path}: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{path}: {source}")]
    Table { path: PathBuf, source: Box<toml::de::Error> },
    #[error("{path}: {source}")]
    Rust { path: PathBuf, source: syn::Error },
}

impl CheckError {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Metadata(_) => "xtask.metadata",
            Self::Unreadable { .. } => "xtask.unreadable",
            Self::Table { .. } => "xtask.table",
            Self::Rust { .. } => "xtask.rust-syntax",
        }
    }
}
