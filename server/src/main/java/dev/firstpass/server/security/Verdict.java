package dev.firstpass.server.security;

import dev.firstpass.server.call.Caller;

/// What comes of a credential.
///
/// Immutable, all variants.
public sealed interface Verdict {
    record Known(Caller caller) implements Verdict {}

    record Unknown(Refusal why) implements Verdict {}

    /// Why nobody is known by a credential.
    enum Refusal {
        /// Nothing is shown, or in no way that is read.
        MISSING("no credential"),

        /// It is no token by its form: a slip, or a password of something else.
        MALFORMED("the credential is no token of this server"),

        /// There is no such token, or it was revoked.
        UNKNOWN("the token is not known, or was revoked"),

        EXPIRED("the token has expired"),

        /// It is in order, and not ours.
        FOREIGN("the token is of another issuer, for somebody else, or of no tenant"),

        NOT_YET("the token is not valid yet"),

        /// An authority that is trusted has issued it, and the settings name nobody of that name.
        UNNAMED("the certificate's name is not among security.tls.clients"),

        /// Nothing that an issuer signed can be told from what it did not.
        KEYLESS("the keys of the token's issuer are not at hand");

        private final String text;

        Refusal(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }
}
