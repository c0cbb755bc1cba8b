//! Checkpoints of the trace, as whoever holds the exported files may hand them in.

use sigillo_issuance::checkpoint::{CheckpointFault, CheckpointKeys, SignedCheckpoint, verify};
use sigillo_issuance::trace::TraceFault;

/// What decodes encodes to the same line, and speaks for nothing without a key that is known.
pub(crate) fn trace_checkpoint(bytes: &[u8]) {
    let Ok(signed) = SignedCheckpoint::decode(bytes) else { return };
    let encoded = signed.encode();
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    assert_eq!(encoded.strip_suffix(b"\n"), Some(line), "a checkpoint has one form");
    let number = signed.checkpoint.number;
    let twice = vec![signed.clone(), signed];
    let verdict = verify(Vec::new(), twice, &CheckpointKeys::default(), |_| Ok::<(), TraceFault>(()));
    assert_eq!(verdict.checkpoint, Some(CheckpointFault::KeyUnknown { number }));
    assert!(verdict.secured.is_none() && verdict.trace.is_none());
}
