package dev.firstpass.server.config;

import static dev.firstpass.server.config.Setting.optional;
import static dev.firstpass.server.config.Setting.setting;

import dev.firstpass.registry.Tenant;
import dev.firstpass.server.asset.AssetBuckets;
import dev.firstpass.server.asset.AssetConfig;
import dev.firstpass.server.asset.LabelStudioHost;
import dev.firstpass.server.asset.LabelStudioHost.AccessToken;
import dev.firstpass.server.asset.Listed;
import dev.firstpass.server.asset.Origin;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The settings that say where images may be fetched from.
///
/// Pure functions, but for reading the file with the token.
final class AssetSettings {
    /// Neither a path from `/` on nor an address of a bucket begins so.
    private static final Pattern OF_TENANT = Pattern.compile("([a-z0-9][a-z0-9-]{0,62})=(.+)");

    private static final Set<String> MADE_UP = Set.of("proc", "sys", "dev");

    private static final Setting<List<Origin>> URLS = setting(
            "assets.urls",
            new SettingKind<>(
                    "http or https origins without a path, as a list or with commas, for instance https://images.example.org",
                    AssetSettings::origins),
            "",
            "Web servers that images may be fetched from where a request gives an address; none by default.");
    private static final Setting<List<Listed<Path>>> FOLDERS = setting(
            "assets.folders",
            new SettingKind<>(
                    "folders from / on, none in another, as a list or with commas: /data/photos, or acme=/data/acme for one tenant",
                    AssetSettings::folders),
            "",
            "Folders whose files a request may name, as file:///data/photos/a.jpg; for everybody, unless a tenant stands before it; none by default.");
    private static final Setting<List<Listed<AssetBuckets.Part>>> BUCKETS = setting(
            "assets.buckets",
            new SettingKind<>(
                    "S3 buckets, none in another, as a list or with commas: s3://photos, or s3://photos/2026, or acme=s3://photos/acme for one tenant",
                    AssetSettings::buckets),
            "",
            "Buckets whose objects a request may name, as s3://photos/a.jpg; for everybody, unless a tenant stands before it; none by default. Credentials are found as AWS's SDK finds them.");
    private static final Setting<URI> BUCKET_ENDPOINT = optional(
            "assets.bucket-endpoint",
            new SettingKind<>("an http or https URL without a path", StorageSettings::endpoint),
            "AWS's",
            "S3 server that those buckets are on, if it is not AWS's own.");
    private static final Setting<String> BUCKET_REGION = optional(
            "assets.bucket-region",
            SettingKind.TEXT,
            "as AWS's SDK finds it; any with an endpoint",
            "Region that those buckets are in.");
    private static final Setting<Long> MAX_BYTES = setting(
            "assets.max-bytes",
            SettingKind.bytes("1KiB", "1GiB"),
            "64MiB",
            "Largest image that is fetched, from wherever it is.");
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
    private static final Setting<Tenant> STUDIO_TENANT = setting(
            "label-studio.tenant",
            SettingKind.TENANT,
            Tenant.LOCAL.value(),
            "The tenant whose requests may name files of that Label Studio, and of that folder; no other's may.");

    static final List<Setting<?>> KNOWN = List.of(
            URLS,
            FOLDERS,
            BUCKETS,
            BUCKET_ENDPOINT,
            BUCKET_REGION,
            MAX_BYTES,
            STUDIO,
            TOKEN_FILE,
            TOKEN,
            LOCAL_FILES,
            STUDIO_TENANT);

    private AssetSettings() {}

    /// @throws SettingsException if they do not go together, or the file with the token cannot be read
    static AssetConfig assets(SettingValues values) {
        Optional<AccessToken> token = readToken(values);
        Optional<URI> studio = values.find(STUDIO);
        if (token.isPresent() && studio.isEmpty()) {
            throw values.refusal(STUDIO, "the URL of the Label Studio that the token is for");
        }
        return new AssetConfig(
                values.get(URLS),
                values.get(FOLDERS),
                new AssetBuckets(values.get(BUCKETS), values.find(BUCKET_ENDPOINT), values.find(BUCKET_REGION)),
                studio.map(base -> new LabelStudioHost(base, token)),
                values.find(LOCAL_FILES),
                values.get(STUDIO_TENANT).value(),
                (int) Math.min(values.get(MAX_BYTES), Integer.MAX_VALUE - 1L));
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

    private static Optional<List<Listed<Path>>> folders(String text) {
        return listed(text, AssetSettings::folder, (one, other) -> other.startsWith(one));
    }

    /// No root of a machine, and nothing that the kernel makes up.
    private static Optional<Path> folder(String text) {
        return SettingKind.PATH
                .reader()
                .apply(text)
                .map(Path::normalize)
                .filter(path -> path.isAbsolute() && path.getNameCount() > 0)
                .filter(path -> !MADE_UP.contains(path.getName(0).toString()));
    }

    private static Optional<List<Listed<AssetBuckets.Part>>> buckets(String text) {
        return listed(
                text,
                word -> StorageSettings.bucket(word)
                        .map(bucket -> new AssetBuckets.Part(bucket.name(), bucket.prefix())),
                AssetBuckets.Part::holds);
    }

    /// @param place reads one
    /// @param holds whether the second one is in the first: a tenant's place in everybody's would be nobody's own
    private static <T> Optional<List<Listed<T>>> listed(
            String text, Function<String, Optional<T>> place, BiPredicate<T, T> holds) {
        List<Listed<T>> all = new ArrayList<>();
        for (String word : SettingKind.WORDS.reader().apply(text).orElseThrow()) {
            Matcher parts = OF_TENANT.matcher(word);
            Optional<String> tenant = parts.matches() ? Optional.of(parts.group(1)) : Optional.empty();
            Optional<T> read = place.apply(parts.matches() ? parts.group(2) : word);
            if (read.isEmpty() || all.stream().anyMatch(other -> areNested(other.place(), read.get(), holds))) {
                return Optional.empty();
            }
            all.add(new Listed<>(tenant, read.get()));
        }
        return Optional.of(List.copyOf(all));
    }

    private static <T> boolean areNested(T one, T other, BiPredicate<T, T> holds) {
        return !one.equals(other) && (holds.test(one, other) || holds.test(other, one));
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
