//! `sigillo chip qualify`.

use std::path::PathBuf;

use clap::Args;

/// `sigillo chip qualify`.
#[derive(Args, Debug)]
pub(crate) struct QualifyArgs {
    /// A PC/SC reader, by its name or number as `chip readers` lists them
    #[arg(long, value_name = "READER", required_unless_present = "virtual_chip")]
    pub reader: Option<String>,
    /// A virtual chip, formed for this purpose in this process; sacrificial cases get a fresh one each
    #[arg(long = "virtual", conflicts_with = "reader")]
    pub virtual_chip: bool,
    /// The profile of the virtual chip
    #[arg(long, value_name = "NAME", default_value = "pse-rf-full", requires = "virtual_chip")]
    pub profile: String,
    /// The three lines of the machine readable zone; without it they are asked for at the prompt
    #[arg(long, value_name = "FILE", conflicts_with = "virtual_chip")]
    pub mrz_file: Option<PathBuf>,
    /// The card access number, six digits
    #[arg(long, value_name = "FILE", conflicts_with = "virtual_chip")]
    pub can_file: Option<PathBuf>,
    /// The holder's PIN
    #[arg(long, value_name = "FILE", conflicts_with = "virtual_chip")]
    pub pin_file: Option<PathBuf>,
    /// The holder's PUK
    #[arg(long, value_name = "FILE", conflicts_with = "virtual_chip")]
    pub puk_file: Option<PathBuf>,
    /// Trust anchor: a CSCA certificate, DER; may be given more than once
    #[arg(long, value_name = "FILE", conflicts_with = "virtual_chip")]
    pub csca: Vec<PathBuf>,
    /// A certificate of an inspection system or of an authority above it; may be given more than once
    #[arg(long, value_name = "FILE", conflicts_with = "virtual_chip", requires = "terminal_key")]
    pub terminal_cert: Vec<PathBuf>,
    /// The inspection system's private key, DER, a file of mode 0600
    #[arg(long, value_name = "FILE", requires = "terminal_cert")]
    pub terminal_key: Option<PathBuf>,
    /// A certificate of a terminal of the issuing office, or of an authority above it; may be given more than once
    #[arg(long, value_name = "FILE", conflicts_with = "virtual_chip", requires = "office_key")]
    pub office_cert: Vec<PathBuf>,
    /// The office terminal's private key, DER, a file of mode 0600
    #[arg(long, value_name = "FILE", requires = "office_cert")]
    pub office_key: Option<PathBuf>,
    /// The certificate of the chip's trust point, for the certificates that cases make: of test chips alone
    #[arg(long, value_name = "FILE", conflicts_with = "virtual_chip", requires = "cvca_key")]
    pub cvca_cert: Option<PathBuf>,
    /// The trust point's private key, DER, a file of mode 0600
    #[arg(long, value_name = "FILE", requires = "cvca_cert")]
    pub cvca_key: Option<PathBuf>,
    /// The maker's conformance statement: lines such as `pace-can = true`; each is held against what is found
    #[arg(long, value_name = "FILE")]
    pub ics: Option<PathBuf>,
    /// Also cases that burn tries, advance dates or trust points, or end the card; a virtual chip runs them always
    #[arg(long)]
    pub sacrificial: bool,
    /// Only this suite; may be given more than once
    #[arg(long, value_name = "NAME")]
    pub suite: Vec<String>,
    /// Only this case; may be given more than once
    #[arg(long, value_name = "ID")]
    pub case: Vec<String>,
    /// Write the report as one page into this new file
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}
