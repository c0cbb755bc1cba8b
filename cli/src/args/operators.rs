//! `sigillo operators`.

use std::path::PathBuf;

use clap::Subcommand;
use sigillo_issuance::operator::OperatorRole;

/// `sigillo operators …`.
#[derive(Debug, Subcommand)]
pub(crate) enum OperatorsCommand {
    /// Show the table of acts: who may ask for what, and for what two persons must ask
    Acts,
    /// Enrol the first operators of a register that has none; two security officers sign for all
    #[command(
        after_help = "Examples:\n  sigillo --operator anna --second bruno operators found anna=security-officer bruno=security-officer,line carla=auditor\n  sigillo --operator anna --operator-module opensc-pkcs11.so --operator-token ANNA --second bruno --second-module opensc-pkcs11.so --second-token BRUNO operators found anna=security-officer bruno=security-officer\n\nFrom then on every change needs a request that its operator signed."
    )]
    Found {
        /// Names and roles: line, office, security-officer, issuing-circuit, auditor
        #[arg(required = true, value_name = "NAME=ROLE[,ROLE]", value_parser = founder)]
        founders: Vec<Founder>,
        /// The public key of somebody who is not here, P-256, DER or PEM; may be given more than once
        #[arg(long = "key", value_name = "NAME=FILE", value_parser = key_file)]
        keys: Vec<(String, PathBuf)>,
    },
    /// Enrol an operator; his key is made in the key store of the home unless a file brings it
    #[command(
        after_help = "Examples:\n  sigillo --operator anna --second bruno operators enrol dora --role office\n  sigillo --operator anna --second bruno operators enrol dora --role office --key dora.pem"
    )]
    Enrol {
        /// One word
        name: String,
        /// What he is there for: line, office, security-officer, issuing-circuit, auditor
        #[arg(long = "role", required = true, value_name = "ROLE", value_delimiter = ',', value_parser = role)]
        roles: Vec<OperatorRole>,
        /// His public key, P-256, DER or PEM
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
    },
    /// Retire an operator: he asks for nothing any more, not even in the middle of a run
    #[command(after_help = "Example:\n  sigillo --operator anna operators retire dora --reason left")]
    Retire {
        /// His name
        name: String,
        /// Why, in one short word
        #[arg(long)]
        reason: String,
    },
    /// List the operators, those who are retired too
    List,
    /// Show an operator: roles, key, by which requests he came and went
    Show {
        /// His name
        name: String,
    },
    /// Sign a request that waits for a second person; shows first what it is for
    #[command(
        after_help = "Example:\n  sigillo --operator anna --request-out annul.request permit annul --run 3 --reason lost-in-transport\n  sigillo --operator bruno operators countersign annul.request --out annul.signed\n  sigillo --operator anna --signed-request annul.signed permit annul --run 3 --reason lost-in-transport"
    )]
    Countersign {
        /// The file that waits
        file: PathBuf,
        /// Where the signed request goes
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

/// Somebody to be, and what for.
#[derive(Clone, Debug)]
pub(crate) struct Founder {
    /// One word.
    pub name: String,
    /// What he is there for.
    pub roles: Vec<OperatorRole>,
}

fn founder(text: &str) -> Result<Founder, String> {
    let (name, roles) = text.split_once('=').ok_or("NAME=ROLE, for example anna=security-officer")?;
    let roles = roles.split(',').map(role).collect::<Result<_, _>>()?;
    Ok(Founder { name: name.to_owned(), roles })
}

fn role(text: &str) -> Result<OperatorRole, String> {
    let names = || OperatorRole::ALL.map(OperatorRole::name).join(", ");
    OperatorRole::parse(text).ok_or_else(|| format!("a role is one of {}", names()))
}

fn key_file(text: &str) -> Result<(String, PathBuf), String> {
    let (name, file) = text.split_once('=').ok_or("NAME=FILE, for example dora=dora.pem")?;
    Ok((name.to_owned(), file.into()))
}
