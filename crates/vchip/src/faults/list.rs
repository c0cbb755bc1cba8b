//! The faults, one sentence each: what a chip with it does.

macro_rules! faults {
    ($($fault:ident $id:literal $says:literal)*) => {
        /// A fault that can be planted; a chip has at most one.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[allow(clippy::exhaustive_enums, reason = "whoever lists the faults must see that there is a new one")]
        pub enum Fault {
            $(#[doc = $says] $fault,)*
        }

        impl Fault {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$fault),*];

            /// Its name in reports.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$fault => $id,)* }
            }

            /// What a chip with it does.
            #[must_use]
            pub const fn says(self) -> &'static str {
                match self { $(Self::$fault => $says,)* }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_a_name_of_its_own_and_a_sentence() {
        for (at, fault) in Fault::ALL.iter().enumerate() {
            let is_plain = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
            assert!(fault.id().bytes().all(is_plain), "{}", fault.id());
            assert!(fault.says().ends_with('.'), "{}", fault.id());
            assert!(Fault::ALL.iter().skip(at + 1).all(|other| other.id() != fault.id()), "{}", fault.id());
        }
    }
}

faults! {
    // Secure messaging.
    SmMacNotChecked "sm-mac-not-checked" "A command with a wrong checksum is carried out."
    SmMacMayBeMissing "sm-mac-may-be-missing" "A command without a checksum is carried out."
    SmMacOfSevenOctets "sm-mac-of-seven-octets" "A checksum of seven octets is taken for one of eight."
    SmHeaderNotCovered "sm-header-not-covered" "P2 may differ from what the checksum was made over."
    SmReplayAccepted "sm-replay-accepted" "The command before is carried out again when it comes again."
    SmSkippedCounterAccepted "sm-skipped-counter-accepted" "A counter that is too far ahead is taken."
    SmUnknownObjectIgnored "sm-unknown-object-ignored" "An object that has no meaning in secure messaging is passed over."
    SmObjectsInAnyOrder "sm-objects-in-any-order" "The checksum may stand before the objects that it covers."
    SmPaddingIndicatorIgnored "sm-padding-indicator-ignored" "Any padding indicator is taken for 01."
    SmPlainAccepted "sm-plain-accepted" "A plain command inside a session is carried out with the rights of the session."
    SmPlainKeepsSession "sm-plain-keeps-session" "A plain command inside a session is refused, but the session goes on."
    SmErrorKeepsSession "sm-error-keeps-session" "A wrong checksum is refused, but the session goes on."
    SmErrorsAnsweredPlain "sm-errors-answered-plain" "Refusals inside a session are answered without secure messaging."
    SmStatusOutsideDiffers "sm-status-outside-differs" "The plain status word of a protected answer is always 9000."
    SmOutlivesReset "sm-outlives-reset" "A session goes on behind a reset."
    SmStatusWrong "sm-status-wrong" "Errors of secure messaging are told by 6985."
    SmFactsOutliveSession "sm-facts-outlive-session" "What a session has proven stays proven when the session has ended."
    // PACE.
    PaceWrongTokenTaken "pace-wrong-token-taken" "A wrong token is answered with success."
    PaceNonceStatic "pace-nonce-static" "The encrypted nonce is the same each time."
    PaceKeysStatic "pace-keys-static" "Mapping and ephemeral keys are the same each time."
    PaceChainingNotNeeded "pace-chaining-not-needed" "The first steps are taken outside of a chain."
    PaceLastStepChained "pace-last-step-chained" "The last step is taken while the chain goes on."
    PaceSurvivesOtherCommands "pace-survives-other-commands" "Commands between the steps do not end the run."
    PaceInsideSession "pace-inside-session" "PACE is begun inside any session."
    PaceOfferNotChecked "pace-offer-not-checked" "A protocol that EF.CardAccess does not offer is taken for one that it does."
    PacePukOpensFiles "pace-puk-opens-files" "A session opened with the PUK counts as one opened with the CAN."
    PacePinOpensFiles "pace-pin-opens-files" "A session opened with the PIN counts as one opened with the MRZ."
    PaceBeforeLock "pace-before-lock" "PACE runs before the chip is locked."
    PaceTryNotLost "pace-try-not-lost" "A wrong PIN or PUK in PACE costs no try."
    PaceTriesNotRestored "pace-tries-not-restored" "A right PIN or PUK in PACE gives no tries back."
    PacePinNeverSuspended "pace-pin-never-suspended" "The last try of the PIN is taken without the CAN."
    PaceBlockedPinTaken "pace-blocked-pin-taken" "A PIN without tries still opens PACE."
    PaceMissedTryNotShown "pace-missed-try-not-shown" "MSE:Set AT does not tell that a code was missed before."
    PacePinIsPuk "pace-pin-is-puk" "PACE with the PIN is opened by the digits of the PUK."
    PaceCamDataMissing "pace-cam-data-missing" "The chip authentication mapping proves nothing: its encrypted data do not come."
    // Basic Access Control.
    BacChallengeStatic "bac-challenge-static" "The challenge is the same each time."
    BacChallengeServesTwice "bac-challenge-serves-twice" "After a wrong answer the same challenge may be answered again."
    BacWrongAnswerSaysSuccess "bac-wrong-answer-says-success" "A wrong answer is answered with success and forty octets."
    BacWithoutChallenge "bac-without-challenge" "An answer to a challenge of zeros is taken where none was asked for."
    BacInsideSession "bac-inside-session" "A challenge for Basic Access Control is given inside a session."
    BacInMasterFile "bac-in-master-file" "Basic Access Control opens without its application."
    BacBeforeLock "bac-before-lock" "Basic Access Control runs before the chip is locked."
    // Chip Authentication.
    CaTwice "ca-twice" "Chip Authentication runs a second time in a session."
    CaWithoutSession "ca-without-session" "Chip Authentication opens a session where there was none."
    CaUnknownKeyTaken "ca-unknown-key-taken" "A key reference that is not here chooses the first key that serves."
    CaKeyServesAnything "ca-key-serves-anything" "A key is used under a protocol that it was not made for."
    CaWrongKeySaysSuccess "ca-wrong-key-says-success" "A public key that is no point is answered with success."
    CaWrongKeyEndsSession "ca-wrong-key-ends-session" "A public key that is no point ends the session."
    CaSessionNotRestarted "ca-session-not-restarted" "The session goes on under the keys from before Chip Authentication."
    // Terminal Authentication.
    TaWithoutCa "ta-without-ca" "Certificates are verified before Chip Authentication."
    TaExpiredAccepted "ta-expired-accepted" "Certificates that have expired are accepted."
    TaSignatureNotChecked "ta-signature-not-checked" "A wrong signature over the challenge is accepted."
    TaRefusedCertificateSaysSuccess "ta-refused-certificate-says-success" "A certificate that is not accepted is answered with success."
    TaRightsNotIntersected "ta-rights-not-intersected" "A terminal gets every right, whatever its chain of certificates allows."
    TaOfficeCountsAsInspection "ta-office-counts-as-inspection" "The issuing office is taken for an inspection system."
    TaInspectionCountsAsOffice "ta-inspection-counts-as-office" "An inspection system is taken for the issuing office."
    TaDateNotAdvanced "ta-date-not-advanced" "Certificates do not advance the date."
    TaDateGoesBack "ta-date-goes-back" "A certificate that became effective earlier sets the date back."
    TaForeignTerminalTellsTheTime "ta-foreign-terminal-tells-the-time" "The certificate of a foreign terminal advances the date."
    TaLinkIgnored "ta-link-ignored" "A link certificate is accepted, but brings no trust point."
    TaCvcaFileNotRewritten "ta-cvca-file-not-rewritten" "EF.CVCA does not tell of a new trust point."
    TaThirdRootKept "ta-third-root-kept" "A third trust point stays beside the two before."
    TaLinkDropsOldRoot "ta-link-drops-old-root" "A link certificate takes the place of the root that signed it at once."
    TaChallengeStatic "ta-challenge-static" "The challenge is the same each time."
    TaChallengeKept "ta-challenge-kept" "The challenge may be answered after other commands."
    TaUnknownAuthorityTaken "ta-unknown-authority-taken" "MSE:Set DST with a reference that is not here is answered with success."
    TaUnknownHolderTaken "ta-unknown-holder-taken" "MSE:Set AT with a reference that is not here is answered with success."
    TaRefusalEndsSession "ta-refusal-ends-session" "A certificate that is not accepted ends the session."
    // Signatures of the chip.
    AaWithoutAccess "aa-without-access" "Active Authentication is answered to everyone."
    AaTakesAnyLength "aa-takes-any-length" "Active Authentication signs challenges of any length."
    AaSignsAnotherChallenge "aa-signs-another-challenge" "Active Authentication signs zeros in place of the challenge."
    HolderSignsAnyLength "holder-signs-any-length" "The holder's key signs what has not the length of a hash."
    HolderSignsAnotherHash "holder-signs-another-hash" "The holder's key signs zeros in place of the hash."
    HolderSignsWithoutPin "holder-signs-without-pin" "The holder's key signs without the PIN."
    // Status words.
    WrongStatusForAccess "wrong-status-for-access" "A refusal by access rules is told by 6985."
    WrongStatusForMissingFile "wrong-status-for-missing-file" "A file that is not here is told by 6A80."
    WrongStatusForInstruction "wrong-status-for-instruction" "An instruction that is not known is told by 6E00."
    WrongStatusForCounter "wrong-status-for-counter" "The tries that are left are told as one more."
    // Access rules.
    FingerprintsReadable "fingerprints-readable" "DG3 is read by everyone who has access to the application."
    SfiReadsUnchecked "sfi-reads-unchecked" "READ BINARY by short identifier asks no rule."
    OddReadsUnchecked "odd-reads-unchecked" "READ BINARY with odd INS asks no rule."
    CurrentFileReadsUnchecked "current-file-reads-unchecked" "READ BINARY of the current file asks no rule."
    RulesOfAnotherFile "rules-of-another-file" "A file is kept by the parameters of the file that was created before it."
    UnnamedAccessAllowed "unnamed-access-allowed" "What no rule names is allowed."
    AnyPasswordSuffices "any-password-suffices" "A rule that names some password is met by every other."
    AnyRightSuffices "any-right-suffices" "A rule that names some right of a terminal is met by every other."
    BacCountsAsPace "bac-counts-as-pace" "Where PACE is asked for, Basic Access Control will do."
    SelectRuleIgnored "select-rule-ignored" "Applications are selected whatever their rules on SELECT say."
    ParametersShownToAnyone "parameters-shown-to-anyone" "File control parameters are shown without access."
    // Reading.
    SfiOffByOne "sfi-off-by-one" "A short identifier means the file of the next one."
    OffsetOffByOne "offset-off-by-one" "An offset that is not zero is taken for one more."
    OddOffsetIgnored "odd-offset-ignored" "READ BINARY with odd INS always reads from the beginning."
    OddAnswerBare "odd-answer-bare" "READ BINARY with odd INS gives the octets without object 53."
    LeLenient "le-lenient" "READ BINARY without Le gives all there is."
    LeIgnored "le-ignored" "READ BINARY gives all there is, whatever Le says."
    EndOfFileNotTold "end-of-file-not-told" "Fewer octets than were asked for come with 9000."
    OffsetBehindFileTaken "offset-behind-file-taken" "An offset behind the file is answered with success and no octet."
    SfiNotMadeCurrent "sfi-not-made-current" "A short identifier in READ BINARY does not make its file current."
    MasterFileSeesEveryFile "master-file-sees-every-file" "Files of applications are selected from the master file."
    UnknownFileSelected "unknown-file-selected" "SELECT of a file that is not here is answered with success."
    CurrentFileSurvivesSelect "current-file-survives-select" "SELECT of an application leaves the file before current."
    SelectionSurvivesReset "selection-survives-reset" "What was selected is selected behind a reset."
    ChainTakesForeignLinks "chain-takes-foreign-links" "A chain goes on with a link of another command."
    PartOfNameSelects "part-of-name-selects" "A part of an application's name selects it."
    SelectTakesAnyP2 "select-takes-any-p2" "SELECT takes every P2 for one that asks for no data."
    UnknownInstructionSucceeds "unknown-instruction-succeeds" "An instruction that is not known is answered with success."
    ClassIgnored "class-ignored" "Logical channels are taken for the basic one."
    // Lock and life cycle.
    UpdateUnchecked "update-unchecked" "UPDATE BINARY asks no rule, after the lock too."
    PutDataUnchecked "put-data-unchecked" "PUT DATA asks no rule, after the lock too."
    CreateUnchecked "create-unchecked" "CREATE FILE asks no rule, after the lock too."
    DeleteUnchecked "delete-unchecked" "DELETE FILE asks no rule, after the lock too."
    GenerateUnchecked "generate-unchecked" "GENERATE ASYMMETRIC KEY PAIR asks no rule, after the lock too."
    LockKeepsKeys "lock-keeps-keys" "The keys of formation stay valid after the lock."
    LockLeavesFiles "lock-leaves-files" "After the lock the files still say that they are being initialized."
    LockKeepsSession "lock-keeps-session" "The session of the lock goes on with all its rights."
    TerminateUnchecked "terminate-unchecked" "TERMINATE CARD USAGE asks no rule."
    TerminateWithoutEffect "terminate-without-effect" "TERMINATE CARD USAGE is answered with success and ends nothing."
    ActivateUnchecked "activate-unchecked" "ACTIVATE FILE of an application asks no rule."
    DeactivateUnchecked "deactivate-unchecked" "DEACTIVATE FILE asks no rule."
    DeactivatedWorks "deactivated-works" "A deactivated application takes every command."
    DeactivationNotTold "deactivation-not-told" "SELECT of a deactivated application says 9000."
    ActivationForgotten "activation-forgotten" "ACTIVATE FILE is answered with success and activates nothing."
    // Codes.
    CodeTryNotLost "code-try-not-lost" "A wrong code costs no try."
    CodeTriesBackAtReset "code-tries-back-at-reset" "A reset gives the tries of codes back."
    CodeTryLostLate "code-try-lost-late" "The try is taken after the comparison: a power cut gives it back."
    CodeTriesNotRestored "code-tries-not-restored" "A right PIN gives no tries back."
    BlockedCodeTaken "blocked-code-taken" "A code without tries is still compared."
    CodeHalfCompared "code-half-compared" "Only the first four digits of a code are compared."
    WrongPinKeepsHolder "wrong-pin-keeps-holder" "A wrong PIN does not take the success of the one before away."
    HolderSurvivesSelect "holder-survives-select" "The PIN stays proven when another application is selected."
    ChangeWithoutOldPin "change-without-old-pin" "CHANGE REFERENCE DATA does not compare the old PIN."
    ChangeNotStored "change-not-stored" "CHANGE REFERENCE DATA is answered with success and changes nothing."
    UnblockWithAnyPuk "unblock-with-any-puk" "RESET RETRY COUNTER does not compare the PUK."
    UnblockRestoresNothing "unblock-restores-nothing" "RESET RETRY COUNTER is answered with success and restores nothing."
    SetCodesUnchecked "set-codes-unchecked" "Codes are set anew by everyone who came by PACE."
    SetCodesKeepsHolder "set-codes-keeps-holder" "The old PIN stays proven when a new one is set."
    UnblockProvesHolder "unblock-proves-holder" "RESET RETRY COUNTER counts as VERIFY."
    ChangeProvesHolder "change-proves-holder" "CHANGE REFERENCE DATA counts as VERIFY."
    VerifyTakesPuk "verify-takes-puk" "VERIFY compares the PUK too."
    CodeTakesLetters "code-takes-letters" "A new code may have letters."
    CounterQuestionCostsTry "counter-question-costs-try" "Asking for the tries that are left costs one."
    // What tells one chip from another.
    SerialInAnswerToReset "serial-in-answer-to-reset" "The answer to reset ends with the chip's serial."
    SerialByGetData "serial-by-get-data" "GET DATA gives the chip's serial to everyone."
    SerialBySelect "serial-by-select" "SELECT of an application gives the chip's serial."
    // Personalization.
    Scp03PlainAccepted "scp03-plain-accepted" "A plain command inside SCP03 is carried out with the rights of the session."
    Scp03WrongCryptogramSaysSuccess "scp03-wrong-cryptogram-says-success" "A wrong cryptogram of the host is answered with success."
    Scp03ChallengeStatic "scp03-challenge-static" "The card challenge of SCP03 is the same each time."
    Scp03TryNotLost "scp03-try-not-lost" "A wrong cryptogram of the host costs the keys no try."
    WriteBeyondEnd "write-beyond-end" "What does not fit into a file is cut off and written."
    SameIdentifierTwice "same-identifier-twice" "CREATE FILE takes an identifier that is there already."
    MalformedObjectSaysSuccess "malformed-object-says-success" "PUT DATA answers with success to objects that it cannot store."
    KeyServesNothing "key-serves-nothing" "GENERATE ASYMMETRIC KEY PAIR makes a key that serves no protocol."
}
