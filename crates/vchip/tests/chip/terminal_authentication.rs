//! Terminal Authentication: rights, order, trust points, date and EF.CVCA, and power cuts around them.

use sigillo_channel::chip_authentication::CaProtocol;
use sigillo_channel::pace::PaceMapping;
use sigillo_channel::secure_messaging::Suite;
use sigillo_channel::terminal_authentication::terminal::{
    external_authenticate, get_challenge, set_at, set_dst, verify_certificate,
};
use sigillo_cvc::{CvCertificate, Role, TerminalType};
use sigillo_vchip::{Chip, PowerLost};

use crate::card::{CHIP_IDENTITY, Card, ESERVICES, PIN, info, select_application};
use crate::host::{EMRTD, Host};
use crate::terminals::{Chain, Holder, Wanted, inspection, inspection_root, office, office_root, reference};

const CA: CaProtocol = CaProtocol::ecdh(Suite::Aes128);
const READ_FINGERPRINT: &str = "00B0830004";
const INSPECTION: TerminalType = TerminalType::InspectionSystem;

/// Inside Chip Authentication after PACE with the CAN: ID_PICC and the compressed key.
fn ready(card: &mut Card) -> (Vec<u8>, Vec<u8>) {
    card.host.reset();
    let id_picc = card.host.open_pace(crate::card::can());
    (id_picc, card.authenticate_chip(CA, 1))
}

fn restored(image: &[u8], card: &Card) -> Card {
    Card { host: Host::holding(Chip::from_image(image).unwrap()), keys: card.keys.clone() }
}

fn authenticate(card: &mut Card, chain: Chain) -> Result<(), String> {
    let (id_picc, key) = ready(card);
    card.host.authenticate_terminal(chain, &id_picc, &key)
}

#[test]
fn fingerprints_need_the_right_in_every_certificate() {
    let mut card = Card::locked();
    for (verifier, terminal, answer) in [
        (0x03, 0x03, "0F0E0D0C9000"),
        (0x01, 0x01, "0F0E0D0C9000"),
        (0x02, 0x03, "6982"),
        (0x03, 0x02, "6982"),
        (0x00, 0x3F, "6982"),
    ] {
        authenticate(&mut card, inspection(verifier, terminal)).unwrap();
        assert_eq!(card.host.send(READ_FINGERPRINT).unwrap(), answer, "{verifier:02X} and {terminal:02X}");
        card.host.expect("00D68300 01 FF", "6982");
        card.host.expect(&select_application(ESERVICES), "9000");
        card.host.expect("00040000", "6982");
    }
    authenticate(&mut card, office(0x07)).unwrap();
    card.host.expect(READ_FINGERPRINT, "6982");
    ready(&mut card);
    card.host.expect(READ_FINGERPRINT, "6982");
}

#[test]
fn every_session_of_the_chip_binds_the_terminal() {
    for protocol in [CaProtocol::ecdh(Suite::TripleDes), CA] {
        let mut card = Card::locked();
        assert!(card.host.open_bac().unwrap());
        let key = card.authenticate_chip(protocol, 1);
        card.host.authenticate_terminal(inspection(3, 3), CHIP_IDENTITY.as_bytes(), &key).unwrap();
        card.host.expect(READ_FINGERPRINT, "0F0E0D0C9000");
    }
    let mut card = Card::locked();
    let (id_picc, key) = ready(&mut card);
    let refused = card.host.authenticate_terminal(inspection(3, 3), CHIP_IDENTITY.as_bytes(), &key).unwrap_err();
    assert_eq!(refused, "6300", "the chip has another name after PACE");
    card.host.expect(READ_FINGERPRINT, "6982");
    let refused = card.host.authenticate_terminal(inspection(3, 3), &id_picc, &id_picc).unwrap_err();
    assert_eq!(refused, "6300", "another session's key");
    card.host.authenticate_terminal(inspection(3, 3), &id_picc, &key).unwrap();
    card.host.expect(READ_FINGERPRINT, "0F0E0D0C9000");
    assert_eq!(
        card.host.authenticate_terminal(inspection(3, 3), &id_picc, &key).unwrap_err(),
        "6985",
        "once a session"
    );
    card.host.expect("0084000008", "6985");
    card.host.expect(READ_FINGERPRINT, "0F0E0D0C9000");
}

