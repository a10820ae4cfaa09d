package dev.firstpass.loadtest.kills;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.loadtest.DemoFiles;
import dev.firstpass.loadtest.LaunchedServer;
import dev.firstpass.loadtest.command.Program;
import dev.firstpass.loadtest.drive.Photos;
import dev.firstpass.registry.FileTree;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `loadtest/kills.sh`: how soon a server is back that was killed under load, and whether anything is lost.
@Command(
        name = "kills.sh",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeOnExecutionException = 2,
        description = {
            "Starts a server with the demo's detector, asks it for labels, moves aliases and registers versions all the time, kills it"
                    + " with SIGKILL, starts it again, and looks for all that was acknowledged; again and again.",
            "Exit code 1 if something is lost, or a start took more than 3 s beside the loading of its model."
        })
public final class KillsCommand implements Callable<Integer> {
    private static final double MOST_SECONDS = 3;
    private static final int CLIENTS = 4;

    /// An answer is in the ledger a second later at the latest (docs/predictions.md).
    private static final Duration LEDGER = Duration.ofSeconds(1);

    private static final Duration LONGEST_REGISTRATION = Duration.ofMinutes(1);

    private static final String MODEL = "v1/registry/models/coco";
    private static final Pattern LOAD_SECONDS =
            Pattern.compile("(?m)^firstpass_model_load_seconds_sum(?:\\{.*})? (\\S+)$");

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private final JsonMapper json = new JsonMapper();
    private final Acknowledged acknowledged = new Acknowledged();
    private final AtomicLong aliases = new AtomicLong();
    private final AtomicLong photoCount = new AtomicLong();
    private final Random random = new Random();

    @Parameters(arity = "0..1", paramLabel = "KILLS", description = "How many (default: ${DEFAULT-VALUE}).")
    private int kills = 10;

    @Option(names = "--tree", required = true, hidden = true)
    private Path tree = Path.of("");

    public static void main(String[] arguments) {
        Program.main(new KillsCommand(), arguments);
    }

    /// One start after a kill.
    private record Back(double seconds, double loads, List<String> lost, int orphans) {
        double beside() {
            return seconds - loads;
        }
    }

    @Override
    public Integer call() throws Exception {
        if (kills < 1) {
            throw new IllegalArgumentException("KILLS: " + kills + " (expected: >= 1)");
        }
        Path folder = Files.createTempDirectory("firstpass-kills-");
        try {
            return judge(killAgainAndAgain(folder));
        } finally {
            http.shutdownNow();
            FileTree.delete(folder);
        }
    }

    private int judge(List<Back> all) {
        double[] beside = all.stream().mapToDouble(Back::beside).sorted().toArray();
        int lost = all.stream().mapToInt(back -> back.lost().size()).sum();
        int orphans = all.stream().mapToInt(Back::orphans).sum();
        boolean isQuick = beside[beside.length - 1] <= MOST_SECONDS;
        System.out.printf(
                Locale.ROOT,
                "%s  ready again after %.2f to %.2f s, median %.2f s, beside the loads (at most %.0f s)%n",
                isQuick ? "PASS" : "FAIL",
                beside[0],
                beside[beside.length - 1],
                beside[beside.length / 2],
                MOST_SECONDS);
        System.out.printf(
                "%s  lost: %d of %d aliases, %d versions and %d answers older than a second%n",
                lost == 0 ? "PASS" : "FAIL",
                lost,
                acknowledged.aliases().size(),
                acknowledged.versions().size(),
                acknowledged.takenPredictions());
        System.out.printf("%s  workers that outlived their server: %d%n", orphans == 0 ? "PASS" : "FAIL", orphans);
        return isQuick && lost == 0 && orphans == 0 ? 0 : 1;
    }

    private List<Back> killAgainAndAgain(Path folder) throws Exception {
        Path data = folder.resolve("data");
        Path model = Files.copy(DemoFiles.model("coco"), folder.resolve("coco.onnx"));
        LaunchedServer.register(tree, data, "coco", model);
        acknowledged.version(1);
        List<Back> all = new ArrayList<>();
        LaunchedServer server = start(data);
        try {
            for (int kill = 1; kill <= kills; kill++) {
                List<ProcessHandle> processes = family(server);
                long killed = killUnderLoad(server, model, kill);
                server.process().onExit().join();
                long began = System.nanoTime();
                server = start(data);
                double seconds = (System.nanoTime() - began) / 1e9;
                Back back = new Back(seconds, loadSeconds(server), lost(server, killed), (int)
                        processes.stream().filter(ProcessHandle::isAlive).count());
                all.add(back);
                System.out.printf(
                        Locale.ROOT,
                        "kill %2d: ready after %.2f s, %.2f s of them the loads: %.2f s; lost: %d of %d aliases, %d versions, %d answers%n",
                        kill,
                        back.seconds(),
                        back.loads(),
                        back.beside(),
                        back.lost().size(),
                        acknowledged.aliases().size(),
                        acknowledged.versions().size(),
                        acknowledged.takenPredictions());
                back.lost().forEach(what -> System.out.println("  lost: " + what));
            }
        } finally {
            server.close();
        }
        return all;
    }

