package dev.firstpass.loadtest.soak;

import dev.firstpass.loadtest.DemoFiles;
import dev.firstpass.loadtest.DetectorModel;
import dev.firstpass.loadtest.LaunchedServer;
import dev.firstpass.loadtest.command.Program;
import dev.firstpass.loadtest.drive.Photos;
import dev.firstpass.registry.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `loadtest/soak.sh`: whether a server that is used, abused and disturbed for long holds more and more.
@Command(
        name = "soak.sh",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeOnExecutionException = 2,
        description = {
            "Starts a server with the demo's models and asks it for labels and raw tensors through all doors, while aliases move,"
                    + " workers are killed, bad input comes and clients read slowly.",
            "Says what its heap after garbage collection, direct memory, descriptors and resident memory do after the first third,"
                    + " and how each request ended. Exit code 1 if one of these is not as it should be."
        })
public final class SoakCommand implements Callable<Integer> {
    private static final String DETECTOR = "tiny64";
    private static final Duration TICK = Duration.ofSeconds(10);
    /// Its answer is a whole collection, and `jcmd` a JVM: not more often than has to be.
    private static final int TICKS_PER_QUESTION = 3;
    private static final int FEW_TICKS = 60;
    private static final int TICKS_PER_LINE = 6;
    private static final Duration SWAPS = Duration.ofSeconds(5);
    private static final Duration KILLS = Duration.ofSeconds(60);

    @Parameters(arity = "0..1", paramLabel = "MINUTES", description = "How long (default: ${DEFAULT-VALUE}).")
    private double minutes = 30;

    @Option(names = "--tree", required = true, hidden = true)
    private Path tree = Path.of("");

    @Option(
            names = "--into",
            paramLabel = "DIR",
            description = "Where the samples, the server's log and histograms of its heap go (default: a new folder).")
    private Optional<Path> into = Optional.empty();

    public static void main(String[] arguments) {
        Program.main(new SoakCommand(), arguments);
    }

    @Override
    public Integer call() throws Exception {
        if (!(minutes >= 2)) {
            throw new IllegalArgumentException("MINUTES: " + minutes + " (expected: >= 2)");
        }
        Path results = into.isPresent()
                ? Files.createDirectories(into.get())
                : Files.createTempDirectory("firstpass-soak-results-");
        Path folder = Files.createTempDirectory("firstpass-soak-");
        try {
            return soak(folder, results);
        } finally {
            FileTree.delete(folder);
        }
    }

    private int soak(Path folder, Path results) throws Exception {
        Path data = folder.resolve("data");
        register(folder, data);
        String token = LaunchedServer.token(tree, data, List.of("tensors", "prelabel", "promote"));
        Book book = new Book();
        List<Sample> samples;
        double seconds = minutes * 60;
        try (LaunchedServer server = LaunchedServer.start(
                        tree,
                        data,
                        settings(),
                        ProcessBuilder.Redirect.to(results.resolve("server.log").toFile()));
                GoodRequests good = new GoodRequests(server.url(), token, photos(), DetectorModel.tiny64())) {
            List<Lane> lanes = new ArrayList<>(good.lanes(DETECTOR));
            lanes.addAll(new BadRequests(server.port(), token, photos().photo(0, -1)).lanes());
            lanes.addAll(new Disturbances(server, token)
                    .lanes(SWAPS, KILLS.compareTo(third()) < 0 ? KILLS : third().dividedBy(2)));
            try (Traffic _ = Traffic.start(lanes, book)) {
                samples = watch(new Gauge(server.process()), book, results);
            }
        }
        System.out.println();
        book.lines().forEach(System.out::println);
        book.unexpected().forEach(line -> System.out.println("unexpected: " + line));
        List<Row> rows = new ArrayList<>(Row.of(samples, seconds));
        rows.add(Row.of(book));
        System.out.println();
        rows.forEach(System.out::println);
        System.out.println("Samples, the server's log and histograms of its heap: " + results);
        return rows.stream().allMatch(Row::holds) ? 0 : 1;
    }

    private Duration third() {
        return Duration.ofSeconds((long) (minutes * 60 / 3));
    }

    private static Photos photos() throws IOException {
        return Photos.of(Optional.empty(), System.nanoTime());
    }