/// Where the mapping of PACE proved the chip's key, no Chip Authentication is needed before; one that follows begins anew.
#[test]
fn the_chip_authentication_mapping_binds_the_terminal_too() {
    let mut card = Card::locked();
    let opened = card.host.pace(info(PaceMapping::ChipAuthentication), crate::card::can()).unwrap();
    card.host.secure = Some(opened.session);
    card.host.expect(&select_application(EMRTD), "9000");
    card.host.authenticate_terminal(inspection(3, 3), &opened.id_picc, &opened.compressed_key).unwrap();
    card.host.expect(READ_FINGERPRINT, "0F0E0D0C9000");
    let key = card.authenticate_chip(CA, 1);
    card.host.expect(READ_FINGERPRINT, "6982");
    card.host.authenticate_terminal(inspection(3, 3), &opened.id_picc, &key).unwrap();
    card.host.expect(READ_FINGERPRINT, "0F0E0D0C9000");
}

#[test]
fn the_steps_keep_their_order() {
    let mut card = Card::locked();
    let root = inspection_root().reference;
    let wire = |command: sigillo_apdu::CommandApdu| hex::encode(command.encode());
    let Chain { certificates, terminal } = inspection(3, 3);
    let [dv, is] = certificates.try_into().unwrap_or_else(|_| panic!("two certificates"));
    let (dst, at) = (wire(set_dst(&root)), wire(set_at(&terminal.reference)));
    let challenge = wire(get_challenge());
    let signature = wire(external_authenticate(&[0; 64]));

    assert_eq!(card.host.raw(&dst), "6982", "outside of every session");
    card.open_can();
    card.host.expect(&select_application(EMRTD), "9000");
    for command in [&dst, &at, &challenge, &signature] {
        card.host.expect(command, "6985");
    }
    card.host.expect(&wire(verify_certificate(&dv)), "6985");

    ready(&mut card);
    for (why, command, answer) in [
        ("a certificate without a key", wire(verify_certificate(&dv)), "6985"),
        ("an unknown root", wire(set_dst(&reference("CVCA00009"))), "6A88"),
        ("a certificate after that", wire(verify_certificate(&dv)), "6985"),
        ("no name", "002281B600".into(), "6A80"),
        ("another P2", "002281B703 830149".into(), "6A86"),
        ("a terminal that showed nothing", at.clone(), "6A88"),
        ("the root", dst.clone(), "9000"),
        ("a certificate of somebody else", wire(verify_certificate(&is)), "6300"),
        ("the key serves one certificate", wire(verify_certificate(&dv)), "6985"),
        ("the root again", dst.clone(), "9000"),
        ("the verifier", wire(verify_certificate(&dv)), "9000"),
        ("the verifier is no terminal", wire(set_at(dv.holder())), "6A88"),
        ("the verifier's key", wire(set_dst(dv.holder())), "9000"),
        ("the terminal", wire(verify_certificate(&is)), "9000"),
        ("the terminal issues nothing", wire(set_dst(is.holder())), "9000"),
        ("to nobody", wire(verify_certificate(&is)), "6300"),
        ("a signature without a challenge", signature.clone(), "6985"),
        ("the terminal's key", at.clone(), "9000"),
        ("still no challenge", signature.clone(), "6985"),
        ("a challenge of four octets", "0084000004".into(), "6700"),
    ] {
        assert_eq!(card.host.send(&command).unwrap(), answer, "{why}");
    }
    assert_eq!(card.host.send(&challenge).unwrap().len(), 20);
    card.host.expect("00B09E0001", "60 9000");
    card.host.expect(&signature, "6985");
    assert_eq!(card.host.send(&challenge).unwrap().len(), 20);
    card.host.expect(&signature, "6300");
    card.host.expect(&signature, "6985");
    card.host.expect("0082010040", "6A86");
    card.host.expect(READ_FINGERPRINT, "6982");
}

#[test]
fn a_certificate_may_come_in_links() {
    let mut card = Card::locked();
    ready(&mut card);
    let Chain { certificates, .. } = inspection(3, 3);
    let content = certificates[0].content();
    card.host.transmit(&set_dst(&inspection_root().reference)).unwrap();
    let (first, rest) = content.split_at(100);
    card.host.expect(&format!("102A00BE{:02X}{}", first.len(), hex::encode(first)), "9000");
    card.host.expect(&format!("002A00BE{:02X}{}", rest.len(), hex::encode(rest)), "9000");
    card.host.expect(&format!("102A00BE{:02X}{}", first.len(), hex::encode(first)), "9000");
    card.host.expect("00B09E0001", "6883");
}

