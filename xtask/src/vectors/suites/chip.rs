//! Sessions with a small chip: each command is written here with the answer that the standards ask for, and only then recorded.

use sigillo_channel::scp03::host;
use sigillo_vectors::{Folder, Group, NoteKind, SessionCase, Source};

use super::story::{
    APPLICATION, CHALLENGES, FCP_MF, K_IC, MF, MRZ_INFORMATION, OPEN_READ, RND_IC, Story, fcp_ef, field,
    formation_keys, text, transport,
};
use crate::vectors::maker::{Clause, Flag, Made, independent, own, sessions, standard};

const CLAUSES: [Clause; 5] = [
    ("iso-7816-4", "2020", "11"),
    ("iso-7816-9", "2017", "9"),
    ("globalplatform-scp03", "1.2", "6 and 7"),
    ("icao-9303-11", "8", "4.3, 9.8 and Appendix D"),
    ("sigillo-decisions", "0.1.0", "D2, D3 and D11"),
];

pub(super) fn make(folder: &mut Folder) -> Made<Vec<String>> {
    Ok(vec![formation(folder)?, access_control(folder)?, locked(folder)?, tearing(folder)?])
}

fn formation(folder: &mut Folder) -> Made<String> {
    let flags: [Flag; 3] = [
        ("Channel", NoteKind::Basic, "SCP03 from INITIALIZE UPDATE to the first protected command."),
        (
            "Life",
            NoteKind::Basic,
            "From the vendor's chip to the lock: keys, files, environments, secrets, activation.",
        ),
        ("Refused", NoteKind::Malformed, "What a chip refuses on this way, and what a refusal costs."),
    ];
    let reference = independent("the research digest's SCP03 reference on Python cryptography", "0.1.0");
    let groups = vec![
        group(reference, vec![scp03_reference()?]),
        group(own(), vec![whole_life()?, wrong_host()?, before_any_key()?, terminated()?]),
    ];
    sessions(folder, "chip/formation.json", (&CLAUSES, &flags), None, groups)
}

fn access_control(folder: &mut Folder) -> Made<String> {
    let flags: [Flag; 3] = [
        ("Read", NoteKind::Basic, "Basic Access Control, then EF.COM in secure messaging."),
        ("WrongKey", NoteKind::Tampered, "Another MRZ, another challenge."),
        ("Session", NoteKind::Tampered, "What ends a session, and what does not."),
    ];
    let worked = standard("ICAO Doc 9303-11, Appendix D.3 and D.4 (from SELECT of the application on)", "8");
    let groups = vec![
        group(worked, vec![appendix_d()?]),
        group(own(), vec![wrong_mrz()?, bad_mac()?, plain_command()?, odd_and_extended()?]),
    ];
    sessions(folder, "chip/access.json", (&CLAUSES, &flags), None, groups)
}

fn locked(folder: &mut Folder) -> Made<String> {
    let flags: [Flag; 1] =
        [("AfterTheLock", NoteKind::Basic, "Nothing is written any more, nothing static is read before BAC.")];
    let why = "decision D2 is this project's own; the answers are written by hand from the standards' clauses";
    sessions(
        folder,
        "chip/locked.json",
        (&CLAUSES, &flags),
        Some(why),
        vec![group(own(), vec![outside_a_session()?, inside_bac()?])],
    )
}

fn tearing(folder: &mut Folder) -> Made<String> {
    let flags: [Flag; 1] = [(
        "Cut",
        NoteKind::Tearing,
        "The power fails at each point of a command: before, in the middle, after, without an answer.",
    )];
    let why = "the cut points are this project's own (D11)";
    let mut cases = Vec::new();
    for point in 1..=3 {
        cases.push(cut_put_key(point)?);
        cases.push(cut_lock(point)?);
    }
    for point in 1..=4 {
        cases.push(cut_update(point)?);
    }
    sessions(folder, "chip/tearing.json", (&CLAUSES, &flags), Some(why), vec![group(own(), cases)])
}

// --- Formation -----------------------------------------------------------------------------------------------------

