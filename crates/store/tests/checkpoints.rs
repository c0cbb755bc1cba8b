//! Checkpoints of the trace, and the audit that holds the register against them, in both engines.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod common;

use common::{BY, Bench, Engine, on_both_engines};
use sigillo_crypto::{HashAlgorithm, P256PrivateKey};
use sigillo_issuance::checkpoint::{CheckpointFault, CheckpointKeys, Secured, SignedCheckpoint, key_id};
use sigillo_store::{Store, StoreError};

on_both_engines!(
    a_checkpoint_is_made_once_for_each_end_of_the_trace,
    an_audit_holds_the_register_against_its_own_and_exported_checkpoints,
    checkpoints_are_never_changed_or_cut,
);

fn signer(octet: u8) -> P256PrivateKey {
    P256PrivateKey::from_bytes(&[octet; 32]).unwrap()
}

fn sign(store: &mut Store, signer: &P256PrivateKey) -> Option<SignedCheckpoint> {
    let key = key_id(&signer.public()).unwrap();
    let signed = |message: &[u8]| Ok::<_, StoreError>(signer.sign(HashAlgorithm::Sha256, message).unwrap());
    store.checkpoint(BY.at, key, signed).unwrap()
}

fn known(signers: &[&P256PrivateKey]) -> CheckpointKeys {
    let mut keys = CheckpointKeys::default();
    signers.iter().for_each(|signer| keys.add(signer.public()).unwrap());
    keys
}

fn a_checkpoint_is_made_once_for_each_end_of_the_trace(engine: Engine) {
    let mut bench = Bench::new(engine);
    let signer = signer(1);
    assert!(sign(&mut bench.store, &signer).is_none(), "nothing happened yet");
    bench.lot("one", 1, 1);
    let first = sign(&mut bench.store, &signer).unwrap();
    assert_eq!(first.checkpoint.head, bench.store.trace_head().unwrap());
    assert!(sign(&mut bench.store, &signer).is_none(), "nothing happened since");
    bench.lot("another", 1, 1);
    let second = sign(&mut bench.second(), &signer).unwrap();
    assert_eq!((second.checkpoint.number, second.checkpoint.previous), (2, first.checkpoint.digest()));
    assert_eq!(bench.store.checkpoints().unwrap(), [first, second]);
    // What cannot be signed leaves nothing.
    bench.lot("third", 1, 1);
    let failed = bench.store.checkpoint(BY.at, [0; 20], |_| Err(StoreError::Busy));
    assert_eq!(failed.unwrap_err().code(), "store.busy");
    assert_eq!(bench.store.checkpoints().unwrap().len(), 2);
}

fn an_audit_holds_the_register_against_its_own_and_exported_checkpoints(engine: Engine) {
    let mut bench = Bench::new(engine);
    let (old, new) = (signer(1), signer(2));
    bench.lot("one", 1, 1);
    let first = sign(&mut bench.store, &old).unwrap();
    let record = bench.lot("another", 2, 2);
    let second = sign(&mut bench.store, &new).unwrap();
    bench.run(record);
    let mut seen = 0;
    let audited = bench.store.audit(vec![first.clone()], &known(&[&old, &new]), |_| seen += 1).unwrap();
    assert!(audited.verdict.is_right());
    let secured = Some(Secured { number: 2, seq: second.checkpoint.head.seq });
    assert_eq!((audited.verdict.secured, audited.verdict.unsecured(), audited.requests), (secured, 1, 0));
    assert_eq!(seen, bench.store.trace_head().unwrap().seq);
    let audited = bench.store.audit(Vec::new(), &known(&[&old]), |_| {}).unwrap();
    assert_eq!(audited.verdict.checkpoint, Some(CheckpointFault::KeyUnknown { number: 2 }));
    // A register whose tail and last checkpoint are gone, and whoever kept the checkpoint.
    bench
        .intrude("DROP TRIGGER trace_is_not_cut ON trace")
        .or_else(|_| bench.intrude("DROP TRIGGER trace_is_not_cut"))
        .unwrap();
    let cut = second.checkpoint.head.seq;
    bench.intrude(&format!("DELETE FROM trace WHERE seq >= {cut}")).unwrap();
    let audited = bench.store.audit(vec![second], &known(&[&old, &new]), |_| {}).unwrap();
    let fault = audited.verdict.trace.unwrap();
    assert_eq!((fault.code(), fault.at()), ("trace.cut", cut));
    assert_eq!(audited.verdict.secured, Some(Secured { number: 1, seq: first.checkpoint.head.seq }));
}

fn checkpoints_are_never_changed_or_cut(engine: Engine) {
    let mut bench = Bench::new(engine);
    bench.lot("one", 1, 1);
    sign(&mut bench.store, &signer(1)).unwrap();
    for sql in ["UPDATE checkpoint SET number = 9", "DELETE FROM checkpoint"] {
        assert!(bench.intrude(sql).unwrap_err().contains("append-only"), "{sql}");
    }
}