fn verifier(name: &str, role: Role, days: [&str; 2]) -> Holder {
    Holder::new(&INSPECTION, Wanted { name, role, rights: 0x03, days })
}

fn terminal(name: &str, days: [&str; 2]) -> Holder {
    Holder::new(&INSPECTION, Wanted { name, role: Role::Terminal, rights: 0x03, days })
}

/// Imports certificates one after the other, each under its issuer; the last status word.
fn import(card: &mut Card, certificates: &[CvCertificate]) -> String {
    ready(card);
    let mut status = String::new();
    for certificate in certificates {
        let response = card.host.transmit(&set_dst(certificate.authority())).unwrap();
        assert!(response.status().is_success(), "{}", response.status());
        status = card.host.transmit(&verify_certificate(certificate)).unwrap().status().to_string();
    }
    status
}

#[test]
fn only_domestic_certificates_advance_the_date() {
    let root = inspection_root();
    let domestic = verifier("DVD00001", Role::DvDomestic, ["261101", "270601"]);
    let foreign = verifier("DVF00001", Role::DvForeign, ["261101", "270601"]);
    let late = terminal("LATE00001", ["270301", "270401"]);
    let early = terminal("EARLY00001", ["261101", "261201"]);
    let chain = |verifier: &Holder, terminal: &Holder| [verifier.issued_by(&root), terminal.issued_by(verifier)];

    let mut card = Card::locked();
    let image = card.host.chip.image();
    assert_eq!(import(&mut card, &chain(&foreign, &late)), "9000");
    assert_eq!(card.host.chip.image(), image, "a foreign terminal's date is not believed");
    assert_eq!(import(&mut card, &chain(&domestic, &early)), "9000");
    assert_eq!(import(&mut card, &chain(&domestic, &late)), "9000");
    assert_ne!(card.host.chip.image(), image);
    assert_eq!(import(&mut card, &chain(&domestic, &early)), "6300", "the early terminal is expired now");
    assert_eq!(import(&mut card, &chain(&foreign, &early)), "6300");
    let loaded = card.host.chip.image();
    assert_eq!(restored(&loaded, &card).host.chip.image(), loaded);
}

#[test]
fn a_cut_leaves_the_date_as_before_or_as_after() {
    let root = inspection_root();
    let domestic = verifier("DVD00001", Role::DvDomestic, ["261115", "270601"]);
    let mut card = Card::locked();
    let image = card.host.chip.image();
    let certificate = verify_certificate(&domestic.issued_by(&root));
    assert_eq!(import(&mut card, &[domestic.issued_by(&root)]), "9000");
    let after = card.host.chip.image();
    for (point, expected) in [(1, &image), (2, &after), (3, &after)] {
        let mut cut = restored(&image, &card);
        ready(&mut cut);
        cut.host.transmit(&set_dst(&root.reference)).unwrap();
        cut.host.chip.arm_cut(point);
        assert_eq!(cut.host.transmit(&certificate).err(), Some(PowerLost), "point {point}");
        assert!(cut.host.chip.image() == *expected, "point {point}");
    }
}

fn ef_cvca(card: &mut Card) -> String {
    card.host.expect("00A4020C02011C", "9000");
    card.host.send("00B0000024").unwrap()
}

fn cvca_of(names: &[&str]) -> String {
    let mut content: String =
        names.iter().map(|name| format!("42{:02X}{}", name.len(), hex::encode_upper(name))).collect();
    while content.len() < 72 {
        content += "00";
    }
    content + "9000"
}

fn new_root(name: &str, days: [&str; 2]) -> Holder {
    Holder::new(&INSPECTION, Wanted { name, role: Role::Cvca, rights: 0x01, days })
}

