//! Passive authentication: what EF.SOD seals, and whether the files agree with each other.

use jiff::civil::DateTime;
use sigillo_channel::bac::MrzSecret;
use sigillo_channel::security_info::SecurityInfos;
use sigillo_lds::com::Com;
use sigillo_lds::dg1::Dg1;
use sigillo_lds::dg2::Dg2;
use sigillo_lds::dg3::Dg3;
use sigillo_lds::dg11::Dg11;
use sigillo_lds::dg12::Dg12;
use sigillo_lds::dg14::Dg14;
use sigillo_lds::dg15::Dg15;
use sigillo_lds::{DataGroupNumber, LdsError};
use sigillo_seal::passive::{self, verify, verify_card_security};
use sigillo_seal::x509::Certificate;
use sigillo_seal::{DocumentSecurityObject, VerificationPolicy};

use crate::check::Check;
use crate::file_name::FileName;
use crate::outcome::{ReadOutcome, Refusal};

const NO_SOD: &str = "EF.SOD was not read";

/// EF.SOD with its chain, and what it seals; EF.COM; the data groups themselves, and against each other.
pub(crate) fn document(
    outcome: &ReadOutcome,
    trust: &[Certificate],
    access_key: Option<&MrzSecret>,
    now: DateTime,
) -> Vec<Check> {
    let mut checks = Vec::new();
    if let Some(file) = outcome.file(FileName::CardSecurity) {
        let verdicts = verify_card_security(file, trust, now, &VerificationPolicy::default());
        checks.extend(verdicts.into_iter().map(|verdict| told(verdict, outcome)));
    }
    match outcome.file(FileName::Sod) {
        Some(sod) => {
            let verdicts = verify(sod, trust, &outcome.data_groups(), now, &VerificationPolicy::default());
            checks.extend(verdicts.into_iter().map(|verdict| told(verdict, outcome)));
        }
        None => {
            checks.push(match outcome.refused.get(&FileName::Sod) {
                Some(why) => Check::failed("sod.structure", why.code(), format!("EF.SOD: {why}")),
                None => Check::not_run("sod.structure", NO_SOD),
            });
            for name in ["sod.signature", "sod.chain", "sod.validity", "sod.lds-version", "sod.document-type"] {
                checks.push(Check::not_run(name, NO_SOD));
            }
        }
    }
    checks.push(com_matches_sod(outcome));
    checks.extend(mrz(outcome, access_key));
    checks.extend(structures(outcome));
    checks.push(dg11_matches_dg1(outcome));
    checks
}

/// A verdict of `seal` with its sentence, and with the chip's own reason where a data group is missing.
fn told(verdict: passive::Check, outcome: &ReadOutcome) -> Check {
    let passive::Check { name, outcome: verdict } = verdict;
    match verdict {
        passive::Outcome::Passed => Check::passed(name),
        passive::Outcome::Failed { code } => {
            let detail = match name.as_str() {
                "sod.structure" => "EF.SOD does not decode",
                "card-security.structure" => "EF.CardSecurity does not decode",
                "sod.signature" | "card-security.signature" => "the document signer's signature does not hold",
                "sod.chain" | "card-security.chain" => "the signer's certificate does not lead to a trust anchor",
                "sod.validity" | "card-security.validity" => "a certificate is not valid on this day",
                "sod.lds-version" => "the LDS version does not fit the document security object",
                "sod.document-type" => "the signer's certificate does not list this class of document",
                _ => "the data group is not the one that was sealed",
            };
            Check::failed(name, code, detail)
        }
        passive::Outcome::NotRun { why } => match refusal_of(&name, outcome) {
            Some((file, Refusal::Status(status))) if file.is_sensitive() && !has_right(outcome, file) => {
                Check::not_run(
                    name,
                    format!("not readable without terminal authentication: the chip answered {status}"),
                )
            }
            Some((_, refusal)) => Check::failed(name, refusal.code(), refusal.to_string()),
            None if is_sensitive(&name) => Check::not_run(name, "not asked for: this terminal has no right to read it"),
            None => Check::not_run(name, sentence(why)),
        },
    }
}

fn refusal_of(check: &str, outcome: &ReadOutcome) -> Option<(FileName, Refusal)> {
    let file = check.strip_suffix(".hash")?;
    outcome.refused.iter().find(|(name, _)| name.word() == file).map(|(name, refusal)| (*name, *refusal))
}

/// Whether the chip believed that the terminal may read this file.
fn has_right(outcome: &ReadOutcome, file: FileName) -> bool {
    matches!(file, FileName::DataGroup(group) if outcome.may_read(group))
}

fn is_sensitive(check: &str) -> bool {
    ["dg3.hash", "dg4.hash"].contains(&check)
}

