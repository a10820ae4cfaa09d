package dev.firstpass.loadtest.drive;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/// Servers that are about to be loaded.
///
/// Pure functions, but for the looks at the server.
public final class Targets {
    private static final Duration LOOK = Duration.ofSeconds(5);

    private Targets() {}

    /// The root of a server, with a slash at its end.
    ///
    /// @throws IllegalArgumentException if it is no such address
    public static URI root(String target) {
        URI uri = URI.create(target.endsWith("/") ? target : target + "/");
        if (uri.getHost() == null || !("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
            throw new IllegalArgumentException(
                    "--target: '" + target + "' (expected: for instance http://127.0.0.1:8080)");
        }
        return uri;
    }

    /// Why a model cannot be asked there; empty if it can.
    public static Optional<String> problem(URI root, String model) throws InterruptedException {
        try (HttpClient http = HttpClient.newBuilder().connectTimeout(LOOK).build()) {
            HttpResponse<String> response = http.send(
                    HttpRequest.newBuilder(root.resolve("v1/models/" + model))
                            .timeout(LOOK)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return switch (response.statusCode()) {
                case 200 -> Optional.empty();
                case 404 -> Optional.of(model + ": not on " + root + " (expected: a model version that it has)");
                default -> Optional.of(model + ": " + root + " answers " + response.statusCode());
            };
        } catch (IOException e) {
            return Optional.of(root + " cannot be reached: " + e);
        } catch (IllegalArgumentException e) {
            return Optional.of("'" + model + "' is no model reference (expected: for instance coco@3)");
        }
    }
}
