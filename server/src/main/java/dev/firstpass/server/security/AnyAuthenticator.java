package dev.firstpass.server.security;

import dev.firstpass.server.call.Caller;
import dev.firstpass.server.config.Grant;
import dev.firstpass.server.security.Verdict.Known;
import dev.firstpass.server.security.Verdict.Refusal;
import dev.firstpass.server.security.Verdict.Unknown;
import java.util.Map;
import java.util.Optional;

/// Knows callers by whatever they show: tokens of the registry, those of an issuer, which begin as JSON in Base64 does, and certificates
/// by the names that settings give to them.
///
/// Thread-safe.
public final class AnyAuthenticator implements Authenticator {
    private static final String JSON = "ey";

    private final Authenticator registry;
    private final Authenticator issuer;
    private final Map<String, Grant> clients;

    /// @param registry asked about whatever does not look as if it were of another kind
    /// @param clients common name of a certificate -> what it lets
    public AnyAuthenticator(Authenticator registry, Optional<OidcIssuer> issuer, Map<String, Grant> clients) {
        this.registry = registry;
        this.issuer = issuer.map(OidcIssuer::authenticator).orElse(registry);
        this.clients = Map.copyOf(clients);
    }

    @Override
    public Verdict check(Credential credential) {
        return switch (credential) {
            case Credential.None _ -> registry.check(credential);
            case Credential.Token(String token) -> of(token).check(credential);
            case Credential.Basic basic -> of(basic.password()).check(credential);
            case Credential.Certificate(String name) ->
                Optional.ofNullable(clients.get(name))
                        .<Verdict>map(grant -> new Known(new Caller(grant.tenant(), "cert:" + name, grant.scopes())))
                        .orElseGet(() -> new Unknown(Refusal.UNNAMED));
        };
    }

    private Authenticator of(String secret) {
        return secret.startsWith(JSON) ? issuer : registry;
    }
}
