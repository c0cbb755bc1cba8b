//! Whether the rows of a table fit together: each one by itself, then what one asks of another.

mod files;
mod header;
mod protocols;

use crate::error::ProfileError;
use crate::table::Profile;

impl Profile {
    pub(crate) fn check(&self) -> Result<(), ProfileError> {
        self.check_header()?;
        self.check_files()?;
        self.check_environments()?;
        self.check_keys()?;
        self.check_secrets()?;
        self.check_objects()?;
        self.check_pace()?;
        self.check_mechanisms()?;
        self.check_biometrics()
    }
}

#[cfg(test)]
mod tests {
    use crate::embedded::embedded;
    use crate::error::ProfileError;
    use crate::table::Profile;

    fn altered(profile: &str, from: &str, to: &str) -> Result<(), ProfileError> {
        let text = embedded(profile).unwrap();
        assert!(text.contains(from), "{from} is in {profile}");
        Profile::parse(&text.replacen(from, to, 1)).map(drop)
    }

    /// A profile without one table of its list: the one that has this line.
    fn without(profile: &str, list: &str, line: &str) -> Result<(), ProfileError> {
        let text = embedded(profile).unwrap();
        let tables: Vec<&str> = text.split("\n\n").collect();
        let kept: Vec<&str> =
            tables.iter().copied().filter(|table| !(table.contains(list) && table.contains(line))).collect();
        assert_eq!(kept.len() + 1, tables.len(), "{line} is in one {list} of {profile}");
        Profile::parse(&kept.join("\n\n")).map(drop)
    }

    #[test]
    fn each_mistake_in_a_row_is_refused_by_its_code() {
        for (from, to, code) in [
            ("test = true", "test = true\nextra = 1", "profile.form"),
            ("document_code = \"IR\"", "document_code = \"VR\"", "profile.rule"),
            ("max_command = 2048", "max_command = 20", "profile.rule"),
            ("fid = 0x3F00", "fid = 0x3F01", "profile.rule"),
            ("fid = 0x0102", "fid = 0x0101", "profile.duplicate"),
            ("sfi = 0x02", "sfi = 0x03", "profile.duplicate"),
            ("sfi = 0x02", "sfi = 0x1F", "profile.rule"),
            ("size = 32768", "size = 32769", "profile.rule"),
            ("content = \"dg2\"", "content = \"dg1\"", "profile.duplicate"),
            ("content = \"dg2\"", "content = \"dg17\"", "profile.unknown-name"),
            ("aid = \"A0000002471001\"", "aid = \"A000\"", "profile.rule"),
            ("parent = \"MF\"", "parent = \"MG\"", "profile.unknown-name"),
            ("update = \"formation\"", "update = \"everybody\"", "profile.unknown-name"),
            ("update = \"formation\"", "create-ef = \"formation\"", "profile.rule"),
            ("update = \"formation\"", "update = []", "profile.rule"),
            ("number = 2", "number = 1", "profile.duplicate"),
            ("number = 2", "number = 15", "profile.rule"),
            ("application = \"eMRTD\"", "application = \"EF.DG1\"", "profile.unknown-name"),
            ("check = \"lock\"", "check = \"look\"", "profile.form"),
            ("mechanism = \"bac\", reference = 1", "mechanism = \"bac\", reference = 2", "profile.rule"),
            ("mechanism = \"bac\"", "mechanism = \"bsc\"", "profile.form"),
            ("name = \"mrz\"", "name = \"code\"", "profile.form"),
            ("tag = 0xDF21", "tag = 0xDF21\ntries = 3", "profile.rule"),
            ("domain = 12", "domain = 14", "profile.rule"),
            ("domain = 12", "domain = 12\nmodulus_bits = 2048", "profile.rule"),
            ("domain = 12", "modulus_bits = 2048", "profile.rule"),
            ("[\"id-CA-ECDH-AES-CBC-CMAC-128\"]", "[]", "profile.rule"),
            ("[\"id-CA-ECDH-AES-CBC-CMAC-128\"]", "[\"id-CA-DH-AES-CBC-CMAC-128\"]", "profile.form"),
            ("[\"id-CA-ECDH-AES-CBC-CMAC-128\"]", "[\"id-PACE-ECDH-GM-AES-CBC-CMAC-128\"]", "profile.rule"),
            ("[\"id-CA-ECDH-AES-CBC-CMAC-128\"]", "[\"ecdsa-plain-SHA256\"]", "profile.incomplete"),
            // DG3 opens to nobody who only opened a session.
            (
                "rules = { read = \"formation\", update",
                "rules = { read = [\"formation\", \"inspection\"], update",
                "profile.rule",
            ),
            ("rules = { read = \"formation\", update", "rules = { read = \"always\", update", "profile.rule"),
        ] {
            assert_eq!(altered("pse-rf-bac", from, to).unwrap_err().code(), code, "{from} → {to}");
        }
        for (from, to, code) in [
            ("no_bac = \"2028-01-01\"", "no_bac = \"2026-01-01\"", "profile.rule"),
            ("no_bac = \"2028-01-01\"", "no_bac = \"2028-13-01\"", "profile.form"),
            ("mechanism = \"pace\", reference = 2", "mechanism = \"pace\", reference = 5", "profile.rule"),
            (
                "\"terminal-authentication\", reference = 1",
                "\"terminal-authentication\", reference = 4",
                "profile.rule",
            ),
            ("\"issuing-office\", reference = 4", "\"issuing-office\", reference = 0", "profile.rule"),
            ("\"holder\", reference = 3", "\"holder\", reference = 1", "profile.rule"),
            ("parameters = 12", "parameters = 10", "profile.rule"),
            ("id-PACE-ECDH-GM-AES-CBC-CMAC-128", "id-CA-ECDH-AES-CBC-CMAC-128", "profile.rule"),
            ("tries = 3", "tries = 16", "profile.rule"),
            ("tries = 3\n", "\n", "profile.rule"),
            ("tag = 0xDF22", "tag = 0xDF21", "profile.duplicate"),
            ("application = \"MF\"\ntag = 0xDF22", "application = \"eMRTD\"\ntag = 0xDF22", "profile.rule"),
            ("reference = 0x10", "reference = 0x0F", "profile.rule"),
            ("application = \"MF\"\ntag = 0xDF32", "application = \"eMRTD\"\ntag = 0xDF32", "profile.rule"),
            ("name = \"document-number\"", "name = \"current-date\"", "profile.duplicate"),
            ("deactivate = [\"formation\", \"office-activate\"]", "deactivate = \"office-activate\"", "profile.rule"),
            ("activate = \"office-activate\"\n", "activate = \"formation\"\n", "profile.rule"),
            ("sign = \"holder\"", "read = \"holder\"", "profile.rule"),
            ("fid = 0x011C", "fid = 0x011D", "profile.incomplete"),
            ("fid = 0x011C\nsfi = 0x1C\nsize = 36", "fid = 0x011B\nsfi = 0x1C\nsize = 36", "profile.incomplete"),
        ] {
            assert_eq!(altered("pse-rf", from, to).unwrap_err().code(), code, "{from} → {to}");
        }
        for (from, to, code) in [
            (
                "parameters = 16",
                "parameters = 12\n\n[[pace]]\nprotocol = \"id-PACE-ECDH-GM-AES-CBC-CMAC-256\"\nparameters = 16",
                "profile.duplicate",
            ),
            (
                "application = \"MF\"\nreference = 0x01\ndomain = 12",
                "application = \"MF\"\nreference = 0x01\ndomain = 13",
                "profile.rule",
            ),
            ("application = \"MF\"\nreference = 0x01", "application = \"eMRTD\"\nreference = 0x04", "profile.rule"),
            ("reference = 0x02", "reference = 0x01", "profile.duplicate"),
            ("name = \"chip-authentication-256\"", "name = \"chip-authentication\"", "profile.duplicate"),
            ("protocols = [\"ecdsa-plain-SHA256\"]", "protocols = [\"id-AA\"]", "profile.rule"),
        ] {
            assert_eq!(altered("pse-rf-full", from, to).unwrap_err().code(), code, "{from} → {to}");
        }
        // What no record brings is TEST data by name, and in a TEST profile.
        for (from, to) in [
            ("test_data = [4, ", "test_data = [2, "),
            ("test_data = [4, ", "test_data = [17, "),
            ("test = true", "test = false"),
        ] {
            assert_eq!(altered("pse-rf-full", from, to).unwrap_err().code(), "profile.rule", "{from} → {to}");
        }
        // RSA is a key of Active Authentication like any other.
        let rsa = ("domain = 12\nprotocols = [\"ecdsa-plain-SHA256\"]", "modulus_bits = 2048\nprotocols = [\"id-AA\"]");
        altered("pse-rf-full", rsa.0, rsa.1).unwrap();
    }

