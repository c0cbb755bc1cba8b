//! The image file of a virtual card: private, locked, never overwritten, saved before the answer leaves, whole after a kill.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use sigillo_apdu::fcp::LifeCycle;
use sigillo_crypto::SeededEntropy;
use sigillo_pcscd_lab::Killed;
use sigillo_reader::{Card, VirtualCard};
use sigillo_vchip::Chip;

use crate::host::{Session, chip, initialise, keys, lock, update};

const SERIAL: &[u8; 10] = b"TEST-00001";
/// The folder of the child that will be killed.
const VICTIM: &str = "SIGILLO_VICTIM_IMAGE";

#[test]
fn an_image_is_private_and_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.chip");
    let mut card = VirtualCard::create(&path, chip(SERIAL)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(VirtualCard::create(&path, chip(SERIAL)).unwrap_err().code(), "reader.io");
    assert_eq!(card.reset().unwrap(), [0x3B, 0x80, 0x80, 0x01, 0x01]);
    initialise(&mut card);
    assert_eq!(mode(&path), 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing stays behind");
}

#[test]
fn an_image_has_one_user_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.chip");
    let mut card = VirtualCard::create(&path, chip(SERIAL)).unwrap();
    assert_eq!(VirtualCard::open(&path).unwrap_err().code(), "reader.busy");
    card.reset().unwrap();
    initialise(&mut card);
    assert_eq!(VirtualCard::open(&path).unwrap_err().code(), "reader.busy", "also after a commit put a new file there");
    drop(card);
    VirtualCard::open(&path).unwrap();
}

#[test]
fn every_commit_is_in_the_file_before_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.chip");
    let mut card = VirtualCard::create(&path, chip(SERIAL)).unwrap().with_entropy(SeededEntropy::new([1; 32]));
    card.reset().unwrap();
    let mut session = initialise(&mut card);
    for offset in 0..20 {
        session.done(&mut card, &update(offset, vec![0xAB]));
        assert_eq!(fs::read(&path).unwrap(), card.chip().image());
    }
    lock(&mut session, &mut card);
    drop(card);
    assert_eq!(VirtualCard::open(&path).unwrap().chip().life_cycle(), LifeCycle::Activated);
}

#[test]
fn a_power_cut_makes_the_card_mute_until_the_next_reset() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.chip");
    let mut card = VirtualCard::create(&path, chip(SERIAL)).unwrap();
    assert_eq!(card.transmit(&[0, 0xA4, 0, 0x0C]).unwrap_err().code(), "reader.mute", "no power yet");
    card.reset().unwrap();
    let mut session = initialise(&mut card);
    session.done(&mut card, &update(0, vec![0x01; 8]));
    let generation = card.chip().generation();
    card.arm_cut(1);
    assert_eq!(card.transmit(&[0, 0xB0, 0x85, 0, 0]).unwrap_err().code(), "reader.mute");
    assert_eq!(card.transmit(&[0, 0xB0, 0x85, 0, 0]).unwrap_err().code(), "reader.mute");
    card.reset().unwrap();
    assert_eq!(card.transmit(&[0, 0xB0, 0x85, 0, 2]).unwrap(), [1, 1, 0x90, 0x00]);
    assert_eq!(card.chip().generation(), generation);

    // A commit whose response is lost is in the file all the same.
    let mut session = Session::open(&mut card, &keys(0x50));
    assert!(
        session.send(&mut card, &sigillo_apdu::CommandApdu::new(0, 0xB0, 0x85, 0).with_le(1)).status().is_success()
    );
    // Before, torn, after, response lost.
    card.arm_cut(4);
    let wrapped = session.wrap(&[0x00, 0xD6, 0x85, 0x00, 0x02, 0x77, 0x77]);
    assert_eq!(card.transmit(&wrapped).unwrap_err().code(), "reader.mute");
    drop(card);
    let mut card = VirtualCard::open(&path).unwrap();
    card.reset().unwrap();
    assert_eq!(card.transmit(&[0, 0xB0, 0x85, 0, 2]).unwrap(), [0x77, 0x77, 0x90, 0x00]);
}

