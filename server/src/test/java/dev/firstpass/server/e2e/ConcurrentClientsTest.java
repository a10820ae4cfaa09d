package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Many clients at a time, over HTTP, on the real models: nobody is refused, nobody gets another's answer or one that
/// depends on the company it was computed in, and nothing leaks. A short run always; a minute with `-Plong`.
final class ConcurrentClientsTest {
    private static final boolean LONG = Boolean.getBoolean("firstpass.long");
    private static final int CLIENTS = LONG ? 64 : 8;
    /// The engine's memory comes in large pieces, one of which a few seconds cannot tell from a leak; but they show what each
    /// answer would leave of a row.
    private static final long MOST_GROWTH = (LONG ? 16L : 96L) << 20;

    private static final Duration RUN = LONG ? Duration.ofSeconds(60) : Duration.ofSeconds(6);
    private static final Duration BETWEEN_SAMPLES = RUN.dividedBy(60);

    /// The server's heap is as big as it will get from the start, so that what is resident beyond it can be seen.
    private static final List<String> FIXED_HEAP = List.of("-Xms512m", "-Xmx512m", "-XX:+AlwaysPreTouch");

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder = Path.of("");

    @Test
    void clients_manyAtATime_getWhatOneAloneGets() throws Exception {
        try (JavaProcess server = startServer();
                Crowd crowd = new Crowd(Integer.parseInt(server.read()))) {
            crowd.learn();
            List<Question> deck = deck();
            crowd.rush(Question.all().stream()
                    .filter(question -> question.model.equals("text"))
                    .toList());
            crowd.rush(deck);
            MemorySamples heap = new MemorySamples("heap");
            MemorySamples resident = new MemorySamples("resident");
            long end = System.nanoTime() + RUN.toNanos();
            crowd.askUntil(end, deck);
            while (System.nanoTime() < end) {
                Thread.sleep(BETWEEN_SAMPLES);
                server.write("heap?");
                heap.add(Long.parseLong(server.read()));
                resident.add(MemorySamples.resident(server.pid()));
            }
            crowd.await();

            System.out.printf(
                    "%d clients, %d s: %d answers; %s; %s%n",
                    CLIENTS, RUN.toSeconds(), crowd.answers(), heap, resident);
            assertEquals(List.of(), crowd.failures(), server.errors());
            assertTrue(
                    crowd.answers() >= deck.size(),
                    () -> crowd.answers() + " answers (expected: >= " + deck.size() + ", each question at least once)");
            assertTrue(heap.isFlat(), heap::toString);
            assertTrue(resident.growsAtMost(MOST_GROWTH), resident::toString);
        }
    }

    private JavaProcess startServer() throws IOException {
        DemoRegistry.copyTo(folder.resolve("data"));
        return JavaProcess.start(
                JavaProcess.command(
                        FIXED_HEAP,
                        UncachedServer.class.getName(),
                        folder.resolve("data").toString()),
                System.getenv(),
                folder.resolve("err"));
    }

    /// Every question, the quick models' more often, in an order that is mixed and always the same.
    private static List<Question> deck() {
        List<Question> deck = new ArrayList<>();
        for (Question question : Question.all()) {
            deck.addAll(Collections.nCopies(
                    switch (question.model) {
                        case "coco" -> 6;
                        case "text" -> 2;
                        default -> 1;
                    },
                    question));
        }
        Collections.shuffle(deck, new Random(1));
        return deck;
    }

    /// The clients: each has a connection of its own and asks again as soon as it is answered.
    ///
    /// For one thread, apart from the clients' own.
    private static final class Crowd implements AutoCloseable {
        private static final int MOST_FAILURES = 5;

        private final int port;
        private final HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        private final List<Future<?>> clients = new ArrayList<>();
        private final Map<Question, JsonNode> alone = new HashMap<>();
        private final Queue<String> failures = new ConcurrentLinkedQueue<>();
        private final AtomicInteger asked = new AtomicInteger();
        private final AtomicInteger answered = new AtomicInteger();

        Crowd(int port) {
            this.port = port;
        }

        /// Asks everything once, one question at a time: the answers that all others are compared with.
        void learn() throws Exception {
            for (Question question : Question.all()) {
                alone.put(question, ask(question));
            }
        }

        /// More clients than there will be ask at once, each one question, so that the queues have been as long as they
        /// get and the memory they need has been touched.
        void rush(List<Question> questions) throws Exception {
            for (int i = 0; i < 2 * CLIENTS; i++) {
                Question question = questions.get(i % questions.size());
                clients.add(threads.submit(() -> check(question)));
            }
            await();
        }

        /// Starts the clients; they take their questions from `deck` in turn, over and over, until `end`.
        void askUntil(long end, List<Question> deck) {
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(threads.submit(() -> {
                    while (System.nanoTime() < end) {
                        check(deck.get(asked.getAndIncrement() % deck.size()));
                    }
                }));
            }
        }

        void await() throws Exception {
            for (Future<?> client : clients) {
                client.get();
            }
            clients.clear();
        }

        private void check(Question question) {
            try {
                SameFindings.difference(Objects.requireNonNull(alone.get(question)), ask(question))
                        .ifPresent(difference -> failures.add(question + ": " + difference));
                answered.incrementAndGet();
            } catch (IOException | InterruptedException | RuntimeException e) {
                failures.add(question + ": " + e);
            }
        }

        private JsonNode ask(Question question) throws IOException, InterruptedException {
            HttpResponse<byte[]> response = http.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/models/" + question.model
                                    + "/prelabels?timeout=5m&asset-id=" + question.photo))
                            .header("Content-Type", "application/octet-stream")
                            .POST(HttpRequest.BodyPublishers.ofByteArray(Goldens.photo(question.photo)))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            JsonNode answer = JSON.readTree(response.body());
            if (response.statusCode() != 200) {
                throw new IOException("status " + response.statusCode() + ": " + answer);
            }
            return answer;
        }

        int answers() {
            return answered.get();
        }

        /// The first few, and how many there are.
        List<String> failures() {
            List<String> few =
                    new ArrayList<>(failures.stream().limit(MOST_FAILURES).toList());
            if (failures.size() > MOST_FAILURES) {
                few.add("... " + failures.size() + " in all");
            }
            return few;
        }

        @Override
        public void close() {
            threads.shutdownNow();
            http.shutdownNow();
        }
    }

    /// A photo for a model.
    private record Question(String model, String photo) {
        static List<Question> all() {
            return List.of("coco", "text", "salient").stream()
                    .flatMap(model -> Goldens.PHOTOS.stream().map(photo -> new Question(model, photo)))
                    .toList();
        }
    }
}
