package dev.firstpass.loadtest.soak;

import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.RequestHeaders;
import dev.firstpass.loadtest.LaunchedServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// What happens to the server meanwhile: aliases move, and workers are killed.
///
/// Thread-safe.
final class Disturbances {
    private static final List<String> MODELS = List.of("coco", "salient");

    private final LaunchedServer server;
    private final WebClient admin;

    /// @param token of the scope `promote`
    Disturbances(LaunchedServer server, String token) {
        this.server = server;
        // A client that has to find out whether HTTP/2 is spoken gives up after seconds, where this machine is busy.
        this.admin = WebClient.builder("h1c://" + server.adminUrl().getRawAuthority())
                .responseTimeout(Duration.ofMinutes(2))
                .setHeader("authorization", "Bearer " + token)
                .build();
    }

    /// @param swaps the time between two
    /// @param kills the time between two
    List<Lane> lanes(Duration swaps, Duration kills) {
        return List.of(new Lane("alias moved", swaps, this::swap), new Lane("worker killed", kills, this::kill));
    }

    /// Each model in turn goes to its other version; both begin at the first.
    private Told swap(long turn) {
        String model = MODELS.get((int) (turn % MODELS.size()));
        long version = turn / MODELS.size() % 2 == 0 ? 2 : 1;
        AggregatedHttpResponse answer = admin.execute(HttpRequest.of(
                        RequestHeaders.of(
                                HttpMethod.PUT,
                                "/v1/registry/models/" + model + "/aliases/production",
                                "content-type",
                                "application/json"),
                        HttpData.ofUtf8("{\"version\": " + version + "}")))
                .aggregate()
                .join();
        return Told.good(answer.status().code(), answer.contentUtf8());
    }

    /// Each worker in turn, with the signal that no process can catch; none at first, as all have just come up.
    private Told kill(long turn) throws IOException {
        if (turn == 0) {
            return Told.expected("none");
        }
        List<ProcessHandle> workers;
        try (Stream<ProcessHandle> processes = server.process().descendants()) {
            workers = processes.filter(ProcessHandle::isAlive).toList();
        }
        if (workers.isEmpty()) {
            return Told.expected("none");
        }
        ProcessHandle worker = workers.get((int) (turn % workers.size()));
        String role = role(worker.pid());
        return worker.destroyForcibly() ? Told.expected(role) : Told.unexpected(role, "was not killed");
    }

    private static String role(long pid) throws IOException {
        String command = Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1);
        return Stream.of("decoder", "onnx", "tensorflow")
                .filter(role -> command.contains("\0" + role.toUpperCase(Locale.ROOT) + "\0"))
                .findFirst()
                .orElse("process");
    }
}
