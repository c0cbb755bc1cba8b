//! Receiving, sending and acknowledging, stopped at each commit and around the file: no number is left out or taken twice.
#![allow(clippy::unwrap_used, reason = "a test program")]

mod partner;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use partner::{Partner, Site, line_of};
use sigillo_exchange::{ExchangeError, Received, Sent};
use sigillo_keystore::Mode;
use sigillo_line::{Home, import_lot};
use sigillo_store::{By, Store};

#[test]
fn a_stop_at_any_commit_leaves_a_whole_row() {
    let (base, partner) = Partner::with_site();
    let commits = Arc::new(AtomicUsize::new(0));
    let unharmed = base.copy();
    day(&unharmed, &partner, &commits, usize::MAX);
    judge(&unharmed, &partner, "unharmed");
    let points = commits.load(Ordering::Relaxed);
    // Seven commits: each lot, its answer and the answer's file, the acknowledgements.
    assert_eq!(points, 14);
    // The stops are meant: their sentences would fill the screen.
    let loud = take_hook();
    set_hook(Box::new(|_| {}));
    let harmed: Vec<_> = (1..=points)
        .map(|stop| {
            let site = base.copy();
            let done = catch_unwind(AssertUnwindSafe(|| {
                day(&site, &partner, &Arc::new(AtomicUsize::new(0)), stop);
                judge(&site, &partner, &format!("stopped at {stop}"));
            }));
            (stop, done.err().map(|panic| panic.downcast_ref::<String>().cloned()))
        })
        .collect();
    set_hook(loud);
    for (stop, fault) in harmed {
        assert!(fault.is_none(), "stopped at {stop} of {points}: {fault:?}");
    }
}

/// Two lots come in, each is answered, both answers are acknowledged; each step is done again if it was stopped.
fn day(site: &Site, partner: &Partner, commits: &Arc<AtomicUsize>, stop: usize) {
    let lots = [partner.lot(1, [0; 32], 1), partner.lot(2, partner.digest_of_lot(1, [0; 32], 1), 2)];
    let out = site.path().join("out");
    for (number, lot) in (1..).zip(&lots) {
        again(
            site,
            commits,
            stop,
            |site, store| site.receive(store, lot).map(|_: Received| ()),
            &["exchange.repeated"],
        );
        again(site, commits, stop, |site, store| site.send(store, &out).map(|_: Option<Sent>| ()), &[]);
        assert!(out.join(format!("line-ssce-{number:06}.p7m")).exists());
    }
    let contents = [1, 2].map(|number| partner.opened(&out.join(format!("line-ssce-{number:06}.p7m"))));
    let previous = partner.digest_of_lot(2, partner.digest_of_lot(1, [0; 32], 1), 2);
    let acknowledged = partner.acknowledgements(3, previous, &contents);
    let receive = |site: &Site, store: &mut Store| site.receive(store, &acknowledged).map(|_| ());
    again(site, commits, stop, receive, &["exchange.repeated"]);
}

/// Does a step; if a commit of it is the one that stops, does it again with the register opened anew.
fn again(
    site: &Site,
    commits: &Arc<AtomicUsize>,
    stop: usize,
    step: impl Fn(&Site, &mut Store) -> Result<(), ExchangeError>,
    done_before: &[&str],
) {
    let mut store = site.store();
    let counted = Arc::clone(commits);
    store.set_probe(Box::new(move |_| {
        assert!(counted.fetch_add(1, Ordering::Relaxed) + 1 != stop, "stopped here");
    }));
    let first = catch_unwind(AssertUnwindSafe(|| step(site, &mut store)));
    drop(store);
    match first {
        Ok(done) => done.unwrap(),
        Err(_) => match step(site, &mut site.store()) {
            Ok(()) => {}
            Err(error) => assert!(done_before.contains(&error.code()), "{error}"),
        },
    }
}

fn judge(site: &Site, partner: &Partner, when: &str) {
    let store = site.store();
    let row = store.partner("ssce").unwrap();
    assert_eq!((row.next_in, row.next_out), (4, 3), "{when}");
    let messages = store.messages("ssce").unwrap();
    let numbers: Vec<(bool, u64)> = messages.iter().map(|message| (message.is_incoming, message.number)).collect();
    assert_eq!(numbers, [(true, 1), (true, 2), (true, 3), (false, 1), (false, 2)], "{when}");
    assert!(messages.iter().all(|message| message.is_incoming || message.acknowledged_at.is_some()), "{when}");
    assert!(store.unwritten_messages("ssce").unwrap().is_empty(), "{when}");
    assert_eq!(store.lots().unwrap().len(), 2, "{when}");
    // Every record is acknowledged once, each content names the one before it.
    let mut previous = [0; 32];
    for (number, message) in (1_u64..).zip(messages.iter().filter(|message| !message.is_incoming)) {
        let file = site.path().join("out").join(format!("line-ssce-{number:06}.p7m"));
        let content = partner.opened(&file);
        let text = String::from_utf8(content.clone()).unwrap();
        assert!(text.contains(&format!("\"previous\":\"{}\"", hex::encode(previous))), "{when}: {text}");
        assert_eq!(text.matches("\"type\":\"acknowledgement\"").count(), 1, "{when}: {text}");
        previous = sigillo_crypto::sha256(&content);
        assert_eq!(message.digest, previous, "{when}");
        assert_eq!(store.sent_file("ssce", number).unwrap(), fs::read(&file).unwrap(), "{when}");
    }
    store.verify_trace(None).unwrap();
}

