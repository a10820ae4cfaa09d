package dev.firstpass.server.frontend.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.linecorp.armeria.client.UnprocessedRequestException;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.MediaType;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.frontend.TestServer;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/// Two instances behind clients that go round them, as Kubernetes restarts a deployment: each is told to end, says that it is not
/// ready, is left by the clients within its drain delay, and another takes its place. No request may fail.
///
/// With `-Dfirstpass.long=true` 20 restarts amid 100,000 requests at the least.
@Isolated
final class RollingRestartTest {
    private static final boolean LONG = Boolean.getBoolean("firstpass.long");
    private static final int RESTARTS = LONG ? 20 : 2;
    private static final long LEAST_REQUESTS = LONG ? 100_000 : 400;
    private static final Duration DRAIN_DELAY = Duration.ofMillis(500);
    private static final String PRELABELS = "/v1/models/coco/prelabels";

    private final AtomicReferenceArray<Instance> instances =
            new AtomicReferenceArray<>(new Instance[] {Instance.start(), Instance.start()});
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final AtomicLong answered = new AtomicLong();
    private final Queue<String> failed = new ConcurrentLinkedQueue<>();

    /// @param port which clients still know when the server is gone
    private record Instance(TestServer server, int port) implements AutoCloseable {
        static Instance start() {
            TestServer server = new TestServer(Limits.STANDARD, DRAIN_DELAY);
            return new Instance(server, server.port());
        }

        @Override
        public void close() {
            server.close();
        }
    }

    @Test
    void restarts_oneAfterTheOther_failNoRequest() throws InterruptedException {
        List<Thread> clients = IntStream.range(0, 4)
                .mapToObj(client -> Thread.ofPlatform().start(() -> askUntilOver(client)))
                .toList();
        long each = LEAST_REQUESTS / RESTARTS;
        for (int restart = 0; restart < RESTARTS; restart++) {
            int which = restart % 2;
            long from = answered.get();
            // Its own clients leave it meanwhile; the one that takes its place has another port.
            instances.get(which).close();
            instances.set(which, Instance.start());
            while (answered.get() < from + each && failed.isEmpty()) {
                Thread.sleep(10);
            }
        }
        isOver.set(true);
        for (Thread client : clients) {
            client.join();
        }
        for (int i = 0; i < 2; i++) {
            instances.get(i).close();
        }
        System.out.println(answered + " requests amid " + RESTARTS + " restarts, failed: " + failed.size());
        assertEquals(List.of(), List.copyOf(failed));
        assertTrue(answered.get() >= LEAST_REQUESTS, answered::toString);
    }

    private void askUntilOver(int client) {
        try {
            ask(client);
        } catch (RuntimeException | Error e) {
            failed.add("client " + client + ": " + e);
            throw e;
        }
    }

    /// Half of the clients speak HTTP/1.1, half HTTP/2.
    private void ask(int client) {
        String scheme = client % 2 == 0 ? "h1c" : "h2c";
        for (int turn = client; !isOver.get(); turn++) {
            String base = scheme + "://127.0.0.1:" + instances.get(turn % 2).port();
            try {
                if (isReady(base)) {
                    AggregatedHttpResponse answer = post(base);
                    if (answer.status().code() == 200) {
                        answered.incrementAndGet();
                    } else {
                        failed.add(base + ": " + answer.status() + " " + answer.contentUtf8());
                    }
                }
            } catch (CompletionException e) {
                // What an instance says that it has not taken, the next one may have, as gRPC's clients do it by
                // themselves.
                if (!(e.getCause() instanceof UnprocessedRequestException)) {
                    failed.add(base + ": " + e.getCause());
                }
            }
        }
    }

    /// As probes do: what does not answer is not ready.
    private static boolean isReady(String base) {
        try {
            return WebClient.of(base).get("/readyz").aggregate().join().status().code() == 200;
        } catch (CompletionException _) {
            return false;
        }
    }

    private static AggregatedHttpResponse post(String base) {
        return WebClient.of(base)
                .execute(HttpRequest.of(HttpMethod.POST, PRELABELS, MediaType.PNG, new byte[] {1, 2, 3}))
                .aggregate()
                .join();
    }
}
