use super::surroundings::{ReaderSeen, ServiceSeen, Surroundings};

/// One thing that was looked at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// Its stable name: `service`, `driver`, `usb`, `kernel`, `readers`, `reader`.
    pub check: &'static str,
    /// Whether it is well.
    pub verdict: Verdict,
    /// What was seen.
    pub what: String,
    /// What to do; empty where nothing needs to be done.
    pub advice: String,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Verdict {
    /// Well.
    Well,
    /// No work is stopped by it, or not always.
    Doubtful,
    /// No chip can be reached until it is mended.
    Ill,
}

impl Verdict {
    /// The word in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Doubtful => "doubtful",
            Self::Ill => "ill",
        }
    }
}

/// Says what is wrong, from the bottom up: daemon, drivers, USB, kernel, readers, cards.
#[must_use]
pub fn diagnose(seen: &Surroundings) -> Vec<Finding> {
    let mut findings = vec![service(seen)];
    findings.push(drivers(seen));
    findings.extend(usb(seen));
    findings.extend(kernel(seen));
    if seen.service == ServiceSeen::Answers {
        findings.push(readers(seen));
        findings.extend(seen.readers.iter().enumerate().map(|(number, reader)| card(number, reader)));
    }
    findings
}

fn service(seen: &Surroundings) -> Finding {
    let ill = |what: &str, advice: &str| finding("service", Verdict::Ill, what, advice);
    match seen.service {
        ServiceSeen::Answers => finding("service", Verdict::Well, "the PC/SC service answers", ""),
        ServiceSeen::Hangs => ill(
            "the PC/SC service takes connections and does not answer",
            "Unplug the readers, restart it (`systemctl restart pcscd`), and plug them in one by one: a driver hangs.",
        ),
        ServiceSeen::Refuses => ill(
            "the PC/SC service refuses this user",
            "Without a desktop session polkit refuses ordinary users: run as root once to compare, then allow org.debian.pcsc-lite.access_pcsc for this user.",
        ),
        ServiceSeen::Silent if !seen.has_daemon => {
            ill("the PC/SC service is not installed", "Install it: `apt install pcscd libccid`.")
        }
        ServiceSeen::Silent if !seen.daemon_runs => ill(
            "the PC/SC service is installed and does not run",
            "Start it: `systemctl enable --now pcscd.socket`; without systemd: `pcscd` as root.",
        ),
        ServiceSeen::Silent if !seen.has_socket => ill(
            "a PC/SC service runs, but there is no socket where this program looks for it",
            "Check PCSCLITE_CSOCK_NAME, and in a container that /run/pcscd is mounted into it.",
        ),
        ServiceSeen::Silent => ill(
            "the socket of the PC/SC service is there and nobody answers at it",
            "It was left by a service that died: restart it (`systemctl restart pcscd`).",
        ),
    }
}

fn drivers(seen: &Surroundings) -> Finding {
    let names: Vec<&str> = seen.usb_drivers.iter().chain(&seen.serial_drivers).map(String::as_str).collect();
    if seen.usb_drivers.iter().any(|name| name == "ifd-ccid.bundle") {
        return finding("driver", Verdict::Well, &format!("drivers: {}", names.join(", ")), "");
    }
    let advice = "Most readers need the CCID driver: `apt install libccid`, then restart pcscd.";
    match names.as_slice() {
        [] => finding("driver", Verdict::Ill, "no reader driver is installed", advice),
        names => {
            let what = format!("the CCID driver is missing; there are {}", names.join(", "));
            finding("driver", Verdict::Doubtful, &what, advice)
        }
    }
}

/// Readers that are plugged in and that the daemon does not show.
fn usb(seen: &Surroundings) -> Option<Finding> {
    if seen.usb_readers.is_empty() {
        return None;
    }
    let what = format!("on USB: {}", seen.usb_readers.join(", "));
    if seen.service != ServiceSeen::Answers || !seen.readers.is_empty() {
        return Some(finding("usb", Verdict::Well, &what, ""));
    }
    let advice = "A reader is plugged in and PC/SC does not show it: its driver refuses it (run `pcscd --foreground --debug` and plug it in again), \
                  or another program or a virtual machine has taken it.";
    Some(finding("usb", Verdict::Ill, &format!("{what}; PC/SC shows none of them"), advice))
}

fn kernel(seen: &Surroundings) -> Option<Finding> {
    let first = seen.rival_modules.first()?;
    let what = format!("the kernel's own NFC holds contactless readers: {}", seen.rival_modules.join(", "));
    let advice = format!(
        "If a contactless reader is missing: `modprobe -r {first}`, and for good a line `blacklist {first}` in /etc/modprobe.d/sigillo.conf."
    );
    // With a reader at work the module may hold none at all.
    let verdict = if seen.readers.is_empty() { Verdict::Ill } else { Verdict::Doubtful };
    Some(finding("kernel", verdict, &what, &advice))
}

fn readers(seen: &Surroundings) -> Finding {
    match seen.readers.len() {
        0 => finding(
            "readers",
            Verdict::Ill,
            "there is no reader",
            "Plug one in; for a virtual one see the manual's page on virtual chips (vpcd).",
        ),
        1 => finding("readers", Verdict::Well, "1 reader", ""),
        count => finding("readers", Verdict::Well, &format!("{count} readers"), ""),
    }
}

