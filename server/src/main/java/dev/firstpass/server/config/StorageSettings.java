package dev.firstpass.server.config;

import static dev.firstpass.server.config.Setting.optional;

import dev.firstpass.registry.Storage;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The settings that say where the registry is kept: in the data directory, or in a PostgreSQL and a bucket that several
/// servers share.
///
/// Pure functions, but for reading the file with the password.
final class StorageSettings {
    /// As S3 has them: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    private static final Pattern BUCKET = Pattern.compile("s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*?))?/?");

    private static final Pattern SECRET_IN_URL = Pattern.compile("(?i)[?&](ssl)?password=|//[^/@]*@");

    private static final Setting<String> DATABASE = optional(
            "registry.database",
            new SettingKind<>(
                    "a JDBC URL without a password, for instance jdbc:postgresql://db.example.org/firstpass",
                    StorageSettings::database),
            "a file in the data directory",
            "PostgreSQL database of a registry that several servers share; goes with `registry.bucket`.");
    private static final Setting<String> USER = optional(
            "registry.database-user",
            SettingKind.TEXT,
            "the URL's, else the operating system's",
            "User of that database.");
    private static final Setting<Path> PASSWORD_FILE = optional(
            "registry.database-password-file",
            SettingKind.PATH,
            "none",
            "File whose first line is the user's password.");
    private static final Setting<Storage.Secret> PASSWORD = optional(
            "registry.database-password",
            new SettingKind<>(
                    "text", text -> SettingKind.TEXT.reader().apply(text).map(Storage.Secret::new)),
            "none",
            "The password itself, in place of the file; better in the environment than among settings.");
    private static final Setting<Storage.Bucket> BUCKET_NAME = optional(
            "registry.bucket",
            new SettingKind<>("a bucket, with a prefix or without: s3://models/firstpass", StorageSettings::bucket),
            "the data directory",
            "S3 bucket for the models' files; goes with `registry.database`. Credentials are found as AWS's SDK finds them.");
    private static final Setting<URI> ENDPOINT = optional(
            "registry.bucket-endpoint",
            new SettingKind<>("an http or https URL without a path", StorageSettings::endpoint),
            "AWS's",
            "S3 server that the bucket is on, if it is not AWS's own.");
    private static final Setting<String> REGION = optional(
            "registry.bucket-region",
            SettingKind.TEXT,
            "as AWS's SDK finds it; any with an endpoint",
            "Region that the bucket is in.");

    static final List<Setting<?>> KNOWN =
            List.of(DATABASE, USER, PASSWORD_FILE, PASSWORD, BUCKET_NAME, ENDPOINT, REGION);

    private StorageSettings() {}

    /// @throws SettingsException if they do not go together, or the file with the password cannot be read
    static Storage storage(SettingValues values) {
        Optional<String> database = values.find(DATABASE);
        Optional<Storage.Bucket> bucket = values.find(BUCKET_NAME);
        if (database.isEmpty() && bucket.isEmpty()) {
            return Storage.LOCAL;
        }
        if (database.isEmpty()) {
            throw values.refusal(BUCKET_NAME, DATABASE.key() + " beside it");
        }
        if (bucket.isEmpty()) {
            throw values.refusal(DATABASE, BUCKET_NAME.key() + " beside it");
        }
        return new Storage.Shared(
                new Storage.Database(database.get(), values.find(USER), password(values)),
                new Storage.Bucket(
                        bucket.get().name(), bucket.get().prefix(), values.find(ENDPOINT), values.find(REGION)));
    }

    private static Optional<Storage.Secret> password(SettingValues values) {
        Optional<Storage.Secret> itself = values.find(PASSWORD);
        Optional<Path> file = values.find(PASSWORD_FILE);
        if (itself.isPresent() || file.isEmpty()) {
            return itself;
        }
        try {
            return Optional.of(Files.readString(file.get())
                    .lines()
                    .findFirst()
                    .filter(line -> !line.isBlank())
                    .map(Storage.Secret::new)
                    .orElseThrow(() -> values.refusal(PASSWORD_FILE, "a file whose first line is a password")));
        } catch (IOException e) {
            throw values.refusal(PASSWORD_FILE, "a file that can be read");
        }
    }

    private static Optional<String> database(String text) {
        return Optional.of(text)
                .filter(url -> url.startsWith(Storage.Database.SCHEME)
                        && !SECRET_IN_URL.matcher(url).find());
    }

    /// @return without a server
    static Optional<Storage.Bucket> bucket(String text) {
        Matcher parts = BUCKET.matcher(text);
        if (!parts.matches()) {
            return Optional.empty();
        }
        String prefix = Optional.ofNullable(parts.group(2))
                .filter(some -> !some.isEmpty())
                .map(some -> some + "/")
                .orElse("");
        return Optional.of(new Storage.Bucket(parts.group(1), prefix, Optional.empty(), Optional.empty()));
    }

    static Optional<URI> endpoint(String text) {
        try {
            URI uri = new URI(text);
            boolean isHttp = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            boolean isBare = uri.getPath() == null
                    || uri.getPath().isEmpty()
                    || uri.getPath().equals("/");
            return isHttp && uri.getHost() != null && uri.getUserInfo() == null && isBare
                    ? Optional.of(uri)
                    : Optional.empty();
        } catch (URISyntaxException _) {
            return Optional.empty();
        }
    }
}
