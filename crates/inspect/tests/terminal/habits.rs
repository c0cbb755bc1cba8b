//! Chips that take less than a terminal may wish: every file comes back all the same, and nothing was assumed.

use sigillo_channel::secure_messaging::Suite;
use sigillo_crypto::Curve;
use sigillo_inspect::Request;

use crate::personalized::bytes;
use crate::protocols::{Document, Making, failures, usual_request};
use crate::staged::Habits;

fn document(habits: Habits, atr_info: Option<&str>) -> Document {
    let mut document = Making { keys: vec![(Suite::Aes256, Curve::P384, None)], ..Making::usual() }.make();
    document.staged.habits = habits;
    if let Some(file) = atr_info {
        document.staged.master.insert(0x01, bytes(file));
    }
    document
}

/// Extended length information by hand: commands and responses of 2048 octets.
const LONG: &str = "7F66 08 02020800 02020800";

fn extended(commands: &[Vec<u8>]) -> usize {
    commands.iter().filter(|command| command.get(4) == Some(&0) && command.len() > 6).count()
}

#[test]
fn every_habit_is_met_by_the_next_best_way() {
    let none = Habits::default();
    let (whole, ..) = document(none, None).play(usual_request());
    let small = Habits { no_short_ids: true, at_most: Some(17), pieces_of: Some(50), no_extended: true };
    for (title, habits, atr_info) in [
        ("long answers", none, Some(LONG)),
        ("no short identifiers", Habits { no_short_ids: true, ..none }, None),
        ("17 octets at once", Habits { at_most: Some(17), ..none }, None),
        ("one octet at once", Habits { at_most: Some(1), ..none }, Some(LONG)),
        ("pieces of 20 octets", Habits { pieces_of: Some(20), ..none }, None),
        ("pieces of a long answer", Habits { pieces_of: Some(256), ..none }, Some(LONG)),
        ("extended length promised and refused", Habits { no_extended: true, ..none }, Some(LONG)),
        ("all of that", small, Some(LONG)),
    ] {
        let (play, checks, report) = document(habits, atr_info).play(usual_request());
        assert!(report.verified, "{title}: {checks:?}");
        let mut files = play.outcome.files.clone();
        files.remove(&sigillo_inspect::FileName::AtrInfo);
        assert_eq!(files, whole.outcome.files, "{title}");
    }
}

/// Extended length is used where EF.ATR/INFO promised it, and once more in vain where that was not true.
#[test]
fn extended_length_is_negotiated() {
    let (play, ..) = document(Habits::default(), None).play(usual_request());
    assert_eq!(extended(&play.commands), 0, "nothing was promised");
    let (play, ..) = document(Habits::default(), Some(LONG)).play(usual_request().short_only());
    assert_eq!(extended(&play.commands), 0, "nobody asked");
    let (play, ..) = document(Habits::default(), Some(LONG)).play(usual_request());
    assert!(extended(&play.commands) > 1);
    let (play, ..) = document(Habits { no_extended: true, ..Habits::default() }, Some(LONG)).play(usual_request());
    assert_eq!(extended(&play.commands), 1, "it was refused once");
}

/// A chip that announces more and more, and one that announces it in the clear before the session.
#[test]
fn endless_answers_end() {
    for from in [0, 8] {
        let mut chip = document(Habits::default(), None);
        let endless = [&[0xAA; 256][..], &[0x61, 0x00]].concat();
        chip.staged.wire = Box::new(move |at, _, right| if at >= from { endless.clone() } else { right });
        let (play, checks, report) = chip.play(Request::with_mrz(crate::personalized::secret()));
        assert_eq!(play.end.unwrap_err().code(), "inspect.answer-too-long");
        assert_eq!(failures(&checks).len(), 1);
        assert!(!report.verified && play.commands.len() < 300);
    }
}
