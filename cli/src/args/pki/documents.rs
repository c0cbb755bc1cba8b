//! `sigillo pki csca|link|ds|eservices|crl|master-list|deviation-list`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use sigillo_keystore::KeyLabel;

use crate::args::pki::terminals::label;

/// `sigillo pki csca …`.
#[derive(Debug, Subcommand)]
pub(crate) enum CscaCommand {
    /// Make the country signing CA's certificate, signed by its own key
    #[command(after_help = "Example:\n  sigillo --operator anna pki csca create --key csca/1 --out csca.der")]
    Create {
        /// The key of the key store; the newest of the role `csca` if left out
        #[arg(long, value_name = "LABEL", value_parser = label)]
        key: Option<KeyLabel>,
        /// Where to write the certificate
        #[command(flatten)]
        out: OutArgs,
    },
    /// Answer the request of a signer
    #[command(
        after_help = "Examples:\n  sigillo --operator anna pki csca sign --request ds.csr --out ds.der\n  sigillo --operator anna pki csca sign --request lists.csr --as master-list-signer --out lists.der"
    )]
    Sign {
        /// The request, PKCS#10
        #[arg(long, value_name = "FILE")]
        request: PathBuf,
        /// What the certificate is for
        #[arg(long = "as", value_enum, default_value_t = SignerKind::Documents, value_name = "KIND")]
        kind: SignerKind,
        /// The key of the key store; the newest of the role `csca` if left out
        #[arg(long, value_name = "LABEL", value_parser = label)]
        key: Option<KeyLabel>,
        /// Where to write the certificate
        #[command(flatten)]
        out: OutArgs,
    },
}

/// `sigillo pki link`.
#[derive(Args, Debug)]
pub(crate) struct LinkArgs {
    /// The key in force
    #[arg(long, value_name = "LABEL", value_parser = label)]
    pub old_key: KeyLabel,
    /// The new key; the newest of the role `csca` if left out
    #[arg(long, value_name = "LABEL", value_parser = label)]
    pub key: Option<KeyLabel>,
    /// Where to write the new key's own certificate
    #[arg(long, value_name = "FILE")]
    pub out_csca: PathBuf,
    /// Where to write the link certificate
    #[command(flatten)]
    pub out: OutArgs,
}

/// `sigillo pki ds …`.
#[derive(Debug, Subcommand)]
pub(crate) enum DsCommand {
    /// Ask for a certificate of a signer's key
    #[command(after_help = "Example:\n  sigillo --operator anna pki ds request --key document-signer/2 --out ds.csr")]
    Request {
        /// What the key is for
        #[arg(long = "as", value_enum, default_value_t = SignerKind::Documents, value_name = "KIND")]
        kind: SignerKind,
        /// The key of the key store; the newest of its role if left out
        #[arg(long, value_name = "LABEL", value_parser = label)]
        key: Option<KeyLabel>,
        /// Where to write the request
        #[command(flatten)]
        out: OutArgs,
    },
    /// Take in the certificate that answers a request: the key store seals with it from now on, after those before it
    #[command(after_help = "Example:\n  sigillo --operator anna pki ds install ds.der --csca csca.der")]
    Install {
        /// The certificate
        file: PathBuf,
        /// What the key is for
        #[arg(long = "as", value_enum, default_value_t = SignerKind::Documents, value_name = "KIND")]
        kind: SignerKind,
        /// The certificate of the country signing CA that issued it
        #[arg(long, value_name = "FILE")]
        csca: PathBuf,
        /// The key of the key store; the newest of its role if left out
        #[arg(long, value_name = "LABEL", value_parser = label)]
        key: Option<KeyLabel>,
        /// How many seals it may make
        #[arg(long, value_name = "NUMBER", default_value_t = 100_000)]
        seals: u64,
    },
}