    private LaunchedServer start(Path data) throws IOException {
        return LaunchedServer.start(tree, data, Map.of("FIRSTPASS_RUNTIME_CACHE_BYTES", "0B"));
    }

    private static List<ProcessHandle> family(LaunchedServer server) {
        try (Stream<ProcessHandle> workers = server.process().descendants()) {
            return Stream.concat(Stream.of(server.process()), workers).toList();
        }
    }

    /// @return when it was killed, by `System.nanoTime()`
    private long killUnderLoad(LaunchedServer server, Path model, int kill) throws Exception {
        AtomicBoolean isOver = new AtomicBoolean();
        Photos photos = Photos.of(Optional.empty(), System.nanoTime());
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            threads.add(until(isOver, () -> label(server, photos)));
        }
        threads.add(until(isOver, () -> moveAlias(server)));
        Path another = DemoFiles.remarked(model, model.resolveSibling("coco-" + kill + ".onnx"), "kill " + kill);
        threads.add(until(isOver, () -> register(server, another, isOver)));
        int before = acknowledged.versions().size();
        long end = System.nanoTime() + LONGEST_REGISTRATION.toNanos();
        Thread.sleep(2000 + random.nextInt(3000));
        // Every second time just after a version was registered, else in the middle of it, or whenever.
        while (kill % 2 == 0 && acknowledged.versions().size() == before && System.nanoTime() < end) {
            Thread.sleep(1);
        }
        var _ = server.process().destroyForcibly();
        long killed = System.nanoTime();
        isOver.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        return killed;
    }

    /// What a client does over and over; it ends with the server.
    private interface Step {
        void run() throws IOException, InterruptedException;
    }

    private static Thread until(AtomicBoolean isOver, Step step) {
        return Thread.ofPlatform().start(() -> {
            while (!isOver.get()) {
                try {
                    step.run();
                } catch (IOException | InterruptedException _) {
                    // The server is gone: what had no answer was not acknowledged.
                    return;
                }
            }
        });
    }

    private void label(LaunchedServer server, Photos photos) throws IOException, InterruptedException {
        long number = photoCount.incrementAndGet();
        HttpResponse<String> answer = send(HttpRequest.newBuilder(server.url().resolve("v1/models/coco/prelabels"))
                .header("Content-Type", "application/octet-stream")
                .POST(BodyPublishers.ofByteArray(photos.photo((int) number, number))));
        if (answer.statusCode() == 200) {
            answer.headers().firstValue("firstpass-prediction").ifPresent(acknowledged::prediction);
        }
    }

    private void moveAlias(LaunchedServer server) throws IOException, InterruptedException {
        String name = "a" + aliases.incrementAndGet();
        HttpResponse<String> answer =
                send(HttpRequest.newBuilder(server.adminUrl().resolve(MODEL + "/aliases/" + name))
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofString("{\"version\": 1}")));
        if (answer.statusCode() / 100 == 2) {
            acknowledged.alias(name, 1);
        }
        Thread.sleep(20);
    }

    /// One version for each life of the server; the rest of it, it waits.
    private void register(LaunchedServer server, Path file, AtomicBoolean isOver)
            throws IOException, InterruptedException {
        HttpResponse<String> answer =
                send(HttpRequest.newBuilder(server.adminUrl().resolve(MODEL + "/versions"))
                        .header("Content-Type", "application/octet-stream")
                        .POST(BodyPublishers.ofFile(file)));
        if (answer.statusCode() == 201) {
            acknowledged.version(json.readTree(answer.body()).path("version").asLong());
        }
        while (!isOver.get()) {
            Thread.sleep(10);
        }
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.timeout(Duration.ofMinutes(1)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> get(LaunchedServer server, String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(server.adminUrl().resolve(path)));
    }

    /// How long the loads of this life of the server have taken.
    private double loadSeconds(LaunchedServer server) throws IOException, InterruptedException {
        Matcher lines = LOAD_SECONDS.matcher(get(server, "metrics").body());
        double sum = 0;
        while (lines.find()) {
            sum += Double.parseDouble(lines.group(1));
        }
        return sum;
    }

    /// What was acknowledged and is not there.
    ///
    /// @param killed when the server was killed
    private List<String> lost(LaunchedServer server, long killed) throws IOException, InterruptedException {
        List<String> lost = new ArrayList<>();
        JsonNode model = json.readTree(get(server, MODEL).body());
        for (var alias : acknowledged.aliases().entrySet()) {
            if (model.path("aliases").path(alias.getKey()).asLong(-1) != alias.getValue()) {
                lost.add("alias " + alias.getKey());
            }
        }
        for (long version : acknowledged.versions()) {
            if (!get(server, MODEL + "/versions/" + version).body().contains("\"AVAILABLE\"")) {
                lost.add("version " + version);
            }
        }
        for (var prediction : acknowledged.takePredictionsBefore(killed - LEDGER.toNanos())) {
            if (get(server, "v1/registry/predictions/" + prediction.id()).statusCode() != 200) {
                lost.add("answer " + prediction.id() + ", "
                        + Duration.ofNanos(killed - prediction.nanos()).toMillis() + " ms before the kill");
            }
        }
        return lost;
    }
}
