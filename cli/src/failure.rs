//! What a user is told when something does not go: the code, a sentence, what to do next, and the exit code.

use serde_json::{Value, json};
use sigillo_authority::AuthorityError;
use sigillo_exchange::ExchangeError;
use sigillo_line::LineError;
use sigillo_office::OfficeError;
use sigillo_qualify::QualifyError;
use sigillo_reader::LinkError;
use sigillo_store::StoreError;

/// A command that was not carried out.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The stable code.
    pub code: String,
    /// One sentence.
    pub message: String,
    /// What to do next.
    pub advice: &'static str,
    /// The process's exit code (decision D11).
    pub exit: u8,
    /// Faults of a lot, one by one.
    pub faults: Vec<Value>,
}

/// A check failed; the report was printed already.
pub(crate) const CHECK_FAILED: u8 = 1;
/// The arguments contradict each other or name nothing.
pub(crate) const USAGE: u8 = 2;
/// Records, images, files: refused.
pub(crate) const INPUT: u8 = 3;
/// Reader or daemon.
pub(crate) const READER: u8 = 4;
/// The chip refused, or was scrapped.
pub(crate) const CHIP: u8 = 5;
/// Keys or register.
pub(crate) const STORE: u8 = 6;
/// Stopped; can be resumed.
pub(crate) const STOPPED: u8 = 7;

impl Failure {
    /// A mistake in what was typed.
    pub(crate) fn usage(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), advice: advice(code), exit: USAGE, faults: Vec::new() }
    }

    /// What a chip refused.
    pub(crate) fn chip(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), advice: advice(code), exit: CHIP, faults: Vec::new() }
    }

    /// A file or image that was named and is not what it should be.
    pub(crate) fn input(code: &str, message: impl Into<String>, advice: &'static str) -> Self {
        Self { code: code.to_owned(), message: message.into(), advice, exit: INPUT, faults: Vec::new() }
    }

    /// A qualification that did not begin or did not end.
    pub(crate) fn qualification(error: &QualifyError) -> Self {
        let code = error.code();
        let exit = match error {
            QualifyError::Link { .. } => READER,
            QualifyError::Unknown { .. } => USAGE,
            _ => INPUT,
        };
        Self { code: code.to_owned(), message: error.to_string(), advice: advice(code), exit, faults: Vec::new() }
    }

    /// What the desk of an office did not do.
    pub(crate) fn office(error: OfficeError) -> Self {
        let (code, message) = (error.code().to_owned(), error.to_string());
        let mut faults = Vec::new();
        let exit = match error {
            OfficeError::Store(StoreError::Consignment(refused)) => {
                let fault = |line: usize, code: &str| json!({ "line": line, "field": "document number", "code": code, "advice": advice(code) });
                faults = refused.iter().map(|refused| fault(refused.line, refused.code)).collect();
                CHECK_FAILED
            }
            OfficeError::Store(error) => return error.into(),
            OfficeError::Keystore(error) => return error.into(),
            OfficeError::Authority(error) => return error.into(),
            OfficeError::Link(error) => return error.into(),
            OfficeError::Card(_) | OfficeError::CipWrong | OfficeError::CallerLimited { .. } => CHECK_FAILED,
            OfficeError::Reason { .. } | OfficeError::Reporter { .. } | OfficeError::CallerMissing => USAGE,
            OfficeError::Order { .. } => CHIP,
            OfficeError::Unanswered | OfficeError::CardMissing => STOPPED,
            _ => INPUT,
        };
        Self { advice: advice(&code), code, message, exit, faults }
    }

    /// A message that was refused or could not be made.
    pub(crate) fn exchange(error: ExchangeError) -> Self {
        let code = error.code().to_owned();
        match error {
            ExchangeError::Line(error) => error.into(),
            ExchangeError::Keystore(error) if !code.starts_with("seal.") => error.into(),
            ExchangeError::Store(error) if !code.starts_with("exchange.") => error.into(),
            error => {
                let exit = if NAMES_NOTHING.contains(&code.as_str()) { USAGE } else { INPUT };
                Self { advice: advice(&code), message: error.to_string(), exit, code, faults: Vec::new() }
            }
        }
    }

    /// The failure as JSON: the same fields as for people.
    pub(crate) fn json(&self) -> Value {
        let mut value = json!({ "code": self.code, "message": self.message, "advice": self.advice, "exit": self.exit });
        if let (false, Some(object)) = (self.faults.is_empty(), value.as_object_mut()) {
            object.insert("faults".to_owned(), Value::Array(self.faults.clone()));
        }
        value
    }
}

