package dev.firstpass.server.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.RegistryException.ModelNotFound;
import dev.firstpass.server.pipeline.Prelabeler;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/// That `/metrics` has no more series, whatever callers send.
@Isolated
final class SeriesTest {
    private static final boolean LONG = Boolean.getBoolean("firstpass.long");
    private static final int NAMES = LONG ? 10_000 : 1_000;
    private static final int CONNECTIONS = 4;

    /// Method and path, and what else a name stands in; `%s` is different each time.
    private static final List<String> PLACES = List.of(
            "GET /v1/models/%s",
            "POST /v1/models/%s/prelabels",
            "POST /v1/models/coco@%s/prelabels",
            "POST /v1/models/coco/prelabels?format=%s",
            "GET /v2/models/%s",
            "GET /v2/models/coco/versions/%s",
            "POST /v2/models/%s/infer",
            "POST /label-studio/%s/predict",
            "POST /x-anylabeling/v1/%s",
            "POST /roboflow/%s/1",
            "GET /%s",
            "%S /",
            "GET /v1/models X-Tenant",
            "GET /v1/models Authorization",
            "GET /v1/models X-Request-Id");

    @Test
    void namesThatCallersMakeUp_makeNoSeries() throws Exception {
        try (TestServer server = new TestServer();
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            Prelabeler usual = server.backend.behaviour;
            server.backend.behaviour = request -> {
                if (!request.model().name().value().equals("coco")) {
                    throw new ModelNotFound("no such model");
                }
                return usual.prelabel(request);
            };
            send(server, 0, 2 * PLACES.size());
            Set<String> before = series(server.backend.metrics().scrape());

            List<Future<Integer>> sent = new ArrayList<>();
            for (int connection = 0; connection < CONNECTIONS; connection++) {
                int first = 1000 + connection * NAMES / CONNECTIONS;
                sent.add(clients.submit((Callable<Integer>) () -> send(server, first, first + NAMES / CONNECTIONS)));
            }
            int answers = 0;
            for (Future<Integer> each : sent) {
                answers += each.get();
            }
            Set<String> more = new TreeSet<>(series(server.backend.metrics().scrape()));
            more.removeAll(before);

            assertEquals(NAMES, answers);
            assertEquals(Set.of(), more);
            assertTrue(before.stream().noneMatch(line -> line.contains("made-up")), before::toString);
        }
    }

    /// @return how many were answered
    private static int send(TestServer server, int from, int to) {
        int answers = 0;
        for (int i = from; i < to; i++) {
            String name = "made-up-" + i;
            String[] place = PLACES.get(i % PLACES.size()).formatted(name).split(" ", 3);
            HttpRequest.Builder request = HttpRequest.newBuilder(server.uri(place[1]))
                    .version(HttpClient.Version.HTTP_1_1)
                    .header("Content-Type", "image/png")
                    .method(place[0], HttpRequest.BodyPublishers.ofString("GET".equals(place[0]) ? "" : "."));
            if (place.length > 2) {
                request.header(place[2], name);
            }
            answers += server.send(request).statusCode() > 0 ? 1 : 0;
        }
        return answers;
    }

    private static Set<String> series(String scrape) {
        return scrape.lines()
                .filter(line -> line.startsWith("firstpass_"))
                .map(line -> line.substring(0, line.lastIndexOf(' ')))
                .collect(Collectors.toSet());
    }
}
