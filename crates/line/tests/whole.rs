//! The permit's own profile, whole: codes, certificates and print, and a printing machine that errs.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod workshop;

use std::fs;
use std::path::Path;
use std::process::Command;

use sigillo_issuance::life_cycle::{CardState, RecordState, ScrapManner};
use sigillo_line::{BlankNumbers, Formed, LineError};
use sigillo_store::{RunId, Serial};
use tempfile::TempDir;
use workshop::{BATCH, CHIPS, FIRST_BLANK, LOT, NUMBERED_CHIPS, Open, PLAIN_CHIPS, Plain, RECORDS, Workshop};

const PROFILE: &str = "pse-rf";

fn shop() -> (TempDir, Workshop) {
    let folder = TempDir::new().unwrap();
    let shop = Workshop::make_with(&folder.path().join("home"), PROFILE);
    let mut open = shop.open(1);
    open.line(|line| {
        let numbers = BlankNumbers::parse(FIRST_BLANK);
        line.initialize(BATCH, &mut shop.bench(&NUMBERED_CHIPS, &mut Plain), u64::MAX, numbers).unwrap();
        line.initialize(BATCH, &mut shop.bench(&PLAIN_CHIPS, &mut Plain), u64::MAX, None).unwrap();
    });
    (folder, shop)
}

/// Goes on with the run of the lot, or opens it.
fn form(shop: &Workshop, seed: u8) -> Result<Formed, LineError> {
    shop.open(seed).line(|line| {
        let begun = line.store.runs().unwrap().into_iter().find(|run| run.lot == Some(LOT)).map(|run| run.id);
        let run = begun.map_or_else(|| line.open_run(LOT, None), Ok)?;
        line.carry_on(run, &mut shop.bench(&CHIPS, &mut Plain), u64::MAX)
    })
}

