//! Every embedded profile becomes a chip, and every file of it lies there as it was made.
#![allow(clippy::unwrap_used)]

use jiff::civil::date;
use sigillo_profile::{EMBEDDED, Profile, SecretName, embedded};
use sigillo_specimen::{Specimen, form};

fn specimen(name: &str) -> Specimen {
    let profile = Profile::parse(embedded(name).unwrap()).unwrap();
    form(&profile, [3; 32], date(2026, 11, 2)).map_err(|error| format!("{name}: {error} ({})", error.code())).unwrap()
}

#[test]
fn every_embedded_profile_can_be_formed() {
    for (name, _) in EMBEDDED {
        let specimen = specimen(name);
        for content in specimen.profile.files.iter().filter_map(|row| row.content()) {
            assert!(specimen.files.contains_key(&content), "{name}: {content:?}");
        }
        assert_eq!(specimen.files.len(), specimen.profile.files.iter().filter(|row| row.content().is_some()).count());
        for secret in &specimen.profile.secrets {
            let length = specimen.code(secret.name).map(|code| code.len());
            assert_eq!(length, (secret.name != SecretName::Mrz).then_some(secret.name.length()), "{name}");
        }
    }
}

/// What a profile may ask for beside the embedded ones: any curve for a key, any suite of PACE, RSA for Active Authentication.
#[test]
fn options_of_the_full_profile_can_be_formed() {
    let full = embedded("pse-rf-full").unwrap();
    let rsa = full
        .replace("domain = 12\nprotocols = [\"ecdsa-plain-SHA256\"]", "modulus_bits = 2048\nprotocols = [\"id-AA\"]");
    let mapping = full
        .replace("reference = 0x01\ndomain = 12", "reference = 0x01\ndomain = 13")
        .replace("CAM-AES-CBC-CMAC-128\"\nparameters = 12", "CAM-AES-CBC-CMAC-128\"\nparameters = 13");
    let suites = full.replace("IM-AES-CBC-CMAC-128", "IM-3DES-CBC-CBC");
    let curve = full.replace("reference = 0x02\ndomain = 16", "reference = 0x02\ndomain = 15");
    let large = full.replace("reference = 0x02\ndomain = 16", "reference = 0x02\ndomain = 18");
    let double = full.replace("[\"ecdsa-plain-SHA256\"]", "[\"ecdsa-plain-SHA384\", \"ecdsa-plain-SHA512\"]");
    for (name, text) in [("RSA", rsa), ("CAM", mapping), ("3DES", suites), ("P-384", curve), ("hash", double)] {
        assert_ne!(text, full, "{name}");
        let profile = Profile::parse(&text).unwrap();
        let specimen = form(&profile, [3; 32], date(2026, 11, 2)).map_err(|error| format!("{name}: {error}")).unwrap();
        for pair in &profile.key_pairs {
            specimen.keys.public_key_info(pair).map_err(|error| format!("{name}: {}: {error}", pair.name)).unwrap();
        }
    }
    // All domain parameters of P-521 twice are more than the profile's DG14 has room for: said before the chip is asked.
    let refused = form(&Profile::parse(&large).unwrap(), [3; 32], date(2026, 11, 2)).unwrap_err();
    assert_eq!((refused.code(), refused.to_string().contains("EF.DG14")), ("perso.no-room", true), "{refused}");
}