fn sentence(why: &str) -> String {
    match why {
        "no-structure" => "the file does not decode".to_owned(),
        "no-trust-anchor" => "no trust anchor was given".to_owned(),
        "no-chain" => "the signer's certificate does not lead to a trust anchor".to_owned(),
        "no-list" => "the signer's certificate lists no document types".to_owned(),
        "not-read" => "the data group was not read".to_owned(),
        other => other.to_owned(),
    }
}

fn com_matches_sod(outcome: &ReadOutcome) -> Check {
    let name = "com.matches-sod";
    let Some(sod) = outcome.file(FileName::Sod).and_then(|file| DocumentSecurityObject::decode(file).ok()) else {
        return Check::not_run(name, "there is no EF.SOD to compare with");
    };
    let Some(com) = outcome.file(FileName::Com) else {
        let why = outcome.refused.get(&FileName::Com).map_or("it was not read".to_owned(), Refusal::to_string);
        return Check::failed(name, "inspect.refused", format!("EF.COM: {why}"));
    };
    let com = match Com::decode(com) {
        Ok(com) => com,
        Err(error) => return Check::failed(name, error.code(), "EF.COM does not decode"),
    };
    let mut groups: Vec<u8> = com.data_groups().iter().map(|number| number.number()).collect();
    groups.sort_unstable();
    if !groups.iter().eq(sod.lds().hashes().keys()) {
        return Check::failed(name, "inspect.com-groups", "EF.COM and EF.SOD name different data groups");
    }
    let version = sod.lds().lds_version().is_none_or(|version| version.lds() == com.lds_version());
    Check::that(version, name, "inspect.com-version", "EF.COM and EF.SOD name different LDS versions")
}

fn mrz(outcome: &ReadOutcome, access_key: Option<&MrzSecret>) -> [Check; 2] {
    let (digits, key) = ("mrz.check-digits", "mrz.matches-access-key");
    let Some(file) = outcome.file(group(DataGroupNumber::DG1)) else {
        return [digits, key].map(|name| Check::not_run(name, "DG1 was not read"));
    };
    match Dg1::decode(file) {
        Ok(dg1) => {
            let read = MrzSecret::from_mrz_information(&dg1.mrz.mrz_information());
            let other = "the MRZ in DG1 is not the one on the document";
            let matches = match access_key {
                Some(printed) => Check::that(read.matches(printed), key, "inspect.other-mrz", other),
                None => Check::not_run(key, "only the card access number was given"),
            };
            [Check::passed(digits), matches]
        }
        Err(error) => [
            Check::failed(digits, error.code(), "DG1 is no TD1 MRZ with right check digits"),
            Check::not_run(key, "DG1 does not decode"),
        ],
    }
}

fn structures(outcome: &ReadOutcome) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut look = |number: DataGroupNumber, decode: fn(&[u8]) -> Result<(), &'static str>| {
        if let Some(file) = outcome.file(group(number)) {
            let name = format!("dg{}.structure", number.number());
            checks.push(match decode(file) {
                Ok(()) => Check::passed(name),
                // ISO/IEC 39794: sealed like any other, and not read here.
                Err(FOREIGN_FORMAT) => Check::not_run(name, "its records are of a format that is not read here"),
                Err(code) => Check::failed(name, code, "the data group does not decode"),
            });
        }
    };
    look(DataGroupNumber::DG2, |file| lds(Dg2::decode(file)));
    look(DataGroupNumber::DG3, |file| lds(Dg3::decode(file)));
    look(DataGroupNumber::DG11, |file| lds(Dg11::decode(file)));
    look(DataGroupNumber::DG12, |file| lds(Dg12::decode(file)));
    look(DataGroupNumber::DG14, |file| {
        let dg14 = Dg14::decode(file).map_err(|error| error.code())?;
        SecurityInfos::decode(dg14.security_infos()).map(drop).map_err(|error| error.code())
    });
    look(DataGroupNumber::DG15, |file| lds(Dg15::decode(file)));
    checks
}

fn dg11_matches_dg1(outcome: &ReadOutcome) -> Check {
    let name = "dg11.matches-dg1";
    let dg1 = outcome.file(group(DataGroupNumber::DG1)).and_then(|file| Dg1::decode(file).ok());
    let dg11 = outcome.file(group(DataGroupNumber::DG11)).and_then(|file| Dg11::decode(file).ok());
    match (dg1, dg11.and_then(|dg11| dg11.birth_date)) {
        (Some(dg1), Some(birth)) => {
            let same = birth.date().mrz() == dg1.mrz.birth_date();
            Check::that(same, name, "inspect.birth-date", "DG11 and DG1 have different dates of birth")
        }
        _ => Check::not_run(name, "there is no date of birth in DG11, or no MRZ, to compare"),
    }
}

fn lds<T>(decoded: Result<T, LdsError>) -> Result<(), &'static str> {
    decoded.map(drop).map_err(|error| error.code())
}

/// The code of records that are of another format than the one that is read here.
const FOREIGN_FORMAT: &str = "lds.biometric-format";

fn group(number: DataGroupNumber) -> FileName {
    FileName::DataGroup(number)
}
