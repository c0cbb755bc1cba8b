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
