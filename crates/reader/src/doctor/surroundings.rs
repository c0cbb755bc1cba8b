use std::ffi::CString;
use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pcsc::{Context, Scope, ShareMode};

use crate::error::LinkError;
use crate::pcsc_card::PcscCard;

/// Where to look; a test looks elsewhere.
#[derive(Clone, Debug)]
pub struct Roots {
    /// The socket of the daemon, as the client library will use it.
    pub socket: PathBuf,
    /// The folder of the driver bundles, with `serial/` in it.
    pub drivers: PathBuf,
    /// `/sys`.
    pub sys: PathBuf,
    /// `/proc`.
    pub proc: PathBuf,
    /// Where the daemon's program may lie.
    pub programs: Vec<PathBuf>,
}

/// What there is on a machine.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Surroundings {
    /// What the daemon said.
    pub service: ServiceSeen,
    /// The socket is there.
    pub has_socket: bool,
    /// The daemon's program is installed.
    pub has_daemon: bool,
    /// A daemon runs.
    pub daemon_runs: bool,
    /// USB driver bundles, by name.
    pub usb_drivers: Vec<String>,
    /// Drivers of readers that are no USB devices, by name.
    pub serial_drivers: Vec<String>,
    /// USB devices that say they are chip card readers, by their own names.
    pub usb_readers: Vec<String>,
    /// Modules of the kernel that take contactless readers away from PC/SC.
    pub rival_modules: Vec<String>,
    /// The readers that the daemon lists.
    pub readers: Vec<ReaderSeen>,
}

/// How the daemon behaved.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ServiceSeen {
    /// It listed its readers.
    Answers,
    /// Nobody answers at the socket.
    Silent,
    /// It took the connection and then no notice of us.
    Hangs,
    /// It refused with another fault.
    Refuses,
}

/// One reader.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReaderSeen {
    /// Its name.
    pub name: String,
    /// A card is in it.
    pub has_card: bool,
    /// The card's answer to reset, if it has one and the daemon knows it.
    pub atr: Vec<u8>,
    /// Another program holds the card for itself.
    pub is_held: bool,
}

impl Roots {
    /// This machine; `socket` is what `PCSCLITE_CSOCK_NAME` says, if it says something.
    #[must_use]
    pub fn of_this_machine(socket: Option<PathBuf>) -> Self {
        Self {
            socket: socket.unwrap_or_else(|| PathBuf::from("/run/pcscd/pcscd.comm")),
            drivers: PathBuf::from("/usr/lib/pcsc/drivers"),
            sys: PathBuf::from("/sys"),
            proc: PathBuf::from("/proc"),
            programs: ["/usr/sbin/pcscd", "/usr/bin/pcscd", "/usr/local/sbin/pcscd"].map(PathBuf::from).into(),
        }
    }
}

impl Surroundings {
    /// Looks around; each call to the daemon gets `time_out`.
    #[must_use]
    pub fn look(roots: &Roots, time_out: Duration) -> Self {
        let (service, names) = match PcscCard::readers(time_out) {
            Ok(names) => (ServiceSeen::Answers, names),
            Err(LinkError::NoService) => (ServiceSeen::Silent, Vec::new()),
            Err(LinkError::TimeOut { .. }) => (ServiceSeen::Hangs, Vec::new()),
            Err(_) => (ServiceSeen::Refuses, Vec::new()),
        };
        Self {
            service,
            has_socket: fs::metadata(&roots.socket).is_ok_and(|socket| socket.file_type().is_socket()),
            has_daemon: roots.programs.iter().any(|program| program.is_file()),
            daemon_runs: names_in(&roots.proc).iter().any(|process| is_daemon(&roots.proc.join(process))),
            usb_drivers: names_in(&roots.drivers).into_iter().filter(|name| name.ends_with(".bundle")).collect(),
            serial_drivers: names_in(&roots.drivers.join("serial"))
                .into_iter()
                .filter(|name| name.ends_with(".so"))
                .collect(),
            usb_readers: usb_readers(&roots.sys.join("bus/usb/devices")),
            rival_modules: RIVALS
                .iter()
                .filter(|name| roots.sys.join("module").join(name).is_dir())
                .map(ToString::to_string)
                .collect(),
            readers: names.into_iter().map(|name| look_at(name, time_out)).collect(),
        }
    }
}

/// Modules that claim readers with these controllers (PN533, the ACR122U among them; NXP's) for the kernel's own NFC.
const RIVALS: [&str; 4] = ["pn533_usb", "pn533", "nfcmrvl_usb", "port100"];

/// USB's class of chip card interface devices.
const CHIP_CARD_CLASS: &str = "0b";

fn look_at(name: String, time_out: Duration) -> ReaderSeen {
    let has_card = PcscCard::presence(&name, time_out).is_ok_and(|presence| presence.is_present);
    let mut seen = ReaderSeen { name, has_card, atr: Vec::new(), is_held: false };
    let Ok(name) = CString::new(seen.name.as_str()) else { return seen };
    // Without a protocol nothing is powered and nobody is disturbed; who holds the card for himself alone refuses even that.
    let asked = Context::establish(Scope::User).and_then(|context| {
        let card = context.connect(&name, ShareMode::Shared, pcsc::Protocols::ANY)?;
        let atr = card.status2_owned()?.atr().to_vec();
        card.disconnect(pcsc::Disposition::LeaveCard).map_err(|(_, error)| error)?;
        Ok(atr)
    });
    match asked {
        Ok(atr) => seen.atr = atr,
        Err(error) => seen.is_held = error == pcsc::Error::SharingViolation,
    }
    seen
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    names
}

fn is_daemon(process: &Path) -> bool {
    fs::read_to_string(process.join("comm")).is_ok_and(|name| name.trim() == "pcscd")
}

/// The products whose interfaces are of the chip card class; an interface lies beside its device, as `1-2:1.0` beside `1-2`.
fn usb_readers(devices: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for interface in names_in(devices) {
        let class = fs::read_to_string(devices.join(&interface).join("bInterfaceClass")).unwrap_or_default();
        if let (CHIP_CARD_CLASS, Some((device, _))) = (class.trim(), interface.split_once(':')) {
            let product = fs::read_to_string(devices.join(device).join("product")).unwrap_or_default();
            let product = product.trim();
            found.push(if product.is_empty() { format!("USB device {device}") } else { product.to_owned() });
        }
    }
    found
}