#[test]
fn a_link_certificate_brings_a_trust_point_date_and_ef_cvca_in_one_transaction() {
    let root = inspection_root();
    let second = new_root("CVCA00002", ["261115", "301231"]);
    let third = new_root("CVCA00003", ["261120", "311231"]);
    let mut card = Card::locked();
    ready(&mut card);
    assert_eq!(ef_cvca(&mut card), cvca_of(&["ITCVCA00001"]));

    let prepare = |image: &[u8]| {
        let mut card = restored(image, &card);
        ready(&mut card);
        card.host.transmit(&set_dst(&root.reference)).unwrap();
        card
    };
    let image = card.host.chip.image();
    let link = verify_certificate(&second.issued_by(&root));
    let mut states = Vec::new();
    for point in 1..=3 {
        let mut cut = prepare(&image);
        cut.host.chip.arm_cut(point);
        assert_eq!(cut.host.transmit(&link).err(), Some(PowerLost), "point {point}");
        states.push(cut.host.chip.image());
    }
    assert_eq!(states[0], image);
    assert_eq!(states[1], states[2]);
    let mut card = prepare(&image);
    assert!(card.host.transmit(&link).unwrap().status().is_success());
    assert_eq!(states[1], card.host.chip.image());
    assert_eq!(ef_cvca(&mut card), cvca_of(&["ITCVCA00002", "ITCVCA00001"]));

    // The link's date is the card's: a verifier of early November is expired now, and was not before.
    let old = verifier("DVO00001", Role::DvDomestic, ["261101", "261110"]);
    assert_eq!(import(&mut restored(&image, &card), &[old.issued_by(&root)]), "9000");
    assert_eq!(import(&mut card, &[old.issued_by(&root)]), "6300");

    // Under the new root the rights are the new root's; under the old one nothing changed.
    let dv = verifier("DVN00001", Role::DvDomestic, ["261115", "271231"]);
    let is = terminal("ISN00001", ["261115", "271231"]);
    for issuer in [&second, &root] {
        let certificates = vec![dv.issued_by(issuer), is.issued_by(&dv)];
        let chain = Chain { certificates, terminal: terminal("ISN00001", ["261115", "271231"]) };
        authenticate(&mut card, chain).unwrap();
        card.host.expect(READ_FINGERPRINT, "0F0E0D0C9000");
    }
    // A terminal of before the new date is expired, and the third root takes the place of the first.
    assert_eq!(
        import(&mut card, &[dv.issued_by(&second), terminal("OLD00001", ["261101", "261110"]).issued_by(&dv)]),
        "6300"
    );
    assert_eq!(import(&mut card, &[third.issued_by(&second)]), "9000");
    assert_eq!(ef_cvca(&mut card), cvca_of(&["ITCVCA00003", "ITCVCA00002"]));
    card.host.expect(&hex::encode(set_dst(&root.reference).encode()), "6A88");
    let loaded = card.host.chip.image();
    let mut card = restored(&loaded, &card);
    assert_eq!(card.host.chip.image(), loaded);
    ready(&mut card);
    assert_eq!(ef_cvca(&mut card), cvca_of(&["ITCVCA00003", "ITCVCA00002"]));
}

#[test]
fn the_office_sets_codes_activates_and_terminates() {
    let set_pin = format!("0024010308{}", hex::encode("27182818"));
    let set_puk = format!("0024010408{}", hex::encode("31415926"));
    for rights in 0..=7u8 {
        let mut card = Card::locked();
        authenticate(&mut card, office(rights)).unwrap();
        let answer = |right: u8, good: &'static str| if rights & right == right { good } else { "6982" };
        let host = &mut card.host;
        host.expect(&select_application(ESERVICES), "9000");
        host.expect(&set_pin, answer(1, "9000"));
        host.expect(&set_puk, answer(1, "9000"));
        host.expect("00040000", answer(2, "9000"));
        host.expect(&select_application(ESERVICES), answer(2, "6283").replace("6982", "9000").as_str());
        host.expect("00440000", answer(2, "9000"));
        host.expect("00FE0000", answer(4, "9000"));
        if rights & 4 == 4 {
            host.reset();
            assert_eq!(host.raw("00A4000C023F00"), "6985");
            assert_eq!(restored(&card.host.chip.image(), &card).host.raw("00B09C0001"), "6985");
            continue;
        }
        card.open_can();
        card.host.expect(&select_application(ESERVICES), "9000");
        let pin = if rights & 1 == 1 { "27182818" } else { PIN };
        card.host.expect(&format!("0020000308{}", hex::encode(pin)), "9000");
    }
}

