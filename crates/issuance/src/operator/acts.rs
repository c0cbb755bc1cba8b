//! The table of acts: everything that changes a state, who may ask for it, and how many persons must.

use super::role::OperatorRole::{self, Auditor, IssuingCircuit, Line, Office, SecurityOfficer};

/// One row of the table of acts.
#[derive(Clone, Copy, Debug)]
pub struct ActRow {
    /// The act.
    pub act: ChangeAct,
    /// Its stable name, as signed and traced.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub about: &'static str,
    /// What kind of thing a request for it names.
    pub on: &'static str,
    /// What kinds of things of the register it may change; none for what is kept elsewhere, in keys or certificates.
    pub touches: &'static [&'static str],
    /// Whoever signs has one of these roles.
    pub roles: &'static [OperatorRole],
    /// How many different persons sign.
    pub persons: usize,
}

macro_rules! acts {
    ($($act:ident, $name:literal, $about:literal, on $on:literal, touches $touches:expr, by $roles:expr, $persons:literal;)*) => {
        /// What an operator can ask for; [`ChangeAct::row`] says who may.
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub enum ChangeAct {
            $(#[doc = $about] $act,)*
        }

        /// The table of acts (D10), in the order of their families.
        pub const ACTS: &[ActRow] = &[
            $(ActRow {
                act: ChangeAct::$act,
                name: $name,
                about: $about,
                on: $on,
                touches: &$touches,
                roles: &$roles,
                persons: $persons,
            },)*
        ];

        impl ChangeAct {
            /// Its row of the table.
            pub const fn row(self) -> &'static ActRow {
                // One macro writes both, in the same order.
                &ACTS[self as usize]
            }
        }
    };
}

