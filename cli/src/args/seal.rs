//! `sigillo seal`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `sigillo seal …`.
#[derive(Debug, Subcommand)]
pub(crate) enum SealCommand {
    /// Seal documents whose data groups lie in folders: each gets an EF.SOD.bin, verified with its whole chain
    #[command(
        after_help = "Examples:\n  sigillo --operator anna seal sign passport-1\n  sigillo --operator anna seal sign --workers 2 documents/*\n\nA folder holds DG1.bin … DG16.bin, as `sigillo chip inspect --save` writes them. What is sealed already stays as it is:\nafter a stop the same command goes on."
    )]
    Sign(SignArgs),
    /// Verify an EF.SOD and data groups by trust anchors: every check passed, failed, or not run and why
    #[command(
        after_help = "Examples:\n  sigillo seal verify passport-1 --csca csca.der\n  sigillo seal verify passport-1 --master-list DE_ML.ml --crl DE.crl --json\n  sigillo seal verify old-passport --csca csca.der --sha1\n\nExit status: 0 verified, 1 not verified"
    )]
    Verify(VerifyArgs),
    /// Show what an EF.SOD holds; believes nothing
    #[command(
        after_help = "Examples:\n  sigillo seal show passport-1/EF.SOD.bin\n  sigillo seal show --json passport-1"
    )]
    Show {
        /// The file, or the folder it lies in
        sod: PathBuf,
    },
    /// Show the document signers in order: slots reserved, used, void and left, last day, revocation
    #[command(after_help = "Examples:\n  sigillo seal slots\n  sigillo --operator anna seal slots --void")]
    Slots {
        /// Give up what dead processes left reserved; slots of living ones stay
        #[arg(long)]
        void: bool,
    },
}

/// `sigillo seal sign`.
#[derive(Args, Debug)]
pub(crate) struct SignArgs {
    /// A folder for each document
    #[arg(required = true, value_name = "FOLDER")]
    pub folders: Vec<PathBuf>,
    /// How many seal at the same time, each with a session of its own
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub workers: u8,
}

/// `sigillo seal verify`.
#[derive(Args, Debug)]
pub(crate) struct VerifyArgs {
    /// A folder with EF.SOD.bin and the data groups, or an EF.SOD alone
    #[arg(value_name = "FOLDER|FILE")]
    pub document: PathBuf,
    /// Trust anchor: a CSCA or link certificate, DER or PEM; may be given more than once
    #[arg(long, value_name = "FILE", required_unless_present = "master_list")]
    pub csca: Vec<PathBuf>,
    /// Trust anchors: an ICAO master list, signed under a --csca that is given, else under one of its own; may be given
    /// more than once
    #[arg(long, value_name = "FILE")]
    pub master_list: Vec<PathBuf>,
    /// A revocation list; without one those of the home speak, by the home's policy
    #[arg(long, value_name = "FILE")]
    pub crl: Vec<PathBuf>,
    /// Take SHA-1, of documents that are as old
    #[arg(long)]
    pub sha1: bool,
    /// Take SHA-224, of documents that are as old
    #[arg(long)]
    pub sha224: bool,
    /// Refuse what is true but irregular: BER, missing or unsorted attributes, other versions of CMS
    #[arg(long)]
    pub regular: bool,
}
