package dev.firstpass.server.cli;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import javax.net.ssl.SSLException;

/// Calls one listener of a server and turns what goes wrong into the exceptions that commands know: a refusal that
/// the server explains becomes a FailureException, everything else a CliException.
///
/// Thread-safe; calls block. Closing ends idle connections.
final class HttpCalls implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration LIVENESS_TIMEOUT = Duration.ofSeconds(5);

    /// The first handshake of a process takes its time, on both sides.
    private static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(15);

    private static final int FIRST_ERROR = 400;
    private static final int NOT_FOUND = 404;
    private static final JsonMapper JSON = new JsonMapper();

    private final URI root;
    private final Optional<String> token;
    private final HttpClient client;

    HttpCalls(Endpoint endpoint) {
        URI root = endpoint.root();
        String scheme = root.getScheme();
        if (root.getHost() == null || !("http".equals(scheme) || "https".equals(scheme))) {
            throw CliException.usage("--server: " + root + " (expected: http://HOST:PORT or https://HOST:PORT)");
        }
        this.root = root.toString().endsWith("/") ? root : URI.create(root + "/");
        this.token = endpoint.token();
        if (token.filter(text -> !text.matches("[!-~]+")).isPresent()) {
            throw CliException.usage("the token to show is none (expected: what `firstpass token create` printed)");
        }
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(isEncrypted(endpoint) ? HANDSHAKE_TIMEOUT : CONNECT_TIMEOUT);
        endpoint.tls().ifPresent(builder::sslContext);
        this.client = builder.build();
    }

    private static boolean isEncrypted(Endpoint endpoint) {
        return "https".equals(endpoint.root().getScheme());
    }

    /// Whether the listener says that it lives.
    static boolean isAlive(Endpoint endpoint) {
        return saysYes(endpoint, "livez");
    }

    /// Whether the listener says that it takes requests.
    static boolean isReady(Endpoint endpoint) {
        return saysYes(endpoint, "readyz");
    }

    private static boolean saysYes(Endpoint endpoint, String probe) {
        try (HttpCalls calls = new HttpCalls(endpoint)) {
            Duration limit = isEncrypted(endpoint) ? HANDSHAKE_TIMEOUT : LIVENESS_TIMEOUT;
            HttpRequest request = calls.to(probe).timeout(limit).build();
            return calls.client.send(request, BodyHandlers.discarding()).statusCode() < FIRST_ERROR;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /// Begins a request to a path below the root.
    HttpRequest.Builder to(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(root.resolve(path)).header("User-Agent", "firstpass-cli");
        token.ifPresent(text -> request.header("Authorization", "Bearer " + text));
        return request;
    }

    /// @throws dev.firstpass.server.failure.FailureException if the server refuses
    HttpResponse<byte[]> send(HttpRequest request) {
        try {
            return exchange(request);
        } catch (ConnectException e) {
            throw CliException.failed("no server answers at " + root, e);
        } catch (SSLException e) {
            throw CliException.failed(
                    "the server at " + root + " does not prove who it is: " + e.getMessage()
                            + " (FIRSTPASS_CA_FILE names a file with authorities to trust)",
                    e);
        } catch (HttpTimeoutException e) {
            throw CliException.failed("the server at " + root + " did not answer in time", e);
        } catch (InterruptedIOException e) {
            throw CliException.failed("interrupted", e);
        } catch (IOException e) {
            throw CliException.failed("the connection to " + root + " broke: " + e.getMessage(), e);
        }
    }

    /// As `send`, for those who have another try when the connection breaks.
    ///
    /// @throws dev.firstpass.server.failure.FailureException if the server refuses
    HttpResponse<byte[]> exchange(HttpRequest request) throws IOException {
        HttpResponse<byte[]> response;
        try {
            response = client.send(request, BodyHandlers.ofByteArray());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CliException.failed("interrupted", e);
        }
        if (response.statusCode() >= FIRST_ERROR) {
            throw failure(request, response).asException();
        }
        return response;
    }

    JsonNode sendForJson(HttpRequest request) {
        return json(send(request));
    }

    /// The JSON of an answer.
    JsonNode json(HttpResponse<byte[]> response) {
        return json(response.body())
                .orElseThrow(() -> CliException.failed("what answers at " + root + " is no Firstpass server"));
    }

    private Failure failure(HttpRequest request, HttpResponse<byte[]> response) {
        if (request.method().equals("HEAD") && response.statusCode() == NOT_FOUND) {
            // The answer to HEAD has no body that could say more.
            return Failure.of(Reason.UPLOAD_NOT_FOUND, "what was asked for is not there any more");
        }
        JsonNode problem = json(response.body()).orElseGet(JSON::createObjectNode);
        String name = problem.path("reason").asText();
        Reason reason = Arrays.stream(Reason.values())
                .filter(candidate -> candidate.name().equals(name))
                .findFirst()
                .orElseThrow(() -> CliException.failed(
                        "what answers at " + root + " is no Firstpass server: status " + response.statusCode()));
        return new Failure(
                reason,
                problem.path("detail").asText(reason.cause()) + hint(reason),
                Optional.of(problem.path("field").asText()).filter(field -> !field.isEmpty()),
                response.headers().firstValue("Retry-After").flatMap(HttpCalls::seconds));
    }

    private static String hint(Reason reason) {
        return reason == Reason.UNAUTHENTICATED
                ? "; put one into FIRSTPASS_TOKEN, or its file's name into FIRSTPASS_TOKEN_FILE"
                : "";
    }

    private static Optional<Duration> seconds(String text) {
        try {
            return Optional.of(Duration.ofSeconds(Long.parseLong(text.strip())));
        } catch (NumberFormatException e) {
            return Optional.empty(); // The other form, a date, is of no use between machines with two clocks.
        }
    }

    private static Optional<JsonNode> json(byte[] body) {
        try {
            return Optional.of(JSON.readTree(body));
        } catch (JacksonException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new IllegalStateException("an array cannot fail to be read", e);
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
