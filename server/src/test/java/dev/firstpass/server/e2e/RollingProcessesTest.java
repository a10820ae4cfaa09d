package dev.firstpass.server.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.ClientRequestContext;
import com.linecorp.armeria.client.Endpoint;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.client.endpoint.DynamicEndpointGroup;
import com.linecorp.armeria.client.endpoint.EndpointSelectionStrategy;
import com.linecorp.armeria.client.endpoint.healthcheck.HealthCheckedEndpointGroup;
import com.linecorp.armeria.client.grpc.GrpcClients;
import com.linecorp.armeria.client.retry.RetryRule;
import com.linecorp.armeria.client.retry.RetryingClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.SessionProtocol;
import dev.firstpass.proto.v1.PrelabelRequest;
import dev.firstpass.proto.v1.PrelabelsGrpc.PrelabelsBlockingStub;
import dev.firstpass.registry.Storage;
import dev.firstpass.registry.store.SharedServers;
import dev.firstpass.server.cli.Main;
import dev.firstpass.server.frontend.RawHttp;
import dev.firstpass.server.runtime.engine.onnx.OnnxParts;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/// Two servers, each a process of its own, that share a registry on a real PostgreSQL and a real S3 server, behind clients that go
/// round them as a Service of Kubernetes has them: who is ready is asked, connections stay open until their server says that it
/// goes (`Connection: close`, GOAWAY), and what a server says that it has not taken goes to the other one. Each in turn is ended
/// by SIGTERM under load, and another takes its place, on another port. No request may fail.
///
/// `RollingRestartTest` does the same within one process, in each build.
@Isolated("two servers and their clients")
@ExtendWith(SharedServers.Given.class)
final class RollingProcessesTest {
    private static final int RESTARTS = Integer.getInteger("firstpass.rolling.restarts", 20);
    private static final long REQUESTS = Long.getLong("firstpass.rolling.requests", 100_000);
    private static final String DRAIN_DELAY = "2s";
    private static final Duration PROBES = Duration.ofMillis(200);
    private static final int CLIENTS_OF_EACH = 2;
    private static final int ANEW = 20;
    private static final ClientRequestContext CONTEXT = ClientRequestContext.of(HttpRequest.of(HttpMethod.GET, "/"));

    @TempDir
    Path folder = Path.of("");

    private final AtomicBoolean isOver = new AtomicBoolean();
    private final AtomicLong answered = new AtomicLong();
    private final List<JavaProcess> processes = new ArrayList<>();
    private final Queue<String> failed = new ConcurrentLinkedQueue<>();

    /// One of the two.
    private record Instance(JavaProcess process, Endpoint endpoint, String adminUrl) {}

    private Instance start(String name, Storage.Shared storage) throws IOException {
        Path data = Files.createDirectories(folder.resolve(name));
        Map<String, String> environment = new HashMap<>(Map.of(
                "PATH",
                System.getenv("PATH"),
                "ORT_DISABLE_TELEMETRY",
                "1",
                "MALLOC_ARENA_MAX",
                "2",
                "AWS_ACCESS_KEY_ID",
                "test",
                "AWS_SECRET_ACCESS_KEY",
                "test",
                "FIRSTPASS_DRAIN_DELAY",
                DRAIN_DELAY,
                "FIRSTPASS_REGISTRY_DATABASE",
                storage.database().url(),
                "FIRSTPASS_REGISTRY_BUCKET",
                "s3://" + storage.bucket().name() + "/" + storage.bucket().prefix()));
        storage.database().user().ifPresent(user -> environment.put("FIRSTPASS_REGISTRY_DATABASE_USER", user));
        storage.database()
                .password()
                .ifPresent(password -> environment.put("FIRSTPASS_REGISTRY_DATABASE_PASSWORD", password.value()));
        storage.bucket()
                .endpoint()
                .ifPresent(endpoint -> environment.put("FIRSTPASS_REGISTRY_BUCKET_ENDPOINT", endpoint.toString()));
        Optional.ofNullable(System.getProperty("org.bytedeco.javacpp.cachedir"))
                .ifPresent(cache -> environment.put("JAVA_TOOL_OPTIONS", "-Dorg.bytedeco.javacpp.cachedir=" + cache));
        JavaProcess process = JavaProcess.start(
                JavaProcess.command(
                        List.of("-Xmx512m"),
                        Main.class.getName(),
                        "serve",
                        "--port=0",
                        "--admin-port=0",
                        "--data=" + data),
                environment,
                folder.resolve(name + ".err"));
        processes.add(process);
        URI url = URI.create(process.read().substring("ready ".length()).strip());
        String adminUrl = new ObjectMapper()
                .readTree(data.resolve("server.json").toFile())
                .path("adminUrl")
                .asText();
        return new Instance(process, Endpoint.of("127.0.0.1", url.getPort()), adminUrl);
    }

