//! Chips behind a private pcscd: our own client, a foreign client (OpenSC), the magazine, and every way to an end.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use sigillo_apdu::CommandApdu;
use sigillo_pcscd_lab::{Finished, PrivatePcscd, part, run};
use sigillo_reader::vpcd::{Event, Served, Source, Turn, serve};
use sigillo_reader::{Card, LinkError, OsEntropy, PcscCard, Tally, VirtualCard};

use crate::host::{Session, bytes, chip, initialise, keys, lock, serial, transmit, update};

const PATIENCE: Duration = Duration::from_secs(30);
const CALL: Duration = Duration::from_secs(10);

/// A served source, in a thread.
struct Service {
    thread: JoinHandle<Result<(Served, Tally), LinkError>>,
    events: Receiver<Event>,
    stop: Arc<AtomicBool>,
}

impl Service {
    fn start(source: Source, address: &str) -> Self {
        let (sender, events) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let (flag, address) = (Arc::clone(&stop), address.to_owned());
        let thread = thread::spawn(move || {
            let mut tally = Tally::default();
            let mut report = |event| sender.send(event).unwrap_or_default();
            let served = serve(&source, &address, &mut OsEntropy, &mut tally, &flag, &mut report)?;
            Ok((served, tally))
        });
        Self { thread, events, stop }
    }

    fn inserted(&self) -> PathBuf {
        loop {
            if let Event::Inserted(path) = self.events.recv_timeout(PATIENCE).expect("a chip is put in") {
                return path;
            }
        }
    }

    fn connected(&self) {
        while self.events.recv_timeout(PATIENCE).expect("the service connects") != Event::Connected {}
    }

    fn end(self) -> (Served, Tally) {
        let deadline = Instant::now() + PATIENCE;
        while !self.thread.is_finished() {
            assert!(Instant::now() < deadline, "the service does not end");
            thread::sleep(Duration::from_millis(10));
        }
        self.thread.join().unwrap().unwrap()
    }

    fn stop(self) -> (Served, Tally) {
        self.stop.store(true, Ordering::Relaxed);
        self.end()
    }
}

fn make(folder: &Path, name: &str, serial: &[u8; 10]) -> PathBuf {
    let path = folder.join(name);
    drop(VirtualCard::create(&path, chip(serial)).unwrap());
    path
}

fn assert_success(finished: &Finished, lab: &PrivatePcscd) {
    assert!(finished.is_success(), "{}\n{}\npcscd:\n{}", finished.stdout, finished.stderr, lab.log());
}

