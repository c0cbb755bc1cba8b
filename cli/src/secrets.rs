//! Where secrets come in: a descriptor, a private file, a prompt. Never an argument or the environment.

use std::fs::File;
use std::io::{IsTerminal, Read};
use std::path::PathBuf;

use sigillo_keystore::{KeystoreError, KeystoreErrorKind, SecretName, SecretSource, read_private};
use sigillo_secret::SecretBytes;

use crate::args::SecretDescriptor;

/// More octets than this are no passphrase, PIN or component.
const MAX_SECRET: usize = 0x400;
/// An AES-256 key's component.
const COMPONENT_LENGTH: usize = 32;

/// The secrets of one call, asked for when they are needed.
pub(crate) struct Secrets<'a> {
    descriptors: &'a [SecretDescriptor],
    file: Option<PathBuf>,
}

impl<'a> Secrets<'a> {
    pub(crate) const fn new(descriptors: &'a [SecretDescriptor], file: Option<PathBuf>) -> Self {
        Self { descriptors, file }
    }

    /// A secret that is only asked for where a descriptor of its name is given.
    pub(crate) fn named(&self, name: &str) -> Result<Option<SecretBytes>, KeystoreError> {
        let descriptor = self.descriptors.iter().find(|descriptor| descriptor.name == name);
        descriptor.map(|descriptor| from_descriptor(descriptor.number)).transpose()
    }

    /// A secret of any name: from its descriptor, or from whoever sits at the terminal.
    pub(crate) fn ask(&self, name: &str, prompt: &str) -> Result<SecretBytes, KeystoreError> {
        if let Some(given) = self.named(name)? {
            return Ok(given);
        }
        if !std::io::stdin().is_terminal() {
            return Err(KeystoreErrorKind::SecretMissing.into());
        }
        let typed = dialoguer::Password::new().with_prompt(prompt).interact();
        typed.map(|text| SecretBytes::new(text.into_bytes())).map_err(|_| KeystoreErrorKind::SecretMissing.into())
    }

    /// A custodian's component of a key: 64 hexadecimal digits, with spaces between them as on his paper.
    pub(crate) fn component(&self, number: usize, prompt: &str) -> Result<SecretBytes, KeystoreError> {
        let refused = KeystoreErrorKind::ComponentLength;
        self.ask(&format!("component-{number}"), prompt)?.expose(|typed| {
            let digits: Vec<u8> = typed.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
            let octets = SecretBytes::new(digits).expose(|digits| hex::decode(digits)).map_err(|_| refused)?;
            let octets = SecretBytes::new(octets);
            if octets.len() == COMPONENT_LENGTH { Ok(octets) } else { Err(refused.into()) }
        })
    }
}

impl SecretSource for Secrets<'_> {
    fn secret(&mut self, name: SecretName) -> Result<SecretBytes, KeystoreError> {
        let named = name.name().to_lowercase();
        match &self.file {
            Some(file) if !self.descriptors.iter().any(|descriptor| descriptor.name == named) => {
                Ok(first_line(read_private(file, MAX_SECRET)?))
            }
            _ => self.ask(&named, &format!("{} of the key store", name.name())),
        }
    }
}

/// Reads an open descriptor of this process to its end.
fn from_descriptor(number: u32) -> Result<SecretBytes, KeystoreError> {
    let missing = KeystoreErrorKind::SecretMissing;
    let file = File::open(format!("/proc/self/fd/{number}")).map_err(|_| missing)?;
    let mut octets = Vec::with_capacity(MAX_SECRET + 1);
    let read = file.take(MAX_SECRET as u64 + 1).read_to_end(&mut octets);
    let octets = SecretBytes::new(octets);
    if read.is_err() || octets.is_empty() || octets.len() > MAX_SECRET {
        return Err(missing.into());
    }
    Ok(first_line(octets))
}

/// What stands before the first end of line.
fn first_line(octets: SecretBytes) -> SecretBytes {
    octets.expose(|octets| {
        let line = octets.split(|octet| *octet == b'\n').next().unwrap_or_default();
        SecretBytes::copy_of(line.strip_suffix(b"\r").unwrap_or(line))
    })
}
