//! Chips of every state, what opens them, and sessions with them.

use std::sync::LazyLock;

use jiff::civil::date;
use sigillo_apdu::{Action, Driver, Event};
use sigillo_channel::pace::Password;
use sigillo_codes::{Pin, Puk};
use sigillo_crypto::{SeededEntropy, sha256};
use sigillo_inspect::services::{Order, ServiceOutcome, ServiceRequest, ServiceSession};
use sigillo_inspect::{Request, TerminalCredentials};
use sigillo_profile::{Content, Profile, SecretName, embedded};
use sigillo_secret::SecretBytes;
use sigillo_specimen::{Specimen, form};
use sigillo_vchip::Chip;

pub(crate) const SERVICES: [u8; 9] = [0xF0, 0x53, 0x49, 0x47, 0x49, 0x4C, 0x4C, 0x4F, 0x01];
pub(crate) const ALL_RIGHTS: u8 = 0x07;

pub(crate) fn specimen() -> Specimen {
    form(&Profile::parse(embedded("pse-rf").unwrap()).unwrap(), [0x0F; 32], date(2026, 11, 2)).unwrap()
}

/// The image of a chip whose application the office activated; made once.
pub(crate) fn activated() -> Specimen {
    static IMAGE: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let mut specimen = specimen();
        let request = of_office(&specimen, ALL_RIGHTS).order(Order::Activate);
        assert!(run(&mut specimen, request).is_carried_out());
        specimen.chip.image()
    });
    let mut specimen = specimen();
    specimen.chip = Chip::from_image(&IMAGE).unwrap();
    specimen
}

pub(crate) fn sod_digest(specimen: &Specimen) -> [u8; 32] {
    sha256(&specimen.files[&Content::Sod])
}

pub(crate) fn terminal(specimen: &Specimen, rights: u8) -> TerminalCredentials {
    let chain = specimen.office.as_ref().unwrap().chain(rights).unwrap();
    TerminalCredentials::new(chain.certificates, chain.key).unwrap()
}

pub(crate) fn of_office(specimen: &Specimen, rights: u8) -> ServiceRequest {
    let way_in = Request::with_mrz(specimen.mrz_secret());
    ServiceRequest::of_office(way_in, &SERVICES, terminal(specimen, rights), sod_digest(specimen))
}

pub(crate) fn of_holder(specimen: &Specimen) -> ServiceRequest {
    let can = specimen.code(SecretName::Can).unwrap();
    let can = can.expose(|digits| Password::can(std::str::from_utf8(digits).unwrap()).unwrap());
    ServiceRequest::of_holder(Request::with_can(can), &SERVICES)
}

pub(crate) fn pin(digits: &str) -> Pin {
    Pin::parse(SecretBytes::copy_of(digits.as_bytes())).unwrap()
}

pub(crate) fn puk(digits: &str) -> Puk {
    Puk::parse(SecretBytes::copy_of(digits.as_bytes())).unwrap()
}

pub(crate) fn own_pin(specimen: &Specimen) -> Pin {
    Pin::parse(specimen.code(SecretName::Pin).unwrap()).unwrap()
}

pub(crate) fn own_puk(specimen: &Specimen) -> Puk {
    Puk::parse(specimen.code(SecretName::Puk).unwrap()).unwrap()
}

/// One session with a chip that has power from its beginning; what it sent is counted beside.
pub(crate) fn run(specimen: &mut Specimen, request: ServiceRequest) -> ServiceOutcome {
    specimen.chip.power_on();
    run_on(&mut specimen.chip, request).0
}

/// As [`run`], with the number of commands.
pub(crate) fn run_on(chip: &mut Chip, request: ServiceRequest) -> (ServiceOutcome, usize) {
    let (mut entropy, mut chance) = (SeededEntropy::new([0xA9; 32]), SeededEntropy::new([0xA8; 32]));
    let mut session = ServiceSession::new(request, &mut entropy);
    let mut commands = 0;
    while let Action::Transmit(command) = session.next_action() {
        commands += 1;
        let answer = chip.process(command, &mut chance);
        let event = answer.as_deref().map_or(Event::CardRemoved, Event::Response);
        if session.handle(event).is_err() {
            break;
        }
    }
    (session.outcome(), commands)
}
