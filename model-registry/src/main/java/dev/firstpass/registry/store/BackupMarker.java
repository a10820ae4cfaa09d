package dev.firstpass.registry.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What stands in the file that makes a copy complete. The database's hash vouches for the database, its manifests
/// for the files, so nothing else need be listed.
///
/// Immutable.
///
/// @param beside name -> SHA-256 of each database that was copied with the registry, in 64 hex digits
/// @param left digests of contents that the copy lacks, since they were damaged already
record BackupMarker(int schema, String databaseSha256, Map<String, String> beside, List<String> left) {
    static final String FILE_NAME = "firstpass-backup.json";

    private static final int FORMAT = 1;
    private static final int MOST_BYTES = 16 << 20;
    private static final JsonMapper JSON = new JsonMapper();

    BackupMarker {
        beside = Map.copyOf(beside);
        left = List.copyOf(left);
    }

    /// Writes the file in one step, durably.
    ///
    /// @param now for people to read
    void write(Path directory, Instant now) throws IOException {
        ObjectNode json = JSON.createObjectNode();
        json.put("format", FORMAT);
        json.put("schema", schema);
        json.put("createdAt", now.toString());
        json.put("databaseSha256", databaseSha256);
        ObjectNode others = json.putObject("besideSha256");
        new TreeMap<>(beside).forEach(others::put);
        left.forEach(json.putArray("damaged")::add);
        Path written = directory.resolve(FILE_NAME + ".part");
        Durable.write(written, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json));
        Files.move(written, directory.resolve(FILE_NAME), StandardCopyOption.ATOMIC_MOVE);
        Durable.syncDirectory(directory);
    }

    /// @throws dev.firstpass.registry.RegistryException.DataUnusable if it is absent, damaged or of a newer release
    static BackupMarker read(Path directory) throws IOException {
        JsonNode json;
        try (InputStream in = Files.newInputStream(directory.resolve(FILE_NAME))) {
            json = JSON.readTree(in.readNBytes(MOST_BYTES));
        } catch (NoSuchFileException _) {
            throw Backup.unusable(
                    "the backup is incomplete, or none: there is no " + FILE_NAME + ", which is written last");
        } catch (JsonProcessingException _) {
            throw damaged();
        }
        int format = json.path("format").asInt();
        int schema = json.path("schema").asInt();
        if (format > FORMAT || schema > Database.SCHEMA) {
            throw Backup.unusable("the backup is of a newer release: format " + format + ", schema " + schema
                    + " (expected: at most " + FORMAT + " and " + Database.SCHEMA + ")");
        }
        String sha256 = json.path("databaseSha256").asText();
        if (format < 1
                || schema < 1
                || !sha256.matches("[0-9a-f]{64}")
                || !json.path("damaged").isArray()) {
            throw damaged();
        }
        Map<String, String> beside = new HashMap<>();
        json.path("besideSha256").properties().forEach(other -> {
            if (!other.getKey().matches("[a-z]+\\.db")
                    || !other.getValue().asText().matches("[0-9a-f]{64}")) {
                throw damaged();
            }
            beside.put(other.getKey(), other.getValue().asText());
        });
        List<String> left = new ArrayList<>();
        json.path("damaged").forEach(digest -> left.add(digest.asText()));
        return new BackupMarker(schema, sha256, beside, left);
    }

    private static RuntimeException damaged() {
        return Backup.unusable("the backup is damaged: its " + FILE_NAME + " cannot be read");
    }
}
