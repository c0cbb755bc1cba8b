//! `sigillo pki …`.

pub(crate) mod documents;
pub(crate) mod terminals;

use std::path::PathBuf;

use clap::Subcommand;

use crate::args::pki::documents::{
    CrlCommand, CscaCommand, DeviationListCommand, DsCommand, EservicesCommand, LinkArgs, MasterListCommand,
};
use crate::args::pki::terminals::{CvcaCommand, DvCommand, TerminalCommand};

/// `sigillo pki …`.
#[derive(Debug, Subcommand)]
pub(crate) enum PkiCommand {
    /// The country signing CA: create it, answer the requests of signers
    #[command(subcommand)]
    Csca(CscaCommand),
    /// Make the successor of the country signing CA: its own certificate, and the link from the old key to the new one
    #[command(
        after_help = "Example:\n  sigillo --operator anna pki link --old-key csca/1 --key csca/2 --out link.der --out-csca csca-2.der"
    )]
    Link(LinkArgs),
    /// Document signers and signers of lists: request, install
    #[command(subcommand)]
    Ds(DsCommand),
    /// The CA that certifies holders' keys on the chip: create it, certify, revoke
    #[command(subcommand)]
    Eservices(EservicesCommand),
    /// Revocation lists: make, revoke, import, show
    #[command(subcommand)]
    Crl(CrlCommand),
    /// Master lists: make, read, verify
    #[command(subcommand)]
    MasterList(MasterListCommand),
    /// Deviation lists: make, read, verify
    #[command(subcommand)]
    DeviationList(DeviationListCommand),
    /// The root of the terminals: create it, link its successor
    #[command(subcommand)]
    Cvca(CvcaCommand),
    /// Document verifiers: request, countersign, issue, install
    #[command(subcommand)]
    Dv(DvCommand),
    /// Inspection systems and office terminals: request, issue
    #[command(subcommand)]
    Terminal(TerminalCommand),
    /// Show what a file is: certificate, request, revocation list, master list, EF.SOD, card-verifiable certificate; believes nothing
    #[command(after_help = "Examples:\n  sigillo pki show csca.der\n  sigillo pki show --json ITCVCA00001.cvcert")]
    Show {
        /// DER or PEM; card-verifiable certificates as they are
        file: PathBuf,
    },
    /// Check files together: signatures, chains, dates, the profile of each, revocation
    #[command(
        after_help = "Examples:\n  sigillo pki check csca.der link.der ds.der\n  sigillo pki check ITCVCA00001.cvcert ITDVPOL00001.cvcert ITISMXP00001.cvcert\n\nExit status: 0 nothing found, 1 something found"
    )]
    Check {
        /// The files, in any order; their roots are believed
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Show what was issued and revoked in this home
    #[command(after_help = "Example:\n  sigillo pki register --json")]
    Register,
}
