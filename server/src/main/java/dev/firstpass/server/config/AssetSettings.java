package dev.firstpass.server.config;

import static dev.firstpass.server.config.Setting.optional;
import static dev.firstpass.server.config.Setting.setting;

import dev.firstpass.server.asset.AssetConfig;
import dev.firstpass.server.asset.LabelStudioHost;
import dev.firstpass.server.asset.LabelStudioHost.AccessToken;
import dev.firstpass.server.asset.Origin;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The settings that say where images may be fetched from.
///
/// Pure functions, but for reading the file with the token.
final class AssetSettings {
    private static final Setting<List<Origin>> URLS = setting(
            "assets.urls",
            new SettingKind<>(
                    "http or https origins without a path, as a list or with commas, for instance https://images.example.org",
                    AssetSettings::origins),
            "",
            "Web servers that images may be fetched from where a request gives an address; none by default.");
    private static final Setting<Long> MAX_BYTES = setting(
            "assets.max-bytes",
            SettingKind.bytes("1KiB", "1GiB"),
            "64MiB",
            "Largest image that is fetched, from there or from Label Studio.");
    private static final Setting<URI> STUDIO = optional(
            "label-studio.url",
            new SettingKind<>("an http or https URL without a query", LabelStudioHost::base),
            "none",
            "The Label Studio whose uploaded files may be fetched.");
    private static final Setting<Path> TOKEN_FILE = optional(
            "label-studio.token-file",
            SettingKind.PATH,
            "none",
            "File whose first line is an access token for it; goes to that URL only.");
    private static final Setting<AccessToken> TOKEN = optional(
            "label-studio.token",
            new SettingKind<>("a token", text -> Optional.of(new AccessToken(text.strip()))),
            "none",
            "The token itself, in place of the file; better in the environment than among settings.");
    private static final Setting<Path> LOCAL_FILES = optional(
            "label-studio.local-files",
            SettingKind.PATH,
            "none",
            "Folder that Label Studio knows as its local files (`LOCAL_FILES_DOCUMENT_ROOT`), where this machine has it too.");

    static final List<Setting<?>> KNOWN = List.of(URLS, MAX_BYTES, STUDIO, TOKEN_FILE, TOKEN, LOCAL_FILES);

    private AssetSettings() {}

    /// @throws SettingsException if they do not go together, or the file with the token cannot be read
    static AssetConfig assets(SettingValues values) {
        Optional<AccessToken> token = readToken(values);
        Optional<URI> studio = values.find(STUDIO);
        if (token.isPresent() && studio.isEmpty()) {
            throw values.refusal(STUDIO, "the URL of the Label Studio that the token is for");
        }
        return new AssetConfig(
                values.get(URLS), studio.map(base -> new LabelStudioHost(base, token)), values.find(LOCAL_FILES), (int)
                        Math.min(values.get(MAX_BYTES), Integer.MAX_VALUE - 1L));
    }

    private static Optional<AccessToken> readToken(SettingValues values) {
        Optional<AccessToken> itself = values.find(TOKEN);
        Optional<Path> file = values.find(TOKEN_FILE);
        if (itself.isPresent()) {
            // What it is does not stand in messages.
            return Optional.of(itself.flatMap(token -> token(token.value()))
                    .orElseThrow(() -> new SettingsException(TOKEN.key() + ": (expected: a token in ASCII letters)")));
        }
        if (file.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Files.readString(file.get())
                    .lines()
                    .findFirst()
                    .flatMap(line -> token(line.strip()))
                    .orElseThrow(() -> values.refusal(TOKEN_FILE, "a file whose first line is a token")));
        } catch (IOException e) {
            throw values.refusal(TOKEN_FILE, "a file that can be read");
        }
    }

    private static Optional<AccessToken> token(String text) {
        return Optional.of(text).filter(some -> some.matches("[!-~]{1,8192}")).map(AccessToken::new);
    }

    private static Optional<List<Origin>> origins(String text) {
        List<Origin> origins = new ArrayList<>();
        for (String word : SettingKind.WORDS.reader().apply(text).orElseThrow()) {
            Optional<Origin> origin = Origin.parse(word);
            if (origin.isEmpty()) {
                return Optional.empty();
            }
            origins.add(origin.get());
        }
        return Optional.of(List.copyOf(origins));
    }
}