fn card(number: usize, reader: &ReaderSeen) -> Finding {
    let said = |verdict, what: &str, advice: &str| {
        finding("reader", verdict, &format!("{number}: {}: {what}", reader.name), advice)
    };
    if reader.is_held {
        let advice = "Close the other program (a browser, a PKCS#11 module, gpg's scdaemon), or stop it from taking this reader.";
        return said(Verdict::Ill, "another program holds the card for itself", advice);
    }
    match (reader.has_card, reader.atr.as_slice()) {
        (false, _) => said(Verdict::Well, "no card", ""),
        (true, []) => said(
            Verdict::Doubtful,
            "a card that does not answer",
            "Put the card down flat in the middle of the reader, or the other way round; try another card.",
        ),
        (true, atr) => {
            let atr: String = atr.iter().map(|octet| format!("{octet:02X}")).collect();
            said(Verdict::Well, &format!("a card, answer to reset {atr}"), "")
        }
    }
}

fn finding(check: &'static str, verdict: Verdict, what: &str, advice: &str) -> Finding {
    Finding { check, verdict, what: what.to_owned(), advice: advice.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn healthy() -> Surroundings {
        Surroundings {
            service: ServiceSeen::Answers,
            has_socket: true,
            has_daemon: true,
            daemon_runs: true,
            usb_drivers: vec!["ifd-ccid.bundle".to_owned()],
            serial_drivers: Vec::new(),
            usb_readers: vec!["ACR1252 Dual Reader".to_owned()],
            rival_modules: Vec::new(),
            readers: vec![ReaderSeen {
                name: "ACR1252".to_owned(),
                has_card: true,
                atr: vec![0x3B, 0x80],
                is_held: false,
            }],
        }
    }

    #[test]
    fn a_machine_that_is_well_gets_no_advice() {
        let findings = diagnose(&healthy());
        assert!(
            findings.iter().all(|finding| finding.verdict == Verdict::Well && finding.advice.is_empty()),
            "{findings:?}"
        );
        assert_eq!(findings.last().unwrap().what, "0: ACR1252: a card, answer to reset 3B80");
    }

    /// Each illness by itself: which check says so, how bad it is, and a word of what to do.
    #[test]
    fn every_illness_is_named_with_what_to_do() {
        let silent = |change: fn(&mut Surroundings)| {
            let mut seen = Surroundings { service: ServiceSeen::Silent, readers: Vec::new(), ..healthy() };
            change(&mut seen);
            seen
        };
        let ill = |change: fn(&mut Surroundings)| {
            let mut seen = healthy();
            change(&mut seen);
            seen
        };
        for (seen, check, verdict, word) in [
            (silent(|seen| seen.has_daemon = false), "service", Verdict::Ill, "apt install pcscd"),
            (silent(|seen| seen.daemon_runs = false), "service", Verdict::Ill, "systemctl enable"),
            (silent(|seen| seen.has_socket = false), "service", Verdict::Ill, "PCSCLITE_CSOCK_NAME"),
            (silent(|_| {}), "service", Verdict::Ill, "systemctl restart pcscd"),
            (silent(|seen| seen.service = ServiceSeen::Hangs), "service", Verdict::Ill, "one by one"),
            (silent(|seen| seen.service = ServiceSeen::Refuses), "service", Verdict::Ill, "polkit"),
            (ill(|seen| seen.usb_drivers.clear()), "driver", Verdict::Ill, "apt install libccid"),
            (
                ill(|seen| {
                    seen.usb_drivers.clear();
                    seen.serial_drivers.push("libifdvpcd.so".to_owned());
                }),
                "driver",
                Verdict::Doubtful,
                "apt install libccid",
            ),
            (ill(|seen| seen.readers.clear()), "usb", Verdict::Ill, "--debug"),
            (
                ill(|seen| {
                    seen.readers.clear();
                    seen.usb_readers.clear();
                }),
                "readers",
                Verdict::Ill,
                "Plug one in",
            ),
            (
                ill(|seen| seen.rival_modules.push("pn533_usb".to_owned())),
                "kernel",
                Verdict::Doubtful,
                "blacklist pn533_usb",
            ),
            (
                ill(|seen| {
                    seen.readers.clear();
                    seen.rival_modules.push("pn533_usb".to_owned());
                }),
                "kernel",
                Verdict::Ill,
                "modprobe -r pn533_usb",
            ),
            (ill(|seen| seen.readers[0].is_held = true), "reader", Verdict::Ill, "Close the other program"),
            (ill(|seen| seen.readers[0].atr.clear()), "reader", Verdict::Doubtful, "flat"),
        ] {
            let findings = diagnose(&seen);
            let named = findings.iter().find(|finding| finding.check == check && finding.verdict != Verdict::Well);
            let named = named.unwrap_or_else(|| panic!("{check} is not named in {findings:?}"));
            assert_eq!(named.verdict, verdict, "{named:?}");
            assert!(named.advice.contains(word), "{named:?} does not say {word:?}");
        }
    }
}
