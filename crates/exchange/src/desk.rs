use jiff::civil::DateTime;
use sigillo_crypto::Entropy;
use sigillo_keystore::Keystore;
use sigillo_line::Home;
use sigillo_store::{By, Store};

/// Where messages are received and sent: everything that this takes, open.
pub struct Desk<'a> {
    /// The home.
    pub home: &'a Home,
    /// The register.
    pub store: &'a mut Store,
    /// The keys.
    pub keys: &'a dyn Keystore,
    /// Randomness.
    pub entropy: &'a mut dyn Entropy,
    /// In whose name, and when.
    pub by: By<'a>,
    /// The same moment for certificates: UTC, whole seconds.
    pub now: DateTime,
}

impl std::fmt::Debug for Desk<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Desk")
    }
}
