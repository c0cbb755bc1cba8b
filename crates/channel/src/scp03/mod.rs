//! GlobalPlatform Secure Channel Protocol 03 as this project runs it: i = 60, S8, security level 33 (C-MAC, C-ENC, R-MAC,
//! R-ENC), random card challenges, extended length allowed, never chained.
//!
//! ```text
//! host                                              chip
//!   80 50 00 00 08 host challenge 00           ->
//!                                              <-   serial(10) version 03 60 card challenge(8) card cryptogram(8)
//!   84 82 33 00 10 host cryptogram(8) C-MAC(8) ->
//!                                              <-   9000
//!   every further command wrapped, class | 04
//! ```
//!
//! Rules of Amendment D that are easy to miss, and how both ends follow them:
//! - The encryption counter is 1 for the first command after EXTERNAL AUTHENTICATE and grows with **every** command, also one
//!   without data. Its block, encrypted, is the initial vector of the command; the same block with its first octet 80 is
//!   that of the response.
//! - A command without data is not encrypted and not padded, but it carries a C-MAC.
//! - The C-MAC covers the class byte with bit 3 set, and Lc as it travels: one octet, or three in an extended command. Le is
//!   not covered and not changed: it speaks of the plain answer.
//! - The whole 16 octets of a C-MAC chain into the next C-MAC and into the R-MAC of its own response.
//! - Only 9000, 62xx and 63xx carry data and an R-MAC (also without data). Any other status is an error status: two bare
//!   octets, unauthenticated, and the session goes on. A host must treat such a status as a refusal, never as a fact.
//! - A wrong C-MAC ends the session, with 6982.
//!
//! Spec: `globalplatform-scp03#protocol`, with the worked values of decision D11.

pub mod chip;
pub mod host;
mod key_set;
mod primitives;
mod put_key;

pub use key_set::KeySet;
pub use put_key::PutKey;
