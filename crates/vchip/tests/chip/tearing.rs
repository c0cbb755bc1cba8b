//! Power cuts at every point of a whole life: what was committed stays, what was not never happened, and the life goes on.

use sigillo_apdu::fcp::LifeCycle;
use sigillo_vchip::{Chip, PowerLost};

use crate::host::{EF_COM, EMRTD, Host, bytes, formation, structure, transport};

/// From the vendor's chip, or from wherever a cut left it, to the lock; asks the chip where it stands and repeats nothing
/// that cannot be repeated.
fn form(host: &mut Host) -> Result<(), PowerLost> {
    if host.chip.life_cycle() == LifeCycle::Activated {
        return Ok(());
    }
    let version = bytes(&host.try_raw("8050000008010101010101010100")?)[10];
    if version == 0x20 {
        assert!(host.open_scp03(&transport())?);
        host.put_key()?;
    }
    assert!(host.open_scp03(&formation())?);
    for (command, data) in structure() {
        let data = bytes(&data);
        if command == "00E00000" && is_there(host, &data)? {
            continue;
        }
        let answer = host.send(&format!("{command}{:02X}{}", data.len(), hex::encode(&data)))?;
        assert_eq!(answer, "9000", "{command}");
    }
    host.lock()
}

/// Selects the file that these parameters would create.
fn is_there(host: &mut Host, fcp: &[u8]) -> Result<bool, PowerLost> {
    let fid = hex::encode(&fcp[7..9]);
    let select = match fid.as_str() {
        "0100" => format!("00A4040C07{EMRTD}"),
        fid => format!("00A4000C02{fid}"),
    };
    Ok(host.send(&select)? == "9000")
}

fn unbroken() -> (Host, u64) {
    let mut host = Host::new();
    form(&mut host).unwrap();
    let points = host.chip.cut_points_passed();
    (host, points)
}

fn assert_formed(host: &mut Host) {
    assert_eq!(host.chip.life_cycle(), LifeCycle::Activated);
    assert!(host.open_bac().unwrap());
    host.expect("00B09E0000", &format!("{EF_COM}9000"));
    host.expect("00B0830001", "6982");
    host.reset();
    assert_eq!(host.raw("00B0810000"), "7F660802020000009000");
}

#[test]
fn a_life_that_is_cut_at_any_point_comes_to_the_same_end() {
    let (mut reference, points) = unbroken();
    assert_formed(&mut reference);
    assert!(points > 50, "{points} cut points");
    let mut tried = 0;
    for n in 1..=u32::try_from(points).unwrap() {
        let mut host = Host::new();
        host.chip.arm_cut(n);
        assert_eq!(form(&mut host), Err(PowerLost), "point {n}");
        assert_eq!(host.try_raw("00A4000C023F00"), Err(PowerLost), "without power there is no answer");
        // What a cut leaves is a whole image: the process may end here too.
        let mut host = Host::holding(Chip::from_image(&host.chip.image()).unwrap());
        form(&mut host).unwrap();
        assert_formed(&mut host);
        tried += 1;
    }
    assert_eq!(tried, points);
}

#[test]
fn a_second_cut_while_resuming_does_no_harm() {
    let (_, points) = unbroken();
    for (first, second) in (1..=u32::try_from(points).unwrap()).flat_map(|n| [(n, 1), (n, 4), (n, 9)]) {
        let mut host = Host::new();
        host.chip.arm_cut(first);
        assert_eq!(form(&mut host), Err(PowerLost));
        host.reset();
        host.chip.arm_cut(second);
        let _ = form(&mut host);
        host.chip.arm_cut(0);
        host.reset();
        form(&mut host).unwrap();
        assert_formed(&mut host);
    }
}