fn scp03_reference() -> Made<SessionCase> {
    let mut chip = Story::with_keys(
        &[0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E, 0x4F],
        &["08090a0b0c0d0e0f"],
    )?;
    chip.raw(
        "8050000008 0001020304050607 00",
        "544553542D3030303031 200360 08090A0B0C0D0E0F 114F6BC5052C5228 9000",
        "INITIALIZE UPDATE",
    )?;
    chip.raw("8482330010 FAFA93C2EDE62463 CB51E38EC18EB00B", "9000", "EXTERNAL AUTHENTICATE")?;
    chip.raw(
        "84E6000018 199DD7FF46730B64AC254C903EC57350 5C4291BB0B788746",
        "6D00",
        "a right MAC, and an instruction that is none of ours",
    )?;
    chip.raw(
        "84E6000018 199DD7FF46730B64AC254C903EC57350 5C4291BB0B788746",
        "6982",
        "the same command again has no right MAC",
    )?;
    chip.end("the published session", "Channel", "creation")
}

fn whole_life() -> Made<SessionCase> {
    let mut chip = Story::locked()?;
    chip.raw("00B0810000", "7F66080202000000 9000", "EF.ATR/INFO can be read by anyone")?;
    chip.end("initialization, formation and lock", "Life", "activated")
}

fn wrong_host() -> Made<SessionCase> {
    let mut chip = Story::new(CHALLENGES)?;
    for _ in 0..10 {
        chip.answered("8050000008 0101010101010101 00")?;
        chip.raw("8482330010 000000000000000000000000 00000000", "6982", "a wrong MAC costs one try")?;
    }
    chip.raw("8050000008 0101010101010101 00", "6983", "the tenth one blocks the key set")?;
    chip.end("ten wrong hosts", "Refused", "creation")
}

fn before_any_key() -> Made<SessionCase> {
    let mut chip = Story::new(CHALLENGES)?;
    chip.raw("00A4000C023F00", "6A82", "there is no file")?;
    chip.raw("00E0000005 6203820138", "6982", "and nobody may create one")?;
    chip.raw("00440000", "6985", "nothing can be activated")?;
    chip.open(&transport()?)?;
    chip.send(&format!("00E00000{}", field(FCP_MF)?), "6982", "the transport keys may only be replaced")?;
    chip.end("a chip without files", "Refused", "creation")
}

fn terminated() -> Made<SessionCase> {
    let mut chip = Story::initialised()?;
    chip.send("00A4000C023F00", "9000", "the master file")?;
    chip.send("00FE0000", "9000", "TERMINATE CARD USAGE")?;
    chip.reset();
    chip.raw("00A4000C023F00", "6985", "nothing is answered any more")?;
    chip.raw("8050000008 0101010101010101 00", "6985", "not even to its own keys")?;
    chip.end("a terminated chip", "Life", "terminated")
}

// --- Basic Access Control ------------------------------------------------------------------------------------------

fn appendix_d() -> Made<SessionCase> {
    let mut chip = Story::locked_with(&["4608f91988702212", "0b4f80323eb3191cb04970cb4052790b"])?;
    chip.raw(APPLICATION, "9000", "the application")?;
    chip.raw("0084000008", "4608F91988702212 9000", "D.3: RND.IC")?;
    chip.raw(
        "0082000028 72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2 5F1448EEA8AD90A7 28",
        "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F 2F2D235D074D7449 9000",
        "D.3: EXTERNAL AUTHENTICATE",
    )?;
    chip.raw(
        "0CA4020C 15 8709016375432908C044F6 8E08BF8B92D635FF24F8 00",
        "99029000 8E08FA855A5D4C50A8ED 9000",
        "D.4: SELECT EF.COM",
    )?;
    chip.raw(
        "0CB00000 0D 970104 8E08ED6705417E96BA55 00",
        "8709019FF0EC34F9922651 99029000 8E08AD55CC17140B2DED 9000",
        "D.4: four octets",
    )?;
    chip.raw(
        "0CB00004 0D 970112 8E082EA28A70F3C7B535 00",
        "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A 99029000 8E08C8B2787EAEA07D74 9000",
        "D.4: the rest",
    )?;
    chip.end("the worked example", "Read", "activated")
}

fn wrong_mrz() -> Made<SessionCase> {
    let mut chip = Story::locked_with(&[RND_IC, RND_IC, K_IC])?;
    chip.raw(APPLICATION, "9000", "the application")?;
    let wrong = chip.authenticate("L898902C<369080619406237")?;
    chip.raw(&hex::encode(wrong.1.encode()), "6300", "another MRZ")?;
    chip.raw("0CB00000 0D 970104 8E08ED6705417E96BA55 00", "6988", "no session, so no keys")?;
    chip.raw("00B09E0004", "6982", "and no file")?;
    chip.bac(MRZ_INFORMATION)?;
    chip.send("00B09E0004", "60145F01 9000", "the right MRZ still opens")?;
    chip.end("another MRZ", "WrongKey", "activated")
}

