//! Commands of an authenticated host that the chip must refuse, each with its status word, and none of which changes the chip.

use crate::host::{BAC_READ, CLOSED_READ, Host, fcp_ef};

/// CREATE FILE inside the application: why, FCP, answer.
const FCPS: &[(&str, &str, &str)] = &[
    ("an identifier that exists", "6216 820101 83020103 80020008 880110 8A0103 8C03034141", "6A89"),
    ("a short identifier that exists", "6216 820101 83020110 80020008 8801F0 8A0103 8C03034141", "6A89"),
    ("a DF where only EFs may be made", "6218 820138 83020200 8407A0000002471002 8A0103 8C03034141", "6982"),
    ("no template", "", "6A80"),
    ("another template", "6F16 820101 83020110 80020008 880110 8A0103 8C03034141", "6A80"),
    ("octets behind the template", "6216 820101 83020110 80020008 880110 8A0103 8C03034141 00", "6A80"),
    ("a template that is cut", "6216 820101 83020110 80020008 880110 8A0103 8C030341", "6A80"),
    ("no descriptor", "6213 83020110 80020008 880110 8A0103 8C03034141", "6A80"),
    ("a linear file", "6216 820102 83020110 80020008 880110 8A0103 8C03034141", "6A80"),
    ("a descriptor with a coding octet", "6217 82020121 83020110 80020008 880110 8A0103 8C03034141", "6A80"),
    ("no identifier", "6212 820101 80020008 880110 8A0103 8C03034141", "6A80"),
    ("a short identifier of 31", "6216 820101 83020110 80020008 8801F8 8A0103 8C03034141", "6A80"),
    ("a short identifier of 0", "6216 820101 83020110 80020008 880100 8A0103 8C03034141", "6A80"),
    ("a short identifier in the low bits", "6216 820101 83020110 80020008 880111 8A0103 8C03034141", "6A80"),
    ("a size of one octet", "6215 820101 83020110 800108 880110 8A0103 8C03034141", "6A80"),
    ("a size of zero", "6216 820101 83020110 80020000 880110 8A0103 8C03034141", "6A80"),
    ("no life cycle", "6213 820101 83020110 80020008 880110 8C03034141", "6A80"),
    ("a life cycle of operation", "6216 820101 83020110 80020008 880110 8A0105 8C03034141", "6A80"),
    ("a life cycle of creation", "6216 820101 83020110 80020008 880110 8A0101 8C03034141", "6A80"),
    ("one condition too few", "6215 820101 83020110 80020008 880110 8A0103 8C020341", "6A80"),
    ("a condition octet that means nothing", "6216 820101 83020110 80020008 880110 8A0103 8C03034110", "6A80"),
    ("security environment 15", "6216 820101 83020110 80020008 880110 8A0103 8C0303414F", "6A80"),
    ("referenced attributes", "6216 820101 83020110 80020008 880110 8A0103 8B03034141", "6A80"),
    ("two rules for one operation", "621D 820101 83020110 80020008 880110 8A0103 8C03034141 AB05 800101 9000", "6A80"),
    ("an operation without condition", "6216 820101 83020110 80020008 880110 8A0103 AB03 800101", "6A80"),
    ("the reserved identifier 3F00", "6216 820101 83023F00 80020008 880110 8A0103 8C03034141", "6A80"),
    ("the reserved identifier 3FFF", "6216 820101 83023FFF 80020008 880110 8A0103 8C03034141", "6A80"),
    ("the reserved identifier FFFF", "6216 820101 8302FFFF 80020008 880110 8A0103 8C03034141", "6A80"),
    ("the reserved identifier 0000", "6216 820101 83020000 80020008 880110 8A0103 8C03034141", "6A80"),
    ("parameters in another order", "6216 83020110 820101 80020008 880110 8A0103 8C03034141", "6A80"),
];