    @AfterEach
    void stop() {
        isOver.set(true);
        processes.forEach(JavaProcess::close);
    }

    private static void register(Instance instance, Path model) throws IOException {
        AggregatedHttpResponse answer = WebClient.builder(instance.adminUrl())
                .responseTimeout(Duration.ofMinutes(2))
                .build()
                .execute(HttpRequest.of(
                        HttpMethod.POST,
                        "/v1/registry/models/scored/versions",
                        MediaType.OCTET_STREAM,
                        Files.readAllBytes(model)))
                .aggregate()
                .join();
        assertEquals(201, answer.status().code(), answer::contentUtf8);
    }

    /// The one that did not register the model hears of it, loads it, and is not ready meanwhile.
    private static void awaitReady(Instance instance) throws Exception {
        WebClient client = WebClient.of(SessionProtocol.H1C, instance.endpoint());
        long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (client.get("/v1/models/scored").aggregate().join().status().code() != 200
                || client.get("/readyz").aggregate().join().status().code() != 200) {
            assertTrue(System.nanoTime() < end, "it does not serve the model: " + instance.endpoint());
            Thread.sleep(50);
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "firstpass.long", matches = "true")
    void restarts_oneAfterTheOther_failNoRequest(SharedServers servers) throws Exception {
        Storage.Shared storage = servers.fresh();
        List<Instance> instances = new ArrayList<>(List.of(start("a", storage), start("b", storage)));
        register(instances.getFirst(), ScoringModel.write(folder.resolve("scored.onnx"), 1, OnnxParts.OPEN));
        long began = System.nanoTime();
        try (Known known = new Known();
                HealthCheckedEndpointGroup ready = HealthCheckedEndpointGroup.builder(known, "/readyz")
                        .protocol(SessionProtocol.H1C)
                        .retryInterval(PROBES)
                        .build();
                ClientFactory clients = ClientFactory.builder()
                        .connectTimeout(Duration.ofSeconds(10))
                        .build()) {
            known.set(instances);
            for (Instance instance : instances) {
                awaitReady(instance);
            }
            ready.whenReady().get(1, TimeUnit.MINUTES);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < CLIENTS_OF_EACH; i++) {
                WebClient http1 = http(SessionProtocol.H1C, ready, clients);
                WebClient http2 = http(SessionProtocol.H2C, ready, clients);
                PrelabelsBlockingStub grpc = GrpcClients.builder("gproto+h2c", ready)
                        .factory(clients)
                        .responseTimeout(Duration.ofMinutes(1))
                        .decorator(RetryingClient.newDecorator(RetryRule.onUnprocessed()))
                        .build(PrelabelsBlockingStub.class);
                threads.add(client("HTTP/1.1", turn -> post(http1, turn)));
                threads.add(client("HTTP/2", turn -> post(http2, turn)));
                threads.add(client("gRPC", _ -> call(grpc)));
                Pinned pinned = new Pinned(ready);
                threads.add(client("HTTP/1.1, one connection", _ -> pinned.ask()));
            }
            for (int restart = 0; restart < RESTARTS; restart++) {
                long from = answered.get();
                int which = restart % 2;
                Instance old = instances.get(which);
                old.process().terminate();
                assertEquals(0, old.process().await(), old.process()::toString);
                instances.set(which, start(which == 0 ? "a" : "b", storage));
                known.set(instances);
                while (answered.get() < Math.max(from + 100, REQUESTS * (restart + 1) / RESTARTS) && failed.isEmpty()) {
                    Thread.sleep(10);
                }
                System.out.printf("restart %d: %d requests, failed: %d%n", restart + 1, answered.get(), failed.size());
            }
            isOver.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
        }
        for (Instance instance : instances) {
            instance.process().terminate();
            assertEquals(0, instance.process().await());
        }
        System.out.printf(
                "%d requests amid %d restarts in %d s, failed: %d%n",
                answered.get(),
                RESTARTS,
                Duration.ofNanos(System.nanoTime() - began).toSeconds(),
                failed.size());
        assertEquals(List.of(), failed.stream().limit(10).toList());
        assertTrue(answered.get() >= REQUESTS, answered::toString);
    }