fn bad_mac() -> Made<SessionCase> {
    let mut chip = Story::locked_with(&[RND_IC, K_IC])?;
    chip.raw(APPLICATION, "9000", "the application")?;
    chip.bac(MRZ_INFORMATION)?;
    chip.send("00A4020C02011E", "9000", "EF.COM")?;
    chip.send("00B0000016", "60145F0104303130365F36063034303030305C026175 9000", "its 22 octets")?;
    chip.raw("0CB00000 0D 970104 8E080000000000000000 00", "6988", "a wrong MAC ends the session")?;
    chip.send("00B0000016", "6988", "and its keys are gone")?;
    chip.end("a wrong MAC", "Session", "activated")
}

fn plain_command() -> Made<SessionCase> {
    let mut chip = Story::locked_with(&[RND_IC, K_IC])?;
    chip.raw(APPLICATION, "9000", "the application")?;
    chip.bac(MRZ_INFORMATION)?;
    chip.send("00A4020C020103", "9000", "a file that only formation could read")?;
    chip.send("00B0000001", "6982", "stays closed, and the session lives")?;
    chip.send("00B09E0001", "60 9000", "as a read shows")?;
    chip.raw("00B09E0001", "6987", "a plain command has no secure messaging objects: it ends the session")?;
    chip.send("00B09E0001", "6988", "for good")?;
    chip.end("a plain command", "Session", "activated")
}

fn odd_and_extended() -> Made<SessionCase> {
    let mut chip = Story::locked_with(&[RND_IC, K_IC])?;
    chip.raw(APPLICATION, "9000", "the application")?;
    chip.bac(MRZ_INFORMATION)?;
    chip.send("00B1011E03 540110 00", "5306 30305C026175 9000", "an odd instruction: offset 16")?;
    chip.send("00A4020C02011E", "9000", "EF.COM")?;
    chip.send(
        "00B00000000800",
        "60145F0104303130365F36063034303030305C026175 6282",
        "2048 octets asked for, 22 are there",
    )?;
    chip.send("00B0001601", "6B00", "an offset at the end")?;
    chip.end("odd instructions and extended length", "Read", "activated")
}

// --- After the lock ------------------------------------------------------------------------------------------------

const NOTHING_16: &str = "00000000000000000000000000000000";

fn outside_a_session() -> Made<SessionCase> {
    let mut chip = Story::locked()?;
    let create = format!("00E00000{}", field(&fcp_ef(0x0222, 2, 8, OPEN_READ)?)?);
    for (at, command, answer, note) in [
        (MF, create.as_str(), "6982", "CREATE FILE"),
        (APPLICATION, create.as_str(), "6982", "CREATE FILE in the application"),
        (MF, "00E40000", "6982", "DELETE FILE"),
        (MF, "00DA007B0B 800101A406800102830101", "6982", "PUT DATA of an environment"),
        (APPLICATION, "00DADF2114 0000000000000000000000000000000000000000", "6982", "PUT DATA of the MRZ secret"),
        (
            APPLICATION,
            "0047800014 AC12 80010C 830101 060A04007F00070202030202 00",
            "6982",
            "GENERATE ASYMMETRIC KEY PAIR",
        ),
        (APPLICATION, "00D69E0001FF", "6982", "UPDATE BINARY"),
        (MF, "00440000", "6982", "ACTIVATE FILE"),
        (MF, "00FE0000", "6982", "TERMINATE CARD USAGE"),
        (MF, "8050000008 0000000000000000 00", "6D00", "INITIALIZE UPDATE"),
        (MF, "80D8208100", "6D00", "PUT KEY"),
        (MF, "00A4020C02011C", "6A82", "no EF.CardAccess"),
        (MF, "00CA9F7F00", "6A88", "GET DATA"),
        (APPLICATION, "00B09E0001", "6982", "READ BINARY of EF.COM"),
        (APPLICATION, "00B0830001", "6982", "READ BINARY of the closed file"),
        (MF, "00A4000400", "6982", "no FCP for everybody"),
        (MF, "0084000008", "6985", "no challenge outside the application"),
        (MF, "0022C1A400", "6A80", "MANAGE SECURITY ENVIRONMENT without an object"),
        (MF, "0086000002 7C00 00", "6985", "GENERAL AUTHENTICATE without it"),
        (MF, "0020000308 0000000000000000", "6982", "VERIFY"),
        (MF, "0088000008 0000000000000000 00", "6982", "INTERNAL AUTHENTICATE"),
        (MF, "A0A4000C023F00", "6E00", "no such class"),
        (MF, "00B0810008", "7F66080202000000 9000", "EF.ATR/INFO stays open"),
    ] {
        chip.raw(at, "9000", "where")?;
        chip.raw(command, answer, note)?;
    }
    chip.raw(&format!("8482330010{NOTHING_16}"), "6D00", "EXTERNAL AUTHENTICATE of SCP03")?;
    chip.end("every command, outside a session", "AfterTheLock", "activated")
}

