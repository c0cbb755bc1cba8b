//! After the lock: every command on every object, against a list written by hand with the clause that asks for it.
//!
//! Decision D2: "locked" means that nothing is written any more and nothing static is read before BAC; the contract's table of
//! status words says how each refusal is spelled.

use crate::host::{EMRTD, Host};

/// What a row needs before its command.
#[derive(Clone, Copy, Debug)]
enum Before {
    /// The master file is current.
    Mf,
    /// The application is current.
    Application,
    /// An EF of the master file that anyone may read.
    OpenEf,
    /// EF.COM.
    BacEf,
    /// The EF that only formation could read.
    ClosedEf,
}

const MRZ_OBJECT: &str = "00DADF2114 0000000000000000000000000000000000000000";
const ENVIRONMENT: &str = "00DA007B0B 800101A406800102830101";
const GENERATE: &str = "0047800014 AC12 80010C 830101 060A04007F00070202030202 00";
const CREATE_EF: &str = "00E0000018 6216 820101 83020222 80020008 880110 8A0103 8C03030000";
const UPDATE_ODD: &str = "00D7000006 540100 5301FF";

/// Outside any session: (before, command, answer, clause).
const PLAIN: &[(Before, &str, &str, &str)] = &[
    // Nothing is written.
    (Before::Mf, CREATE_EF, "6982", "iso-7816-9#create-file"),
    (Before::Application, CREATE_EF, "6982", "iso-7816-9#create-file"),
    (Before::Mf, "00E00000", "6982", "iso-7816-9#create-file"),
    (Before::Mf, "00E40000", "6982", "iso-7816-9#delete-file"),
    (Before::Application, "00E40000", "6982", "iso-7816-9#delete-file"),
    (Before::OpenEf, "00E40000", "6982", "iso-7816-9#delete-file"),
    (Before::ClosedEf, "00E40000", "6982", "iso-7816-9#delete-file"),
    (Before::OpenEf, "00D6000001FF", "6982", "iso-7816-4#update-binary"),
    (Before::BacEf, "00D6000001FF", "6982", "iso-7816-4#update-binary"),
    (Before::ClosedEf, "00D6000001FF", "6982", "iso-7816-4#update-binary"),
    (Before::BacEf, UPDATE_ODD, "6982", "iso-7816-4#update-binary"),
    (Before::Application, "00D69E0001FF", "6982", "iso-7816-4#update-binary"),
    (Before::Mf, ENVIRONMENT, "6982", "iso-7816-4#put-data"),
    (Before::Application, MRZ_OBJECT, "6982", "iso-7816-4#put-data"),
    (Before::Mf, MRZ_OBJECT, "6982", "iso-7816-4#put-data"),
    (Before::Application, "00DB3FFF17 DF2114 0000000000000000000000000000000000000000", "6982", "iso-7816-4#put-data"),
    (Before::Application, "00DB3FFF00", "6982", "iso-7816-4#put-data"),
    (Before::Application, GENERATE, "6982", "iso-7816-8#generate-key-pair"),
    (
        Before::Application,
        "0046800014 AC12 80010C 830101 060A04007F00070202030202 00",
        "6982",
        "iso-7816-8#generate-key-pair",
    ),
    (Before::Mf, GENERATE, "6982", "iso-7816-8#generate-key-pair"),
    (Before::Mf, "00440000", "6982", "iso-7816-9#life-cycle"),
    (Before::Application, "00440000", "6982", "iso-7816-9#life-cycle"),
    (Before::BacEf, "00440000", "6982", "iso-7816-9#life-cycle"),
    (Before::Mf, "00FE0000", "6982", "iso-7816-9#life-cycle"),
    (Before::Application, "00FE0000", "6982", "iso-7816-9#life-cycle"),
    // The key sets are gone, and with them everything that spoke of them.
    (Before::Mf, "8050000008 0000000000000000 00", "6D00", "globalplatform-scp03#protocol"),
    (Before::Mf, "8482330010 00000000000000000000000000000000", "6D00", "globalplatform-scp03#protocol"),
    (Before::Mf, "80D8208100", "6D00", "globalplatform-card#put-key"),
    (Before::Mf, "84D8208100", "6D00", "globalplatform-card#put-key"),
    (Before::Mf, "04D6000008 0000000000000000", "6982", "globalplatform-scp03#mac"),
    // What is not there.
    (Before::Mf, "00A4020C02011C", "6A82", "icao-9303-11#chip-access-procedure"),
    (Before::Mf, "00A4020C02011D", "6A82", "icao-9303-11#chip-access-procedure"),
    (Before::Application, "00A4020C02010F", "6A82", "iso-7816-4#select"),
    (Before::Application, "00B0880001", "6A82", "iso-7816-4#read-binary"),
    (Before::Mf, "00A4040C06A00000024710", "6A82", "icao-9303-10#lds1-application"),
    (Before::Mf, "00A4040C08A000000247100100", "6A82", "icao-9303-10#lds1-application"),
    (Before::Mf, "00CA9F7F00", "6A88", "globalplatform-card#get-data"),
    (Before::Mf, "80CA9F7F00", "6A88", "globalplatform-card#get-data"),
    (Before::Application, "00CADF2100", "6A88", "iso-7816-4#get-data"),
    (Before::Mf, "00CB3FFF04 5C02DF21 00", "6A88", "iso-7816-4#get-data"),
    // Nothing but the open file is read; nothing distinguishing is told.
    (Before::OpenEf, "00B0000008", "7F66080202000000 9000", "icao-9303-10#ef-atr-info"),
    (Before::Mf, "00B0810001", "7F9000", "icao-9303-10#ef-atr-info"),
    (Before::BacEf, "00B0000001", "6982", "icao-9303-11#bac"),
    (Before::ClosedEf, "00B0000001", "6982", "icao-9303-11#bac"),
    (Before::BacEf, "00B1000003 540100 00", "6982", "icao-9303-11#bac"),
    (Before::Application, "00B09E0001", "6982", "icao-9303-11#bac"),
    (Before::Application, "00B0830001", "6982", "icao-9303-11#bac"),
    (Before::Mf, "00B0000001", "6986", "iso-7816-4#read-binary"),
    (Before::Application, "00B0000001", "6986", "iso-7816-4#read-binary"),
    (Before::Mf, "00A4000400", "6982", "iso-7816-4#fcp"),
    (Before::Application, "00A4020402011E00", "6982", "iso-7816-4#fcp"),
    (Before::Mf, "00A4000000", "6A86", "iso-7816-4#select"),
    (Before::Mf, "00A4040007A000000247100100", "6A86", "iso-7816-4#select"),
    // Basic Access Control only, and only in the application.
    (Before::Mf, "0084000008", "6985", "icao-9303-11#bac"),
    (
        Before::Mf,
        "008200002800000000000000000000000000000000000000000000000000000000000000000000000000000000 28",
        "6985",
        "icao-9303-11#bac",
    ),
    (Before::Application, "0084000010", "6700", "icao-9303-11#bac"),
    (Before::Application, "0084010008", "6A86", "icao-9303-11#bac"),
    (
        Before::Application,
        "008200002800000000000000000000000000000000000000000000000000000000000000000000000000000000 28",
        "6985",
        "icao-9303-11#bac",
    ),
    // What this chip could do, and was never given.
    (Before::Mf, "0020000308 3030303030303030", "6982", "iso-7816-4#verify"),
    (Before::Application, "0020000308 3030303030303030", "6982", "iso-7816-4#verify"),
    (Before::Application, "0024000310 30303030303030303030303030303030", "6982", "iso-7816-4#verify"),
    (Before::Application, "002C000310 30303030303030303030303030303030", "6982", "iso-7816-4#verify"),
    (Before::Mf, "0022C1A400", "6A80", "icao-9303-11#pace-apdu"),
    (Before::Mf, "0022C1A40F 800A04007F00070202040202 830101", "6A80", "icao-9303-11#pace-apdu"),
    (Before::Mf, "0022C2A400", "6A86", "icao-9303-11#pace-apdu"),
    (Before::Application, "002241A40C 800A04007F00070202030202", "6982", "icao-9303-11#ca"),
    (Before::Application, "002241A602 9100", "6982", "icao-9303-11#ca"),
    (Before::Mf, "0086000002 7C00 00", "6985", "icao-9303-11#pace-apdu"),
    (Before::Mf, "1086000002 7C00 00", "6985", "icao-9303-11#pace-apdu"),
    (Before::Mf, "0088000008 0000000000000000 00", "6982", "icao-9303-11#aa"),
    (Before::Application, "0088000008 0000000000000000 00", "6982", "icao-9303-11#aa"),
    (
        Before::Application,
        "002A9E9A20 0000000000000000000000000000000000000000000000000000000000000000 00",
        "6982",
        "iso-7816-8#perform-security-operation",
    ),
    (Before::Mf, "00040000", "6982", "iso-7816-9#life-cycle"),
    (Before::Application, "00040000", "6982", "iso-7816-9#life-cycle"),
    // Unknown instructions and classes.
    (Before::OpenEf, "00D0000001FF", "6D00", "iso-7816-4#status-words"),
    (Before::OpenEf, "000E0000", "6D00", "iso-7816-4#status-words"),
    (Before::Mf, "80E60000", "6D00", "iso-7816-4#status-words"),
    (Before::Mf, "01A4000C023F00", "6E00", "iso-7816-4#class"),
    (Before::Mf, "A0A4000C023F00", "6E00", "iso-7816-4#class"),
    (Before::Mf, "FFA4000C023F00", "6E00", "iso-7816-4#class"),
];

