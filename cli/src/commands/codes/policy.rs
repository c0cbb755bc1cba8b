//! What the home's profile says about codes.

use sigillo_codes::CodePolicy;
use sigillo_line::Home;

use crate::failure::Failure;

/// How many tries the chips of this home give.
pub(super) fn policy(home: &Home) -> Result<CodePolicy, Failure> {
    CodePolicy::of(home.profile())
        .ok_or_else(|| Failure::usage("usage.no-codes", "the chips of this home's profile have no codes"))
}