impl<E: Into<LineError>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error: LineError = error.into();
        let faults = match &error {
            LineError::Faults(faults) => faults
                .iter()
                .map(|fault| json!({ "line": fault.line, "field": fault.field, "code": fault.code, "advice": fault.advice }))
                .collect(),
            _ => Vec::new(),
        };
        let code = error.code().to_owned();
        Self { advice: advice(&code), exit: exit(&error), message: with_causes(&error), code, faults }
    }
}

/// The sentence, and what lies behind it where the system said more.
fn with_causes(error: &LineError) -> String {
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        message += &format!(": {error}");
        cause = error.source();
    }
    message
}

fn exit(error: &LineError) -> u8 {
    match error {
        LineError::Faults(_) | LineError::File { .. } | LineError::Profile(_) | LineError::Configuration(_) => INPUT,
        LineError::NoHome { .. }
        | LineError::RunOpen { .. }
        | LineError::HomeExists { .. }
        | LineError::ProfileUnknown(_)
        | LineError::TestProfile(_)
        | LineError::GateUnavailable(_)
        | LineError::WithoutSource { .. }
        | LineError::PlanDigest { .. } => USAGE,
        LineError::Link(LinkError::Image { .. }) => INPUT,
        LineError::Link(_) => READER,
        LineError::WrongChip(_) | LineError::Gate { .. } | LineError::Perso(_) | LineError::Inspect(_) => CHIP,
        LineError::Mute(_) | LineError::TooManyRefused(_) | LineError::PrintDiffers { .. } => CHIP,
        LineError::NoMoreChips { .. } | LineError::NotTheBoundChip(_) | LineError::Printer(_) => STOPPED,
        LineError::PlainLot => USAGE,
        LineError::Store(StoreError::DuplicateNumber | StoreError::DuplicatePratica | StoreError::EmptyLot) => INPUT,
        LineError::Store(StoreError::NotABackup | StoreError::BackupDamaged { .. }) => INPUT,
        LineError::Store(StoreError::Address | StoreError::RemoteServer | StoreError::PasswordInAddress) => USAGE,
        LineError::Store(StoreError::Trace(_)) => CHECK_FAILED,
        LineError::Store(
            StoreError::Transition(_) | StoreError::Unauthorized | StoreError::Request(_) | StoreError::Operator(_),
        ) => USAGE,
        LineError::Store(error) if NAMES_NOTHING.contains(&error.code()) => USAGE,
        LineError::Keystore(error) if NAMES_NOTHING.contains(&error.code()) => USAGE,
        LineError::NotReleased { .. } => CHECK_FAILED,
        LineError::Seal(error) if error.code().starts_with("seal.group-") => INPUT,
        LineError::Authority(error) => authority_exit(error),
        _ => STORE,
    }
}

/// An authority's refusals: a rule, a file, what was typed, or its folder.
fn authority_exit(error: &AuthorityError) -> u8 {
    match error {
        AuthorityError::Policy(_) => CHECK_FAILED,
        AuthorityError::Cvc(_)
        | AuthorityError::Seal(_)
        | AuthorityError::Pem
        | AuthorityError::UnknownObject
        | AuthorityError::Deviation { .. }
        | AuthorityError::ListOlder => INPUT,
        AuthorityError::NotIssued { .. }
        | AuthorityError::RevokedAlready { .. }
        | AuthorityError::NoKey { .. }
        | AuthorityError::KeyCertified
        | AuthorityError::NumberTaken { .. }
        | AuthorityError::NoCertificate { .. } => USAGE,
        _ => STORE,
    }
}

