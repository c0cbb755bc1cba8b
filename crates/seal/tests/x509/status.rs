//! What revocation lists say: every verdict, and the policy that decides about it.

use jiff::civil::date;
use sigillo_crypto::{EcParameters, KeyAlgorithm};
use sigillo_seal::x509::status::{RevocationLists, RevocationPolicy, Taken, Verdict};
use sigillo_seal::x509::{RevocationReason, revocation_list};

use crate::country::{Everything, crl_profile, now, revoked};

#[test]
fn every_verdict_has_its_name_and_the_policy_decides() {
    let all = Everything::new(KeyAlgorithm::P256, EcParameters::Explicit);
    let strict = RevocationPolicy::STRICT;
    let lenient = RevocationPolicy { grace_days: 10, accept_stale: true, accept_missing: true };
    let mut lists = RevocationLists::new();
    let missing = lists.check(&all.document_signer, now(), &strict);
    assert_eq!(missing, Verdict::Missing);
    assert_eq!(strict.judge(&missing).unwrap_err().code(), "seal.revocation-list-missing");
    assert_eq!(lenient.judge(&missing), Ok(()));

    let anchors = [all.services.clone(), all.csca.clone()];
    assert_eq!(lists.take(all.list.clone(), &anchors), Ok(Taken::Newest));
    assert_eq!(lists.take(all.services_list.clone(), &anchors), Ok(Taken::Newest));
    assert_eq!(lists.lists().len(), 2);
    let on = date(2026, 11, 22).at(9, 30, 0, 0);
    let verdict = lists.check(&all.document_signer, now(), &strict);
    assert_eq!(verdict, Verdict::Revoked { on, reason: None });
    assert_eq!(strict.judge(&verdict).unwrap_err().code(), "seal.revoked");
    assert_eq!(lenient.judge(&verdict).unwrap_err().code(), "seal.revoked");
    let reason = Some(RevocationReason::CessationOfOperation);
    assert_eq!(lists.check(&all.holder, now(), &strict), Verdict::Revoked { on, reason });

    let as_of = date(2026, 11, 22).at(10, 0, 0, 0);
    let good = |moment| lists.check(&all.deviation_list_signer, moment, &strict);
    assert_eq!(good(now()), Verdict::Good { as_of });
    let last = date(2027, 2, 20).at(10, 0, 0, 0);
    assert_eq!(good(last), Verdict::Good { as_of });
    let later = date(2027, 2, 20).at(10, 0, 1, 0);
    assert_eq!(good(later), Verdict::Stale { as_of, since: last });
    assert_eq!(strict.judge(&good(later)).unwrap_err().code(), "seal.revocation-list-stale");
    assert_eq!(lenient.judge(&good(later)), Ok(()));
    assert_eq!(lists.check(&all.deviation_list_signer, later, &lenient), Verdict::Good { as_of });
    // A list of the future says who is revoked, and of nobody that he is not.
    let before = date(2026, 11, 22).at(9, 59, 59, 0);
    assert_eq!(good(before), Verdict::Missing);
    assert!(matches!(lists.check(&all.document_signer, before, &strict), Verdict::Revoked { .. }));
    // Revoked for good, also when the list is stale.
    assert!(matches!(lists.check(&all.document_signer, later, &strict), Verdict::Revoked { .. }));
    let names = [good(now()), good(later), Verdict::Missing, verdict].map(|verdict| verdict.name());
    assert_eq!(names, ["good", "stale", "missing", "revoked"]);
}

#[test]
fn lists_are_taken_from_their_issuer_only_and_never_turn_back() {
    let all = Everything::new(KeyAlgorithm::P384, EcParameters::Named);
    let strict = RevocationPolicy::STRICT;
    let make = |number, entries| {
        let unsigned = revocation_list(&crl_profile(number, entries), &all.csca, all.old.algorithm).unwrap();
        let signature = all.old.sign(unsigned.to_be_signed());
        unsigned.complete(&signature).unwrap()
    };
    let mut lists = RevocationLists::new();
    let stranger = std::slice::from_ref(&all.next_csca);
    let refused = lists.take(all.list.clone(), stranger).unwrap_err();
    assert_eq!(refused.code(), "seal.revocation-list-issuer");
    let own = std::slice::from_ref(&all.csca);
    // Number 128 (two octets) is newer than 127 (one), whatever was revoked in between.
    assert_eq!(lists.take(make(127, Vec::new()), own), Ok(Taken::Newest));
    assert!(matches!(lists.check(&all.document_signer, now(), &strict), Verdict::Good { .. }));
    assert_eq!(lists.take(make(128, vec![revoked(&all.document_signer, None)]), own), Ok(Taken::Newest));
    assert_eq!(lists.take(make(127, Vec::new()), own), Ok(Taken::Older));
    assert_eq!(lists.take(make(128, Vec::new()), own), Ok(Taken::Older));
    assert!(matches!(lists.check(&all.document_signer, now(), &strict), Verdict::Revoked { .. }));

    // After a change of keys the new key's list speaks for what the old key issued.
    let unsigned =
        revocation_list(&crl_profile(1, vec![revoked(&all.document_signer, None)]), &all.next_csca, all.new.algorithm);
    let unsigned = unsigned.unwrap();
    let signature = all.new.sign(unsigned.to_be_signed());
    let mut lists = RevocationLists::new();
    assert_eq!(lists.take(unsigned.complete(&signature).unwrap(), stranger), Ok(Taken::Newest));
    assert!(matches!(lists.check(&all.document_signer, now(), &strict), Verdict::Revoked { .. }));
}

#[test]
fn lists_that_break_the_rules_are_not_made() {
    let all = Everything::new(KeyAlgorithm::P256, EcParameters::Named);
    let make = |profile, issuer| {
        revocation_list(&profile, issuer, all.old.algorithm).map(|_| ()).map_err(|error| error.code())
    };
    let good = crl_profile(1, Vec::new());
    assert_eq!(make(good.clone(), &all.csca), Ok(()));
    let mut late = good.clone();
    late.next_update = date(2027, 2, 20).at(10, 0, 1, 0);
    assert_eq!(make(late.clone(), &all.csca), Err("seal.revocation-list-period"));
    late.next_update = late.this_update;
    assert_eq!(make(late, &all.csca), Err("seal.revocation-list-period"));
    let entry = revoked(&all.document_signer, None);
    let twice = crl_profile(1, vec![entry.clone(), entry.clone()]);
    assert_eq!(make(twice, &all.csca), Err("seal.revocation-entry"));
    let reasoned = crl_profile(1, vec![revoked(&all.document_signer, Some(RevocationReason::KeyCompromise))]);
    assert_eq!(make(reasoned.clone(), &all.csca), Err("seal.revocation-entry"));
    assert_eq!(make(reasoned, &all.services), Ok(()));
    let mut tomorrow = entry;
    tomorrow.on = date(2026, 11, 23).at(0, 0, 0, 0);
    assert_eq!(make(crl_profile(1, vec![tomorrow]), &all.csca), Err("seal.revocation-entry"));
    assert_eq!(make(good.clone(), &all.document_signer), Err("seal.issuer-key-usage"));
    let mut old = good;
    old.this_update = date(2026, 11, 1).at(0, 0, 0, 0);
    old.next_update = date(2026, 12, 1).at(0, 0, 0, 0);
    assert_eq!(make(old, &all.csca), Err("seal.chain-not-yet-valid"));
}
