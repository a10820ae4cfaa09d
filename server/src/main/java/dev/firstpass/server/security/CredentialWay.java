package dev.firstpass.server.security;

import com.linecorp.armeria.common.RequestHeaders;
import java.util.function.Function;

/// Where the clients of a protocol put their credential: in the head of a request, so that it is known before any of the
/// body is read.
///
/// Immutable.
///
/// @param reader of a request's head
/// @param challenge what a client without one is told to do, in `WWW-Authenticate`
/// @param expected what a client without one is told in words: what to show, and where
/// @param isPage whether people come here by a browser, who are to log in
public record CredentialWay(
        Function<RequestHeaders, Credential> reader, String challenge, String expected, boolean isPage) {
    private static final String TOKEN = "a token, which `firstpass token create` makes";
    private static final String REALM = "realm=\"firstpass\"";

    /// `Authorization`, by programs.
    public static final CredentialWay PROGRAM =
            new CredentialWay(Credential::ofAuthorization, "Bearer " + REALM, TOKEN, false);

    /// The same by clients that take a name and a password.
    public static final CredentialWay BASIC =
            new CredentialWay(Credential::ofAuthorization, "Basic " + REALM + ", charset=\"UTF-8\"", TOKEN, false);

    /// By people with a browser, who log in at [Logins#PAGE]. The browser is not told to ask by itself.
    public static final CredentialWay PAGE = new CredentialWay(PROGRAM.reader, PROGRAM.challenge, TOKEN, true);

    /// A header of the protocol's own, or `Authorization`.
    public static CredentialWay header(String name) {
        return PROGRAM.or(headers -> Credential.ofHeader(headers, name));
    }

    /// A parameter of the query, or `Authorization`.
    public static CredentialWay query(String name) {
        return PROGRAM.or(headers -> Credential.ofQuery(headers, name));
    }

    private CredentialWay or(Function<RequestHeaders, Credential> other) {
        return new CredentialWay(
                headers ->
                        reader.apply(headers) instanceof Credential.None ? other.apply(headers) : reader.apply(headers),
                challenge,
                expected,
                isPage);
    }

    /// The same, with other words for clients without a credential: where theirs has another place that is not looked at.
    ///
    /// @param where to show the token
    public CredentialWay saying(String where) {
        return new CredentialWay(reader, challenge, TOKEN + ", " + where, isPage);
    }

    Credential read(RequestHeaders headers) {
        return reader.apply(headers);
    }
}
