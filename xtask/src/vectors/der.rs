//! DER as a tree that can be changed and written again, so that a tampered certificate is still well-formed.

use sigillo_tlv::{Reader, encode};

use super::maker::Made;

/// A data object: a tag with a value, or with further objects.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) tag: u32,
    pub(super) value: Vec<u8>,
    pub(super) children: Vec<Node>,
}

impl Node {
    /// An object without further objects.
    pub(super) fn leaf(tag: u32, value: &[u8]) -> Self {
        Self { tag, value: value.to_vec(), children: Vec::new() }
    }

    /// Reads one object and everything below it; octet strings stay whole.
    pub(super) fn read(der: &[u8]) -> Made<Self> {
        let mut nodes = Self::list(der)?;
        match (nodes.pop(), nodes.is_empty()) {
            (Some(node), true) => Ok(node),
            _ => Err("not one DER object".to_owned()),
        }
    }

    pub(super) fn write(&self) -> Vec<u8> {
        match self.children.is_empty() {
            true => encode(self.tag, &self.value),
            false => encode(self.tag, &self.children.iter().flat_map(Self::write).collect::<Vec<u8>>()),
        }
    }

    /// The object that these steps lead to.
    pub(super) fn at(&mut self, path: &[usize]) -> Made<&mut Self> {
        let mut node = self;
        for step in path {
            let shown = format!("{:02x} has no child {step}", node.tag);
            node = node.children.get_mut(*step).ok_or(shown)?;
        }
        Ok(node)
    }

    fn list(der: &[u8]) -> Made<Vec<Self>> {
        let mut reader = Reader::new(der);
        let mut nodes = Vec::new();
        while let Some(tlv) = reader.next().map_err(|error| error.to_string())? {
            let (value, children) = match tlv.tag.is_constructed() {
                true => (Vec::new(), Self::list(tlv.value)?),
                false => (tlv.value.to_vec(), Vec::new()),
            };
            nodes.push(Self { tag: tlv.tag.number(), value, children });
        }
        Ok(nodes)
    }
}