/// Lets the machine run through a program of Python, which finds request and answer in `machine(request)`.
fn interpose(shop: &Workshop, program: &str) {
    let around = format!(
        "import json, subprocess, sys\n\
         request = json.load(sys.stdin)\n\
         def machine(request):\n    \
             run = subprocess.run(['python3', 'printer/test_printer.py', 'printed'], input=json.dumps(request).encode(), \
             capture_output=True, check=True)\n    return json.loads(run.stdout)\n{program}\n"
    );
    fs::write(shop.0.join("printer/between.py"), around).unwrap();
    let path = shop.0.join("sigillo.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("printer/test_printer.py", "printer/between.py")).unwrap();
}

/// Puts the TEST printer back.
fn mend(shop: &Workshop) {
    let path = shop.0.join("sigillo.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("printer/between.py", "printer/test_printer.py")).unwrap();
}

fn jobs(shop: &Workshop) -> usize {
    fs::read_dir(shop.0.join("printed/jobs")).map_or(0, Iterator::count)
}

fn number(open: &Open, line: u64) -> String {
    let records = open.store.records_of(LOT).unwrap();
    records.into_iter().find(|row| row.line == line).unwrap().document_number.unwrap()
}

fn serial_of(open: &Open, line: u64) -> Serial {
    let records = open.store.records_of(LOT).unwrap();
    let record = records.into_iter().find(|row| row.line == line).unwrap();
    open.store.card_of(record.id).unwrap().unwrap().serial
}

/// Everything is there afterwards: codes that the issuing circuit opens, the access number on the card, certificates that
/// OpenSSL verifies.
#[test]
fn a_lot_is_formed_with_codes_certificates_and_print() {
    let (_folder, shop) = shop();
    let formed = form(&shop, 2).unwrap();
    assert_eq!((formed.released, formed.scrapped, jobs(&shop)), (2, 0, 2));
    let mut open = shop.open(3);
    for record in &RECORDS {
        let number = number(&open, record.line);
        assert_eq!(open.store.permit(&number).unwrap().unwrap().waived, Vec::<String>::new());
        assert!(open.store.can_of(serial_of(&open, record.line)).unwrap().is_none());
        let codes = open.codes_of(&number).unwrap();
        let card = fs::read_to_string(shop.0.join("printed").join(&number).join("card.svg")).unwrap();
        let printed = |digits: &[u8]| card.contains(std::str::from_utf8(digits).unwrap());
        assert!(codes.can.unwrap().expose(printed), "the access number is printed");
        assert!(![codes.pin.expose(printed), codes.puk.expose(printed), codes.cip.expose(printed)].contains(&true));
    }
    let pki = shop.0.join("pki/certificates");
    let authority = pki.join("eservices-ca-1.der");
    let holders: Vec<_> =
        fs::read_dir(&pki).unwrap().map(|entry| entry.unwrap().path()).filter(|path| is_holders(path)).collect();
    assert_eq!(holders.len(), 2);
    for certificate in holders {
        assert!(openssl_verifies(&authority, &certificate));
        assert!(!openssl_verifies(&shop.csca(), &certificate));
    }
}

fn is_holders(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("holder-"))
}

/// By its parts: OpenSSL takes no chain whose keys have explicit parameters.
fn openssl_verifies(authority: &Path, certificate: &Path) -> bool {
    let folder = TempDir::new().unwrap();
    let run = |arguments: &[&str]| {
        let arguments = arguments.iter().map(|part| match *part {
            "AUTHORITY" => authority.to_owned(),
            "CERTIFICATE" => certificate.to_owned(),
            part if part.starts_with('@') => folder.path().join(&part[1..]),
            part => part.into(),
        });
        let output = Command::new("openssl").args(arguments).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let (_, parts) = run(&["asn1parse", "-inform", "DER", "-in", "CERTIFICATE"]);
    let signature = parts.lines().find(|line| line.contains("d=1 ") && line.contains("BIT STRING")).unwrap();
    let (offset, _) = signature.trim().split_once(':').unwrap();
    let part = |offset, out| {
        run(&["asn1parse", "-inform", "DER", "-in", "CERTIFICATE", "-strparse", offset, "-noout", "-out", out])
    };
    assert!(part("4", "@body").0 && part(offset, "@signature").0);
    assert!(run(&["x509", "-inform", "DER", "-in", "AUTHORITY", "-pubkey", "-noout", "-out", "@key"]).0);
    run(&["dgst", "-sha256", "-verify", "@key", "-signature", "@signature", "@body"]).0
}

/// Each field, told differently: the run stops, says the field and not what is in it, prints nothing again, and goes on with another
/// chip once this one was destroyed before a witness.
#[test]
fn a_card_that_was_printed_differently_never_leaves() {
    let faults = [
        ("document-number", "answer['document_number'] = 'I00000000'"),
        ("mrz-2", "answer['mrz'][1] = answer['mrz'][1].replace('5', '6')"),
        ("mrz-3", "answer['mrz'].append('')"),
        ("portrait", "answer['portrait_sha256'] = 'ab' * 32"),
        ("signature", "answer['signature_sha256'] = 'ab' * 32"),
    ];
    let (_folder, shop) = shop();
    for (seed, (field, fault)) in (10..).zip(faults) {
        let copy = shop.copy(&shop.0.with_extension(field));
        interpose(&copy, &format!("answer = machine(request)\n{fault}\nprint(json.dumps(answer))"));
        for _ in 0..2 {
            let refused = form(&copy, seed).unwrap_err();
            assert!(refused.to_string().ends_with(&format!("was printed with another {field}")), "{refused}");
            assert_eq!((refused.code(), jobs(&copy)), ("line.print-differs", 1));
        }
        if field != "portrait" {
            continue;
        }
        mend(&copy);
        let serial = {
            let open = copy.open(seed);
            let stuck = open.store.cards_in(CardState::Locked).unwrap();
            assert_eq!(stuck.len(), 1);
            stuck[0].serial
        };
        copy.open(seed).line(|line| {
            line.scrap(serial, ScrapManner::LockedRefused, "print-differs", Some("witness-1")).unwrap();
        });
        assert_eq!(form(&copy, seed + 100).unwrap().released, 2);
        let open = copy.open(seed);
        assert_eq!((jobs(&copy), open.store.can_of(serial).unwrap().is_none()), (3, true));
    }
}

/// A machine that printed and could not say so: its memory tells, and nothing is printed twice.
#[test]
fn an_answer_that_was_lost_is_asked_for() {
    let (_folder, shop) = shop();
    interpose(&shop, "machine(request)\nsys.exit(1)");
    assert_eq!(form(&shop, 20).unwrap_err().code(), "line.printer");
    assert_eq!(jobs(&shop), 1);
    mend(&shop);
    assert_eq!((form(&shop, 21).unwrap().released, jobs(&shop)), (2, 2));
    assert_eq!(shop.open(22).store.record_counts(LOT).unwrap()[&RecordState::NotIssued], 2);
}

/// A machine that cannot be run, answers nonsense, or for another job.
#[test]
fn a_machine_that_says_nothing_of_use_stops_the_run() {
    let (_folder, shop) = shop();
    for (seed, program) in (30..).zip([
        "sys.exit(1)",
        "print('printed')",
        "answer = machine(request)\nanswer['job'] = '0' * 32\nprint(json.dumps(answer))",
        "print(json.dumps({'v': 1, 'job': request['job'], 'printed': False}))",
    ]) {
        let copy = shop.copy(&shop.0.with_extension(seed.to_string()));
        interpose(&copy, program);
        assert_eq!(form(&copy, seed).unwrap_err().code(), "line.printer", "{program}");
        mend(&copy);
        assert_eq!(form(&copy, seed).unwrap().released, 2, "{program}");
        assert_eq!(jobs(&copy), 2, "{program}");
    }
}

/// What is missing is named before a chip is touched.
#[test]
fn a_home_without_a_machine_or_a_root_is_told_so() {
    let (_folder, shop) = shop();
    let path = shop.0.join("sigillo.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.split("[printer]").next().unwrap()).unwrap();
    let open_run = || shop.open(40).line(|line| line.open_run(LOT, None).map(RunId::number)).unwrap_err();
    assert_eq!(open_run().code(), "line.gate-unavailable");
    fs::write(&path, text).unwrap();
    for (file, what) in
        [("ITTESTOFCA00001.cvcert", "office-trust-points"), ("ITTESTCVCA00001.cvcert", "inspection-trust-points")]
    {
        let certificate = shop.0.join("pki/certificates").join(file);
        let octets = fs::read(&certificate).unwrap();
        fs::remove_file(&certificate).unwrap();
        let refused = open_run();
        assert_eq!((refused.code(), refused.to_string().contains(what)), ("line.without-source", true));
        fs::write(&certificate, octets).unwrap();
    }
}
