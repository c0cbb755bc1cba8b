//! `sigillo pki cvca|dv|terminal`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use sigillo_cvc::{CvDate, HolderReference};
use sigillo_keystore::KeyLabel;

/// `sigillo pki cvca …`.
#[derive(Debug, Subcommand)]
pub(crate) enum CvcaCommand {
    /// Make a first root, signed by its own key
    #[command(
        after_help = "Examples:\n  sigillo --operator anna pki cvca create --holder ITCVCA00001 --rights read-dg3,read-dg4 --out ITCVCA00001.cvcert\n  sigillo --operator anna pki cvca create --for office --holder ITOFFICE00001 --rights set-codes,activate,terminate --out office.cvcert"
    )]
    Create {
        /// What kind of terminals it is for
        #[arg(long = "for", value_enum, default_value_t = Kind::Inspection)]
        kind: Kind,
        /// Country, mnemonic and sequence number
        #[arg(long, value_name = "REFERENCE", value_parser = reference)]
        holder: HolderReference,
        /// The rights that chains below it may have
        #[command(flatten)]
        rights: RightsArg,
        /// The key of the key store; the newest of the role `cvca` if left out
        #[arg(long, value_name = "LABEL", value_parser = label)]
        key: Option<KeyLabel>,
        /// The last day; three years from today if left out
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
        until: Option<CvDate>,
        /// Where to write the certificate
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Make the successor: its own certificate, and the link by which the old key names it
    #[command(
        after_help = "Example:\n  sigillo --operator anna pki cvca link --old-key cvca/1 --key cvca/2 --out link.cvcert --out-root ITCVCA00002.cvcert"
    )]
    Link {
        /// The key in force
        #[arg(long, value_name = "LABEL", value_parser = label)]
        old_key: KeyLabel,
        /// The new key; the newest of the role `cvca` if left out
        #[arg(long, value_name = "LABEL", value_parser = label)]
        key: Option<KeyLabel>,
        /// The last day; three years from today if left out
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
        until: Option<CvDate>,
        /// Where to write the link certificate
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Where to write the new root's own certificate
        #[arg(long, value_name = "FILE")]
        out_root: PathBuf,
    },
}

/// `sigillo pki dv …`.
#[derive(Debug, Subcommand)]
pub(crate) enum DvCommand {
    /// Ask for a certificate of a key of the key store
    #[command(
        after_help = "Examples:\n  sigillo --operator anna pki dv request --holder ITDVPOL00001 --authority ITCVCA00001 --out dv.cvreq\n  sigillo --operator anna pki dv request --holder ITDVPOL00002 --authority ITCVCA00001 --key dv/2 --signed-by ITDVPOL00001 --signed-with dv/1 --out dv.cvreq"
    )]
    Request(RequestArgs),
    /// Add the outer signature of the root to a document verifier's first request to another state
    #[command(
        after_help = "Example:\n  sigillo --operator anna pki dv countersign dv.cvreq --signed-by ITCVCA00001 --signed-with cvca/1 --out signed.cvreq"
    )]
    Countersign {
        /// The request
        request: PathBuf,
        /// The reference of the root's certificate
        #[arg(long, value_name = "REFERENCE", value_parser = reference)]
        signed_by: HolderReference,
        /// The root's key
        #[arg(long, value_name = "LABEL", value_parser = label)]
        signed_with: KeyLabel,
        /// Where to write the request
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Answer a request by a key of the role `cvca`
    #[command(
        after_help = "Example:\n  sigillo --operator anna pki dv issue --request dv.cvreq --rights read-dg3 --out ITDVPOL00001.cvcert"
    )]
    Issue {
        /// The request and the answer
        #[command(flatten)]
        answer: AnswerArgs,
        /// A document verifier of another state, or no official one
        #[arg(long)]
        foreign: bool,
    },
    /// Keep a certificate that was issued to this home, or that stands above one; checked first
    #[command(after_help = "Example:\n  sigillo --operator anna pki dv install ITCVCA00001.cvcert ITDVPOL00001.cvcert")]
    Install {
        /// The certificates, the highest first
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

/// `sigillo pki terminal …`.
#[derive(Debug, Subcommand)]
pub(crate) enum TerminalCommand {
    /// Ask for a certificate of a terminal's key
    #[command(
        after_help = "Example:\n  sigillo --operator anna pki terminal request --holder ITISMXP00001 --authority ITDVPOL00001 --key-file is.der --out is.cvreq"
    )]
    Request(RequestArgs),
    /// Answer a request by a key of the role `dv`
    #[command(
        after_help = "Examples:\n  sigillo --operator anna pki terminal issue --request is.cvreq --rights read-dg3 --out ITISMXP00001.cvcert\n  sigillo --operator anna pki terminal issue --request desk.cvreq --for office --rights activate --key dv/2 --out desk.cvcert"
    )]
    Issue(AnswerArgs),
}

