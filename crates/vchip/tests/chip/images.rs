//! The image: everything that survives, and nothing but it; refused as a whole when it is not whole.

use proptest::prelude::*;
use sigillo_crypto::sha256;
use sigillo_vchip::{Chip, ImageRefused};

use crate::card::Card;
use crate::host::{EF_COM, Host, formation};

/// What each version of the format wrote: a chip of an earlier release must still open.
const RELEASED: &[(u8, &[u8], &[u8])] = &[
    (1, include_bytes!("../released/1/initialised.chip"), include_bytes!("../released/1/locked.chip")),
    (2, include_bytes!("../released/2/initialised.chip"), include_bytes!("../released/2/locked.chip")),
];

/// Where the data objects begin: behind the magic and the version.
const BODY: usize = 27;

fn with_checksum(mut image: Vec<u8>) -> Vec<u8> {
    let end = image.len() - 32;
    let checksum = sha256(&image[..end]);
    image[end..].copy_from_slice(&checksum);
    image
}

#[test]
fn a_loaded_chip_goes_on_where_the_saved_one_was() {
    for host in [Host::new(), Host::initialised(), Host::locked(), Card::formed().host, Card::locked().host] {
        let image = host.chip.image();
        let loaded = Chip::from_image(&image).unwrap();
        assert_eq!(loaded.image(), image);
        assert_eq!((loaded.generation(), loaded.life_cycle()), (host.chip.generation(), host.chip.life_cycle()));
        assert_eq!(loaded.cut_points_passed(), 0);
    }
    let mut host = Host::holding(Chip::from_image(&Host::locked().chip.image()).unwrap());
    assert!(host.open_bac().unwrap());
    host.expect("00B09E0000", &format!("{EF_COM}9000"));
}

/// Whatever fills the memory, what a chip writes a chip reads.
#[test]
fn a_full_chip_can_be_loaded() {
    let mut host = Card::formed().host;
    let mut fid = 0x4000;
    for size in [0x7FFF, 0x0FFF, 0x00FF] {
        let fcp = |fid| format!("6213 820101 8302{fid:04X} 8002{size:04X} 8A0103 8C03034100");
        while host.create(&fcp(fid)).unwrap() == "9000" {
            fid += 1;
        }
    }
    host.expect("00A4040C07A0000002471001", "9000");
    let mut full = 0;
    for reference in 0x20..0x30 {
        let key = format!(
            "AC28 80010C 8301{reference:02X} 060A04007F00070202030201 060A04007F00070202030202 06082A8648CE3D040302"
        );
        let answer = host.send(&format!("004780002A {key} 00")).unwrap();
        full += usize::from(answer == "6A84");
        let image = host.chip.image();
        assert!(Chip::from_image(&image).unwrap().image() == image, "key {reference:02X}: {answer}");
    }
    assert!(full > 0, "the memory was never full");
}

#[test]
fn key_pairs_and_tries_survive() {
    let mut host = Host::initialised();
    assert!(host.send("0047800014 AC12 80010C 830101 060A04007F00070202030202 00").unwrap().ends_with("9000"));
    host.reset();
    host.raw("8050000008010101010101010100");
    assert_eq!(host.raw("8482330010000102030405060708090A0B0C0D0E0F"), "6982");
    let image = host.chip.image();
    let mut again = Host::holding(Chip::from_image(&image).unwrap());
    assert_eq!(again.chip.image(), image);
    assert!(again.open_scp03(&formation()).unwrap());
    assert_ne!(again.chip.image(), image, "the tries are restored");
}

#[test]
fn chips_of_every_release_still_open() {
    let current = Host::new().chip.image()[BODY - 1];
    assert_eq!(RELEASED.last().map(|(version, ..)| *version), Some(current), "the current version has its images");
    for (version, initialised, locked) in RELEASED {
        assert_eq!(initialised[BODY - 1], *version);
        let mut host = Host::holding(Chip::from_image(initialised).unwrap());
        host.open_formation();
        host.lock().unwrap();
        for image in [host.chip.image(), locked.to_vec()] {
            let mut host = Host::holding(Chip::from_image(&image).unwrap());
            assert!(host.open_bac().unwrap());
            host.expect("00B09E0000", &format!("{EF_COM}9000"));
        }
    }
}

#[test]
fn the_first_word_says_test() {
    assert!(Host::new().chip.image().starts_with(b"SIGILLO TEST VIRTUAL CHIP\n\x02"));
}

#[test]
fn every_wrong_octet_is_refused() {
    let image = Host::locked().chip.image();
    for at in 0..image.len() {
        let mut damaged = image.clone();
        damaged[at] ^= 0x01;
        assert!(Chip::from_image(&damaged).is_err(), "octet {at}");
        assert!(Chip::from_image(&image[..at]).is_err(), "cut at {at}");
    }
    let mut longer = image.clone();
    longer.push(0);
    assert_eq!(Chip::from_image(&longer).unwrap_err(), ImageRefused::Checksum);
}

#[test]
fn each_refusal_has_its_code() {
    let image = Host::initialised().chip.image();
    let code = |image: &[u8]| Chip::from_image(image).unwrap_err().code();
    assert_eq!(code(b"SIGILLO"), "chip.image-magic");
    assert_eq!(code(b""), "chip.image-magic");
    let mut other = image.clone();
    other[BODY - 1] = 3;
    assert_eq!(code(&with_checksum(other)), "chip.image-version");
    assert_eq!(code(&image[..image.len() - 1]), "chip.image-checksum");
    assert_eq!(code(&vec![0; 1 << 20]), "chip.image-size");
    let mut other = image;
    other[BODY] = 0xC4;
    assert_eq!(code(&with_checksum(other)), "chip.image-content");
}

/// With a right checksum, every flipped bit is still a chip that a chip could be, or is refused; and what is taken is written
/// back octet by octet.
#[test]
fn a_forged_image_is_a_chip_or_is_refused() {
    for image in [Host::initialised(), Host::locked(), Card::locked().host].map(|host| host.chip.image()) {
        let mut taken = 0;
        for at in BODY..image.len() - 32 {
            let mut forged = image.clone();
            forged[at] ^= 0x10;
            let forged = with_checksum(forged);
            if let Ok(chip) = Chip::from_image(&forged) {
                assert!(chip.image() == forged, "octet {at}");
                taken += 1;
            }
        }
        assert!(taken > 300, "the content of files may be anything");
    }
}

proptest! {
    #[test]
    fn any_octets_are_a_chip_or_a_named_refusal(body in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut image = b"SIGILLO TEST VIRTUAL CHIP\n\x02".to_vec();
        image.extend_from_slice(&body);
        image.extend_from_slice(&[0; 32]);
        prop_assert!(Chip::from_image(&with_checksum(image)).is_err());
        prop_assert!(Chip::from_image(&body).is_err());
    }
}
