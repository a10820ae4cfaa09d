package dev.firstpass.loadtest.overload;

import dev.firstpass.loadtest.command.Program;
import dev.firstpass.loadtest.drive.Arrivals;
import dev.firstpass.loadtest.drive.Door;
import dev.firstpass.loadtest.drive.OpenLoop;
import dev.firstpass.loadtest.drive.Shot;
import dev.firstpass.loadtest.paced.Pace;
import dev.firstpass.loadtest.paced.PacedServer;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `loadtest/tenants.sh`: what one tenant notices of another, on one virtual GPU, in real time.
@Command(
        name = "tenants.sh",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "A tenant asks for 60 rows a second of a virtual GPU, and beside it another for 60, 120 and 600: prints the first"
                    + " one's 99th percentile and how much of either's came in time, and at last how often each was told what.",
            "Requests go past the listeners, which know no tenants as long as nobody has to say who they are."
        })
public final class TenantsCommand implements Callable<Integer> {
    private static final double SHARE = 60;
    private static final String IN_TIME = "in time";
    private static final int[] TIMES = {1, 2, 10};
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final double NANOS_PER_MILLI = 1e6;
    private static final String MODEL = "paced";

    @Mixin
    private Rounds rounds = new Rounds(10);

    private final Mix mix = new Mix(MODEL);
    private int numbers;

    public static void main(String[] arguments) {
        Program.main(new TenantsCommand(), arguments);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Map<Integer, List<double[]>> all = new LinkedHashMap<>();
        Map<Integer, Told> told = new LinkedHashMap<>();
        try (PacedServer server = PacedServer.start(Files.createTempDirectory("firstpass-tenants-"), 1, Map.of());
                Door own = server.door("own");
                Door other = server.door("other")) {
            server.register(MODEL, Pace.GPU);
            for (int run = 0; run <= rounds.runs(); run++) {
                for (int times : TIMES) {
                    Told now = new Told(new TreeMap<>(), new TreeMap<>());
                    double[] figures = beside(own, other, times, run, now);
                    // The first round is for the compilers.
                    if (run > 0) {
                        note(times, figures);
                        told.computeIfAbsent(times, _ -> new Told(new TreeMap<>(), new TreeMap<>()))
                                .add(now);
                        all.computeIfAbsent(times, _ -> new ArrayList<>()).add(figures);
                    }
                }
            }
        }
        System.out.println("| the other asks for | p99 | in time | the other's in time |\n|---|---|---|---|");
        all.forEach((times, figures) -> System.out.printf(
                Locale.ROOT,
                "| %.0f/s | %.0f ms | %.2f %% | %.2f %% |%n",
                SHARE * times,
                median(figures, 0),
                100 * median(figures, 1),
                100 * median(figures, 2)));
        told.forEach((times, what) -> what.print(SHARE * times));
        return 0;
    }

    /// The first tenant's 99th percentile of clicks and openings, in milliseconds, the share of its requests in time, and
    /// that of the other's, and the 99th percentile of by how many milliseconds the first one's were sent too late.
    private double[] beside(Door own, Door other, int times, long seed, Told told) throws InterruptedException {
        long[] mine = Arrivals.bursts(SHARE, rounds.seconds(), seed);
        long[] theirs = Arrivals.bursts(SHARE * times, rounds.seconds(), seed + 1000);
        Drive crowd = new Drive(other, theirs, seed + 2000);
        Thread sender = Thread.ofPlatform().name("other").start(crowd);
        Drive drive = new Drive(own, mine, seed + 3000);
        drive.run();
        sender.join();
        double[] millis = drive.shots.stream()
                .filter(shot -> shot.answer().isGood())
                .filter(shot -> drive.orders.get(shot.index()).kind() != Kind.PREFETCH)
                .mapToDouble(shot -> shot.latencyNanos() / NANOS_PER_MILLI)
                .sorted()
                .toArray();
        drive.count(told.own);
        crowd.count(told.other);
        return new double[] {
            millis.length == 0 ? Double.NaN : millis[(int) (0.99 * (millis.length - 1))],
            drive.inTime(),
            crowd.inTime(),
            drive.lagMillis()
        };
    }

    private static void note(int times, double[] figures) {
        System.err.printf(
                Locale.ROOT,
                "beside %.0f/s: p99 %.0f ms, %.2f %% in time, the other's %.2f %%; lag %.1f ms%n",
                SHARE * times,
                figures[0],
                100 * figures[1],
                100 * figures[2],
                figures[3]);
    }

    private static double median(List<double[]> figures, int which) {
        double[] sorted =
                figures.stream().mapToDouble(figure -> figure[which]).sorted().toArray();
        return Arrays.stream(sorted).skip((sorted.length - 1) / 2).findFirst().orElse(Double.NaN);
    }

    /// What each tenant was told, and how often.
    private record Told(Map<String, Integer> own, Map<String, Integer> other) {
        void add(Told more) {
            more.own.forEach((what, count) -> own.merge(what, count, Integer::sum));
            more.other.forEach((what, count) -> other.merge(what, count, Integer::sum));
        }

        void print(double rate) {
            System.out.printf(Locale.ROOT, "%nbeside %.0f/s | the one | the other%n---|---|---%n", rate);
            Stream.concat(own.keySet().stream(), other.keySet().stream())
                    .distinct()
                    .sorted()
                    .forEach(what -> System.out.printf(
                            Locale.ROOT,
                            "%s | %d | %d%n",
                            what,
                            own.getOrDefault(what, 0),
                            other.getOrDefault(what, 0)));
        }
    }

    /// One tenant's requests.
    ///
    /// For one thread, until it has ended.
    private final class Drive implements Runnable {
        private final Door door;
        private final long[] arrivals;
        private final List<Mix.Order> orders;
        private final int first;
        private List<Shot> shots = List.of();

        Drive(Door door, long[] arrivals, long seed) {
            Random random = new Random(seed);
            this.door = door;
            this.arrivals = arrivals;
            this.orders = Stream.generate(() -> Mix.interactive(random))
                    .limit(arrivals.length)
                    .toList();
            this.first = numbers;
            numbers += arrivals.length;
        }

        private String told(Shot shot) {
            if (!shot.answer().isGood()) {
                return shot.answer().reason();
            }
            boolean isInTime =
                    shot.latencyNanos() <= orders.get(shot.index()).kind().timeoutNanos();
            return isInTime ? IN_TIME : "answered too late";
        }

        void count(Map<String, Integer> counts) {
            shots.forEach(shot -> counts.merge(told(shot), 1, Integer::sum));
        }

        double lagMillis() {
            long[] lags = shots.stream().mapToLong(Shot::lagNanos).sorted().toArray();
            return lags.length == 0 ? Double.NaN : lags[(int) (0.99 * (lags.length - 1))] / NANOS_PER_MILLI;
        }

        double inTime() {
            return (double) shots.stream()
                            .filter(shot -> told(shot).equals(IN_TIME))
                            .count()
                    / shots.size();
        }

        @Override
        public void run() {
            try {
                shots = new OpenLoop()
                        .drive(
                                door,
                                arrivals,
                                (index, _) -> mix.ask(orders.get(index), System.nanoTime(), first + index),
                                PATIENCE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