/// Everything else: why, command, answer. The EF 0103 of 300 octets is current.
const COMMANDS: &[(&str, &str, &str)] = &[
    ("CREATE FILE with P1", "00E00100026200", "6A86"),
    ("DELETE FILE with P2", "00E40001", "6A86"),
    ("DELETE FILE with a body", "00E4000001FF", "6700"),
    ("UPDATE BINARY of nothing", "00D60000", "6700"),
    ("UPDATE BINARY behind the file", "00D6012C01FF", "6B00"),
    ("UPDATE BINARY across the end", "00D6012B02FFFF", "6A84"),
    ("UPDATE BINARY with a reserved SFI bit", "00D6C30001FF", "6A86"),
    ("UPDATE BINARY with SFI 0", "00D6800001FF", "6A86"),
    ("UPDATE BINARY with SFI 31", "00D69F0001FF", "6A86"),
    ("UPDATE BINARY of an absent SFI", "00D6990001FF", "6A82"),
    ("READ BINARY with a body", "00B0000001FF00", "6700"),
    ("READ BINARY of an absent identifier", "00B1012203 540100 00", "6A82"),
    ("READ BINARY with an offset of five octets", "00B1000007 54050000000000 00", "6A80"),
    ("READ BINARY with an empty offset", "00B1000002 5400 00", "6A80"),
    ("READ BINARY with two objects", "00B1000006 540100 540100 00", "6A80"),
    ("UPDATE BINARY with data before offset", "00D7000006 5301FF 540100", "6A80"),
    ("UPDATE BINARY with a third object", "00D7000009 540100 5301FF 540100", "6A80"),
    ("SELECT by path", "00A4080C020103", "6A86"),
    ("SELECT of the parent", "00A4030C", "6A86"),
    ("SELECT of the next occurrence", "00A4040E07A0000002471001", "6A86"),
    ("SELECT with FCI", "00A4020002010300", "6A86"),
    ("SELECT of three octets", "00A4000C03010300", "6700"),
    ("SELECT of an empty name", "00A4040C", "6700"),
    ("SELECT of a DF as an EF", "00A4020C020100", "6A82"),
    ("PUT DATA of an unknown object", "00DA005E0100", "6A88"),
    ("PUT DATA of an environment in the application", "00DA007B0B800102A406800102830101", "6A88"),
    ("PUT DATA of 19 octets", "00DADF2113 00000000000000000000000000000000000000", "6A80"),
    ("PUT DATA of 21 octets", "00DADF2115 000000000000000000000000000000000000000000", "6A80"),
    ("PUT DATA in objects with P1-P2", "00DB000017 DF2114 0000000000000000000000000000000000000000", "6A86"),
    ("PUT DATA of two objects", "00DB3FFF04 5E005E00", "6A80"),
    ("PUT DATA of no object", "00DB3FFF", "6A80"),
    ("GENERATE with another P1", "0047810014 AC12 80010C 830101 060A04007F00070202030202 00", "6A86"),
    ("GENERATE on an unknown curve", "0047800014 AC12 80010A 830101 060A04007F00070202030202 00", "6A80"),
    ("GENERATE with key reference 0", "0047800014 AC12 80010C 830100 060A04007F00070202030202 00", "6A80"),
    ("GENERATE for no protocol", "0047800008 AC06 80010C 830101 00", "6A80"),
    ("GENERATE without reference", "0047800005 AC0380010C 00", "6A80"),
    (
        "GENERATE with the even code, which no rule names",
        "0046800014 AC12 80010C 830101 060A04007F00070202030202 00",
        "6982",
    ),
    ("ACTIVATE FILE of an EF", "00440000", "6982"),
    ("ACTIVATE FILE with P1", "00440100", "6A86"),
    ("TERMINATE CARD USAGE with P1", "00FE0100", "6A86"),
    ("TERMINATE CARD USAGE with a body", "00FE000001FF", "6700"),
    ("PUT KEY of another version", "80D8208143 00", "6700"),
    ("PUT KEY of a version that is not in force", "80D820810100", "6A88"),
    ("PUT KEY of one key", "80D830010100", "6A86"),
    ("PUT KEY of a short body", "80D830810130", "6A80"),
    ("INITIALIZE UPDATE inside a session", "8050000008010101010101010100", "6985"),
    ("GET CHALLENGE before the lock", "0084000008", "6985"),
    ("an unknown instruction", "00100001", "6D00"),
];

