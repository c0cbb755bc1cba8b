//! The virtual chip: an ISO 7816-4 card in memory, from the vendor's delivery to the lock and beyond.
//!
//! It is pure: [`Chip::process`] takes the octets of a command and a source of randomness, and gives the octets of a response.
//! It knows no profile, no data group and no plan: every check comes from what it was *sent*: file control parameters,
//! security environments, data objects, and the protocols that a key was generated for. So a wrong parameter shows as a wrong chip.
//!
//! Memory changes by transactions only; [`Chip::arm_cut`] lets the power fail before, inside, between and after them, or
//! behind the finished response (decision D11).
//!
//! Where the standards leave the status word open, this chip says:
//!
//! | status | when |
//! |--------|----------------------------------------------------------------------------------------------------|
//! | `6282` | READ BINARY asked by number for more than there is; Le of zero asks for all and is answered `9000` |
//! | `6283` | SELECT of a deactivated application, or of a file inside it: it is selected |
//! | `6300` | a wrong token of PACE under MRZ or CAN, a wrong answer in Basic Access Control; a certificate or signature of a terminal that is not accepted |
//! | `63Cx` | a code was missed, or VERIFY asks for its tries; MSE:Set AT chose a code that was missed before; a wrong token of PACE under PIN or PUK |
//! | `6700` | octets that are no command; Le is missing where data is asked for; a chain above 8 KiB; a code of another length; a signature that does not fit into the response |
//! | `6883` | the last step of a protocol under a class octet that says more follows, or another command inside a chain |
//! | `6982` | no rule is met, whatever the body says; a class of SCP03 without its session; a wrong C-MAC; codes, Chip and Terminal Authentication outside of secure messaging |
//! | `6983` | a code or the keys of SCP03 without tries, before anything is compared |
//! | `6985` | no master file yet; BAC, PACE, Chip Authentication before the lock, or where they are not offered; a step of a protocol that is not the one just before; PACE inside a session, but for a suspended PIN inside one that the CAN opened; a suspended PIN elsewhere; a second Chip or Terminal Authentication; anything but SELECT and the life cycle inside a deactivated application; a life cycle that is already there; the session of the lock; anything after termination |
//! | `6987` | anything but secure messaging inside a session of BAC, PACE or Chip Authentication, which ends it |
//! | `6988` | a wrong secure messaging object, which ends the session; secure messaging without a session |
//! | `6A80` | parameters, environments, keys and objects that cannot be enforced, or are none; a protocol, domain parameters or public key that are not offered; a new code that is not eight digits |
//! | `6A84` | 128 KiB are used up; a write across the end of its file; a third trust point of a terminal type, or an EF.CVCA that is too small for the references |
//! | `6A88` | a data object, password, code, key, certificate holder or authority that is not here; a key that is not named where there are several |
//! | `6Cxx` | Le is smaller than a response inside a session; outside, GET RESPONSE fetches the rest (`61xx`) |
#![forbid(unsafe_code)]

mod access;
mod chain;
mod channel;
mod chip;
mod commands;
mod faults;
mod files;
mod image;
mod keys;
mod memory;
mod objects;
mod power;
mod status;

pub use chip::{ATR, Chip};
pub use faults::{CAN_BE_FAULTY, Fault};
pub use image::ImageRefused;
pub use power::PowerLost;