/// `sigillo pki eservices …`.
#[derive(Debug, Subcommand)]
pub(crate) enum EservicesCommand {
    /// Make the certificate of the CA of electronic services, signed by its own key
    #[command(after_help = "Example:\n  sigillo --operator anna pki eservices create --out eservices.der")]
    Create {
        /// The key of the key store; the newest of the role `eservices-ca` if left out
        #[arg(long, value_name = "LABEL", value_parser = label)]
        key: Option<KeyLabel>,
        /// Where to write the certificate
        #[command(flatten)]
        out: OutArgs,
    },
    /// Certify a holder's key on the chip; the request is its proof of possession
    #[command(
        after_help = "Example:\n  sigillo --operator anna pki eservices certify --request holder.csr --until 2031-11-01 --out holder.der"
    )]
    Certify {
        /// The request, PKCS#10, signed by the key on the chip
        #[arg(long, value_name = "FILE")]
        request: PathBuf,
        /// The last day of the permit
        #[arg(long, value_name = "YYYY-MM-DD")]
        until: Date,
        /// The key of the key store; the newest of the role `eservices-ca` if left out
        #[arg(long, value_name = "LABEL", value_parser = label)]
        key: Option<KeyLabel>,
        /// Where to write the certificate
        #[command(flatten)]
        out: OutArgs,
    },
    /// Certify a key of the exchange: partners know our messages by it, or encrypt theirs to it
    #[command(
        after_help = "Example:\n  sigillo --operator anna pki eservices exchange exchange-signer/1 --out our-signer.der"
    )]
    Exchange {
        /// The key of the key store: of the role `exchange-signer` or `exchange-decryption`
        #[arg(value_name = "LABEL", value_parser = label)]
        own: KeyLabel,
        /// The key that certifies; the newest of the role `eservices-ca` if left out
        #[arg(long, value_name = "LABEL", value_parser = label)]
        key: Option<KeyLabel>,
        /// Where to write the certificate
        #[command(flatten)]
        out: OutArgs,
    },
    /// Revoke a holder's certificate: the permit was revoked, or the card is lost
    #[command(
        after_help = "Example:\n  sigillo --operator anna pki eservices revoke holder.der --reason cessation-of-operation"
    )]
    Revoke {
        /// The certificate
        certificate: PathBuf,
        /// Why
        #[arg(long, value_enum, value_name = "REASON")]
        reason: ReasonArg,
    },
}

/// `sigillo pki crl …`.
#[derive(Debug, Subcommand)]
pub(crate) enum CrlCommand {
    /// Make the next revocation list from what the register says
    #[command(
        after_help = "Examples:\n  sigillo --operator anna pki crl make --out ITA.crl\n  sigillo --operator anna pki crl make --of eservices-ca --days 1 --out eservices.crl"
    )]
    Make {
        /// Whose
        #[arg(long, value_enum, default_value_t = AuthorityArg::Csca, value_name = "AUTHORITY")]
        of: AuthorityArg,
        /// In how many days the next one comes at the latest
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=90))]
        days: u16,
        /// The authority's key; the newest of its role if left out
        #[arg(long, value_name = "LABEL", value_parser = label)]
        key: Option<KeyLabel>,
        /// Where to write the list
        #[command(flatten)]
        out: OutArgs,
    },
    /// Revoke a certificate that this home issued; the next list carries it
    #[command(after_help = "Example:\n  sigillo --operator anna pki crl revoke ds.der --reason key-compromise")]
    Revoke {
        /// The certificate
        certificate: PathBuf,
        /// Why
        #[arg(long, value_enum, value_name = "REASON")]
        reason: ReasonArg,
    },
    /// Take in a revocation list; its signature must verify, and an older one than is here is refused
    #[command(after_help = "Example:\n  sigillo --operator anna pki crl import ITA.crl --csca csca.der")]
    Import {
        /// The lists
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// A certificate of the issuer, beside those of this home; may be given more than once
        #[arg(long, value_name = "FILE")]
        csca: Vec<PathBuf>,
    },
    /// Show the revocation lists that are here, and how old they are
    Show,
}