    #[test]
    fn what_one_row_needs_another_must_bring() {
        for (profile, list, line) in [
            ("pse-rf-bac", "[[secret]]", "name = \"mrz\""),
            ("pse-rf-bac", "[[file]]", "name = \"EF.DG14\""),
            ("pse-rf-pace", "[[pace]]", "GM"),
            ("pse-rf-pace", "[[secret]]", "name = \"mrz\""),
            ("pse-rf-pace", "[[file]]", "name = \"EF.CardAccess\""),
            ("pse-rf", "[[secret]]", "name = \"can\""),
            ("pse-rf", "[[secret]]", "name = \"pin\""),
            ("pse-rf", "[[secret]]", "name = \"puk\""),
            ("pse-rf", "[[key_pair]]", "name = \"chip-authentication\""),
            ("pse-rf", "[[object]]", "name = \"current-date\""),
            ("pse-rf", "[[object]]", "name = \"document-number\""),
            ("pse-rf", "[[object]]", "name = \"inspection-trust-points\""),
            ("pse-rf", "[[object]]", "name = \"office-trust-points\""),
            ("pse-rf", "[[file]]", "name = \"EF.CVCA\""),
            ("pse-rf-full", "[[key_pair]]", "name = \"chip-authentication-mapping\""),
            ("pse-rf-full", "[[key_pair]]", "name = \"active-authentication\""),
            ("pse-rf-full", "[[file]]", "name = \"EF.CardSecurity\""),
            ("pse-rf-full", "[[file]]", "name = \"EF.DG15\""),
        ] {
            let error = without(profile, list, line).unwrap_err();
            assert_eq!(error.code(), "profile.incomplete", "{profile} without {line}: {error}");
        }
    }
}