/// The images that a command can leave behind when it is cut at each of its points.
fn left_behind(prepare: impl Fn() -> Host, act: impl Fn(&mut Host) -> Result<(), PowerLost>) -> Vec<Vec<u8>> {
    let mut whole = prepare();
    let before = whole.chip.cut_points_passed();
    act(&mut whole).unwrap();
    let points = whole.chip.cut_points_passed() - before;
    (1..=u32::try_from(points).unwrap())
        .map(|n| {
            let mut host = prepare();
            host.chip.arm_cut(n);
            assert_eq!(act(&mut host), Err(PowerLost));
            host.chip.image()
        })
        .collect()
}

#[test]
fn one_command_is_one_transaction() {
    let before = || {
        let mut host = Host::initialised();
        host.expect("00A4000C023F00", "9000");
        host
    };
    for command in ["00440000", "00FE0000", "00DA007B0B800103A406800102830101"] {
        let image = before().chip.image();
        let images = left_behind(before, |host| host.send(command).map(drop));
        assert_eq!(images.len(), 3, "before, after, response lost: {command}");
        assert_eq!(images[0], image, "{command}");
        assert_ne!(images[1], image, "{command}");
        assert_eq!(images[1], images[2], "the work is done, only the response is lost: {command}");
    }
}

#[test]
fn put_key_leaves_one_whole_set() {
    let before = || {
        let mut host = Host::new();
        assert!(host.open_scp03(&transport()).unwrap());
        host
    };
    let images = left_behind(before, Host::put_key);
    let opens: Vec<(bool, bool)> = images
        .iter()
        .map(|image| {
            let host = || Host::holding(Chip::from_image(image).unwrap());
            (host().open_scp03(&transport()).unwrap(), host().open_scp03(&formation()).unwrap())
        })
        .collect();
    assert_eq!(opens, [(true, false), (false, true), (false, true)]);
}

#[test]
fn an_update_tears_inside_its_own_range_only() {
    let before = || {
        let mut host = Host::initialised();
        host.expect("00D683000C FFFFFFFFFFFFFFFFFFFFFFFF", "9000");
        host
    };
    let images = left_behind(before, |host| host.send("00D6830206 010203040506").map(drop));
    let contents: Vec<String> = images
        .iter()
        .map(|image| {
            let mut host = Host::holding(Chip::from_image(image).unwrap());
            host.open_formation();
            host.expect(&format!("00A4040C07{EMRTD}"), "9000");
            host.send("00B083000C").unwrap()
        })
        .collect();
    assert_eq!(
        contents,
        [
            "FFFFFFFFFFFFFFFFFFFFFFFF9000",
            "FFFF010203FFFFFFFFFFFFFF9000",
            "FFFF010203040506FFFFFFFF9000",
            "FFFF010203040506FFFFFFFF9000",
        ]
    );
}

#[test]
fn a_cut_gives_no_try_back() {
    let before = || {
        let mut host = Host::initialised();
        host.reset();
        host.raw("8050000008010101010101010100");
        host
    };
    let wrong = "8482330010000102030405060708090A0B0C0D0E0F";
    let image = before().chip.image();
    let images = left_behind(before, |host| host.try_raw(wrong).map(drop));
    assert_eq!(images[0], image, "cut before anything was compared");
    assert!(images[1..].iter().all(|left| *left != image), "from the first commit on the try is gone");

    // An attacker who cuts the power right after each comparison gets ten of them.
    let mut host = Host::holding(Chip::from_image(&image).unwrap());
    for _ in 0..10 {
        host.reset();
        assert!(host.raw("8050000008010101010101010100").ends_with("9000"));
        host.chip.arm_cut(3);
        assert_eq!(host.try_raw(wrong), Err(PowerLost));
    }
    host.reset();
    assert_eq!(host.raw("8050000008010101010101010100"), "6983");
}

#[test]
fn a_lost_response_of_a_read_changes_nothing() {
    let mut host = Host::locked();
    let image = host.chip.image();
    host.chip.arm_cut(1);
    assert_eq!(host.try_raw("00B0810001"), Err(PowerLost));
    assert_eq!(host.chip.image(), image);
    host.reset();
    assert_eq!(host.raw("00B0810001"), "7F9000");
}
