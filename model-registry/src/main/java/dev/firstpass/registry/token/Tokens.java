package dev.firstpass.registry.token;

import dev.firstpass.registry.Tenant;
import java.util.List;
import java.util.Optional;

/// The tokens that a server takes, whichever of the servers that share a registry made them.
///
/// Thread-safe.
public interface Tokens {
    /// A token, with what is shown once and kept nowhere.
    record Created(ApiToken token, TokenSecret secret) {}

    /// The token of this secret, expired or not; empty where there is none, or it was revoked. From memory, within
    /// microseconds: what another server has revoked is found for some seconds more.
    Optional<ApiToken> find(TokenSecret secret);

    /// Notes that a token was used. From memory; it is written down later.
    void used(ApiToken token);

    /// Writes down when tokens were used, in a transaction or none. Where the database does not answer, it is for the next
    /// time.
    void writeDown();

    /// All of them, by tenant and name.
    List<ApiToken> list();

    /// @param by who asks for it, for the audit
    /// @throws dev.firstpass.registry.RegistryException.AlreadyExists if the tenant has one of that name
    /// @throws dev.firstpass.registry.RegistryException.ArgumentInvalid if it would be expired at once, or there are too many
    Created create(NewToken wish, String by);

    /// Ends a token, here at once.
    ///
    /// @param by who asks for it, for the audit
    /// @return whether there was one of that name
    boolean revoke(Tenant tenant, String name, String by);
}
