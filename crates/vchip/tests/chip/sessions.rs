//! Sessions of arbitrary commands: the chip never panics, always answers, and never changes for a stranger.

use proptest::prelude::*;
use sigillo_vchip::Chip;

use crate::card::Card;
use crate::host::{EF_COM, EMRTD, Host, bytes};

/// Heads that mean something, so that arbitrary sessions get somewhere.
fn known_command() -> impl Strategy<Value = Vec<u8>> {
    let heads = prop::sample::select(vec![
        "00A4000C", "00A4020C", "00A4040C", "00A40204", "00B00000", "00B09E00", "00B10000", "00D60000", "00D79E00",
        "00E00000", "00E40000", "00DA007B", "00DADF21", "00DB3FFF", "00478000", "00440000", "00FE0000", "00840000",
        "00820000", "80500000", "84823300", "80D82081", "00C00000", "00CA0066", "10A4040C", "10DA007B", "0CB09E00",
        "0CA4020C", "04D60000", "84D82081", "0022C1A4", "002241A4", "002241A6", "002281B6", "002281A4", "10860000",
        "00860000", "002A00BE", "002A9E9A", "00880000", "00200003", "00240003", "00240103", "002C0003", "00040000",
    ]);
    let body = prop_oneof![
        prop::sample::select(vec![
            String::new(),
            "023F00".into(),
            "02011E".into(),
            "020103".into(),
            "022F01".into(),
            format!("07{EMRTD}"),
            "08".into(),
            "00".into(),
            "0801020304050607 0800".into(),
            "0354010000".into(),
            "14AC1280010C830101060A04007F0007020203020200".into(),
            "0F800A04007F00070202040202830102".into(),
            "0F800A04007F00070202040202830103".into(),
            "0F800A04007F00070202030202840101".into(),
            "027C0000".into(),
            "083331343135393236".into(),
            "09F0534947494C4C4F01".into(),
            "0F830D49544356434130303030310000".into(),
        ])
        .prop_map(|text| bytes(&text)),
        prop::collection::vec(any::<u8>(), 0..60).prop_map(|body| {
            let mut out = vec![u8::try_from(body.len()).unwrap()];
            out.extend(body);
            out
        }),
    ];
    (heads, body).prop_map(|(head, body)| [bytes(head), body].concat())
}

fn session() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let command = prop_oneof![3 => known_command(), 1 => prop::collection::vec(any::<u8>(), 0..80)];
    prop::collection::vec(command, 0..40)
}

/// The image without its checksum, with generation and tries as they are in `reference`: these alone may change for a stranger.
fn without_tries(image: &[u8], reference: &[u8]) -> Vec<u8> {
    let mut image = image[..image.len() - 32].to_vec();
    let generation = BODY + 2..BODY + 10;
    image[generation.clone()].copy_from_slice(&reference[generation]);
    if image[KEY_SET] == 0xE4 {
        image[TRIES] = reference[TRIES];
    }
    image
}

/// Behind magic and version: `C1 08` generation, `C2 0A` serial, `C3 01` life cycle, `E4 ..`, `C5 01` version, `C6 01` tries.
const BODY: usize = 27;
const KEY_SET: usize = BODY + 10 + 12 + 3;
const TRIES: usize = KEY_SET + 2 + 3 + 2;

thread_local! {
    static ORIGINS: [Vec<u8>; 4] =
        [Host::new(), Host::initialised(), Host::locked(), Card::locked().host].map(|host| host.chip.image());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_stranger_changes_nothing(which in 0..4usize, session in session(), cut in 0..60u32) {
        let origin = ORIGINS.with(|origins| origins[which].clone());
        let mut host = Host::holding(Chip::from_image(&origin).unwrap());
        host.chip.arm_cut(cut);
        for command in &session {
            match host.chip.process(command, &mut host.entropy) {
                Ok(response) => prop_assert!(response.len() >= 2),
                Err(_) => drop(host.chip.power_on()),
            }
        }
        let image = host.chip.image();
        prop_assert_eq!(without_tries(&image, &origin), origin[..origin.len() - 32].to_vec());
    }

    #[test]
    fn a_host_with_the_keys_breaks_nothing(session in session()) {
        let mut host = Host::initialised();
        for command in &session {
            let Ok(plain) = sigillo_apdu::CommandApdu::decode(command) else { continue };
            if host.scp03.is_none() || plain.head().cla & 0x5C != 0 || plain.head().ins == 0xFE { continue }
            let generation = host.chip.generation();
            let answer = host.send(&hex::encode(command)).unwrap();
            let status = &answer[answer.len() - 4..];
            prop_assert!(status.starts_with("90") || host.chip.generation() == generation, "{} changed the chip", status);
            prop_assert_eq!(Chip::from_image(&host.chip.image()).unwrap().image(), host.chip.image());
        }
    }

    #[test]
    fn a_reader_in_bac_changes_nothing(session in session()) {
        let mut host = Host::locked();
        let image = host.chip.image();
        prop_assert!(host.open_bac().unwrap());
        for command in &session {
            let Ok(plain) = sigillo_apdu::CommandApdu::decode(command) else { continue };
            if plain.head().cla != 0x00 { continue }
            host.send(&hex::encode(command)).unwrap();
        }
        prop_assert_eq!(host.chip.image(), image);
        host.expect(&format!("00A4040C07{EMRTD}"), "9000");
        host.expect("00B09E0000", &format!("{EF_COM}9000"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Inside PACE the codes may be missed, and nothing else changes.
    #[test]
    fn a_holder_breaks_nothing(session in session()) {
        let origin = ORIGINS.with(|origins| origins[3].clone());
        let mut host = Host::holding(Chip::from_image(&origin).unwrap());
        host.open_pace(crate::card::can());
        for command in &session {
            let Ok(plain) = sigillo_apdu::CommandApdu::decode(command) else { continue };
            if !matches!(plain.head().cla, 0x00 | 0x10) { continue }
            host.send(&hex::encode(command)).unwrap();
            prop_assert_eq!(Chip::from_image(&host.chip.image()).unwrap().image(), host.chip.image());
        }
        prop_assert_eq!(host.chip.image().len(), origin.len());
    }
}