/// What was typed is no name, or names something that is not there, or is there already.
const NAMES_NOTHING: [&str; 22] = [
    "exchange.unknown-partner",
    "exchange.partner-exists",
    "exchange.unknown-event",
    "trace.token",
    "store.unknown-lot",
    "store.unknown-run",
    "store.unknown-card",
    "store.witness-missing",
    "store.unknown-permit",
    "store.second-person",
    "store.delivered",
    "store.other-card",
    "store.duplicate-blank",
    "keystore.batch-name",
    "keystore.batch-unknown",
    "keystore.exists",
    "keystore.label",
    "keystore.key-unknown",
    "keystore.dual-control",
    "keystore.algorithm",
    "keystore.only-one",
    "keystore.comes-by-import",
];

/// What to do next, by the code or by its family.
pub(crate) fn advice(code: &str) -> &'static str {
    match code {
        "line.no-home" => "Make one with `sigillo init --test-keys`, or name it with --home.",
        "line.home-exists" => "Use it as it is, or name another folder with --home.",
        "line.configuration" => "Write mode and profile into sigillo.toml as `sigillo init` does, and nothing else.",
        "line.home-busy" => "Wait until it is done; a program that crashed holds nothing.",
        "line.run-open" => "Go on with `sigillo run resume`.",
        "line.profile-unknown" => {
            "The embedded profiles are pse-rf, pse-rf-full, pse-rf-full-rsa, pse-rf-pace, pse-rf-bac and pse-rf-bac-named."
        }
        "line.test-profile" => "Use a profile that is not marked TEST, or a home in test mode.",
        "line.without-source" => {
            "Do what is said there; a TEST home is made with all of it by `sigillo init --test-keys`."
        }
        "line.gate-unavailable" => {
            "Name the printing machine as [printer] command in sigillo.toml, if it is the print; else use a profile whose gate waives the check."
        }
        "line.printer" => {
            "Look at the machine, then run `sigillo run resume`: it is asked what became of the job. If nobody can tell, have the card destroyed before a witness, record it with `sigillo chip scrap --manner locked-refused`, then resume."
        }
        "line.print-differs" => {
            "Put the card aside and look at the machine; have the card destroyed before a witness, record it with `sigillo chip scrap --manner locked-refused`, then resume."
        }
        "line.part-destroyed" => {
            "Nothing: its time was over. `sigillo audit trace --document NUMBER` says when it was destroyed, and who asked for it."
        }
        "line.retention-unfinished" => {
            "Run `sigillo audit retention --apply` once more, with nobody else at work on the register."
        }
        "line.lot-faults" => "Correct every fault listed and deliver the whole lot again; nothing was stored.",
        "line.plan-digest" => "Look at the plan with `sigillo run plan`, have it approved, and give its digest.",
        "line.wrong-chip" => {
            "Take the chip out; initialize it with `sigillo chip init`, or look for it in the right stock."
        }
        "line.not-the-bound-chip" => {
            "Put the interrupted chip back and run `sigillo run resume`; if it answers nothing any more, have it destroyed before a witness, record it with `sigillo chip scrap --manner mute`, then resume."
        }
        "line.gate" => {
            "Put the card aside, have it destroyed before a witness, record it with `sigillo chip scrap --manner locked-refused`, then resume."
        }
        "line.not-released" => {
            "Look at what the check names: a file that changed while it was sealed, or a signer that no border would take; then seal again."
        }
        "line.mute" => {
            "Clean the contacts and resume; if it stays mute, have it destroyed before a witness, record it with `sigillo chip scrap --manner mute`, then resume."
        }
        "line.too-many-refused" => "Stop: look at reader, batch and profile before more chips are lost; then resume.",
        "line.no-more-chips" => {
            "Put another chip of the stock in, in place of the finished one, and run `sigillo run resume`."
        }
        "line.file" => "Check the path, its folder and its permissions.",
        "line.record-altered" => "Restore the register from its backup: the stored record was altered.",
        "store.duplicate-number" | "store.duplicate-pratica" => {
            "The record was delivered before: ask the office, and take it out of the lot."
        }
        "store.empty-lot" => "Deliver at least one record, one JSON object a line.",
        "store.duplicate-blank" => "Give the number that stands on the first blank: a card of the stock has this one.",
        "store.unknown-lot" => "Give the number that `sigillo lot import` printed.",
        "store.unknown-run" => "See the runs with `sigillo run status`.",
        "store.unknown-card" => "Compare the serial with `sigillo run report`.",
        "store.old-wrapping" => "Start again: a retention run renewed the keys meanwhile.",
        "checkpoint.form" => {
            "Give files as `sigillo audit checkpoint` or `sigillo audit export` wrote them, octet for octet."
        }
        "checkpoint.key-unknown" => {
            "Give the public key of that generation with --public-key; if it is none of yours, somebody else signed: stop, and keep everything as it is."
        }
        "trace.token" => "Write operator, reason and witness as one word each: letters, digits and ._:@/+,- only.",
        "store.witness-missing" => "Name a second person with --witness.",
        "store.busy" => "Another sigillo is at work on this home: wait for it, or stop it.",
        "store.unreachable" => {
            "Start the database server, and repeat the command: what was committed is in the register, and `sigillo resume` finishes a run."
        }
        "store.access-denied" => {
            "Let the user of the address in (pg_hba.conf), let it own the database, and give its password by --secret-fd database=N."
        }
        "store.not-durable" => "Set fsync and full_page_writes of the PostgreSQL server to on.",
        "store.address" => "Write the address as postgresql:///NAME?host=/run/postgresql.",
        "store.remote-server" => {
            "Name a Unix socket or this machine (localhost): nothing protects what is said to another one."
        }
        "store.password-in-address" => "Leave the password out of the address, and give it by --secret-fd database=N.",
        "store.damaged" => {
            "Nothing was changed. Keep the register as it is, let `sigillo audit verify` find the place as far as it opens, and restore the last backup that passes."
        }
        "store.not-as-traced" => {
            "Somebody wrote into the register past this program. Trust the trace: `sigillo audit trace` shows what happened to the record; stop its permit, and restore the last backup that passes."
        }
        "store.not-a-backup" => "Name a file that `sigillo store backup` made.",
        "store.backup-damaged" => {
            "Take another backup: of this one something was lost or changed, and nothing was restored."
        }
        "store.exists" => {
            "Name a new file; for a register remove the old one (sigillo.db) or empty its database first, if you mean to."
        }
        "store.not-found" => "Make the register by `sigillo init`, or out of a backup by `sigillo store restore`.",
        "store.duplicate-line" => "Number the lines of the lot once each.",
        "seal.group-count" | "seal.group-tag" | "seal.group-number" | "seal.group-duplicate" => {
            "Give whole data groups, a file each: DG1.bin … DG16.bin, as `sigillo chip inspect --save` writes them."
        }
        "seal.signer-usage-period" | "seal.chain-expired" | "seal.chain-not-yet-valid" => {
            "Nothing was sealed: have the next document signer certified, or look at the date; see `sigillo seal slots`."
        }
        "seal.not-enveloped-data" | "seal.content-encryption" | "seal.key-agreement" => {
            "Ask the partner to encrypt as the manual's page on the exchange says: -aes-256-gcm, -keyopt ecdh_kdf_md:sha256."
        }
        "seal.not-recipient" => {
            "Ask the partner to encrypt to the certificate of this home's exchange-decryption key; see `sigillo keys list`."
        }
        "seal.message-signer" => {
            "Compare the signer with the partner: `sigillo exchange status`; enter a new certificate with `exchange partner renew`."
        }
        "seal.content-altered" | "seal.wrapped-key" | "seal.irregular" | "seal.recipients" => {
            "Ask the partner to send the file again; it was altered on its way, or is not what OpenSSL makes."
        }
        "seal.recipient-key-usage" => {
            "Use a certificate whose key usage is key agreement, or key encipherment for an RSA key."
        }
        "exchange.gap" => "Ask the partner for the messages that are missing, and take them in first.",
        "exchange.repeated" => "Nothing needs to be done: this message was taken in before.",
        "exchange.number-reused" | "exchange.previous" => {
            "Compare the numbers and digests of the messages with the partner; `sigillo exchange status` has ours."
        }
        "exchange.other-partner" | "exchange.other-recipient" | "exchange.header" | "exchange.other-kind" => {
            "Ask the partner to mend the header; the manual's page on the exchange describes it."
        }
        "exchange.unknown-partner" => "See the partners with `sigillo exchange partner list`.",
        "exchange.partner-exists" => "Give him new certificates with `sigillo exchange partner renew`.",
        "exchange.overtaken" => "Run the command again: somebody else sent a message meanwhile.",
        "line.plain-lot" => {
            "Take the lot in with `sigillo exchange receive`; plain files only if sigillo.toml says plain_lots = true in [exchange]."
        }
        "seal.revoked" => "Nothing was sealed: take the signer out of use, and have the next one certified.",
        "seal.revocation-list-stale" | "seal.revocation-list-missing" => {
            "Take in the newest list of the country signing CA with `sigillo pki crl import`."
        }
        "store.slots-exhausted" => {
            "Every document signer reached its limit: have the next one certified; see `sigillo seal slots`."
        }
        "keystore.batch-name" => "Name the batch with 1 to 32 letters, digits and hyphens.",
        "keystore.exists" => "Use another name: a key is never overwritten.",
        "keystore.batch-unknown" => "Import the batch's transport key, or check the batch's name.",
        "keystore.label" => "Name the role and the key as `sigillo keys table` and `sigillo keys list` do.",
        "keystore.key-unknown" => "See the keys with `sigillo keys list`.",
        "keystore.dual-control" => "Name two custodians who are there: --custodian anna --custodian bruno.",
        "keystore.check-value" => {
            "Compare with the custodian's paper: a digit was mistyped, or the paper is another key's."
        }
        "keystore.component-length" => "Type all 64 hexadecimal digits of the component.",
        "keystore.components-cancel" => "The same component was entered twice: each custodian enters his own.",
        "keystore.comes-by-import" => "Enter it with `sigillo keys transport` or `sigillo keys import`.",
        "keystore.version" => {
            "This home was made by another version of sigillo: make test keys anew with `sigillo init` in another folder."
        }
        "keystore.secret-missing" => {
            "Give it by --secret-fd, name a private file (0600) in sigillo.toml under [keystore] secret_file, or call from a terminal."
        }
        "keystore.token-away" | "signer.away" => {
            "Put the token back and resume: nothing is lost, and no slot is used twice."
        }
        "keystore.pin" => "Stop and ask who knows the PIN: the token locks itself after a few wrong ones.",
        "keystore.token-unknown" => {
            "Compare the label with what `pkcs11-tool --list-slots` shows, and put the token in."
        }
        "keystore.module" => "Check the path of the token's PKCS#11 module.",
        "keystore.no-signer" => {
            "Make a document signer with `sigillo keys generate`, have it certified, and install it with `sigillo keys certificate`."
        }
        "keystore.no-certificate" => "Install it with `sigillo keys certificate` or `sigillo keys anchor`.",
        "keystore.changed" => "Somebody else changed the keys meanwhile: look at `sigillo keys list` and do it again.",
        "keystore.chain-broken" => "Restore the file from its backup: a line was altered, left out or moved.",
        "keystore.ceremony" => "Give the script of a ceremony: docs/manual/keys.md shows one.",
        "keystore.test-key" => "Production mode takes no test keys: use the token's keys.",
        "pki.number-taken" => "Take the next sequence number; see which were given with `sigillo pki register`.",
        "pki.policy" => "Change what each rule names: days, rights, reference or request; nothing was issued.",
        "pki.no-key" => "Make a key of this role with `sigillo keys generate`, or name one with --key.",
        "pki.no-certificate" => "Create or install the certificate of this key first.",
        "pki.key-certified" => "Have a new key pair made, and ask again.",
        "pki.not-issued" => "Revoke it where it was issued; see what was issued here with `sigillo pki register`.",
        "pki.revoked-already" => "Make the next revocation list with `sigillo pki crl make`.",
        "pki.list-older" => "Ask the issuer for the newest list; see which are here with `sigillo pki crl show`.",
        "pki.register" => "Stop, and keep the home as it is: somebody or something changed what was issued.",
        "pki.exhausted" => "Begin a new name with sequence number 00001, or an earlier day.",
        "scp03.card-cryptogram" => "The chip holds other keys than ours. Do not try again: check batch and keystore.",
        "reader.no-service" => "Start pcscd (`systemctl start pcscd`), and see that this user may use it.",
        "reader.unknown" => "Plug the reader in, and give its name or number as `sigillo chip readers` lists them.",
        "reader.no-card" => "Put a chip in the reader, or give more time for it with --wait.",
        "reader.removed" => {
            "Put the same chip back and leave it until its work is done; a run goes on with `sigillo run resume`."
        }
        "reader.mute" => {
            "Put the chip in again, the right way round; try another reader before you call the chip mute."
        }
        "reader.busy" => "End the other program: another sigillo, or the `sigillo chip serve` that has the image.",
        "reader.time-out" => "Plug the reader in again and restart pcscd; then put the same chip back and go on.",
        "reader.io" => "Check the path; for `sigillo chip serve`, that vpcd listens at --address.",
        "reader.protocol" => "See that vpcd, and no other service, listens at --address.",
        "reader.unsaved" => "Make room on the disk, check the image's folder, and serve the chip again.",
        "qualify.link" => "Put the chip back on the reader and begin again; list readers with `sigillo chip readers`.",
        "codes.already-set" | "codes.not-printing" => "Look at `sigillo codes show`.",
        "codes.consumed" => {
            "Look for the letter: if it is there, say so with `sigillo codes came-out`; if not, make new ones with `sigillo codes reissue`."
        }
        "codes.printed" => {
            "There is one letter for each set of codes: if it is not there, make new ones with `sigillo codes reissue`."
        }
        "codes.none" => "Compare the number with the card; look at `sigillo permit show`.",
        "codes.permit-state" => "Activate the permit first; of a suspended or dead one no letter is printed.",
        "codes.generation" => "Look at `sigillo codes show`, and do it again.",
        "office.printer" => {
            "Mend the printer; where codes were taken out already, `sigillo codes due` lists the permit."
        }
        "office.printer-time-out" => {
            "Look for the letter: if it is there, say so with `sigillo codes came-out`; if not, mend the printer and make new codes with `sigillo codes reissue`."
        }
        "office.output" => {
            "Give the path of a new file in a folder that can be written; where codes were taken out already, `sigillo codes due` lists the permit."
        }
        "codes.lost" | "codes.not-set" => "Make new ones with `sigillo codes reissue`.",
        "envelope.letters" => "Correct `[office]` in sigillo.toml; a name goes as in the MRZ by itself.",
        "envelope.room" => "Shorten it in `[office]` of sigillo.toml.",
        "codes.check-digit" | "codes.form" => "Type it again from the letter, digit by digit.",
        "codes.source" => "Stop: no key and no code may come from this random source until its fault is found.",
        "codes.ciphertext" | "codes.plain-form" | "codes.verifier" => {
            "Keep the register as it is and tell its keeper; new codes are made with `sigillo codes reissue`."
        }
        "inspect.pin-wrong" => {
            "Look for the PIN in the envelope before the next try; `sigillo chip pin status` tells the tries."
        }
        "inspect.pin-blocked" => "Unblock it with the PUK: `sigillo chip pin unblock`.",
        "inspect.puk-wrong" => "Look for the PUK in the envelope before the next try: ten wrong ones exhaust it.",
        "inspect.puk-exhausted" => "Only the issuing office helps: new codes with `sigillo codes reissue`.",
        "inspect.services-deactivated" => "The permit is not activated: the office does that at delivery.",
        "inspect.no-services" => {
            "This card has no eServices application; give another --eservices if its issuer has one."
        }
        "inspect.order-unanswered" => {
            "Put the card back and ask `sigillo chip pin status` before anything is done again."
        }
        "inspect.other-chip" => {
            "Put in the card of this permit; keep the other one aside and tell the security officer."
        }
        "inspect.unsealed-key" | "inspect.chip-unproven" => {
            "Treat the card as a copy: keep it and tell the security officer."
        }
        "inspect.terminal-refused" => {
            "Look at the terminal's certificates with `sigillo pki show`: their root, their dates, the key of the last one."
        }
        "usage.last-try" => "Be sure of the PIN, and give --last-try; a wrong one blocks it.",
        "usage.new-pin" => "Type the new PIN twice, the same digits.",
        "office.rules" => "Correct the office.toml of the home, or take it away: then the program's own lists hold.",
        "office.reason" | "office.reporter" => "Take a code of the list; the home's office.toml may have others.",
        "office.list" => "Write one document number a line; a remark begins with #.",
        "office.unanswered" | "store.intent-open" => {
            "Put the card back and run `sigillo permit resume --document NUMBER`: the chip is asked, and the act ends."
        }
        "office.card-missing" => {
            "Put the permit's own card in and name it with --reader; a lost card's permit is revoked or annulled."
        }
        "office.cip-wrong" => {
            "Have number and CIP said again; an office that knows the holder by other means uses `sigillo permit suspend`."
        }
        "office.caller-limited" => "Wait, or let the holder come to the office: `sigillo permit suspend` needs no CIP.",
        "office.caller-missing" => "Name the caller with --caller.",
        "check.not-issued" => "Have it activated by its office: `sigillo permit activate`.",
        "check.expired" => "Its last day has passed: it is not handed over any more.",
        "check.unread" => "Type the machine readable zone again, put the card back, and try another reader.",
        "check.signer-unknown" => "Take in a revocation list in date with `sigillo pki crl import`.",
        "store.unknown-permit" => "Look at the document number again, letter and eight digits.",
        "store.other-card" => "Put in the card of this permit.",
        "store.second-person" => "Name another person than the operator with --second.",
        "store.delivered" => "Nothing: it was handed over before; see `sigillo permit history`.",
        "store.consignment" => {
            "Take the lines that refuse out of the list, or look at those permits; nothing was changed."
        }
        "usage.cip" => "Type it at the prompt, or give it by an open descriptor: --secret-fd cip=N.",
        "usage.no-card" => "Name the card with --reader, --image or --virtual.",
        "store.unauthorized" => {
            "Name yourself with --operator: the register has operators, and each change is asked for by one."
        }
        "request.role" => {
            "Ask somebody who has the role: `sigillo operators acts` shows which, `sigillo operators list` who."
        }
        "request.second-missing" => {
            "Name the second person with --second, or send him the request: --request-out, then `sigillo operators countersign`."
        }
        "request.operator-unknown" | "request.operator-retired" => "See who is enrolled with `sigillo operators list`.",
        "request.replayed" | "request.stale" => "Ask again: a request serves once, and for a day.",
        "request.other-act" | "request.other-subject" | "request.other-arguments" => {
            "Give the very command that was signed, or have another request signed for this one."
        }
        "request.form" => "Give the file that `--request-out` or `sigillo operators countersign` wrote.",
        "operator.none" => "Enrol the first two security officers with `sigillo operators found`.",
        "operator.key" => "Give the public key alone, as `openssl pkey -pubout` writes it: on P-256, DER or PEM.",
        "operator.last-officers" => "Enrol a third security officer first.",
        "operator.key-taken" => "Have a new key made: one key is one person's, for ever.",
        "usage.second" => "Name the second person with --second NAME.",
        "usage.operator-token" => {
            "Name a token by module and label: --operator-module and --operator-token, or --second-…."
        }
        "usage.request-waits" => {
            "Send him the file for `sigillo operators countersign`, and give this command again with --signed-request and what comes back."
        }
        "usage.operator" => "Name yourself with --operator NAME.",
        "usage.no-codes" => "Letters are for chips with PIN and PUK: see the profile's table in the manual.",
        "usage.no-office" => "Write the section as docs/manual/codes.md shows it.",
        "usage.no-printer" => {
            "Name it as docs/manual/codes.md shows, or write the letter encrypted with --encrypt-to and --out."
        }
        "usage.no-run" => "Start one with `sigillo run start --lot N --virtual N`.",
        "usage.arguments" => "See `sigillo --help` and the help of the command.",
        "usage.blank-number" => "Copy the number from the first blank, such as I12345678.",
        "usage.rights" => {
            "Inspection systems have read-dg3 and read-dg4; offices have set-codes, activate and terminate."
        }
        "usage.serial" => "Copy the serial from `sigillo run report`.",
        "usage.digits" => "Write the digits of the code into the file, and nothing else.",
        "usage.mrz" => "Give the three lines of the machine readable zone, 30 characters each.",
        _ => match code.split('.').next().unwrap_or_default() {
            "reader" => "Check the reader, its cable and pcscd; list readers with `sigillo chip readers`.",
            "office" => "Read the sentence: nothing was changed.",
            "check" => "Keep the card and ask the office that issued it; look at every line of `sigillo permit check`.",
            "store" => "Nothing of the refused act was kept; look at `sigillo run status`.",
            "keystore" => "Check the keys folder of the home: its files, their owner and mode 0600.",
            "perso" | "scp03" | "channel" | "sm" => {
                "Put the chip back and run `sigillo run resume`; if it fails again it will be scrapped."
            }
            "pki" => "Give one certificate, request or list a file, DER or PEM, as `sigillo pki show` can read it.",
            "qualify" => "See the suites and cases in the manual's page on qualification.",
            "cvc" => "Ask who issued the terminal's certificates for a chain that begins at the chip's trust points.",
            "bac" | "inspect" => "Check that the machine readable zone belongs to this card.",
            "pace" => "Check that the machine readable zone, the CAN, PIN or PUK belongs to this card.",
            "ca" | "aa" => "Take the card out and try once more; if it fails again, treat it as a copy.",
            "ta" => "Look at the terminal's certificates: their root, their dates, the key of the last one.",
            "seal" | "signer" => {
                "Nothing was sealed: check the document signer's certificate, its validity and the date."
            }
            "exchange" => "Nothing was taken in or sent; see the manual's page on the exchange.",
            "request" => {
                "Nothing was changed, and the refusal stands in the trace: ask again as `sigillo operators acts` says."
            }
            "operator" => "See who is enrolled with `sigillo operators list`.",
            "permit" => "Look at its state with `sigillo permit show`: the life cycle does not allow this step.",
            "card" | "record" => {
                "Look at its state with `sigillo run report`: the life cycle does not allow this step."
            }
            "chip" => {
                "The image is damaged or of another version: take it out, and make a new chip with `sigillo chip make`."
            }
            "trace" => "Stop, and keep the home as it is: somebody or something changed what happened.",
            "checkpoint" => {
                "Stop, and keep home and checkpoints as they are: somebody signed another history, or tried to."
            }
            "profile" => "Correct the profile; the embedded ones are in the home's profiles folder.",
            _ => "See the manual's page on error codes.",
        },
    }
}
