package dev.firstpass.server.security;

import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.common.RequestHeaders;
import dev.firstpass.registry.token.TokenSecret;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/// What a client shows to be let in, however its protocol carries it. Each door says in what way its own client does
/// ([CredentialWay]); nobody writes it anywhere, and its text says no more than of which kind it is.
///
/// Immutable, all variants.
public sealed interface Credential {
    /// The client shows nothing.
    record None() implements Credential {
        @Override
        public String toString() {
            return "none";
        }
    }

    /// A secret that stands alone.
    record Token(String value) implements Credential {
        @Override
        public String toString() {
            return "a token";
        }
    }

    /// A name with a password. Clients that carry nothing else may have put a token in either.
    record Basic(String user, String password) implements Credential {
        @Override
        public String toString() {
            return "a name with a password";
        }
    }

    /// A certificate of an authority that the server trusts, whose key the client has proven to have.
    ///
    /// @param commonName of its subject
    record Certificate(String commonName) implements Credential {
        @Override
        public String toString() {
            return "a certificate";
        }
    }

    /// The token that is shown, if it is one by its form.
    default Optional<TokenSecret> secret() {
        return switch (this) {
            case None _, Certificate _ -> Optional.empty();
            case Token(String value) -> TokenSecret.parse(value);
            case Basic(String user, String password) ->
                TokenSecret.parse(password).or(() -> TokenSecret.parse(user));
        };
    }

    /// The certificate that a client has shown with the connection; none where it has shown none, or one without a single common name.
    static Credential ofConnection(@Nullable SSLSession session) {
        if (session == null) {
            return new None();
        }
        try {
            X509Certificate own = (X509Certificate) session.getPeerCertificates()[0];
            List<String> names = new LdapName(own.getSubjectX500Principal().getName())
                    .getRdns().stream()
                            .filter(part -> part.getType().equalsIgnoreCase("CN"))
                            .map(part -> part.getValue().toString())
                            .toList();
            return names.size() == 1 ? new Certificate(names.getFirst()) : new None();
        } catch (SSLPeerUnverifiedException | InvalidNameException _) {
            return new None();
        }
    }

    /// What `Authorization` says: `Basic`, or `Bearer` with a token. Of another scheme, or where it cannot be read, it is
    /// none.
    static Credential ofAuthorization(RequestHeaders headers) {
        @Nullable String header = headers.get("authorization");
        if (header == null) {
            return new None();
        }
        int blank = header.indexOf(' ');
        String scheme = header.substring(0, Math.max(0, blank)).toLowerCase(Locale.ROOT);
        String value = header.substring(blank + 1).strip();
        return switch (scheme) {
            case "bearer" -> token(value);
            case "basic" -> ofPair(value);
            default -> new None();
        };
    }

    /// What a header of that name says, as it stands.
    static Credential ofHeader(RequestHeaders headers, String name) {
        return token(headers.get(name, ""));
    }

    /// What a parameter of the query says.
    static Credential ofQuery(RequestHeaders headers, String name) {
        String path = headers.path();
        int mark = path.indexOf('?');
        return mark < 0
                ? new None()
                : token(QueryParams.fromQueryString(path.substring(mark + 1)).get(name, ""));
    }

    /// None where it is blank.
    static Credential token(String value) {
        return value.isBlank() ? new None() : new Token(value);
    }

    private static Credential ofPair(String encoded) {
        String pair;
        try {
            pair = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            return new None();
        }
        int colon = pair.indexOf(':');
        return colon < 0 ? new None() : new Basic(pair.substring(0, colon), pair.substring(colon + 1));
    }
}
