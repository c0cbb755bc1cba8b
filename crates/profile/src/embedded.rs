/// The profiles that the program carries, by name.
pub const EMBEDDED: &[(&str, &str)] = &[
    ("pse-rf", include_str!("../../../profiles/pse-rf.toml")),
    ("pse-rf-full", include_str!("../../../profiles/pse-rf-full.toml")),
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

    #[test]
    fn the_twin_with_named_curves_differs_in_three_lines() {
        let rows = |name| embedded(name).unwrap().lines().skip_while(|line| line.starts_with('#')).collect::<Vec<_>>();
        let (explicit, named) = (rows("pse-rf-bac"), rows("pse-rf-bac-named"));
        assert_eq!(explicit.len(), named.len());
        let differing = explicit.iter().zip(&named).filter(|(one, other)| one != other);
        let keys: Vec<_> = differing.map(|(one, other)| [one, other].map(|line| line.split(" =").next())).collect();
        assert_eq!(keys, ["name", "title", "certificate_parameters"].map(|key| [Some(key); 2]));
    }
}