/// Whose key asks, and whom.
#[derive(Args, Debug)]
pub(crate) struct RequestArgs {
    /// The reference to be: country, mnemonic and sequence number
    #[arg(long, value_name = "REFERENCE", value_parser = reference)]
    pub holder: HolderReference,
    /// The reference of the certificate by which the answer is to be signed
    #[arg(long, value_name = "REFERENCE", value_parser = reference)]
    pub authority: Option<HolderReference>,
    /// The key of the key store; the newest of its role if left out
    #[arg(long, value_name = "LABEL", value_parser = label, conflicts_with = "key_file")]
    pub key: Option<KeyLabel>,
    /// A terminal's own private key, DER, a file of mode 0600
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// A successive request: the reference of the certificate that is still in force
    #[arg(long, value_name = "REFERENCE", value_parser = reference, requires = "signed_with")]
    pub signed_by: Option<HolderReference>,
    /// A successive request: the key of that certificate
    #[arg(long, value_name = "LABEL", value_parser = label, requires = "signed_by")]
    pub signed_with: Option<KeyLabel>,
    /// Where to write the request
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// A request and what is given to who asks.
#[derive(Args, Debug)]
pub(crate) struct AnswerArgs {
    /// The request
    #[arg(long, value_name = "FILE")]
    pub request: PathBuf,
    /// What kind of terminals it is for
    #[arg(long = "for", value_enum, default_value_t = Kind::Inspection)]
    pub kind: Kind,
    /// The rights
    #[command(flatten)]
    pub rights: RightsArg,
    /// The issuer's key of the key store; the newest of its role if left out
    #[arg(long, value_name = "LABEL", value_parser = label)]
    pub key: Option<KeyLabel>,
    /// The last day; as long as role and issuer allow if left out
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub until: Option<CvDate>,
    /// A certificate of others by which an outer signature is judged; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub known: Vec<PathBuf>,
    /// Where to write the certificate
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Rights by name.
#[derive(Args, Debug)]
pub(crate) struct RightsArg {
    /// Inspection: read-dg3, read-dg4; office: set-codes, activate, terminate
    #[arg(long, value_name = "NAME", value_delimiter = ',', required = true)]
    pub rights: Vec<String>,
}

/// What kind of terminals a chain is for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    /// They read fingerprints at the border.
    Inspection,
    /// They activate, set codes and terminate at the office.
    Office,
}

pub(crate) fn label(text: &str) -> Result<KeyLabel, String> {
    KeyLabel::parse(text).map_err(|error| error.to_string())
}

fn reference(text: &str) -> Result<HolderReference, String> {
    HolderReference::decode(text.as_bytes()).map_err(|error| error.to_string())
}

fn day(text: &str) -> Result<CvDate, String> {
    let refused = || "a day is written YYYY-MM-DD, from 2000 to 2099".to_owned();
    let date: jiff::civil::Date = text.parse().map_err(|_| refused())?;
    let part = |value: i8| u8::try_from(value).unwrap_or_default();
    CvDate::new(u16::try_from(date.year()).unwrap_or_default(), part(date.month()), part(date.day()))
        .map_err(|_| refused())
}