/// The card as soon as the reader has seen it.
fn connect(reader: &str) -> PcscCard {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match PcscCard::connect(reader, CALL) {
            Ok(card) => return card,
            Err(LinkError::NoCard { .. } | LinkError::Mute) if Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(50));
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_chip_behind_a_private_pcscd() {
    if part().is_some() {
        return talk_through_pcsc();
    }
    let folder = tempfile::tempdir().unwrap();
    let image = make(folder.path(), "a.chip", b"TEST-00001");
    let lab = PrivatePcscd::start().unwrap();
    let service = Service::start(Source::Image(image.clone()), &lab.addresses()[0]);
    assert_eq!(service.inserted(), image);
    service.connected();
    assert_eq!(VirtualCard::open(&image).unwrap_err().code(), "reader.busy");
    assert_success(&lab.rerun("private_pcscd::a_chip_behind_a_private_pcscd", "client", PATIENCE).unwrap(), &lab);

    // A foreign client, on the chip as our client left it: locked.
    let reader = &lab.readers()[0];
    let mut opensc = lab.command("opensc-tool");
    opensc.args(["--reader", reader, "--atr"]);
    let atr = run(&mut opensc, PATIENCE).unwrap();
    assert_success(&atr, &lab);
    assert!(atr.stdout.contains("3b:80:80:01:01"), "{}", atr.stdout);
    let mut opensc = lab.command("opensc-tool");
    for command in ["00A4000C023F00", "00B0850004", "00D6000001FF", "8050000008010203040506070800", "00CA9F7F00"] {
        opensc.args(["--send-apdu", command]);
    }
    let exchange = run(opensc.args(["--reader", reader]), PATIENCE).unwrap();
    assert_success(&exchange, &lab);
    let answers: Vec<&str> =
        exchange.stdout.lines().filter_map(|line| line.split_once("(SW1=0x")).map(|(_, sw)| &sw[..11]).collect();
    assert_eq!(
        answers,
        ["90, SW2=0x0", "90, SW2=0x0", "69, SW2=0x8", "6D, SW2=0x0", "6A, SW2=0x8"],
        "{}",
        exchange.stdout
    );
    assert!(exchange.stdout.contains("5A 5A 5A 5A"), "{}", exchange.stdout);

    let (served, tally) = service.stop();
    assert_eq!((served.chips, served.commands), (1, tally.commands));
    assert!(tally.commands > 500 && tally.received > 40_000, "{tally:?}");
    drop(VirtualCard::open(&image).unwrap());
}

fn talk_through_pcsc() {
    let reader = "Virtual PCD A 00 00";
    assert_eq!(PcscCard::readers(CALL).unwrap(), [reader, "Virtual PCD A 00 01"]);
    for (asked, found) in [("0", reader), ("1", "Virtual PCD A 00 01"), (reader, reader)] {
        assert_eq!(PcscCard::reader_named(asked, CALL).unwrap(), found);
    }
    for asked in ["2", "-1", "Virtual PCD A"] {
        assert_eq!(PcscCard::reader_named(asked, CALL).unwrap_err().code(), "reader.unknown");
    }
    assert_eq!(PcscCard::presence("2", CALL).unwrap_err().code(), "reader.unknown");
    assert!(!PcscCard::presence("Virtual PCD A 00 01", CALL).unwrap().is_present);
    assert_eq!(PcscCard::connect("No such reader", CALL).unwrap_err().code(), "reader.unknown");
    assert_eq!(PcscCard::connect("Virtual PCD A 00 01", CALL).unwrap_err().code(), "reader.no-card");
    let mut card = connect(reader);
    assert_eq!(card.reset().unwrap(), bytes("3B80800101"));
    assert_eq!(PcscCard::connect(reader, CALL).unwrap_err().code(), "reader.busy");
    assert_eq!(serial(&mut card).as_ref(), Some(b"TEST-00001"));

    let mut session = initialise(&mut card);
    session.done(&mut card, &update(0, vec![0x5A; 2000]));
    let read = CommandApdu::new(0x00, 0xB0, 0x00, 0x00).with_le(65_536);
    assert_eq!(session.send(&mut card, &read).data().len(), 19_999 + 1);
    assert_eq!(card.transmit(&bytes("00B08500 000800")).unwrap().len(), 2048 + 2);
    assert_eq!(card.transmit(&bytes("00B08500 000000")).unwrap().len(), 20_000 + 2);

    // State survives a client; a reset ends it.
    let mut session = Session::open(&mut card, &keys(0x50));
    card.reset().unwrap();
    assert_eq!(card.transmit(&session.wrap(&bytes("00B0850001"))).unwrap(), [0x69, 0x82]);

    // Nagle against delayed acknowledgement would take 50 ms for each of these.
    let start = Instant::now();
    for _ in 0..500 {
        assert_eq!(transmit(&mut card, "00B0850001"), "5A9000");
    }
    assert!(start.elapsed() < Duration::from_secs(5), "500 commands took {:?}", start.elapsed());

    let mut session = Session::open(&mut card, &keys(0x50));
    lock(&mut session, &mut card);
    card.reset().unwrap();
    assert_eq!(serial(&mut card), None);
}

#[test]
fn a_magazine_puts_the_next_chip_in() {
    if part().is_some() {
        return form_three_chips();
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, serial) in [("a.chip", b"TEST-00001"), ("b.chip", b"TEST-00002"), ("c.chip", b"TEST-00003")] {
        make(folder.path(), name, serial);
    }
    std::fs::write(folder.path().join("notes.txt"), "no chip").unwrap();
    let held = make(folder.path(), "ab.chip", b"TEST-00009");
    let held = VirtualCard::open(&held).unwrap();
    let lab = PrivatePcscd::start().unwrap();
    let service = Service::start(
        Source::Magazine { folder: folder.path().to_owned(), turn: Turn::AfterLock },
        &lab.addresses()[0],
    );
    service.connected();
    assert_success(&lab.rerun("private_pcscd::a_magazine_puts_the_next_chip_in", "client", PATIENCE).unwrap(), &lab);
    let served = service.end().0;
    assert_eq!(served.chips, 3, "the chip that another program held was passed over, and then the magazine was empty");
    drop(held);
    let mut life_cycles = Vec::new();
    for name in ["a.chip", "ab.chip", "b.chip", "c.chip"] {
        life_cycles.push(VirtualCard::open(&folder.path().join(name)).unwrap().chip().life_cycle() as u8);
    }
    assert_eq!(life_cycles, [0x05, 0x01, 0x05, 0x05]);
}

fn form_three_chips() {
    for expected in [b"TEST-00001", b"TEST-00002", b"TEST-00003"] {
        let mut card = connect("Virtual PCD A 00 00");
        assert_eq!(serial(&mut card).as_ref(), Some(expected));
        let mut session = initialise(&mut card);
        lock(&mut session, &mut card);
        card.reset().unwrap();
        assert_eq!(serial(&mut card), None, "a reset changes no chip");
    }
}

#[test]
fn a_magazine_gives_each_chip_its_one_turn() {
    if part().is_some() {
        return use_three_chips();
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, serial) in [("a.chip", b"TEST-00001"), ("b.chip", b"TEST-00002"), ("c.chip", b"TEST-00003")] {
        make(folder.path(), name, serial);
    }
    let lab = PrivatePcscd::start().unwrap();
    let source = Source::Magazine { folder: folder.path().to_owned(), turn: Turn::AfterUse };
    let service = Service::start(source, &lab.addresses()[0]);
    service.connected();
    assert_success(
        &lab.rerun("private_pcscd::a_magazine_gives_each_chip_its_one_turn", "client", PATIENCE).unwrap(),
        &lab,
    );
    assert_eq!(service.end().0.chips, 3);
}

/// Nothing is done to the chips but asking who they are; and each change is a card taken out and another put in.
fn use_three_chips() {
    let reader = "Virtual PCD A 00 00";
    let mut moves = None;
    for expected in [b"TEST-00001", b"TEST-00002", b"TEST-00003"] {
        let deadline = Instant::now() + PATIENCE;
        let found = loop {
            let found = PcscCard::presence(reader, CALL).unwrap();
            if found.is_present && Some(found.moves) != moves {
                break found;
            }
            assert!(Instant::now() < deadline, "no other chip comes");
            thread::sleep(Duration::from_millis(50));
        };
        moves = Some(found.moves);
        // Power alone is no use of a chip.
        drop(connect(reader));
        thread::sleep(Duration::from_secs(1));
        assert_eq!(PcscCard::presence(reader, CALL).unwrap(), found);
        assert_eq!(serial(&mut connect(reader)).as_ref(), Some(expected));
    }
}

#[test]
fn the_service_ends_when_the_daemon_does() {
    let folder = tempfile::tempdir().unwrap();
    let image = make(folder.path(), "a.chip", b"TEST-00001");
    let lab = PrivatePcscd::start().unwrap();
    let service = Service::start(Source::Image(image.clone()), &lab.addresses()[1]);
    service.connected();
    let socket = lab.socket();
    drop(lab);
    assert!(!socket.exists(), "nothing of the daemon stays");
    service.end();
    drop(VirtualCard::open(&image).unwrap());
}

#[test]
fn a_client_is_told_when_the_chip_is_taken_out() {
    if part().is_some() {
        let mut card = connect("Virtual PCD A 00 00");
        println!("ready");
        let deadline = Instant::now() + PATIENCE;
        let error = loop {
            match card.transmit(&bytes("00A4000C023F00")) {
                Ok(_) => assert!(Instant::now() < deadline, "the chip is still there"),
                Err(error) => break error,
            }
            thread::sleep(Duration::from_millis(10));
        };
        assert!(error.is_card_gone(), "{error}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let image = make(folder.path(), "a.chip", b"TEST-00001");
    let lab = PrivatePcscd::start().unwrap();
    let service = Service::start(Source::Image(image), &lab.addresses()[0]);
    service.connected();
    let client = thread::spawn(move || {
        let finished =
            lab.rerun("private_pcscd::a_client_is_told_when_the_chip_is_taken_out", "client", PATIENCE).unwrap();
        assert_success(&finished, &lab);
    });
    thread::sleep(Duration::from_secs(2));
    service.stop();
    client.join().unwrap();
}

#[test]
fn without_a_daemon_the_client_says_so() {
    if part().is_some() {
        assert_eq!(PcscCard::readers(CALL).unwrap_err().code(), "reader.no-service");
        assert_eq!(PcscCard::connect("Virtual PCD A 00 00", CALL).unwrap_err().code(), "reader.no-service");
        return;
    }
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "private_pcscd::without_a_daemon_the_client_says_so", "--nocapture"]);
    command.env("SIGILLO_LAB_PART", "client").env("PCSCLITE_CSOCK_NAME", "/nonexistent/pcscd.comm");
    let finished = run(&mut command, PATIENCE).unwrap();
    assert!(finished.is_success(), "{}\n{}", finished.stdout, finished.stderr);
}