#[test]
fn set_codes_gives_a_blocked_pin_its_tries() {
    let mut card = Card::locked();
    card.open_can();
    card.host.expect(&select_application(ESERVICES), "9000");
    for answer in ["63C2", "63C1", "63C0"] {
        card.host.expect("0020000308 3030303030303030", answer);
    }
    authenticate(&mut card, office(0x01)).unwrap();
    card.host.expect(&select_application(ESERVICES), "9000");
    card.host.expect("0024010308 3131313131313131", "9000");
    card.host.expect("0024010308 313131313131313A", "6A80");
    card.host.expect("0020000308 3131313131313131", "9000");
    assert!(card.host.send("0088000001AA00").unwrap().ends_with("9000"));
    card.host.expect("0024010308 3232323232323232", "9000");
    card.host.expect("0088000001AA00", "6982");
}

#[test]
fn trust_points_are_roots_at_most_two_of_a_kind() {
    let mut host = Card::formed().host;
    host.expect(&select_application(EMRTD), "9000");
    let put = |host: &mut Host, certificate: &CvCertificate| {
        let content = certificate.content();
        host.send(&format!("00DADF3100{:04X}{}", content.len(), hex::encode(content))).unwrap()
    };
    let root = inspection_root();
    let image = host.chip.image();
    let dv = verifier("DV00001", Role::DvDomestic, ["261101", "261130"]);
    assert_eq!(put(&mut host, &dv.issued_by(&root)), "6A80", "no root");
    let mut forged = new_root("CVCA00002", ["261115", "301231"]).certificate().content();
    *forged.last_mut().unwrap() ^= 1;
    assert_eq!(host.send(&format!("00DADF3100{:04X}{}", forged.len(), hex::encode(forged))).unwrap(), "6A80", "forged");
    assert_eq!(put(&mut host, &office_root().certificate()), "6A80", "another application has it");
    assert_eq!(host.chip.image(), image);
    assert_eq!(put(&mut host, &root.certificate()), "9000", "the same again");
    assert_eq!(put(&mut host, &new_root("CVCA00002", ["261115", "301231"]).certificate()), "9000");
    assert_eq!(put(&mut host, &new_root("CVCA00003", ["261116", "301231"]).certificate()), "6A84", "a third");
    host.expect("00A4020C02011C", "9000");
    host.expect("00B0000024", &cvca_of(&["ITCVCA00002", "ITCVCA00001"]));
}

/// A card whose memory is full keeps the trust points it has, and stays a card that can be loaded.
#[test]
fn a_trust_point_needs_its_room() {
    let mut card = Card::formed();
    card.host.expect("00A4000C023F00", "9000");
    let mut fid = 0x4000;
    for size in [0x7FFF, 0x0FFF, 0x01FF] {
        let fcp = |fid| fcp_ef_without_sfi(fid, size);
        while card.host.create(&fcp(fid)).unwrap() == "9000" {
            fid += 1;
            card.host.expect("00A4000C023F00", "9000");
        }
    }
    card.host.lock().unwrap();
    let root = inspection_root();
    assert_eq!(import(&mut card, &[new_root("CVCA00002", ["261115", "301231"]).issued_by(&root)]), "6A84");
    let image = card.host.chip.image();
    let mut card = restored(&image, &card);
    ready(&mut card);
    assert_eq!(ef_cvca(&mut card), cvca_of(&["ITCVCA00001"]));
}

fn fcp_ef_without_sfi(fid: u16, size: u16) -> String {
    format!("6213 820101 8302{fid:04X} 8002{size:04X} 8A0103 8C03034100")
}

/// A certificate chain by itself, or a failed signature, opens nothing; and nothing outlives the session.
#[test]
fn rights_are_of_one_session() {
    let mut card = Card::locked();
    authenticate(&mut card, inspection(3, 3)).unwrap();
    card.host.expect("00A4000C023F00", "9000");
    card.host.expect(&select_application(EMRTD), "9000");
    card.host.expect(READ_FINGERPRINT, "0F0E0D0C9000");
    assert_eq!(card.host.raw(READ_FINGERPRINT), "6987");
    ready(&mut card);
    card.host.expect(READ_FINGERPRINT, "6982");
    assert_eq!(import(&mut card, &inspection(3, 3).certificates), "9000");
    card.host.expect(READ_FINGERPRINT, "6982");
    let mut chain = inspection(3, 3);
    chain.terminal = terminal("OTHER00001", ["261101", "261130"]);
    assert_eq!(authenticate(&mut card, chain).unwrap_err(), "6300");
    card.host.expect(READ_FINGERPRINT, "6982");
}
