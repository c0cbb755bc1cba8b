//! The chains of a specimen are what their terms say, by the rules of a chip: good ones pass, bad ones fail for one reason.
#![allow(clippy::unwrap_used)]

use jiff::civil::date;
use sigillo_cvc::{ChipState, CvDate, CvcError, Effect, Rights, Role, TerminalType, TrustPoint, import};
use sigillo_profile::{Profile, embedded};
use sigillo_specimen::{ChainTerms, Specimen, TerminalChain, Terminals, form};

fn specimen() -> Specimen {
    form(&Profile::parse(embedded("pse-rf-full").unwrap()).unwrap(), [1; 32], date(2026, 11, 2)).unwrap()
}

/// Imports a chain as a chip with these roots does; the rights that come out, and what the last certificate changes.
fn shown(roots: &[&Terminals], chain: &TerminalChain, today: CvDate) -> Result<(Rights, Effect), CvcError> {
    let trust_points: Vec<TrustPoint> =
        roots.iter().map(|root| TrustPoint::from_certificate(root.root()).unwrap()).collect();
    let state = ChipState { trust_points: &trust_points, date: today };
    let mut imported = None;
    let mut authority = trust_points
        .iter()
        .find(|point| point.reference() == chain.certificates[0].authority())
        .unwrap_or(&trust_points[0])
        .authority();
    for certificate in &chain.certificates {
        let next = import(&state, &authority, certificate)?;
        authority = next.authority;
        imported = Some(next.effect);
    }
    Ok((authority.rights().clone(), imported.unwrap()))
}

fn day(day: u8) -> CvDate {
    CvDate::new(2026, 11, day).unwrap()
}

#[test]
fn a_chain_has_the_rights_that_both_certificates_have() {
    let specimen = specimen();
    for terminals in [specimen.inspection.as_ref().unwrap(), specimen.office.as_ref().unwrap()] {
        for rights in [0, 1, 2, 4, 7] {
            let (effective, effect) = shown(&[terminals], &terminals.chain(rights).unwrap(), day(2)).unwrap();
            assert_eq!(effective.bits(), rights);
            // Valid from the very day of the chip: nothing to move.
            assert!(effect.new_trust_point.is_none() && effect.new_date.is_none());
        }
        let weak = ChainTerms { verifier_rights: 2, rights: 3, ..ChainTerms::default() };
        assert_eq!(shown(&[terminals], &terminals.chain_of(&weak).unwrap(), day(2)).unwrap().0.bits(), 2);
    }
}

#[test]
fn what_a_chip_must_refuse_can_be_asked_for() {
    let specimen = specimen();
    let inspection = specimen.inspection.as_ref().unwrap();
    for (terms, code) in [
        (ChainTerms { days: (-30, -1), ..ChainTerms::default() }, "cvc.expired"),
        (ChainTerms { verifier_days: (-30, -1), ..ChainTerms::default() }, "cvc.expired"),
        (ChainTerms { days: (5, 1), ..ChainTerms::default() }, "cvc.validity"),
        (ChainTerms { terminal_type: Some(TerminalType::Office), ..ChainTerms::default() }, "cvc.terminal-type"),
        (ChainTerms { verifier: Role::Terminal, ..ChainTerms::default() }, "cvc.role"),
    ] {
        let error = shown(&[inspection], &inspection.chain_of(&terms).unwrap(), day(2)).unwrap_err();
        assert_eq!(error.code(), code, "{terms:?}");
    }
    // The office's root vouches for nobody who reads fingers.
    let office = specimen.office.as_ref().unwrap();
    assert!(shown(&[inspection], &office.chain(1).unwrap(), day(2)).is_err());
}

#[test]
fn domestic_terminals_move_the_date_and_foreign_ones_do_not() {
    let specimen = specimen();
    let inspection = specimen.inspection.as_ref().unwrap();
    let later = ChainTerms { days: (10, 30), ..ChainTerms::default() };
    let (_, effect) = shown(&[inspection], &inspection.chain_of(&later).unwrap(), day(2)).unwrap();
    assert_eq!(effect.new_date, Some(day(12)));
    let foreign = ChainTerms { verifier: Role::DvForeign, ..later };
    let (_, effect) = shown(&[inspection], &inspection.chain_of(&foreign).unwrap(), day(2)).unwrap();
    assert_eq!(effect.new_date, None);
}

#[test]
fn a_link_becomes_a_trust_point_whose_chains_count() {
    let specimen = specimen();
    let inspection = specimen.inspection.as_ref().unwrap();
    let next = inspection.link((1, 900)).unwrap();
    let link = TerminalChain { certificates: vec![next.root().clone()], key: inspection.chain(0).unwrap().key };
    let (_, effect) = shown(&[inspection], &link, day(2)).unwrap();
    assert_eq!(effect.new_trust_point.unwrap().reference(), next.root().holder());
    assert_eq!(effect.new_date, Some(day(3)));
    let (rights, _) = shown(&[&next, inspection], &next.chain(3).unwrap(), day(3)).unwrap();
    assert_eq!(rights.bits(), 3);
    let third = next.link((2, 900)).unwrap();
    assert_ne!(third.root().holder(), next.root().holder());
}
