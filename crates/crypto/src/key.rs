use sigillo_secret::{SecretBytes, SessionKey, SymmetricKey};

/// Whatever lends key octets to a primitive.
pub trait Key {
    /// Lends the octets to one closure.
    fn lend<R>(&self, with: impl FnOnce(&[u8]) -> R) -> R;
}

impl Key for SymmetricKey {
    fn lend<R>(&self, with: impl FnOnce(&[u8]) -> R) -> R {
        self.expose(with)
    }
}

impl Key for SessionKey {
    fn lend<R>(&self, with: impl FnOnce(&[u8]) -> R) -> R {
        self.expose(with)
    }
}

impl Key for SecretBytes {
    fn lend<R>(&self, with: impl FnOnce(&[u8]) -> R) -> R {
        self.expose(with)
    }
}
