//! `sigillo permit`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::args::way_in::{Aid, WayInArgs, aid};

/// `sigillo permit …`.
#[derive(Debug, Subcommand)]
pub(crate) enum PermitCommand {
    /// Show what the register holds of a permit: state, card, dates, codes of reasons; nothing of the holder
    #[command(after_help = "Example:\n  sigillo permit show --document I40718263")]
    Show {
        /// Which permit
        #[command(flatten)]
        permit: DocumentArgs,
    },
    /// Answer whether a permit may be trusted: the chip, the register, or both, of which the stricter answer wins
    #[command(
        after_help = "Examples:\n  sigillo permit check --reader 0 --mrz-file mrz.txt\n  sigillo permit check --register-only --document I40718263\n  sigillo permit check --chip-only --reader 0 --mrz-file mrz.txt --csca csca.cer\n\nExit status: 0 valid, 1 anything else; the reason is named by its code"
    )]
    Check(CheckArgs),
    /// Make a permit valid, on its chip and in the register
    #[command(
        after_help = "Examples:\n  sigillo --operator anna permit activate --document I40718263 --reader 0 --mrz-file mrz.txt\n  sigillo --operator anna permit activate --document I40718263 --virtual --mrz-file mrz.txt"
    )]
    Activate {
        /// Which permit
        #[command(flatten)]
        permit: DocumentArgs,
        /// Its card
        #[command(flatten)]
        card: CardArgs,
    },
    /// Write down that a valid permit was handed over, its card at hand
    #[command(
        after_help = "Example:\n  sigillo --operator anna permit deliver --document I40718263 --reader 0 --mrz-file mrz.txt"
    )]
    Deliver {
        /// Which permit
        #[command(flatten)]
        permit: DocumentArgs,
        /// Its card
        #[command(flatten)]
        card: CardArgs,
    },
    /// Suspend a permit whose holder tells the CIP: no card is needed, and the next check says suspended
    #[command(
        name = "report-loss",
        after_help = "Examples:\n  sigillo --operator anna permit report-loss --document I40718263 --caller 'Mario Rossi' --reason theft\n  sigillo --operator anna permit report-loss --document I40718263 --caller 06-4657 --secret-fd cip=3 3<cip.txt"
    )]
    ReportLoss {
        /// Which permit
        #[command(flatten)]
        permit: DocumentArgs,
        /// Who calls: a name or a number; kept as a keyed digest, to limit wrong CIPs
        #[arg(long, value_name = "NAME")]
        caller: String,
        /// A code of the list: loss, theft
        #[arg(long, value_name = "CODE", default_value = "loss")]
        reason: String,
    },
    /// Suspend a permit on the office's own word; no CIP is asked for, and no limit holds
    #[command(
        after_help = "Example:\n  sigillo --operator anna permit suspend --document I40718263 --reason theft --reported-by police"
    )]
    Suspend {
        /// Which permit
        #[command(flatten)]
        permit: DocumentArgs,
        /// A code of the list: loss, theft, inquiry
        #[arg(long, value_name = "CODE")]
        reason: String,
        /// Who reported it, a code of the list: holder, police, office, authority
        #[arg(long, value_name = "CODE")]
        reported_by: String,
    },
    /// Make a suspended permit valid again: two persons
    #[command(
        after_help = "Example:\n  sigillo --operator anna --second bruno permit reinstate --document I40718263 --reason found"
    )]
    Reinstate {
        /// Which permit
        #[command(flatten)]
        permit: DocumentArgs,
        /// A code of the list: found, cleared
        #[arg(long, value_name = "CODE")]
        reason: String,
    },
    /// Withdraw a permit for good
    #[command(
        after_help = "Examples:\n  sigillo --operator anna permit revoke --document I40718263 --reason requirements\n  sigillo --operator anna permit revoke --document I40718263 --reason fraud --terminate --reader 0 --mrz-file mrz.txt"
    )]
    Revoke {
        /// Which permit
        #[command(flatten)]
        permit: DocumentArgs,
        /// A code of the list: requirements, expulsion, fraud, departure, death, replaced, lost-for-good
        #[arg(long, value_name = "CODE")]
        reason: String,
        /// Whether its card ends too
        #[command(flatten)]
        end: TerminateArgs,
    },
    /// Annul a permit that was never handed over; a whole consignment needs two persons
    #[command(
        after_help = "Examples:\n  sigillo --operator anna permit annul --document I40718263 --reason withdrawn\n  sigillo --operator anna --second bruno permit annul --consignment numbers.txt --reason lost-in-transport\n  sigillo --operator anna --second bruno permit annul --run 3 --reason lost-in-transport"
    )]
    Annul {
        /// Which permit
        #[arg(long, value_name = "NUMBER", required_unless_present_any = ["consignment", "run"])]
        document: Option<String>,
        /// A list of document numbers, one a line: all of them or none
        #[arg(long, value_name = "FILE", conflicts_with_all = ["document", "run", "terminate"])]
        consignment: Option<PathBuf>,
        /// Every permit that a run released: all of them or none
        #[arg(long, value_name = "N", conflicts_with_all = ["document", "terminate"])]
        run: Option<i64>,
        /// A code of the list: withdrawn, refused, lost-in-transport, wrong-data, defective, fraud, death
        #[arg(long, value_name = "CODE")]
        reason: String,
        /// Whether its card ends too
        #[command(flatten)]
        end: TerminateArgs,
    },
    /// Terminate the card of a revoked or annulled permit: it never says anything again
    #[command(
        after_help = "Example:\n  sigillo --operator anna permit terminate --document I40718263 --reader 0 --mrz-file mrz.txt"
    )]
    Terminate {
        /// Which permit
        #[command(flatten)]
        permit: DocumentArgs,
        /// Its card
        #[command(flatten)]
        card: CardArgs,
    },
    /// Tell the story of a permit since its release
    #[command(after_help = "Example:\n  sigillo permit history --document I40718263")]
    History {
        /// Which permit
        #[command(flatten)]
        permit: DocumentArgs,
    },
    /// List what was interrupted; with a permit and its card, end it by what the chip says
    #[command(
        after_help = "Examples:\n  sigillo permit resume\n  sigillo --operator anna permit resume --document I40718263 --reader 0 --mrz-file mrz.txt"
    )]
    Resume {
        /// Which permit; without it what is open is listed
        #[arg(long, value_name = "NUMBER")]
        document: Option<String>,
        /// Its card
        #[command(flatten)]
        card: CardArgs,
    },
}