acts! {
    LotImport, "lot.import", "Store every record of a lot, or none.",
        on "file", touches ["lot"], by [Line], 1;

    ChipMake, "chip.make", "Make virtual TEST chips of a new batch.",
        on "batch", touches [], by [Line], 1;
    ChipInit, "chip.init", "Initialize chips of a batch; they come to the stock.",
        on "batch", touches ["card", "run"], by [Line], 1;
    ChipScrap, "chip.scrap", "Take a card out of the world.",
        on "card", touches ["card", "record", "slot"], by [Line, Office], 1;

    RunStart, "run.start", "Form the records of a lot.",
        on "lot", touches ["run", "card", "record", "slot"], by [Line], 1;
    RunResume, "run.resume", "Go on with a run after a stop or a crash.",
        on "run", touches ["run", "card", "record", "slot"], by [Line], 1;

    SealSign, "seal.sign", "Seal documents whose files were given by hand.",
        on "documents", touches ["slot"], by [Line], 1;
    SealVoid, "seal.void", "Give up the slots that dead processes left reserved.",
        on "register", touches ["slot"], by [Line, SecurityOfficer], 1;

    PermitActivate, "permit.activate", "Make a permit valid, on its chip and in the register.",
        on "record", touches ["record", "card"], by [Office], 1;
    PermitDeliver, "permit.deliver", "Hand a permit over to its holder.",
        on "record", touches ["record"], by [Office], 1;
    PermitReportLoss, "permit.report-loss", "Suspend a permit whose holder tells the CIP.",
        on "record", touches ["record"], by [Office], 1;
    PermitSuspend, "permit.suspend", "Suspend a permit.",
        on "record", touches ["record"], by [Office], 1;
    PermitReinstate, "permit.reinstate", "Make a suspended permit valid again.",
        on "record", touches ["record"], by [Office], 2;
    PermitRevoke, "permit.revoke", "Revoke a permit for good.",
        on "record", touches ["record", "card"], by [Office], 1;
    PermitAnnul, "permit.annul", "Annul a permit that was never handed over.",
        on "record", touches ["record", "card"], by [Office, IssuingCircuit], 1;
    PermitAnnulMany, "permit.annul-many", "Annul the permits of a consignment that was lost.",
        on "list", touches ["record", "card"], by [Office, IssuingCircuit], 2;

    PermitTerminate, "permit.terminate", "Terminate the card of a revoked or annulled permit.",
        on "record", touches ["record", "card"], by [Office], 1;
    PermitResume, "permit.resume", "End what was interrupted, by what the chip says.",
        on "record", touches ["record", "card"], by [Office], 1;

    CodesEnvelope, "codes.envelope", "Print the codes of a permit, once.",
        on "record", touches ["record", "card"], by [Office], 1;
    CodesCameOut, "codes.came-out", "Say that a letter came out whose printing was in doubt.",
        on "record", touches ["record"], by [Office], 1;
    CodesReissue, "codes.reissue", "Set new codes on a chip, for a new envelope.",
        on "record", touches ["record", "card"], by [Office], 1;

    ExchangePartner, "exchange.partner", "Add a partner, or change his certificates.",
        on "partner", touches ["partner"], by [SecurityOfficer], 2;
    ExchangeReceive, "exchange.receive", "Take a message of a partner in; a lot whole, or not at all.",
        on "file", touches ["lot", "partner"], by [Line, IssuingCircuit], 1;
    ExchangeSend, "exchange.send", "Send a partner what happened since the last time.",
        on "partner", touches ["partner"], by [Line, IssuingCircuit], 1;
    ExchangeAcknowledge, "exchange.acknowledge", "Note how far a destination has the events of the outbox.",
        on "partner", touches ["partner"], by [Line, IssuingCircuit], 1;

    AuditCheckpoint, "audit.checkpoint", "Sign where the trace ends.",
        on "register", touches [], by [Line, SecurityOfficer, Auditor], 1;
    AuditRetention, "audit.retention", "Destroy data keys that are due.",
        on "register", touches ["record", "retention"], by [SecurityOfficer], 2;

    KeysGenerate, "keys.generate", "Make a key before two custodians.",
        on "key", touches [], by [SecurityOfficer], 2;
    KeysImport, "keys.import", "Enter a key in components.",
        on "key", touches [], by [SecurityOfficer], 2;
    KeysRotate, "keys.rotate", "Let a new generation of a key take over before two custodians.",
        on "key", touches [], by [SecurityOfficer], 2;
    KeysDestroy, "keys.destroy", "Take a key out of use for good before two custodians.",
        on "key", touches [], by [SecurityOfficer], 2;
    KeysAlone, "keys.alone", "Make, rotate or destroy a key that one operator may make by the table of keys.",
        on "key", touches [], by [SecurityOfficer], 1;
    KeysCertificate, "keys.certificate", "Install the certificate of a key.",
        on "key", touches [], by [SecurityOfficer], 1;
    KeysAnchor, "keys.anchor", "Install the certificate of a country signing CA whose key is elsewhere.",
        on "certificate", touches [], by [SecurityOfficer], 2;
    KeysCeremony, "keys.ceremony", "Carry out the script of a ceremony.",
        on "ceremony", touches [], by [SecurityOfficer], 2;

    PkiRoot, "pki.root", "Make a root: country signing CA, country verifying CA, CA of electronic services, or the link to a successor.",
        on "key", touches [], by [SecurityOfficer], 2;
    PkiRequest, "pki.request", "Ask for a certificate, or add an outer signature to a request.",
        on "key", touches [], by [SecurityOfficer, IssuingCircuit], 1;
    PkiIssue, "pki.issue", "Answer a request with a certificate.",
        on "key", touches [], by [SecurityOfficer, IssuingCircuit], 1;
    PkiInstall, "pki.install", "Keep certificates that were issued to this home.",
        on "certificate", touches [], by [SecurityOfficer, IssuingCircuit], 1;
    PkiRevoke, "pki.revoke", "Revoke a certificate that was issued here.",
        on "certificate", touches [], by [SecurityOfficer, IssuingCircuit], 1;
    PkiList, "pki.list", "Sign a revocation list, a master list or a deviation list.",
        on "key", touches [], by [SecurityOfficer, IssuingCircuit], 1;
    PkiImport, "pki.import", "Take in revocation lists of others.",
        on "certificate", touches [], by [Line, SecurityOfficer, IssuingCircuit], 1;

    OperatorFound, "operator.found", "Enrol the first operators, who sign for each other.",
        on "register", touches ["operator"], by [SecurityOfficer], 2;
    OperatorEnrol, "operator.enrol", "Enrol an operator.",
        on "operator", touches ["operator"], by [SecurityOfficer], 2;
    OperatorRetire, "operator.retire", "Retire an operator.",
        on "operator", touches ["operator"], by [SecurityOfficer], 1;
}

impl ChangeAct {
    /// The stable name, as signed and traced.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The act of a name.
    pub fn parse(name: &str) -> Option<Self> {
        ACTS.iter().find(|row| row.name == name).map(|row| row.act)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_act_has_its_row_and_its_name() {
        let names: BTreeSet<_> = ACTS.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), ACTS.len());
        for row in ACTS {
            assert_eq!(row.act.row().name, row.name);
            assert_eq!(ChangeAct::parse(row.name), Some(row.act));
            assert!(!row.roles.is_empty() && (1..=2).contains(&row.persons), "{}", row.name);
        }
        assert_eq!(ChangeAct::parse("LOT.IMPORT"), None);
    }
}
