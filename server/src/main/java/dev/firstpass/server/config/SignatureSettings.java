package dev.firstpass.server.config;

import static dev.firstpass.server.config.Setting.setting;

import dev.firstpass.registry.signature.SignaturePolicy;
import dev.firstpass.registry.signature.TrustedKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The settings that say whose signatures of models count, and whether there must be one.
///
/// Pure functions, but for reading the keys.
final class SignatureSettings {
    private static final Setting<List<Path>> KEYS = setting(
            "registry.signature-keys",
            new SettingKind<>(
                    "files with a public key each, Ed25519 or ECDSA on P-256, P-384 or P-521, in PEM, as a list or with commas",
                    SignatureSettings::paths),
            "",
            "Keys whose signatures count: with any, a model that is signed must be signed by one of them, and be unchanged.");
    private static final Setting<Boolean> REQUIRED = setting(
            "registry.require-signature",
            SettingKind.FLAG,
            "false",
            "Refuses to register a model that is not signed; goes with `registry.signature-keys`.");

    static final List<Setting<?>> KNOWN = List.of(KEYS, REQUIRED);

    private SignatureSettings() {}

    /// @throws SettingsException if they do not go together, or a file cannot be read or is no such key
    static SignaturePolicy policy(SettingValues values) {
        List<TrustedKey> keys = new ArrayList<>();
        for (Path file : values.get(KEYS)) {
            keys.add(key(file)
                    .orElseThrow(() -> values.refusal(
                            KEYS,
                            "in " + file + " one public key in PEM, as of `openssl pkey -pubout`: Ed25519, or ECDSA on"
                                    + " P-256, P-384 or P-521")));
        }
        boolean required = values.get(REQUIRED);
        if (required && keys.isEmpty()) {
            throw values.refusal(REQUIRED, KEYS.key() + " beside it");
        }
        return new SignaturePolicy(keys, required);
    }

    private static Optional<TrustedKey> key(Path file) {
        try {
            return TrustedKey.of(Files.readString(file));
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    private static Optional<List<Path>> paths(String text) {
        try {
            return SettingKind.WORDS
                    .reader()
                    .apply(text)
                    .map(words -> words.stream().map(Path::of).toList());
        } catch (InvalidPathException _) {
            return Optional.empty();
        }
    }
}