/// The register has the message, and the folder was not there: the next sending writes it, and makes no second one.
#[test]
fn a_file_that_was_not_written_is_written_first() {
    let (site, partner) = Partner::with_site();
    let out = site.path().join("out");
    site.receive(&mut site.store(), &partner.lot(1, [0; 32], 1)).unwrap();
    fs::remove_dir(&out).unwrap();
    assert_eq!(site.send(&mut site.store(), &out).unwrap_err().code(), "exchange.file");
    fs::create_dir(&out).unwrap();
    assert_eq!(site.send(&mut site.store(), &out).unwrap(), None, "there is nothing new to tell");
    assert_eq!(site.store().partner("ssce").unwrap().next_out, 2);
    // Somebody else's file of that name is not overwritten.
    let file = out.join("line-ssce-000001.p7m");
    let first = fs::read(&file).unwrap();
    fs::write(&file, b"something else").unwrap();
    assert_eq!(site.write_again(&mut site.store(), 1, &out).unwrap_err().code(), "exchange.file");
    fs::remove_file(&file).unwrap();
    site.write_again(&mut site.store(), 1, &out).unwrap();
    assert_eq!(fs::read(&file).unwrap(), first);
}

#[test]
fn what_is_refused_is_traced_and_takes_no_number() {
    let (site, partner) = Partner::with_site();
    let mut store = site.store();
    let faulty = partner.message(r#""kind":"lot","number":1"#, [0; 32], "{}\n");
    let path = line_of(1).replace(r#"{"base64":"#, r#"{"path":"images/p01.jpg","x":"#);
    let refusals: [(Vec<u8>, &str); 9] = [
        (partner.lot(2, [0; 32], 1), "exchange.gap"),
        (partner.lot(1, [1; 32], 1), "exchange.previous"),
        (partner.lot_between("permits", "line", 1), "exchange.other-partner"),
        (partner.lot_between("ssce", "another-line", 1), "exchange.other-recipient"),
        (partner.message(r#""kind":"report","number":1"#, [0; 32], ""), "exchange.other-kind"),
        (partner.message(r#""kind":"parcel","number":1"#, [0; 32], ""), "exchange.header"),
        (faulty, "line.lot-faults"),
        (partner.message(r#""kind":"lot","number":1"#, [0; 32], &path), "line.lot-faults"),
        (
            partner.message(r#""kind":"acknowledgements","number":1"#, [0; 32], "{\"number\":1}\n"),
            "exchange.acknowledgement",
        ),
    ];
    for (file, code) in refusals {
        let before = store.trace_head().unwrap().seq;
        assert_eq!(site.receive(&mut store, &file).unwrap_err().code(), code);
        assert_eq!(store.trace_head().unwrap().seq, before + 1, "{code} is traced, and nothing else");
        assert_eq!(store.partner("ssce").unwrap().next_in, 1, "{code} takes no number");
    }
    assert!(store.lots().unwrap().is_empty());
    store.verify_trace(None).unwrap();
    site.receive(&mut store, &partner.lot(1, [0; 32], 1)).unwrap();
}

#[test]
fn in_production_a_plain_file_is_no_lot() {
    let (site, _) = Partner::with_site();
    let folder = tempfile::tempdir().unwrap();
    let home = Home::create(&folder.path().join("home"), Mode::Production, "pse-rf", None).unwrap();
    let lot = folder.path().join("lot.jsonl");
    fs::write(&lot, line_of(1)).unwrap();
    let by = By { operator: "anna", at: partner::NOW, run: None };
    let import = |home: &Home| {
        let mut entropy = sigillo_crypto::SeededEntropy::new([1; 32]);
        let today = partner::now().date();
        import_lot(home, &mut site.store(), &site.keys(), by, Path::new(&lot), today, &mut entropy)
    };
    assert_eq!(import(&home).unwrap_err().code(), "line.plain-lot");
    let settings = folder.path().join("home/sigillo.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, text.replace("plain_lots = false", "plain_lots = true")).unwrap();
    let allowed = Home::open(&folder.path().join("home")).unwrap();
    assert!(allowed.takes_plain_lots() && !home.takes_plain_lots());
}
