//! Profiles with one right changed.

use std::fmt;

use sigillo_profile::{Access, ConditionName, FileKind, FileSpec, Mechanism, MechanismReference, Profile};

/// One right changed: of a row, or of everybody who meets an environment.
pub(crate) enum Mutation {
    /// An operation on a row.
    Row {
        /// The row's name.
        row: String,
        /// The operation.
        access: Access,
        /// What is done to its rule.
        change: Change,
    },
    /// An alternative of an environment.
    Environment {
        /// The environment's name.
        name: String,
        /// Taken away if it is there, else added.
        alternative: MechanismReference,
    },
}

/// What is done to a rule.
pub(crate) enum Change {
    /// An alternative is taken away; the last one takes the rule with it.
    Taken(ConditionName),
    /// An alternative is added, to a rule or where there was none.
    Given(ConditionName),
}

impl fmt::Display for Mutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row { row, access, change: Change::Taken(name) } => {
                write!(f, "{row}: {access:?} taken from {name:?}")
            }
            Self::Row { row, access, change: Change::Given(name) } => write!(f, "{row}: {access:?} given to {name:?}"),
            Self::Environment { name, alternative } => write!(f, "{name}: {alternative:?}"),
        }
    }
}

impl Mutation {
    /// The profile with this one right changed.
    pub(crate) fn applied(&self, profile: &Profile) -> Profile {
        let mut changed = profile.clone();
        match self {
            Self::Row { row, access, change } => {
                let row = changed.files.iter_mut().find(|listed| listed.name == *row).unwrap();
                if !row.rules.iter().any(|(listed, _)| listed == access) {
                    row.rules.push((*access, Vec::new()));
                }
                for (_, names) in row.rules.iter_mut().filter(|(listed, _)| listed == access) {
                    match change {
                        Change::Taken(name) => names.retain(|listed| listed != name),
                        Change::Given(name) => names.push(name.clone()),
                    }
                }
                row.rules.retain(|(_, names)| !names.is_empty());
            }
            Self::Environment { name, alternative } => {
                let environment = changed.environments.iter_mut().find(|listed| listed.name == *name).unwrap();
                let before = environment.alternatives.len();
                environment.alternatives.retain(|listed| listed != alternative);
                if environment.alternatives.len() == before {
                    environment.alternatives.push(*alternative);
                }
            }
        }
        changed
    }

    /// The judge's objects on which it must show, likeliest first.
    pub(crate) fn objects(&self) -> Vec<&str> {
        match self {
            Self::Row { row, .. } => match row.as_str() {
                "MF" => vec!["MF", "eServices", "codes-elsewhere", "keys-elsewhere"],
                "eMRTD" => vec!["eMRTD", "active-authentication-key", "codes-elsewhere", "keys-elsewhere"],
                "eServices" => vec!["eServices", "codes", "holder-key", "EF.Certificate"],
                // The judge calls a data group by its number.
                file => vec![file.strip_prefix("EF.").filter(|name| name.starts_with("DG")).unwrap_or(file)],
            },
            Self::Environment { .. } => {
                vec!["DG1", "DG3", "DG4", "EF.CardSecurity", "eServices", "codes", "holder-key", "MF"]
            }
        }
    }
}

/// Each environment: every alternative it has taken away, and others added that are close to it.
fn of_environments(profile: &Profile) -> Vec<Mutation> {
    let alternative = |mechanism, reference| MechanismReference { mechanism, reference };
    let mut all = Vec::new();
    for environment in &profile.environments {
        let mut push = |alternative| all.push(Mutation::Environment { name: environment.name.clone(), alternative });
        environment.alternatives.iter().copied().for_each(&mut push);
        // BAC; PACE with the PIN; Terminal Authentication without any right.
        for near in [
            alternative(Mechanism::Bac, 1),
            alternative(Mechanism::Pace, 3),
            alternative(Mechanism::TerminalAuthentication, 0),
            alternative(Mechanism::IssuingOffice, 0),
        ] {
            if !environment.alternatives.contains(&near) && shows(&environment.name, near.mechanism) {
                push(near);
            }
        }
    }
    all
}

/// Whether an environment that a mechanism meets as well differs for any terminal.
///
/// Every Terminal Authentication comes after PACE or BAC, which meet `inspection` anyway; and behind the rule of eServices, which
/// asks for PACE to select it, BAC is never met.
fn shows(environment: &str, mechanism: Mechanism) -> bool {
    match mechanism {
        Mechanism::Bac => !["holder", "office-codes", "office-activate"].contains(&environment),
        Mechanism::TerminalAuthentication | Mechanism::IssuingOffice => environment != "inspection",
        _ => true,
    }
}

/// Each alternative of each rule taken away; each operation given to anybody, and to whoever opened the chip.
pub(crate) fn mutations(profile: &Profile) -> Vec<Mutation> {
    let opened = || ConditionName::Environment("inspection".to_owned());
    let mut all = of_environments(profile);
    for row in &profile.files {
        for access in accesses(row) {
            let names = row.rule(access);
            let mut push = |change| all.push(Mutation::Row { row: row.name.clone(), access, change });
            names.iter().cloned().for_each(|name| push(Change::Taken(name)));
            if !names.contains(&ConditionName::Always) && shows_when_given(&row.name, access) {
                push(Change::Given(ConditionName::Always));
                if !names.contains(&opened()) {
                    push(Change::Given(opened()));
                }
            }
        }
    }
    all
}

/// Whether an operation that more terminals may do differs for any of them: nobody comes to what asks for no more than eServices
/// itself (PACE), and a locked card is not locked again.
fn shows_when_given(row: &str, access: Access) -> bool {
    let behind_pace = [Access::Verify, Access::ChangeCode, Access::ResetCode];
    !match row {
        "MF" => access == Access::Activate,
        "eServices" => behind_pace.contains(&access),
        "EF.Certificate" => access == Access::Read,
        _ => false,
    }
}

/// The operations that mean something for a row and that this chip carries out there.
fn accesses(row: &FileSpec) -> Vec<Access> {
    use Access::{
        Activate, ChangeCode, CreateDf, CreateEf, Deactivate, GenerateKeyPair, InternalAuthenticate, PutData, Read,
        ResetCode, Select, SetCodes, Sign, Terminate, Update, Verify,
    };
    match (&row.kind, row.name.as_str()) {
        (FileKind::Transparent { .. }, _) => vec![Read, Update],
        // The lock is its activation, and the end of the card is judged by it; it holds no key that signs and no code's rules.
        (FileKind::MasterFile, _) => vec![CreateEf, CreateDf, Activate, Terminate, PutData, GenerateKeyPair, Verify],
        (_, "eMRTD") => vec![CreateEf, PutData, GenerateKeyPair, InternalAuthenticate, Verify, SetCodes],
        _ => vec![
            CreateEf,
            PutData,
            GenerateKeyPair,
            Activate,
            Deactivate,
            Select,
            InternalAuthenticate,
            Sign,
            Verify,
            ChangeCode,
            SetCodes,
            ResetCode,
        ],
    }
}
