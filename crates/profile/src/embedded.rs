/// The profiles that the program carries, by name.
pub const EMBEDDED: &[(&str, &str)] = &[
    ("pse-rf", include_str!("../../../profiles/pse-rf.toml")),
    ("pse-rf-full", include_str!("../../../profiles/pse-rf-full.toml")),
    ("pse-rf-full-rsa", include_str!("../../../profiles/pse-rf-full-rsa.toml")),
    ("pse-rf-pace", include_str!("../../../profiles/pse-rf-pace.toml")),
    ("pse-rf-bac", include_str!("../../../profiles/pse-rf-bac.toml")),
    ("pse-rf-bac-named", include_str!("../../../profiles/pse-rf-bac-named.toml")),
];

/// The text of an embedded profile, to be written into a home and parsed by [`crate::Profile::parse`].
#[must_use]
pub fn embedded(name: &str) -> Option<&'static str> {
    EMBEDDED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Profile;

    #[test]
    fn each_embedded_profile_parses_and_carries_its_own_name() {
        for (name, text) in EMBEDDED {
            assert_eq!(Profile::parse(text).unwrap().name, *name);
        }
        assert!(embedded("no-such-profile").is_none());
    }

    /// The keys of the lines in which two profiles of as many lines differ.
    fn differing(one: &str, other: &str) -> Vec<[&'static str; 2]> {
        let rows = |name| embedded(name).unwrap().lines().skip_while(|line| line.starts_with('#')).collect::<Vec<_>>();
        let (one, other) = (rows(one), rows(other));
        assert_eq!(one.len(), other.len());
        let key = |line: &'static str| line.split(" =").next().unwrap();
        one.into_iter().zip(other).filter(|(a, b)| a != b).map(|(a, b)| [key(a), key(b)]).collect()
    }

    #[test]
    fn the_twin_with_named_curves_differs_in_three_lines() {
        let keys = ["name", "title", "certificate_parameters"];
        assert_eq!(differing("pse-rf-bac", "pse-rf-bac-named"), keys.map(|key| [key; 2]));
    }

    #[test]
    fn the_twin_of_the_full_profile_differs_in_what_one_chip_cannot_have_twice() {
        let keys = [
            ["name"; 2],
            ["title"; 2],
            ["records"; 2],
            ["parameters"; 2],
            ["domain", "modulus_bits"],
            ["protocols"; 2],
        ];
        assert_eq!(differing("pse-rf-full", "pse-rf-full-rsa"), keys);
    }
}