#[test]
fn file_control_parameters() {
    let mut host = Host::initialised();
    let image = host.chip.image();
    for (why, fcp, answer) in FCPS {
        assert_eq!(&host.create(fcp).unwrap(), answer, "{why}");
    }
    host.expect("00A4000C023F00", "9000");
    for (why, fcp, answer) in [
        ("a name that exists", "6218 820138 83020200 8407A0000002471001 8A0103 8C03034141", "6A8A"),
        ("a name of four octets", "6215 820138 83020200 8404A0000002 8A0103 8C03034141", "6A80"),
        ("a DF with a short identifier", "620D 820138 83020200 880110 8A0103", "6A80"),
        ("a second master file", "620A 820138 83023F00 8A0103", "6A80"),
    ] {
        assert_eq!(host.create(fcp).unwrap(), answer, "{why}");
    }
    assert_eq!(host.chip.image(), image);
}

#[test]
fn commands() {
    let mut host = Host::initialised();
    let image = host.chip.image();
    for (why, command, answer) in COMMANDS {
        if command.starts_with("80D8208143") {
            assert_eq!(host.raw(command), *answer, "{why}");
            host.open_formation();
            continue;
        }
        host.expect("00A4040C07A0000002471001", "9000");
        host.expect("00A4020C020103", "9000");
        assert_eq!(&host.send(command).unwrap(), answer, "{why}");
    }
    let mut after = Host::holding(sigillo_vchip::Chip::from_image(&image).unwrap());
    after.open_formation();
    host.open_formation();
    for host in [&mut after, &mut host] {
        host.expect("00A4040C07A0000002471001", "9000");
        host.expect("00B0830008", "0102030405060708 9000");
    }
}

#[test]
fn security_environments() {
    let mut host = Host::initialised();
    host.expect("00A4000C023F00", "9000");
    let image = host.chip.image();
    for (why, value) in [
        ("number 0", "800100A406800102830101"),
        ("number 15", "80010FA406800102830101"),
        ("no number", "A406800102830101"),
        ("no alternative", "800103"),
        ("a mechanism that this chip does not have", "800103A406800108830101"),
        ("no mechanism", "800103A403830101"),
        ("no key", "800103A403800102"),
        ("something behind", "800103A4068001028301019000"),
        ("something inside", "800103A4088001028301019000"),
        ("nine alternatives", &format!("800103{}", "A406800102830101".repeat(9))),
    ] {
        assert_eq!(host.send(&format!("00DA007B{:02X}{value}", value.len() / 2)).unwrap(), "6A80", "{why}");
    }
    assert_eq!(host.chip.image(), image);
}

#[test]
fn memory_ends_at_128_kib() {
    let mut host = Host::initialised();
    let mut created = 0;
    let answer = loop {
        let answer =
            host.create(&fcp_ef(0x0200 + created, 0x10 + u8::try_from(created).unwrap(), 0x7FFF, BAC_READ)).unwrap();
        if answer != "9000" {
            break answer;
        }
        created += 1;
    };
    assert_eq!((answer.as_str(), created), ("6A84", 3));
    let mut small = 0;
    while host.create(&fcp_ef(0x0300 + small, 0x17, 0x0FFF, CLOSED_READ)).unwrap() == "9000" {
        host.expect("00E40000", "9000");
        small += 1;
        if small == 40 {
            break;
        }
    }
    assert_eq!(small, 40, "what is deleted is free again");
}

#[test]
fn lengths_that_contradict_each_other() {
    let mut host = Host::locked();
    for command in ["", "00", "00A4", "00A400", "00A4000C03 3F00", "00A4000C01 3F00", "00B0000000000000"] {
        assert_eq!(host.raw(command), "6700", "{command}");
    }
}
