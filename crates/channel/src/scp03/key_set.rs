use sigillo_secret::SymmetricKey;

/// The static keys of one version: ENC and MAC make the session keys, DEK encrypts keys that PUT KEY brings.
#[derive(Debug)]
pub struct KeySet {
    enc: SymmetricKey,
    mac: SymmetricKey,
    dek: SymmetricKey,
}

impl KeySet {
    /// Joins the three keys.
    #[must_use]
    pub fn new(enc: SymmetricKey, mac: SymmetricKey, dek: SymmetricKey) -> Self {
        Self { enc, mac, dek }
    }

    /// The key of the encryption session keys.
    #[must_use]
    pub fn enc(&self) -> &SymmetricKey {
        &self.enc
    }

    /// The key of the MAC session keys and of both cryptograms.
    #[must_use]
    pub fn mac(&self) -> &SymmetricKey {
        &self.mac
    }

    /// The key that encrypts keys.
    #[must_use]
    pub fn dek(&self) -> &SymmetricKey {
        &self.dek
    }

    /// Compares all three keys in constant time.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.enc.matches(&other.enc) & self.mac.matches(&other.mac) & self.dek.matches(&other.dek)
    }
}