/// Inside a BAC session (the application is current, or what the row says).
const IN_BAC: &[(Before, &str, &str, &str)] = &[
    (Before::BacEf, "00B0000004", "60145F01 9000", "icao-9303-10#ef-com"),
    (Before::Application, "00B09E0001", "60 9000", "icao-9303-10#ef-com"),
    (Before::ClosedEf, "00B0000001", "6982", "icao-9303-11#bac"),
    (Before::Application, "00B0830001", "6982", "icao-9303-11#bac"),
    (Before::BacEf, "00D6000001FF", "6982", "iso-7816-4#update-binary"),
    (Before::ClosedEf, "00D6000001FF", "6982", "iso-7816-4#update-binary"),
    (Before::BacEf, UPDATE_ODD, "6982", "iso-7816-4#update-binary"),
    (Before::Application, CREATE_EF, "6982", "iso-7816-9#create-file"),
    (Before::Application, "00E40000", "6982", "iso-7816-9#delete-file"),
    (Before::Application, MRZ_OBJECT, "6982", "iso-7816-4#put-data"),
    (Before::Application, GENERATE, "6982", "iso-7816-8#generate-key-pair"),
    (Before::Application, "00440000", "6982", "iso-7816-9#life-cycle"),
    (Before::Mf, ENVIRONMENT, "6982", "iso-7816-4#put-data"),
    (Before::Mf, "00440000", "6982", "iso-7816-9#life-cycle"),
    (Before::Mf, "00FE0000", "6982", "iso-7816-9#life-cycle"),
    (Before::Mf, CREATE_EF, "6982", "iso-7816-9#create-file"),
    (Before::Mf, "00CA9F7F00", "6A88", "globalplatform-card#get-data"),
    (Before::Mf, "00A4020C02011C", "6A82", "icao-9303-11#chip-access-procedure"),
    (Before::Mf, "0022C1A400", "6A80", "icao-9303-11#pace-apdu"),
    (Before::Application, "002241A40C 800A04007F00070202030202", "6A80", "icao-9303-11#ca"),
    (Before::Application, "0088000008 0000000000000000 00", "6982", "icao-9303-11#aa"),
    (Before::Application, "0020000308 3030303030303030", "6982", "iso-7816-4#verify"),
    (Before::Application, "00040000", "6982", "iso-7816-9#life-cycle"),
    (Before::Mf, "00D0000001FF", "6D00", "iso-7816-4#status-words"),
];