#[test]
fn what_is_no_image_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.chip");
    assert_eq!(VirtualCard::open(&path).unwrap_err().code(), "reader.io");
    drop(VirtualCard::create(&path, chip(SERIAL)).unwrap());
    let image = fs::read(&path).unwrap();
    let code = |octets: &[u8]| {
        fs::write(&path, octets).unwrap();
        VirtualCard::open(&path).unwrap_err().code()
    };
    assert_eq!(code(&image[..image.len() - 1]), "chip.image-checksum");
    assert_eq!(code(b"no chip"), "chip.image-magic");
    assert_eq!(code(&vec![0; 1 << 21]), "chip.image-size");
    let mut damaged = image.clone();
    damaged[40] ^= 1;
    assert_eq!(code(&damaged), "chip.image-checksum");
}

#[test]
fn a_chip_whose_commit_cannot_be_saved_answers_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.chip");
    let mut card = VirtualCard::create(&path, chip(SERIAL)).unwrap();
    card.reset().unwrap();
    let mut session = initialise(&mut card);
    // Where the new file must stand there is a folder.
    fs::create_dir(folder.path().join(".a.chip.new")).unwrap();
    let wrapped = session.wrap(&[0x00, 0xD6, 0x85, 0x00, 0x01, 0x77]);
    assert_eq!(card.transmit(&wrapped).unwrap_err().code(), "reader.io");
    assert_eq!(card.transmit(&[0, 0xB0, 0x85, 0, 1]).unwrap_err().code(), "reader.unsaved");
    assert_eq!(card.reset().unwrap_err().code(), "reader.unsaved");
    drop(card);
    let mut card = VirtualCard::open(&path).unwrap();
    card.reset().unwrap();
    assert_eq!(card.transmit(&[0, 0xB0, 0x85, 0, 1]).unwrap(), [0x00, 0x90, 0x00], "the file has the state before");
}

/// The child updates its chip as fast as it can and says which update was answered; it is killed at some moment.
#[test]
fn a_killed_process_leaves_a_whole_chip_with_everything_it_answered() {
    if let Some(path) = std::env::var_os(VICTIM) {
        let mut card = VirtualCard::open(Path::new(&path)).unwrap();
        card.reset().unwrap();
        let mut session = Session::open(&mut card, &keys(0x50));
        for count in 1..=u16::MAX {
            session.done(&mut card, &update(0x8500, count.to_be_bytes().to_vec()));
            println!("answered {count}");
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.chip");
    let mut card = VirtualCard::create(&path, chip(SERIAL)).unwrap();
    card.reset().unwrap();
    initialise(&mut card);
    drop(card);
    for answers in [1, 7, 40, 113] {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([
            "--exact",
            "image_file::a_killed_process_leaves_a_whole_chip_with_everything_it_answered",
            "--nocapture",
        ]);
        let mut victim = Killed::spawn(command.env(VICTIM, &path).stdout(Stdio::piped())).unwrap();
        let lines = BufReader::new(victim.child().stdout.take().unwrap()).lines();
        let mut answered =
            lines.filter_map(|line| line.unwrap().strip_prefix("answered ").map(|n| n.parse::<u16>().unwrap()));
        let seen = answered.nth(answers).unwrap();
        victim.child().kill().unwrap();
        victim.child().wait().unwrap();
        let last = answered.last().unwrap_or(seen);
        let chip = Chip::from_image(&fs::read(&path).unwrap()).expect("a whole chip");
        assert_eq!(chip.life_cycle(), LifeCycle::Initialisation);
        let mut card = VirtualCard::open(&path).expect("the lock went with the process");
        card.reset().unwrap();
        let stored = card.transmit(&[0, 0xB0, 0x85, 0, 2]).unwrap();
        let stored = u16::from_be_bytes([stored[0], stored[1]]);
        assert!(stored == last || stored == last + 1, "answered {last}, stored {stored}");
    }
}

#[test]
fn cards_may_move_to_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<VirtualCard>();
    is_send::<sigillo_reader::PcscCard>();
    is_send::<sigillo_reader::LinkError>();
}
