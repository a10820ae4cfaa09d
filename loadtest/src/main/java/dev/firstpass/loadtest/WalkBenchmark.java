package dev.firstpass.loadtest;

import dev.firstpass.registry.FileTree;
import dev.firstpass.server.config.Isolation;
import dev.firstpass.server.demo.DemoPhotos;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.logging.Level;
import java.util.logging.Logger;

/// Prints what a request costs over HTTP beside what its parts cost alone, in the same process and in turns, so that
/// whatever else the machine does hits both: first the time of one request at a time, then how many get through when
/// all cores are busy.
final class WalkBenchmark {
    private static final String PHOTO = "dog.jpg";
    private static final String FORMAT = "firstpass";
    private static final int CORES = Runtime.getRuntime().availableProcessors();
    private static final int CLIENTS = 2 * CORES;
    private static final String ALL = "all";
    private static final double FASTEST = 0.1;
    private static final int WINDOWS = 7;
    private static final Duration WINDOW = Duration.ofSeconds(3);

    private final DemoService service;
    private final byte[] photo;

    private WalkBenchmark(DemoService service, byte[] photo) {
        this.service = service;
        this.photo = photo;
    }

    /// @param arguments the model's name, the number of rounds, and where the server runs it; all optional
    public static void main(String[] arguments) throws Exception {
        String model = arguments.length > 0 ? arguments[0] : "coco";
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 500;
        Isolation isolation = Arrays.asList(arguments).contains("in-process") ? Isolation.IN_PROCESS : Isolation.WORKER;
        byte[] photo = DemoPhotos.all().stream()
                .filter(each -> each.fileName().equals(PHOTO))
                .findFirst()
                .orElseThrow()
                .bytes();
        Logger.getLogger("").setLevel(Level.WARNING);
        System.out.printf("%d cores; model %s, photo %s, format %s, %s%n", CORES, model, PHOTO, FORMAT, isolation);
        Path data = Files.createTempDirectory("firstpass-walk");
        try (DemoService service = DemoService.start(model, data, isolation)) {
            WalkBenchmark benchmark = new WalkBenchmark(service, photo);
            benchmark.oneByOne(rounds);
            benchmark.manyAtOnce();
        } finally {
            FileTree.delete(data);
        }
    }

    private void oneByOne(int rounds) throws Exception {
        Samples alone = new Samples();
        Samples served = new Samples();
        try (BareWalk bare = new BareWalk(service.version(), FORMAT, CORES);
                Connection connection = new Connection(service.prelabels())) {
            for (int round = -rounds; round < rounds; round++) {
                long began = System.nanoTime();
                Connection.Answer answer = connection.post(photo);
                double request = (System.nanoTime() - began) / 1e6;
                long[] parts = bare.walk(photo);
                if (round >= 0) {
                    Map<String, Double> spans = answer.millis();
                    spans.forEach(served::add);
                    served.add("door", request - spans.getOrDefault("total", 0.0));
                    served.add(ALL, request);
                    for (int part = 0; part < parts.length; part++) {
                        alone.add(BareWalk.PARTS.get(part), parts[part] / 1e6);
                    }
                    alone.add(ALL, Arrays.stream(parts).sum() / 1e6);
                }
            }
        }
        System.out.printf("one client, %d rounds after as many to warm up, in ms:%n", rounds);
        System.out.printf("  %-12s %8s %8s %16s %8s%n", "median:", "served", "bare", "fastest tenth:", "");
        for (String span : List.of("fetch", "decode", "queue", "infer", "postprocess", "write", "door", ALL)) {
            System.out.printf(
                    Locale.ROOT,
                    "  %-12s %8.2f %8.2f %16.2f %8.2f%n",
                    span,
                    served.median(span),
                    alone.median(span),
                    served.quantile(span, FASTEST),
                    alone.quantile(span, FASTEST));
        }
        printRatio("median", served.median(ALL), alone.median(ALL));
        printRatio("fastest tenth", served.quantile(ALL, FASTEST), alone.quantile(ALL, FASTEST));
    }

    private static void printRatio(String name, double served, double bare) {
        System.out.printf(Locale.ROOT, "  served / bare, %s: %.3f, %.2f ms more%n", name, served / bare, served - bare);
    }

    /// Twice as many clients as cores, against as many bare walks, each with runs of one thread: nothing to wait for.
    private void manyAtOnce() throws Exception {
        List<BareWalk> walks = new ArrayList<>();
        List<Connection> connections = new ArrayList<>();
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Callable<?>> bare = new ArrayList<>();
            List<Callable<?>> clients = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                BareWalk walk = new BareWalk(service.version(), FORMAT, 1);
                walks.add(walk);
                bare.add(() -> walk.walk(photo));
                Connection connection = new Connection(service.prelabels());
                connections.add(connection);
                clients.add(() -> connection.post(photo));
            }
            Samples rates = new Samples();
            Samples cpuMillis = new Samples();
            for (int window = -1; window < WINDOWS; window++) {
                Throughput ideal = Throughput.of(bare, WINDOW, threads);
                Throughput served = Throughput.of(clients, WINDOW, threads);
                if (window >= 0) {
                    rates.add("bare", ideal.perSecond());
                    rates.add("served", served.perSecond());
                    cpuMillis.add("bare", ideal.cpuMillis());
                    cpuMillis.add("served", served.cpuMillis());
                }
            }
            System.out.printf("all cores busy, medians of %d windows of %d s:%n", WINDOWS, WINDOW.toSeconds());
            System.out.printf(
                    Locale.ROOT,
                    "  %d bare walks %7.1f images/s, %6.2f ms of CPU each%n",
                    CLIENTS,
                    rates.median("bare"),
                    cpuMillis.median("bare"));
            System.out.printf(
                    Locale.ROOT,
                    "  %d clients    %7.1f images/s, %6.2f ms of CPU each%n",
                    CLIENTS,
                    rates.median("served"),
                    cpuMillis.median("served"));
            System.out.printf(
                    Locale.ROOT,
                    "  served / bare %.3f; CPU %.3f%n",
                    rates.median("served") / rates.median("bare"),
                    cpuMillis.median("served") / cpuMillis.median("bare"));
        } finally {
            walks.forEach(BareWalk::close);
            for (Connection connection : connections) {
                connection.close();
            }
        }
    }
}