/// One permit.
#[derive(Args, Debug)]
pub(crate) struct DocumentArgs {
    /// The document number, as it is printed on the card
    #[arg(long, value_name = "NUMBER")]
    pub document: String,
}

/// What is asked, and of whom.
#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    /// The document number; without it the chip's own is looked up
    #[arg(long, value_name = "NUMBER", required_if_eq("register_only", "true"))]
    pub document: Option<String>,
    /// Ask the chip alone, as a terminal without a line to the register
    #[arg(long, conflicts_with = "register_only")]
    pub chip_only: bool,
    /// Ask the register alone, without a card
    #[arg(long, conflicts_with_all = ["reader", "image", "virtual_card"])]
    pub register_only: bool,
    /// Trust anchor: a CSCA certificate, DER; may be given more than once. Without it the home's own are used
    #[arg(long, value_name = "FILE")]
    pub csca: Vec<PathBuf>,
    /// The card
    #[command(flatten)]
    pub card: CardArgs,
}

/// The end of a card.
#[derive(Args, Debug)]
pub(crate) struct TerminateArgs {
    /// Terminate the card too, which is at hand
    #[arg(long)]
    pub terminate: bool,
    /// The card
    #[command(flatten)]
    pub card: CardArgs,
}

/// A card and what opens it; whether one is needed, the command knows.
#[derive(Args, Debug)]
#[group(skip)]
pub(crate) struct CardArgs {
    /// A PC/SC reader, by its name or number as `chip readers` lists them
    #[arg(long, value_name = "READER", conflicts_with_all = ["image", "virtual_card"])]
    pub reader: Option<String>,
    /// The image of a virtual chip
    #[arg(long, value_name = "FILE", conflicts_with = "virtual_card")]
    pub image: Option<PathBuf>,
    /// The home's own virtual chip of this permit
    #[arg(long = "virtual", id = "virtual_card")]
    pub virtual_card: bool,
    /// The three lines of the machine readable zone; without it, and without a card access number, they are asked for at the
    /// prompt
    #[arg(long, value_name = "FILE")]
    pub mrz_file: Option<PathBuf>,
    /// The card access number, for PACE
    #[arg(long, value_name = "FILE")]
    pub can_file: Option<PathBuf>,
    /// Ask for the card access number at the prompt
    #[arg(long, conflicts_with = "can_file")]
    pub can: bool,
    /// The eServices application, in hexadecimal
    #[arg(long, value_name = "AID", default_value = "F0534947494C4C4F01", value_parser = aid)]
    pub eservices: Aid,
}

impl CardArgs {
    /// Whether a card was named.
    pub(crate) fn is_named(&self) -> bool {
        self.reader.is_some() || self.image.is_some() || self.virtual_card
    }

    /// The same card for who opens chips; `image` is where the home keeps a virtual one.
    pub(crate) fn way_in(&self, image: Option<PathBuf>) -> WayInArgs {
        WayInArgs {
            reader: self.reader.clone(),
            image: self.image.clone().or(image),
            mrz_file: self.mrz_file.clone(),
            can_file: self.can_file.clone(),
            can: self.can,
            eservices: self.eservices.clone(),
        }
    }
}