fn inside_bac() -> Made<SessionCase> {
    let mut chip = Story::locked_with(&[RND_IC, K_IC])?;
    chip.raw(APPLICATION, "9000", "the application")?;
    chip.bac(MRZ_INFORMATION)?;
    for (command, answer, note) in [
        ("00B09E0001", "60 9000", "EF.COM"),
        ("00B0830001", "6982", "not the closed file"),
        ("00D69E0001FF", "6982", "UPDATE BINARY"),
        ("00E4000000", "6982", "DELETE FILE"),
        ("00DADF2114 0000000000000000000000000000000000000000", "6982", "PUT DATA of the MRZ secret"),
        ("0047800014 AC12 80010C 830101 060A04007F00070202030202 00", "6982", "GENERATE ASYMMETRIC KEY PAIR"),
        ("0044000000", "6982", "ACTIVATE FILE"),
        ("00CA9F7F00", "6A88", "GET DATA"),
        ("0022C1A400", "6A80", "MANAGE SECURITY ENVIRONMENT without an object"),
        ("0084000008", "6985", "a challenge, without Chip Authentication"),
        ("00B09E0001", "60 9000", "and the session lives"),
    ] {
        chip.send(command, answer, note)?;
    }
    chip.end("every command, inside BAC", "AfterTheLock", "activated")
}

// --- Tearing -------------------------------------------------------------------------------------------------------

fn cut_put_key(point: u32) -> Made<SessionCase> {
    let mut chip = Story::new(CHALLENGES)?;
    chip.open(&transport()?)?;
    let (_, command) = host::put_key(&transport()?, 0x20, 0x30, formation_keys()?).map_err(text)?;
    chip.cut(&hex::encode(command.encode()), point)?;
    let version = chip.answered("8050000008 0101010101010101 00")?.get(10).copied();
    let expected = if point == 1 { 0x20 } else { 0x30 };
    if version != Some(expected) {
        return Err(format!("cut {point} of PUT KEY leaves version {version:?}"));
    }
    chip.end(&format!("PUT KEY, point {point}"), "Cut", "creation")
}

fn cut_lock(point: u32) -> Made<SessionCase> {
    let mut chip = Story::initialised()?;
    chip.send(MF, "9000", "the master file")?;
    chip.cut("00440000", point)?;
    if point == 1 {
        chip.open(&formation_keys()?)?;
        return chip.end(&format!("the lock, point {point}"), "Cut", "initialisation");
    }
    chip.raw("8050000008 0101010101010101 00", "6D00", "the key sets are gone")?;
    chip.end(&format!("the lock, point {point}"), "Cut", "activated")
}

fn cut_update(point: u32) -> Made<SessionCase> {
    let mut chip = Story::initialised()?;
    chip.cut("00D68300 08 1112131415161718", point)?;
    let content = match point {
        1 => "0102030405060708",
        2 => "1112131405060708",
        _ => "1112131415161718",
    };
    chip.open(&formation_keys()?)?;
    chip.send(APPLICATION, "9000", "the application")?;
    chip.send("00B0830008", &format!("{content}9000"), "a write may tear inside its own range only")?;
    chip.end(&format!("UPDATE BINARY, point {point}"), "Cut", "initialisation")
}

fn group(source: Source, cases: Vec<SessionCase>) -> Group<SessionCase> {
    Group { source, profile: Some("small-test-chip".to_owned()), cases }
}