fn prepare(host: &mut Host, before: Before) {
    let application = format!("00A4040C07{EMRTD}");
    let steps: &[&str] = match before {
        Before::Mf => &["00A4000C023F00"],
        Before::Application => &[&application],
        Before::OpenEf => &["00A4000C023F00", "00A4020C022F01"],
        Before::BacEf => &[&application, "00A4020C02011E"],
        Before::ClosedEf => &[&application, "00A4020C020103"],
    };
    steps.iter().for_each(|step| host.expect(step, "9000"));
}

#[test]
fn outside_a_session() {
    let mut host = Host::locked();
    let image = host.chip.image();
    for (before, command, answer, clause) in PLAIN {
        host.reset();
        prepare(&mut host, *before);
        let got = host.raw(command);
        assert_eq!(got, answer.replace(' ', ""), "{command} with {before:?}: {clause}");
    }
    assert_eq!(host.chip.image(), image, "nothing of this changed the chip");
}

#[test]
fn inside_a_session() {
    let mut host = Host::locked();
    let image = host.chip.image();
    for (before, command, answer, clause) in IN_BAC {
        assert!(host.open_bac().unwrap());
        prepare(&mut host, *before);
        let got = host.send(command).unwrap();
        assert_eq!(got, answer.replace(' ', ""), "{command} with {before:?}: {clause}");
        host.expect("00A4000C023F00", "9000");
    }
    assert_eq!(host.chip.image(), image, "nothing of this changed the chip");
}

#[test]
fn the_session_of_the_lock_serves_nothing_any_more() {
    let mut host = Host::initialised();
    host.lock().unwrap();
    for command in ["00B0000001", "00D6000001FF", "00A4000C023F00", "00CA9F7F00"] {
        host.expect(command, "6985");
    }
    host.scp03 = None;
    host.expect("00A4000C023F00", "9000");
    host.expect("04B0000008 0000000000000000", "6982");
}

#[test]
fn every_instruction_of_every_class_is_refused_or_harmless() {
    let mut host = Host::locked();
    let image = host.chip.image();
    for cla in 0..=255u8 {
        for ins in 0..=255u8 {
            for tail in ["0000", "000000", "000001FF", "3FFF01FF00"] {
                host.raw(&format!("{cla:02X}{ins:02X}{tail}"));
            }
        }
    }
    assert_eq!(host.chip.image(), image);
}

#[test]
fn before_the_lock_basic_access_control_does_not_exist() {
    let mut host = Host::initialised();
    host.reset();
    prepare(&mut host, Before::Application);
    assert_eq!(host.raw("0084000008"), "6985");
    assert_eq!(host.raw(&format!("0082000028{}28", "00".repeat(40))), "6985");
}
