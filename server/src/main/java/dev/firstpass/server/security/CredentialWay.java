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
public record CredentialWay(Function<RequestHeaders, Credential> reader, String challenge) {
    private static final String REALM = "realm=\"firstpass\"";

    /// `Authorization`, by programs.
    public static final CredentialWay PROGRAM = new CredentialWay(Credential::ofAuthorization, "Bearer " + REALM);

    /// The same by browsers, and by clients that take a name and a password: a browser asks for the two itself, and sends
    /// them with whatever the page asks for then.
    public static final CredentialWay BROWSER =
            new CredentialWay(Credential::ofAuthorization, "Basic " + REALM + ", charset=\"UTF-8\"");

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
                challenge);
    }

    Credential read(RequestHeaders headers) {
        return reader.apply(headers);
    }
}
