package dev.firstpass.server.config;

import java.util.Locale;

/// One setting of the server. Its default is text, read as what a user writes is.
///
/// Immutable.
///
/// @param key in the file, with dots between levels: `runtime.cache-bytes`
/// @param byDefault its value where nobody says another; empty where it then depends on the machine, or is not set
/// @param unset what an empty default means, for the page of settings
/// @param purpose one sentence for the page of settings
record Setting<T>(String key, SettingKind<T> kind, String byDefault, String unset, String purpose) {
    static final String PREFIX = "FIRSTPASS_";

    static <T> Setting<T> setting(String key, SettingKind<T> kind, String byDefault, String purpose) {
        return new Setting<>(key, kind, byDefault, "", purpose);
    }

    static <T> Setting<T> optional(String key, SettingKind<T> kind, String unset, String purpose) {
        return new Setting<>(key, kind, "", unset, purpose);
    }

    /// Its environment variable: `FIRSTPASS_RUNTIME_CACHE_BYTES`.
    String variable() {
        return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }
}
