package dev.firstpass.server.config;

import static dev.firstpass.server.config.Setting.optional;
import static dev.firstpass.server.config.Setting.setting;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.firstpass.registry.token.Scope;
import dev.firstpass.server.asset.Origin;
import dev.firstpass.server.tls.TlsException;
import dev.firstpass.server.tls.TlsFiles;
import dev.firstpass.server.tls.TlsIdentity;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// The settings that say by what server and callers prove who they are, beside tokens of the registry.
///
/// Pure functions, but for looking at the files.
final class IdentitySettings {
    private static final ObjectMapper JSON = new ObjectMapper();

    /// Kinds of keys (`kty`) that have a public half that signatures can be checked with.
    private static final Set<String> PUBLIC = Set.of("RSA", "EC");

    private static final SettingKind<Map<String, Grant>> GRANTS = new SettingKind<>(
            "names with scopes, as a list or with commas: label-robot=prelabel+tensors, or ci=prelabel@acme for a tenant",
            Grant::parseAll);

    private static final Setting<Path> CERTIFICATE = optional(
            "security.tls.certificate",
            SettingKind.PATH,
            "no TLS",
            "The server's certificate in PEM, with those behind it, for both listeners and gRPC; read again when it changes.");
    private static final Setting<Path> KEY = optional(
            "security.tls.key",
            SettingKind.PATH,
            "none",
            "Its private key, PKCS #8 in PEM without a password; not for everybody to read.");
    private static final Setting<Path> AUTHORITIES = optional(
            "security.tls.client-authorities",
            SettingKind.PATH,
            "nobody is asked",
            "Authorities in PEM, whose certificates clients may show in place of a token; read again when it changes.");
    private static final Setting<Boolean> REQUIRED = setting(
            "security.tls.client-certificates",
            new SettingKind<>(
                    "optional or required",
                    text -> Optional.of(text.equals("required"))
                            .filter(required -> required || text.equals("optional"))),
            "optional",
            "Whether a client without a certificate gets no connection, probes included; else it shows a token.");
    private static final Setting<Map<String, Grant>> CLIENTS = setting(
            "security.tls.clients",
            GRANTS,
            "",
            "Common names of clients' certificates, and what each may do; others are not known by theirs.");

    private static final Setting<String> ISSUER = optional(
            "security.oidc.issuer",
            SettingKind.TEXT,
            "none",
            "Whose tokens of OpenID Connect (JWT, RS256 or ES256) are taken too, as `iss` has it.");
    private static final Setting<String> AUDIENCE = optional(
            "security.oidc.audience", SettingKind.TEXT, "none", "For whom they have to be: one of their `aud`.");
    private static final Setting<OidcConfig.Keys> KEYS = optional(
            "security.oidc.jwks",
            new SettingKind<>("an https URL (http on loopback), or the path of a file", IdentitySettings::keys),
            "none",
            "The issuer's public keys, a JSON Web Key Set: by address, fetched every five minutes, or in a file.");
    private static final Setting<Path> KEY_AUTHORITIES = optional(
            "security.oidc.authorities",
            SettingKind.PATH,
            "those that Java knows",
            "Authorities in PEM, one of which has issued the certificate of where the keys are fetched.");
    private static final Setting<Duration> KEY_EXPIRY = setting(
            "security.oidc.key-expiry",
            SettingKind.duration("1m"),
            "6h",
            "How long keys are trusted that cannot be fetched, or read, again; then nobody is known by such tokens.");
    private static final Setting<String> SCOPES_CLAIM = setting(
            "security.oidc.scopes-claim",
            SettingKind.TEXT,
            "scope",
            "The claim with what a token may do: text with blanks in between, or a list, for instance `groups`.");
    private static final Setting<Map<String, Set<Scope>>> SCOPES = setting(
            "security.oidc.scopes",
            new SettingKind<>(
                    "values with scopes, as a list or with commas: labelers=prelabel, ml-ops=register+promote",
                    Grant::parseScopes),
            "",
            "What values of that claim stand for; empty takes those that are called as scopes are.");
    private static final Setting<String> TENANT_CLAIM = optional(
            "security.oidc.tenant-claim",
            SettingKind.TEXT,
            "`local` for every token",
            "The claim with the tenant that a token is of; a token without it is not taken then.");

    static final List<Setting<?>> KNOWN = List.of(
            CERTIFICATE,
            KEY,
            AUTHORITIES,
            REQUIRED,
            CLIENTS,
            ISSUER,
            AUDIENCE,
            KEYS,
            KEY_AUTHORITIES,
            KEY_EXPIRY,
            SCOPES_CLAIM,
            SCOPES,
            TENANT_CLAIM);

    private IdentitySettings() {}

