package dev.firstpass.server.cli;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.server.tls.Trust;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Optional;

/// `server.json` in the data directory: how commands find the server that owns the directory. A server writes it when
/// it is ready and deletes it when it ends; one that was killed leaves it, so a reader also asks whether the process
/// lives.
///
/// Immutable.
///
/// @param url of the data listener
/// @param adminUrl of the management listener
/// @param token that opens both as long as the server runs, for whoever may read the file; none where they are open
/// @param certificate where the one lies that both show; none without TLS
record ServerFile(
        long pid, URI url, URI adminUrl, Instant startedAt, Optional<String> token, Optional<Path> certificate) {
    private static final String NAME = "server.json";
    private static final JsonMapper JSON = new JsonMapper();

    /// The server that `data` names, if its process is alive. Whether it answers is not asked.
    static Optional<ServerFile> findAlive(Path data) {
        return read(data).filter(file -> ProcessHandle.of(file.pid).isPresent());
    }

    /// What the file says; empty where there is none or it cannot be read as one.
    static Optional<ServerFile> read(Path data) {
        if (!Files.isDirectory(data)) {
            return Optional.empty();
        }
        try {
            JsonNode json = JSON.readTree(Files.readAllBytes(data.resolve(NAME)));
            return Optional.of(new ServerFile(
                    json.path("pid").asLong(),
                    URI.create(json.path("url").asText()),
                    URI.create(json.path("adminUrl").asText()),
                    Instant.parse(json.path("startedAt").asText()),
                    text(json, "token"),
                    text(json, "certificate").map(Path::of)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (JacksonException | IllegalArgumentException | java.time.DateTimeException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw CliException.failed("cannot read " + data.resolve(NAME) + ": " + e.getMessage(), e);
        }
    }

    private static Optional<String> text(JsonNode json, String name) {
        return Optional.of(json.path(name).asText()).filter(text -> !text.isEmpty());
    }

    Endpoint data() {
        return endpoint(url);
    }

    Endpoint management() {
        return endpoint(adminUrl);
    }

    private Endpoint endpoint(URI root) {
        return new Endpoint(
                root, token, certificate.<Trust>map(Trust.Certificate::new).orElseGet(Trust.Usual::new));
    }

    /// Whether the server answers.
    boolean isAnswering() {
        return HttpCalls.isAlive(data());
    }

    /// Writes the file in one step, so that no reader sees half of it. Nobody but its owner can read it.
    void write(Path data) throws IOException {
        var json = JSON.createObjectNode()
                .put("pid", pid)
                .put("url", url.toString())
                .put("adminUrl", adminUrl.toString())
                .put("startedAt", startedAt.toString());
        token.ifPresent(text -> json.put("token", text));
        certificate.ifPresent(file -> json.put("certificate", file.toString()));
        Path draft = Files.createTempFile(data, NAME, ".tmp");
        Files.writeString(draft, json.toPrettyString() + "\n");
        Files.move(draft, data.resolve(NAME), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /// Deletes the file if it is still this server's own.
    void delete(Path data) throws IOException {
        if (read(data).filter(this::equals).isPresent()) {
            Files.deleteIfExists(data.resolve(NAME));
        }
    }

    @Override
    public String toString() {
        return url + " (process " + pid + ")";
    }
}
