use sigillo_crypto::Entropy;
use sigillo_secret::SecretBytes;

use crate::error::CodesError;

/// A random source that is watched while codes are drawn from it: a source that broke makes no more codes.
///
/// | test                | fails                                                                            |
/// |---------------------|----------------------------------------------------------------------------------|
/// | repetition count    | the same octet five times in a row (2⁻³² for a sound source)                     |
/// | adaptive proportion | the first octet of a window of 512 comes 16 times or more in it (under 2⁻³¹)     |
///
/// Both are the health tests of SP 800-90B for eight bits an octet. They find a source that died, not one that is a little
/// off; that is what the statistics over many codes are for. A failed source stays failed.
///
/// Spec: `nist-sp-800-90b#health-tests`.
pub(crate) struct Watched<'a> {
    source: &'a mut dyn Entropy,
    last: Option<u8>,
    repeated: u32,
    window: Window,
    failed: bool,
}

/// One window of the adaptive proportion test.
struct Window {
    first: u8,
    seen: u32,
    left: u32,
}

impl<'a> Watched<'a> {
    pub(crate) fn new(source: &'a mut dyn Entropy) -> Self {
        Self { source, last: None, repeated: 0, window: Window { first: 0, seen: 0, left: 0 }, failed: false }
    }

    /// Draws a block.
    pub(crate) fn block(&mut self) -> Result<SecretBytes, CodesError> {
        let mut block = vec![0; BLOCK];
        self.source.fill(&mut block);
        // Wrapped before it is judged, so that a refused block is wiped too.
        let block = SecretBytes::new(block);
        let sound = block.expose(|octets| octets.iter().all(|octet| self.watch(*octet)));
        self.failed |= !sound;
        if self.failed { Err(CodesError::Source) } else { Ok(block) }
    }

    /// Whether the source still looks sound after this octet.
    fn watch(&mut self, octet: u8) -> bool {
        self.repeated = if self.last == Some(octet) { self.repeated + 1 } else { 1 };
        self.last = Some(octet);
        let window = &mut self.window;
        if window.left == 0 {
            *window = Window { first: octet, seen: 0, left: WINDOW };
        }
        window.left -= 1;
        window.seen += u32::from(window.first == octet);
        self.repeated < MAX_REPEATED && window.seen < MAX_SEEN
    }
}

/// Octets asked for at a time; vectors list draws of this length.
const BLOCK: usize = 16;
const MAX_REPEATED: u32 = 5;
const WINDOW: u32 = 512;
const MAX_SEEN: u32 = 16;