    /// The servers that there are, ready or not.
    private static final class Known extends DynamicEndpointGroup {
        Known() {
            super(EndpointSelectionStrategy.roundRobin());
        }

        void set(List<Instance> instances) {
            setEndpoints(instances.stream().map(Instance::endpoint).toList());
        }
    }

    private static WebClient http(SessionProtocol protocol, HealthCheckedEndpointGroup ready, ClientFactory clients) {
        return WebClient.builder(protocol, ready)
                .factory(clients)
                .responseTimeout(Duration.ofMinutes(1))
                .decorator(RetryingClient.newDecorator(RetryRule.onUnprocessed()))
                .build();
    }

    /// What a client does over and over.
    private interface Ask {
        /// @return empty if it was answered
        String ask(long turn) throws IOException;
    }

    private Thread client(String name, Ask ask) {
        return Thread.ofPlatform().name(name).start(() -> {
            for (long turn = 0; !isOver.get(); turn++) {
                String problem;
                try {
                    problem = ask.ask(turn);
                } catch (IOException | RuntimeException e) {
                    problem = e + ", by " + e.getCause();
                }
                if (problem.isEmpty()) {
                    answered.incrementAndGet();
                } else {
                    failed.add(name + ": " + problem);
                }
            }
        });
    }

    /// Stays with its connection whatever probes say, as one behind a Service's address does, until the server tells it to go.
    ///
    /// For one thread.
    private static final class Pinned {
        private final HealthCheckedEndpointGroup ready;
        private Optional<Socket> connection = Optional.empty();

        Pinned(HealthCheckedEndpointGroup ready) {
            this.ready = ready;
        }

        String ask() throws IOException {
            Socket socket = connection.isPresent() ? connection.get() : connect();
            connection = Optional.of(socket);
            byte[] photo = Goldens.photo("dog.jpg");
            String head = "POST /v1/models/scored/prelabels HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\n"
                    + "Content-Length: " + photo.length + "\r\n\r\n";
            socket.getOutputStream().write(RawHttp.concat(head.getBytes(StandardCharsets.US_ASCII), photo));
            RawHttp.Answer answer = RawHttp.read(socket.getInputStream(), false);
            if (answer.header("connection").equals("close")) {
                socket.close();
                connection = Optional.empty();
            }
            return answer.status() == 200 ? "" : answer.status() + " " + answer.body();
        }

        /// To the next one that is ready, and takes connections: one that has just gone does not.
        private Socket connect() throws IOException {
            while (true) {
                Endpoint endpoint = ready.selectNow(CONTEXT);
                if (endpoint != null) {
                    try {
                        Socket socket = RawHttp.connect(endpoint.port());
                        socket.setSoTimeout(60_000);
                        return socket;
                    } catch (ConnectException _) {
                        Thread.onSpinWait();
                    }
                }
            }
        }
    }

    /// Most from the cache, some are run.
    private static String post(WebClient client, long turn) throws IOException {
        HttpRequest request = HttpRequest.builder()
                .post("/v1/models/scored/prelabels")
                .content(MediaType.JPEG, Goldens.photo("dog.jpg"))
                .header("cache-control", turn % ANEW == 0 ? "no-cache" : "max-age=3600")
                .build();
        AggregatedHttpResponse answer = client.execute(request).aggregate().join();
        return answer.status().code() == 200 ? "" : answer.status() + " " + answer.contentUtf8();
    }

    private static String call(PrelabelsBlockingStub client) throws IOException {
        var _ = client.prelabel(PrelabelRequest.newBuilder()
                .setModel("scored")
                .setImage(ByteString.copyFrom(Goldens.photo("dog.jpg")))
                .build());
        return "";
    }
}