    /// @throws SettingsException if they do not go together, or a file is not what it is to be
    static IdentityConfig identity(SettingValues values, Authentication authentication) {
        // What says nothing is to be right as well.
        KNOWN.forEach(values::find);
        Map<String, Grant> clients = values.get(CLIENTS);
        Optional<OidcConfig> oidc = oidc(values);
        if (authentication == Authentication.NONE) {
            Stream.of(AUTHORITIES, ISSUER)
                    .filter(setting -> values.find(setting).isPresent())
                    .findFirst()
                    .ifPresent(setting -> {
                        throw values.refusal(setting, "security.authentication: tokens beside it");
                    });
        }
        Optional<TlsFiles> tls = tls(values);
        if (!clients.isEmpty() && tls.flatMap(TlsFiles::clients).isEmpty()) {
            throw values.refusal(CLIENTS, AUTHORITIES.key() + " beside it, whose certificates these are");
        }
        return new IdentityConfig(tls, clients, oidc);
    }

    private static Optional<TlsFiles> tls(SettingValues values) {
        Optional<Path> certificate = values.find(CERTIFICATE);
        Optional<Path> key = values.find(KEY);
        Optional<Path> authorities = values.find(AUTHORITIES);
        if (values.get(REQUIRED) && authorities.isEmpty()) {
            throw values.refusal(REQUIRED, AUTHORITIES.key() + " beside it, whose certificates are required");
        }
        if (certificate.isEmpty()) {
            Stream.of(KEY, AUTHORITIES)
                    .filter(setting -> values.find(setting).isPresent())
                    .findFirst()
                    .ifPresent(setting -> {
                        throw values.refusal(setting, CERTIFICATE.key() + " beside it");
                    });
            return Optional.empty();
        }
        TlsFiles files = new TlsFiles(
                certificate.get(),
                key.orElseThrow(() -> values.refusal(CERTIFICATE, KEY.key() + " beside it")),
                authorities.map(file -> new TlsFiles.Clients(file, values.get(REQUIRED))));
        try {
            var _ = TlsIdentity.read(files, Instant.now());
            return Optional.of(files);
        } catch (TlsException e) {
            Setting<Path> wrong = switch (e.which()) {
                case CERTIFICATE -> CERTIFICATE;
                case KEY -> KEY;
                case AUTHORITIES -> AUTHORITIES;
            };
            throw values.refusal(wrong, String.valueOf(e.getMessage()));
        }
    }

    private static Optional<OidcConfig> oidc(SettingValues values) {
        Optional<String> issuer = values.find(ISSUER);
        if (issuer.isEmpty()) {
            Stream.of(AUDIENCE, KEYS)
                    .filter(setting -> values.find(setting).isPresent())
                    .findFirst()
                    .ifPresent(setting -> {
                        throw values.refusal(setting, ISSUER.key() + " beside it");
                    });
            return Optional.empty();
        }
        OidcConfig.Keys keys = values.find(KEYS).orElseThrow(() -> values.refusal(ISSUER, KEYS.key() + " beside it"));
        if (keys instanceof OidcConfig.Keys.In(Path file)) {
            requireKeys(values, file);
        }
        return Optional.of(new OidcConfig(
                issuer.get(),
                values.find(AUDIENCE).orElseThrow(() -> values.refusal(ISSUER, AUDIENCE.key() + " beside it")),
                keys,
                keyAuthorities(values),
                values.get(KEY_EXPIRY),
                values.get(SCOPES_CLAIM),
                values.get(SCOPES),
                values.find(TENANT_CLAIM)));
    }

    /// A file is at hand at the start, other than an address that may not answer yet: one that has no keys is a mistake. Which of
    /// its keys count is for whoever checks tokens.
    private static void requireKeys(SettingValues values, Path file) {
        try {
            JsonNode keys = JSON.readTree(file.toFile()).path("keys");
            if (!keys.isArray()) {
                throw values.refusal(KEYS, "a JSON Web Key Set: {\"keys\": [...]}");
            }
            if (keys.valueStream()
                    .noneMatch(key -> PUBLIC.contains(key.path("kty").asText()))) {
                throw values.refusal(KEYS, "a JSON Web Key Set with a public key in it");
            }
        } catch (JacksonException _) {
            throw values.refusal(KEYS, "a JSON Web Key Set: {\"keys\": [...]}");
        } catch (IOException _) {
            throw values.refusal(KEYS, "a file that can be read, or an https URL");
        }
    }

    private static Optional<Path> keyAuthorities(SettingValues values) {
        Optional<Path> file = values.find(KEY_AUTHORITIES);
        if (file.isPresent()) {
            try {
                var _ = TlsIdentity.certificates(file.get(), TlsException.Which.AUTHORITIES);
            } catch (TlsException e) {
                throw values.refusal(KEY_AUTHORITIES, String.valueOf(e.getMessage()));
            }
        }
        return file;
    }

    /// Who can change keys on their way can make tokens, so an address is one with TLS.
    private static Optional<OidcConfig.Keys> keys(String text) {
        if (!text.contains("://")) {
            return SettingKind.PATH.reader().apply(text).map(OidcConfig.Keys.In::new);
        }
        try {
            URI uri = new URI(text);
            return Origin.of(uri)
                    .filter(origin -> origin.isEncrypted() || origin.isLoopback())
                    .map(_ -> new OidcConfig.Keys.At(uri));
        } catch (URISyntaxException _) {
            return Optional.empty();
        }
    }
}