/// `sigillo pki master-list …`.
#[derive(Debug, Subcommand)]
pub(crate) enum MasterListCommand {
    /// Sign a list of the certificates of country signing CAs
    #[command(
        after_help = "Example:\n  sigillo --operator anna pki master-list make csca.der link.der france.der --out ITA.ml"
    )]
    Make {
        /// The certificates, in any order
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The signer's key; the newest of the role `master-list-signer` if left out
        #[arg(long, value_name = "LABEL", value_parser = label)]
        key: Option<KeyLabel>,
        /// Where to write the list
        #[command(flatten)]
        out: OutArgs,
    },
    /// Show which certificates of a list can vouch for documents, and why others cannot; its signature is not believed
    #[command(after_help = "Example:\n  sigillo pki master-list read germany.ml")]
    Read {
        /// The list
        file: PathBuf,
    },
    /// Verify a list's signature and the chain of its signer
    #[command(
        after_help = "Example:\n  sigillo pki master-list verify germany.ml --csca germany.der\n\nExit status: 0 verified, 3 refused"
    )]
    Verify {
        /// The list
        file: PathBuf,
        /// Trust anchor: a CSCA certificate; may be given more than once
        #[arg(long, required = true, value_name = "FILE")]
        csca: Vec<PathBuf>,
    },
}

/// `sigillo pki deviation-list …`.
#[derive(Debug, Subcommand)]
pub(crate) enum DeviationListCommand {
    /// Sign a list of deviations
    #[command(
        after_help = "Example:\n  sigillo --operator anna pki deviation-list make deviations.json --out ITA.dl\n\nThe file is an array of objects: kind (an object identifier below 2.23.136.1.1.7), description, document_type, signer\n(key identifier), issued ([first day, last day]), document_numbers; all but the kind may be left out."
    )]
    Make {
        /// The deviations, JSON
        file: PathBuf,
        /// The signer's key; the newest of the role `deviation-list-signer` if left out
        #[arg(long, value_name = "LABEL", value_parser = label)]
        key: Option<KeyLabel>,
        /// Where to write the list
        #[command(flatten)]
        out: OutArgs,
    },
    /// Show what is in a list; its signature is not believed
    #[command(after_help = "Example:\n  sigillo pki deviation-list read germany.dl")]
    Read {
        /// The list
        file: PathBuf,
    },
    /// Verify a list's signature and the chain of its signer
    #[command(after_help = "Example:\n  sigillo pki deviation-list verify germany.dl --csca germany.der")]
    Verify {
        /// The list
        file: PathBuf,
        /// Trust anchor: a CSCA certificate; may be given more than once
        #[arg(long, required = true, value_name = "FILE")]
        csca: Vec<PathBuf>,
    },
}

/// Where a result goes.
#[derive(Args, Debug)]
pub(crate) struct OutArgs {
    /// The new file
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// PEM instead of DER
    #[arg(long)]
    pub pem: bool,
}

/// What a signer below the country signing CA signs.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SignerKind {
    /// Documents.
    #[value(name = "document-signer")]
    Documents,
    /// Master lists.
    #[value(name = "master-list-signer")]
    MasterLists,
    /// Deviation lists.
    #[value(name = "deviation-list-signer")]
    DeviationLists,
}

/// An authority that makes revocation lists.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum AuthorityArg {
    /// Country signing CA.
    Csca,
    /// CA of electronic services.
    EservicesCa,
}

/// Why a certificate is revoked.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ReasonArg {
    /// Nothing more is said.
    Unspecified,
    /// The private key is known, or feared to be known, to another.
    KeyCompromise,
    /// The name or something else of the subject changed.
    AffiliationChanged,
    /// Another certificate took its place.
    Superseded,
    /// It is no longer needed: the permit ended.
    CessationOfOperation,
    /// The subject lost a right.
    PrivilegeWithdrawn,
}
