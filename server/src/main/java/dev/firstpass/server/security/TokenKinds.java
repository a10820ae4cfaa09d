package dev.firstpass.server.security;

/// Tells tokens of the registry from those of an issuer by how they begin: the latter are JSON in Base64.
///
/// Thread-safe.
public final class TokenKinds implements Authenticator {
    private static final String JSON = "ey";

    private final Authenticator registry;
    private final Authenticator issuer;

    /// @param registry asked about whatever does not look as if it were the issuer's
    public TokenKinds(Authenticator registry, OidcIssuer issuer) {
        this.registry = registry;
        this.issuer = issuer.authenticator();
    }

    @Override
    public Verdict check(Credential credential) {
        boolean isIssued = switch (credential) {
            case Credential.None _ -> false;
            case Credential.Token(String token) -> token.startsWith(JSON);
            case Credential.Basic basic -> basic.password().startsWith(JSON);
        };
        return isIssued ? issuer.check(credential) : registry.check(credential);
    }
}
