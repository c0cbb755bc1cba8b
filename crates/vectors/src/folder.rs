use std::collections::BTreeMap;

use sigillo_crypto::sha256;

/// The content of `test-vectors/`, as texts and octets.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    /// Each suite by its path below the folder, with forward slashes: `mrz/td1.json`.
    pub suites: BTreeMap<String, String>,
    /// What lies in `blobs/`.
    pub blobs: Blobs,
}

/// Octets by the SHA-256 that is their name.
#[derive(Clone, Debug, Default)]
pub struct Blobs(BTreeMap<String, Vec<u8>>);

impl Blobs {
    /// Adds a blob under a name; a wrong name is found when the blob is used.
    pub fn insert(&mut self, name: &str, content: Vec<u8>) {
        self.0.insert(name.to_owned(), content);
    }

    /// Adds a blob under the name that it must have, and gives the name.
    pub fn keep(&mut self, content: Vec<u8>) -> String {
        let name = hex::encode(sha256(&content));
        self.insert(&name, content);
        name
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Each name with its content, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, content)| (name.as_str(), content.as_slice()))
    }

    /// A blob that is what its name and length say.
    pub(crate) fn get(&self, name: &str, length: usize) -> Result<&[u8], String> {
        let content = self.0.get(name).ok_or_else(|| format!("blob {name} is missing"))?;
        match content.len() == length && hex::encode(sha256(content)) == name {
            true => Ok(content),
            false => Err(format!("blob {name} is damaged")),
        }
    }
}
