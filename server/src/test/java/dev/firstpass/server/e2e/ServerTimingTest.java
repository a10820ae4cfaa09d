package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.config.RuntimeConfig;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The header that says where an answer's time went, as a client gets it.
final class ServerTimingTest {
    private static final int ANSWERS = 50;

    /// The thread may lose the processor between two spans, which is in none of them.
    private static final int MOST_INTERRUPTED = 5;

    private static final List<String> SPANS =
            List.of("fetch", "decode", "queue", "infer", "postprocess", "write", "total");

    @TempDir
    Path data = Path.of("");

    @Test
    void spans_ofManyAnswers_addUpToTheTotal() throws Exception {
        DemoRegistry.copyTo(data);
        RuntimeConfig config = RuntimeConfig.forCores(Runtime.getRuntime().availableProcessors());
        try (FirstpassServer server = FirstpassServer.start(data, DemoServer.ON_LOOPBACK, config);
                HttpClient http = HttpClient.newHttpClient()) {
            server.runtime().awaitSettled();
            List<String> interrupted = new ArrayList<>();
            for (int i = 0; i < ANSWERS; i++) {
                // Later rounds are answered from memory: those have spans of 0, and add up all the same.
                String photo = Goldens.PHOTOS.get(i % Goldens.PHOTOS.size());
                String model = i % 5 == 0 ? "text" : "coco";
                long asked = System.nanoTime();
                HttpResponse<byte[]> response = http.send(
                        HttpRequest.newBuilder(server.url().resolve("v1/models/" + model + "/prelabels"))
                                .header("Content-Type", "application/octet-stream")
                                .POST(HttpRequest.BodyPublishers.ofByteArray(Goldens.photo(photo)))
                                .build(),
                        HttpResponse.BodyHandlers.ofByteArray());
                double elapsed = (System.nanoTime() - asked) / 1e6;
                assertEquals(200, response.statusCode());

                String header = response.headers().firstValue("Server-Timing").orElseThrow();
                Map<String, Double> millis = parse(header);
                assertEquals(SPANS, List.copyOf(millis.keySet()), header);
                double total = millis.getOrDefault("total", Double.NaN);
                double sum = millis.values().stream()
                                .mapToDouble(Double::doubleValue)
                                .sum()
                        - total;
                if (Math.abs(sum - total) > Math.max(0.5, 0.05 * total)) {
                    interrupted.add(header);
                }
                boolean isKnown = header.endsWith(", cache;desc=hit");
                assertEquals(millis.getOrDefault("infer", Double.NaN) == 0, isKnown, header);
                assertTrue(sum <= total + 0.5, () -> header + " adds up to more than its total");
                assertTrue(total <= elapsed, () -> header + " of " + elapsed + " ms that the client waited");
            }
            assertTrue(interrupted.size() <= MOST_INTERRUPTED, interrupted::toString);
        }
    }

    /// `fetch;dur=1.250, decode;dur=...` to milliseconds by name, in the header's order.
    private static Map<String, Double> parse(String header) {
        Map<String, Double> millis = new LinkedHashMap<>();
        for (String metric : header.split(", ", -1)) {
            String[] parts = metric.split(";dur=", 2);
            if (parts.length == 2) {
                millis.put(parts[0], Double.parseDouble(parts[1]));
            }
        }
        return millis;
    }
}
