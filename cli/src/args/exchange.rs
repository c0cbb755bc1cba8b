//! `sigillo exchange`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `sigillo exchange …`.
#[derive(Debug, Subcommand)]
pub(crate) enum ExchangeCommand {
    /// The partners, known by their certificates: add, renew, list
    #[command(subcommand)]
    Partner(PartnerCommand),
    /// Take a message of a partner in: a lot whole or not at all, or acknowledgements of ours
    #[command(
        after_help = "Example:\n  sigillo --operator anna exchange receive ssce-000001.p7m\n\nA message that is refused takes no number; the refusal stands in the trace.\n\nExit status: 0 taken in, 3 refused"
    )]
    Receive {
        /// The message: CMS, DER
        file: PathBuf,
    },
    /// Send a partner an acknowledgement of each record that he sent, and the events since the last time
    #[command(
        after_help = "Examples:\n  sigillo --operator anna exchange send --to ssce --out outgoing\n  sigillo --operator anna exchange send --to ssce --out outgoing --again 3\n\nNothing is sent when there is nothing to tell. A file that was lost is written again byte for byte."
    )]
    Send {
        /// The partner
        #[arg(long, value_name = "PARTNER")]
        to: String,
        /// The folder for the files
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Write the file of this message once more, and make no new one
        #[arg(long, value_name = "NUMBER")]
        again: Option<u64>,
    },
    /// Show the events that a destination has not acknowledged, or note how far it has them
    #[command(
        after_help = "Examples:\n  sigillo --json exchange outbox --for permits-database\n  sigillo --operator anna exchange outbox --for permits-database --ack 17\n\nFor a destination on the same site that reads without messages; partners acknowledge by messages."
    )]
    Outbox {
        /// The destination
        #[arg(long = "for", value_name = "NAME")]
        destination: String,
        /// It has every event up to this number, for good
        #[arg(long, value_name = "NUMBER")]
        ack: Option<u64>,
        /// Show at most so many
        #[arg(long, value_name = "COUNT", default_value_t = 1000)]
        limit: u64,
    },
    /// Show how far the messages from and to each partner have come
    #[command(after_help = "Example:\n  sigillo exchange status --json")]
    Status,
}

/// `sigillo exchange partner …`.
#[derive(Debug, Subcommand)]
pub(crate) enum PartnerCommand {
    /// Add a partner; he is known by these very certificates, whoever issued them
    #[command(
        after_help = "Example:\n  sigillo --operator anna --second bruno exchange partner add ssce --as line-1 --signer ssce-signer.pem --encryption ssce-encryption.pem"
    )]
    Add {
        /// His name in messages, one short word
        name: String,
        /// What he calls us in his messages
        #[arg(long = "as", value_name = "NAME")]
        own_name: String,
        /// Whose events he is told
        #[arg(long, value_enum, default_value_t = ReceivesArg::Own, value_name = "WHOSE")]
        receives: ReceivesArg,
        #[command(flatten)]
        certificates: CertificateArgs,
    },
    /// Give a partner other certificates; those that he had serve no more
    #[command(
        after_help = "Example:\n  sigillo --operator anna --second bruno exchange partner renew ssce --signer new-signer.pem --encryption ssce-encryption.pem"
    )]
    Renew {
        /// His name
        name: String,
        #[command(flatten)]
        certificates: CertificateArgs,
    },
    /// List the partners
    #[command(after_help = "Example:\n  sigillo exchange partner list --json")]
    List,
}

/// The certificates of a partner.
#[derive(Args, Debug)]
pub(crate) struct CertificateArgs {
    /// A certificate that he signs under, DER or PEM; more than one while he changes keys
    #[arg(long, required = true, value_name = "FILE")]
    pub signer: Vec<PathBuf>,
    /// The certificate that his messages are encrypted to, DER or PEM
    #[arg(long, value_name = "FILE")]
    pub encryption: PathBuf,
}

/// Whose events a partner is told.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ReceivesArg {
    /// Those of the records that came from him.
    Own,
    /// Everybody's.
    All,
}
