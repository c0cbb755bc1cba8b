//! The order of a formation, written by hand from decision D1 and the chip's table of decision D2.
#![allow(clippy::unwrap_used)]

use sigillo_perso::{Act, PersoPlan, Target, profile_digest};
use sigillo_profile::{Profile, embedded};

/// What an act is, in a few words; files by their names.
fn words(act: &Act) -> String {
    match act {
        Act::Select { target: Target::MasterFile } => "select MF".to_owned(),
        Act::Select { target: Target::Application(name) } => format!("select {name}"),
        Act::CreateFile { file, .. } => format!("create {file}"),
        Act::DefineEnvironment { number, .. } => format!("environment {number}"),
        Act::GenerateKeyPair { key, .. } => format!("generate {key}"),
        Act::Write { file, .. } => format!("write {file}"),
        Act::ReadBack { file, .. } => format!("read {file}"),
        Act::SetSecret { secret, tries, .. } => {
            format!("set {}{}", secret.name(), tries.map(|tries| format!(" {tries}")).unwrap_or_default())
        }
        Act::SetObject { object, .. } => format!("set {}", object.name()),
        Act::Deactivate { application } => format!("deactivate {application}"),
        Act::SealCardSecurity => "seal EF.CardSecurity".to_owned(),
        other => serde_json::to_value(other).unwrap()["act"].as_str().unwrap().to_owned(),
    }
}

fn plan(name: &str, of: fn(&Profile) -> PersoPlan) -> Vec<String> {
    let profile = Profile::parse(embedded(name).unwrap()).unwrap();
    of(&profile).steps.iter().map(|step| words(&step.act)).collect()
}

#[test]
fn formation_of_the_full_profile() {
    let expected = "identify; bind; open-channel; select eMRTD; read EF.DG14; read EF.DG15; seal; seal EF.CardSecurity; \
        write EF.COM; write EF.DG1; write EF.DG2; write EF.DG3; write EF.DG4; write EF.DG5; write EF.DG6; write EF.DG7; write EF.DG8; write EF.DG9; write EF.DG10; \
        write EF.DG11; write EF.DG12; write EF.DG13; write EF.DG16; write EF.SOD; write EF.CVCA; \
        set mrz; set document-number; set inspection-trust-points; \
        read EF.COM; read EF.DG1; read EF.DG2; read EF.DG3; read EF.DG4; read EF.DG5; read EF.DG6; read EF.DG7; read EF.DG8; read EF.DG9; read EF.DG10; \
        read EF.DG11; read EF.DG12; read EF.DG13; read EF.DG16; read EF.SOD; read EF.CVCA; \
        select eServices; write EF.Certificate; set office-trust-points; read EF.Certificate; \
        select MF; write EF.CardSecurity; set mrz; set current-date; read EF.CardSecurity; \
        read EF.ATR/INFO; read EF.DIR; read EF.CardAccess; confirm-written; \
        set-codes; select MF; set can; set pin 3; set puk 10; deactivate eServices; select MF; lock; \
        public-session; chip-authentication; print; compare-print; release";
    assert_eq!(plan("pse-rf-full", |profile| PersoPlan::formation(profile).unwrap()).join("; "), expected);
}

#[test]
fn initialization_of_the_full_profile() {
    let expected = "identify; open-channel; replace-keys; identify; open-channel; create MF; \
        environment 1; environment 2; environment 3; environment 4; environment 5; environment 6; environment 7; environment 8; environment 9; \
        generate chip-authentication-mapping; \
        create EF.ATR/INFO; write EF.ATR/INFO; read EF.ATR/INFO; create EF.DIR; write EF.DIR; read EF.DIR; \
        create EF.CardAccess; write EF.CardAccess; read EF.CardAccess; create EF.CardSecurity; \
        create eMRTD; generate chip-authentication; generate chip-authentication-256; generate active-authentication; \
        create EF.COM; create EF.DG1; create EF.DG2; create EF.DG3; create EF.DG4; create EF.DG5; create EF.DG6; create EF.DG7; create EF.DG8; create EF.DG9; create EF.DG10; \
        create EF.DG11; create EF.DG12; create EF.DG13; \
        create EF.DG14; write EF.DG14; read EF.DG14; create EF.DG15; write EF.DG15; read EF.DG15; \
        create EF.DG16; create EF.SOD; create EF.CVCA; \
        select MF; create eServices; generate holder; create EF.Certificate; enter-stock";
    assert_eq!(plan("pse-rf-full", |profile| PersoPlan::initialization(profile).unwrap()).join("; "), expected);
}

#[test]
fn a_chip_with_nothing_but_bac_is_formed_without_a_word_of_the_rest() {
    let expected = "identify; bind; open-channel; select eMRTD; read EF.DG14; seal; \
        write EF.COM; write EF.DG1; write EF.DG2; write EF.DG3; write EF.DG11; write EF.DG12; write EF.SOD; set mrz; \
        read EF.COM; read EF.DG1; read EF.DG2; read EF.DG3; read EF.DG11; read EF.DG12; read EF.SOD; \
        select MF; read EF.ATR/INFO; read EF.DIR; confirm-written; set-codes; select MF; lock; \
        public-session; chip-authentication; print; compare-print; release";
    assert_eq!(plan("pse-rf-bac", |profile| PersoPlan::formation(profile).unwrap()).join("; "), expected);
}

/// A run is approved by a digest: nothing that a profile says may change under it.
#[test]
fn the_digest_of_a_profile_covers_every_row() {
    let text = embedded("pse-rf-full").unwrap();
    let dates = "[dates]\npace_compulsory = \"2027-01-01\"\nno_bac = \"2028-01-01\"\niso_39794_alone = \"2030-01-01\"\n\n[environments]";
    let changes = [
        ("title = \"Electronic", "title = \"An electronic"),
        ("lds_version = \"1.8\"", "lds_version = \"1.7\""),
        ("certificate_parameters = \"explicit\"", "certificate_parameters = \"named\""),
        ("max_command = 2048", "max_command = 2047"),
        ("[environments]", dates),
        ("[environments]", &dates.replace("2027", "2026")),
        (
            "mechanism = \"terminal-authentication\", reference = 1",
            "mechanism = \"terminal-authentication\", reference = 3",
        ),
        ("GM-AES-CBC-CMAC-256", "GM-AES-CBC-CMAC-192"),
        ("parameters = 16", "parameters = 15"),
        ("reference = 0x02", "reference = 0x04"),
        ("domain = 16", "domain = 15"),
        ("\"id-CA-ECDH-AES-CBC-CMAC-256\"", "\"id-CA-ECDH-AES-CBC-CMAC-192\""),
        ("tag = 0xDF22", "tag = 0xDF25"),
        ("tries = 3", "tries = 4"),
        ("tag = 0xDF32", "tag = 0xDF35"),
        ("deactivated = true", "deactivated = false"),
        ("set-codes = \"office-codes\"", "set-codes = \"office-activate\""),
        ("sign = \"holder\"\n", ""),
        ("size = 24576", "size = 24577"),
        ("aid = \"F0534947494C4C4F01\"", "aid = \"F0534947494C4C4F02\""),
        ("check = \"codes\"\n", "check = \"codes\"\nwaived = \"another reason\"\n#"),
    ];
    let digest = |text: &str| profile_digest(&Profile::parse(text).unwrap()).unwrap();
    let mut digests = vec![digest(text)];
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        digests.push(digest(&text.replacen(from, to, 1)));
    }
    let all = digests.len();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), all);
}
