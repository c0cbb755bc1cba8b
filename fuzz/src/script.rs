//! Fuzz bytes as a list of steps.

/// One step: what to do, and the bytes to do it with.
///
/// | field | bytes | meaning |
/// |---|---|---|
/// | kind | 1 | the harness's affair |
/// | length | 2 | big-endian; cut at the end of the input |
/// | body | length | the harness's affair |
#[derive(Debug)]
pub(crate) struct Step<'a> {
    pub(crate) kind: u8,
    pub(crate) body: &'a [u8],
}

/// Cuts bytes into steps; every input is a script.
pub(crate) fn steps(mut bytes: &[u8]) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    while let [kind, high, low, rest @ ..] = bytes {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
        let (body, rest) = rest.split_at(length);
        steps.push(Step { kind: *kind, body });
        bytes = rest;
    }
    steps
}

/// Writes a script.
pub(crate) fn encode(steps: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (kind, body) in steps {
        bytes.push(*kind);
        bytes.extend_from_slice(&u16::try_from(body.len()).unwrap_or(u16::MAX).to_be_bytes());
        bytes.extend_from_slice(body);
    }
    bytes
}
