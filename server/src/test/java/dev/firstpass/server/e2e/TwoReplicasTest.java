package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.Storage;
import dev.firstpass.registry.signature.SignaturePolicy;
import dev.firstpass.registry.store.RegistrySettings;
import dev.firstpass.registry.store.SharedServers;
import dev.firstpass.server.FirstpassServer;
import dev.firstpass.server.config.RuntimeConfigs;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.StreamSupport;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/// Two servers that share a registry on a real PostgreSQL and a real S3 server, asked over HTTP. Models tell by their scores
/// which of them they are. A few moves always; a hundred with `-Plong`.
@Isolated("two servers and their clients")
@ExtendWith(SharedServers.Given.class)
final class TwoReplicasTest {
    private static final boolean LONG = Boolean.getBoolean("firstpass.long");
    private static final int MOVES = LONG ? 100 : 8;
    private static final int CLIENTS_OF_EACH = LONG ? 8 : 2;
    private static final int ANSWERS_BETWEEN_MOVES = 20;
    private static final long MIB = 1 << 20;
    private static final long SMALL_BUDGET = 64 * MIB;

    /// Room for whatever the versions are taken for: a server that tries one out in its own process takes all by which that
    /// process' native memory grows meanwhile for the version's, and here the other server loads at the same time.
    private static final long AMPLE_BUDGET = 512 * MIB;

    private static final ModelName MODEL = new ModelName("m");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder = Path.of("");

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private Storage storage = Storage.LOCAL;
    private final List<FirstpassServer> servers = new ArrayList<>();

    @BeforeEach
    void start(SharedServers stores) {
        storage = stores.fresh();
        servers.add(start("a", AMPLE_BUDGET));
        servers.add(start("b", AMPLE_BUDGET));
    }

    private FirstpassServer start(String name, long budget) {
        return FirstpassServer.start(
                folder.resolve(name),
                new RegistrySettings(storage, SignaturePolicy.NONE),
                DemoServer.ON_LOOPBACK,
                RuntimeConfigs.forCores(2).slabBytes(16 << 20).budget(budget).inProcess());
    }

    @AfterEach
    void stop() {
        servers.forEach(FirstpassServer::close);
        http.shutdownNow();
    }

    private ModelVersion register(FirstpassServer server, int number, long bytes) throws IOException {
        Path file = SizedModel.write(folder.resolve(number + ".onnx"), number, bytes);
        ModelVersion version = server.runtime()
                .register(MODEL, file, Optional.empty(), ProgressListener.NONE)
                .version();
        assertEquals(ModelVersion.State.AVAILABLE, version.state());
        assertEquals(number, version.number());
        return version;
    }

