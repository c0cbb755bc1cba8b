//! An application that is deactivated and activated, and what a rule on SELECT guards.

use sigillo_vchip::PowerLost;

use crate::card::{Card, ESERVICES, select_application};
use crate::host::{EMRTD, Host};

/// Deactivated in formation, before the lock.
fn deactivated() -> Card {
    let mut card = Card::formed();
    card.host.expect(&select_application(ESERVICES), "9000");
    card.host.expect("00040000", "9000");
    card.host.lock().unwrap();
    card.host.reset();
    card
}

#[test]
fn a_deactivated_application_is_selected_with_a_warning_and_serves_nothing() {
    let mut card = deactivated();
    card.open_can();
    let host = &mut card.host;
    host.expect(&select_application(ESERVICES), "6283");
    let parameters = host.send(&format!("00A4040409{ESERVICES}00")).unwrap();
    assert!(parameters.ends_with("6283") && parameters.contains("8A0104"), "{parameters}");
    for command in ["00200003", "00B0810001", "00B0000001", "0088000001AA00", "002A9E9A0100", "0084000008", "00EE0000"]
    {
        host.expect(command, "6985");
    }
    host.expect("0022C1A40F 800A04007F00070202040202 830103", "6985");
    host.expect("00A4020C020201", "6283");
    host.expect("00B0000001", "6985");
    host.expect("00A4020C020202", "6A82");
    host.expect("00440000", "6982");
    host.expect("00040000", "6982");
    host.expect("00FE0000", "6982");
    host.expect(&select_application(EMRTD), "9000");
    host.expect("00B09E0001", "60 9000");
    host.expect("00A4000C023F00", "9000");
}

#[test]
fn formation_can_take_a_deactivation_back() {
    let mut host = Card::formed().host;
    host.expect(&select_application(ESERVICES), "9000");
    host.expect("00440000", "6985");
    host.expect("00040000", "9000");
    host.expect("00040000", "6985");
    host.expect("00DADF3300", "6985");
    host.expect("00440000", "9000");
    let parameters = host.send(&format!("00A4040409{ESERVICES}00")).unwrap();
    assert!(parameters.contains("8A0103"), "{parameters}");
    host.expect("00040000", "9000");
    host.open_formation();
    host.expect(&select_application(ESERVICES), "6283");
    host.expect("00040001", "6A86");
    host.expect("0004000001AA", "6700");
    host.expect("00A4000C023F00", "9000");
    host.expect("00040000", "6982");
    host.lock().unwrap();
}

#[test]
fn a_rule_on_select_guards_an_application() {
    let mut card = Card::locked();
    assert_eq!(card.host.raw(&select_application(ESERVICES)), "6982");
    assert_eq!(card.host.raw("00A4000C020200"), "6982");
    assert_eq!(card.host.raw("00B0810001"), "6A82", "the master file is still current");
    assert_eq!(card.host.raw(&select_application(EMRTD)), "9000");
    card.open_can();
    card.host.expect("00A4000C020200", "9000");
    card.host.expect("00B0810004", "30020500 9000");
    assert!(card.host.open_bac().unwrap());
    card.host.expect(&select_application(ESERVICES), "9000");
    card.host.expect("00B0810004", "6982");
}

#[test]
fn a_life_cycle_is_changed_whole_or_not() {
    let image = {
        let mut host = Card::formed().host;
        host.reset();
        host.chip.image()
    };
    let prepare = || {
        let mut host = Host::holding(sigillo_vchip::Chip::from_image(&image).unwrap());
        host.open_formation();
        host.expect(&select_application(ESERVICES), "9000");
        host
    };
    let answers: Vec<String> = (1..=3)
        .map(|n| {
            let mut host = prepare();
            host.chip.arm_cut(n);
            assert_eq!(host.send("00040000"), Err(PowerLost), "point {n}");
            let mut host = Host::holding(sigillo_vchip::Chip::from_image(&host.chip.image()).unwrap());
            host.open_formation();
            host.send(&select_application(ESERVICES)).unwrap()
        })
        .collect();
    assert_eq!(answers, ["9000", "6283", "6283"]);
}