    /// Caches so small that they are full after the first third: else they would grow as they may.
    private static Map<String, String> settings() {
        Map<String, String> settings = new HashMap<>();
        settings.put("FIRSTPASS_SECURITY_AUTHENTICATION", "tokens");
        settings.put("FIRSTPASS_RUNTIME_CACHE_BYTES", "1MiB");
        settings.put("FIRSTPASS_RUNTIME_REFUSAL_BYTES", "64KiB");
        settings.put(
                "FIRSTPASS_JAVA_OPTS",
                System.getenv().getOrDefault("FIRSTPASS_JAVA_OPTS", "") + " -XX:NativeMemoryTracking=summary");
        return settings;
    }

    private void register(Path folder, Path data) throws IOException, InterruptedException {
        for (String model : List.of("coco", "salient")) {
            Path file = DemoFiles.model(model);
            for (int version = 1; version <= 2; version++) {
                Path own = Files.createDirectories(folder.resolve(model + "-" + version));
                register(model, DemoFiles.remarked(file, own.resolve(file.getFileName()), "version " + version), data);
            }
        }
        Path detector = Files.createDirectories(folder.resolve(DETECTOR));
        var _ = DetectorModel.tiny64().write(detector.resolve(DETECTOR + ".onnx"));
        Files.writeString(
                detector.resolve("firstpass.yaml"), DetectorModel.tiny64().manifest());
        register(DETECTOR, detector, data);
    }

    private void register(String name, Path model, Path data) throws IOException, InterruptedException {
        System.out.println("Registers " + name + ", " + model.getFileName());
        LaunchedServer.register(tree, data, name, model);
    }

    private List<Sample> watch(Gauge gauge, Book book, Path results) throws IOException, InterruptedException {
        List<Sample> samples = new ArrayList<>();
        long began = System.nanoTime();
        long ticks = (long) (minutes * 60 / TICK.toSeconds());
        int told = 0;
        List<String> table = new ArrayList<>(List.of("seconds,heap_mib,direct_mib,descriptors,resident_mib,processes"));
        for (long tick = 1; tick <= ticks; tick++) {
            Thread.sleep(Math.max(0, tick * TICK.toMillis() - (System.nanoTime() - began) / 1_000_000));
            Sample sample = gauge.sample(ticks < FEW_TICKS || tick % TICKS_PER_QUESTION == 0);
            samples.add(sample);
            table.add(csv(sample));
            Files.write(results.resolve("samples.csv"), table);
            if (tick == ticks / 3 || tick == ticks) {
                String when = tick == ticks ? "end" : "warm";
                Files.writeString(results.resolve("heap-" + when + ".txt"), gauge.ask("GC.class_histogram"));
                Files.writeString(
                        results.resolve("native-" + when + ".txt"),
                        gauge.ask("VM.native_memory", "summary", "scale=KB"));
            }
            if (tick % TICKS_PER_LINE == 0) {
                System.out.println(progress(sample, book));
                List<String> unexpected = book.unexpected();
                unexpected.subList(told, unexpected.size()).forEach(line -> System.out.println("  " + line));
                told = unexpected.size();
            }
        }
        return samples;
    }

    private static String csv(Sample sample) {
        return String.format(
                Locale.ROOT,
                "%.0f,%s,%s,%d,%.1f,%d",
                sample.seconds(),
                sample.own()
                        .map(own -> String.format(Locale.ROOT, "%.2f", own.heapMib()))
                        .orElse(""),
                sample.own()
                        .map(own -> String.format(Locale.ROOT, "%.2f", own.directMib()))
                        .orElse(""),
                sample.descriptors(),
                sample.residentMib(),
                sample.processes());
    }

    private static String progress(Sample sample, Book book) {
        return String.format(
                Locale.ROOT,
                "%5.1f min: %d requests, %d not as they should be; %s%d descriptors and %.0f MiB in %d processes",
                sample.seconds() / 60,
                book.total(),
                book.unexpectedCount(),
                sample.own()
                        .map(own -> String.format(
                                Locale.ROOT, "heap %.1f MiB, direct %.1f MiB, ", own.heapMib(), own.directMib()))
                        .orElse(""),
                sample.descriptors(),
                sample.residentMib(),
                sample.processes());
    }
}