    private HttpResponse<String> move(FirstpassServer server, int version) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(
                                server.managementUrl().resolve("v1/registry/models/" + MODEL + "/aliases/production"))
                        .header("Content-Type", "application/json")
                        .PUT(HttpRequest.BodyPublishers.ofString("{\"version\": " + version + "}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private record Answer(int status, String model, int number, String body) {}

    private Answer ask(FirstpassServer server) throws IOException, InterruptedException {
        URI url = server.url().resolve("v1/models/" + MODEL + "/prelabels?timeout=60s");
        HttpResponse<byte[]> response = http.send(
                HttpRequest.newBuilder(url)
                        .header("Content-Type", "application/octet-stream")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(image()))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        JsonNode body = JSON.readTree(response.body());
        int number = response.statusCode() == 200
                ? SizedModel.numberOf(
                        body.get("annotations").get(0).get("score").asDouble())
                : -1;
        return new Answer(
                response.statusCode(),
                response.headers().firstValue("firstpass-model").orElse(""),
                number,
                body.toString());
    }

    private static byte[] image() throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB), "png", png);
        return png.toByteArray();
    }

    @Test
    void production_movedOnEitherUnderLoad_isAnsweredByNoOlderVersionOnBoth() throws Exception {
        for (int number = 1; number <= 3; number++) {
            var _ = register(servers.get(number % 2), number, 4 * MIB);
        }
        try (Crowd crowd = new Crowd()) {
            for (int move = 1; move <= MOVES; move++) {
                crowd.promote(servers.get(move % 2), 1 + move % 3);
                crowd.awaitAnswers(ANSWERS_BETWEEN_MOVES);
            }
            crowd.stop();

            System.out.printf(
                    "%d moves on two servers, %d answers, slowest move %d ms%n",
                    MOVES, crowd.answers.get(), crowd.slowestMillis);
            assertEquals(List.of(), crowd.failures.stream().limit(3).toList());
        }
    }

    @Test
    void move_toWhatOneServerCannotLoad_isRefusedWithItsNameAndMovesNothing() throws Exception {
        servers.removeLast().close();
        servers.add(start("b", SMALL_BUDGET));
        var _ = register(servers.get(0), 1, 4 * MIB);
        var _ = register(servers.get(0), 2, 48 * MIB);

        HttpResponse<String> refused = move(servers.get(0), 2);
        assertEquals(503, refused.statusCode(), refused.body());
        JsonNode problem = JSON.readTree(refused.body());
        assertEquals("MODEL_NOT_READY", problem.path("reason").asText(), refused.body());
        assertTrue(problem.path("detail").asText().startsWith("m@2 cannot serve everywhere: on "), refused.body());
        for (FirstpassServer server : servers) {
            assertEquals(1, ask(server).number());
        }
    }

    @Test
    void server_thatWasStoppedAndIsStartedAgain_servesWhatWasMovedMeanwhile() throws Exception {
        var _ = register(servers.get(0), 1, 4 * MIB);
        var _ = register(servers.get(0), 2, 4 * MIB);
        servers.removeLast().close();

        HttpResponse<String> moved = move(servers.getFirst(), 2);
        assertEquals("{\"alias\":\"production\",\"version\":2}", moved.body());
        servers.add(start("b", AMPLE_BUDGET));
        assertEquals(2, ask(servers.getLast()).number());
        assertEquals(
                "{\"alias\":\"production\",\"version\":1}",
                move(servers.getLast(), 1).body());
        assertEquals(1, ask(servers.getFirst()).number());
    }

    /// Either server shows both, and lets go of what the other has removed.
    @Test
    void versions_showWhatBothHaveInMemory_andLeaveBothWhenOnePrunesThem() throws Exception {
        var _ = register(servers.get(0), 1, 4 * MIB);
        ModelVersion second = register(servers.get(0), 2, 4 * MIB);
        assertEquals(
                "{\"alias\":\"production\",\"version\":2}",
                move(servers.get(0), 2).body());
        for (FirstpassServer server : servers) {
            awaitReplicas(server, 2, List.of("SERVING", "SERVING"));
        }
        assertEquals(
                "{\"alias\":\"production\",\"version\":1}",
                move(servers.get(1), 1).body());
        assertTrue(servers.get(1).runtime().models().loaded(second.ref()).isPresent());

        HttpResponse<String> pruned = http.send(
                HttpRequest.newBuilder(servers.get(0).managementUrl().resolve("v1/registry/models/" + MODEL + ":prune"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString("{\"keep\": 0, \"dryRun\": false}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertEquals(200, pruned.statusCode(), pruned.body());
        while (servers.get(1).runtime().models().loaded(second.ref()).isPresent()) {
            Thread.sleep(10);
        }
        servers.removeLast().close();
        awaitReplicas(servers.getFirst(), 1, List.of("SERVING"));
    }

    private void awaitReplicas(FirstpassServer server, long version, List<String> wanted) throws Exception {
        List<String> shown = List.of();
        long end = System.nanoTime() + 10_000_000_000L;
        while (!shown.equals(wanted) && System.nanoTime() < end) {
            Thread.sleep(20);
            URI url = server.managementUrl().resolve("v1/registry/models/" + MODEL + "/versions/" + version);
            JsonNode replicas = JSON.readTree(
                            http.send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofString())
                                    .body())
                    .path("replicas");
            shown = StreamSupport.stream(replicas.spliterator(), false)
                    .map(replica -> replica.path("residency").asText())
                    .toList();
        }
        assertEquals(wanted, shown);
    }

    /// Clients of both servers that ask for `production` all the time.
    ///
    /// For one thread, apart from the clients' own.
    private final class Crowd implements AutoCloseable {
        private final AtomicInteger answers = new AtomicInteger();
        private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
        private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        private final List<Future<?>> clients = new ArrayList<>();
        private final AtomicBoolean stop = new AtomicBoolean();

        /// Every version that `production` was told to mean, in order: it begins as the first.
        private final List<Integer> promised = new CopyOnWriteArrayList<>(List.of(1));

        /// How many of them are acknowledged.
        private final AtomicInteger acknowledged = new AtomicInteger(1);

        private long slowestMillis;

        void promote(FirstpassServer server, int version) throws Exception {
            promised.add(version);
            long start = System.nanoTime();
            HttpResponse<String> moved = move(server, version);
            slowestMillis = Math.max(slowestMillis, (System.nanoTime() - start) / 1_000_000);
            assertEquals(
                    "{\"alias\":\"production\",\"version\":" + version + "}",
                    moved.body(),
                    () -> "status " + moved.statusCode());
            acknowledged.incrementAndGet();
        }

        /// Starts the clients the first time.
        void awaitAnswers(int more) throws Exception {
            for (int i = clients.size(); i < 2 * CLIENTS_OF_EACH; i++) {
                FirstpassServer server = servers.get(i % 2);
                clients.add(threads.submit(() -> {
                    while (!stop.get()) {
                        check(server);
                    }
                    return true;
                }));
            }
            int wanted = answers.get() + more;
            while (answers.get() < wanted) {
                Thread.sleep(1);
            }
        }

        private void check(FirstpassServer server) throws Exception {
            int from = acknowledged.get() - 1;
            Answer answer = ask(server);
            // A copy, since a part of the list itself may not be looked at once there is one more.
            List<Integer> told = List.copyOf(promised);
            List<Integer> possible = told.subList(from, told.size());
            if (answer.status() != 200
                    || !answer.model().equals("m@" + answer.number())
                    || !possible.contains(answer.number())) {
                failures.add(server.url() + ": " + answer + " (expected: one of " + possible + ")");
            }
            answers.incrementAndGet();
        }

        void stop() throws Exception {
            stop.set(true);
            for (Future<?> client : clients) {
                client.get();
            }
        }

        @Override
        public void close() {
            threads.shutdownNow();
        }
    }
}
