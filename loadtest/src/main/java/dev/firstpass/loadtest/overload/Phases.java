package dev.firstpass.loadtest.overload;

import dev.firstpass.loadtest.drive.Arrivals;
import dev.firstpass.loadtest.drive.Door;
import dev.firstpass.loadtest.drive.OpenLoop;
import dev.firstpass.loadtest.drive.Shot;
import dev.firstpass.loadtest.paced.Tally;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Stretches of load on one server.
///
/// For one thread.
final class Phases {
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final Duration BETWEEN = Duration.ofMillis(500);
    private static final double NANOS = 1e9;

    private final ServerProcess server;
    private final Door door;
    private final Mix mix;
    private final double seconds;
    private int numbers;

    /// @param mix of the requests, such as the door takes
    /// @param seconds of each
    Phases(ServerProcess server, Door door, Mix mix, double seconds) {
        this.server = server;
        this.door = door;
        this.mix = mix;
        this.seconds = seconds;
    }

    /// What people ask for, one after the other.
    static List<Mix.Order> orders(int count, long seed) {
        Random random = new Random(seed ^ 77);
        return Stream.generate(() -> Mix.interactive(random)).limit(count).toList();
    }

    /// @param rate of people's requests, a second
    /// @param bulk requests of bulk work that are under way at any time
    Figures run(double rate, int bulk, long seed) throws IOException, InterruptedException {
        long[] arrivals = Arrivals.bursts(rate, seconds, seed);
        List<Mix.Order> orders = orders(arrivals.length, seed);
        Tally before = server.tally();
        long cpuBefore = server.cpuNanos();
        long began = System.nanoTime();
        List<Shot> shots;
        double bulkArea;
        try (Backlog backlog = new Backlog(door, mix, bulk, seed)) {
            shots = drive(arrivals, orders);
            bulkArea = backlog.area();
        }
        double took = (System.nanoTime() - began) / NANOS;
        double cpu = (server.cpuNanos() - cpuBefore) / NANOS / took;
        Thread.sleep(BETWEEN);
        return Figures.of(
                seconds, orders, shots, server.tally().since(before), bulk == 0 ? 0 : bulkArea * seconds / took, cpu);
    }

    private List<Shot> drive(long[] arrivals, List<Mix.Order> orders) throws InterruptedException {
        int first = numbers;
        numbers += arrivals.length;
        return new OpenLoop()
                .drive(
                        door,
                        arrivals,
                        (index, _) -> mix.ask(orders.get(index), System.nanoTime(), first + index),
                        PATIENCE);
    }

    /// People's requests at these moments, and nothing beside.
    ///
    /// @return those that were answered
    List<Served> served(long[] arrivals, long seed) throws InterruptedException {
        List<Mix.Order> orders = orders(arrivals.length, seed);
        List<Shot> shots = drive(arrivals, orders);
        Thread.sleep(BETWEEN);
        return shots.stream()
                .filter(shot -> shot.answer().isGood())
                .map(shot -> Served.of(shot, orders.get(shot.index()).kind()))
                .toList();
    }

    /// Bulk work alone.
    Figures bulk(int bulk, long seed) throws IOException, InterruptedException {
        Tally before = server.tally();
        double area;
        try (Backlog backlog = new Backlog(door, mix, bulk, seed)) {
            Thread.sleep(Duration.ofMillis((long) (1000 * seconds)));
            area = backlog.area();
        }
        Thread.sleep(BETWEEN);
        return Figures.of(seconds, List.of(), List.of(), server.tally().since(before), area, 0);
    }

    /// Until compilers have seen everything.
    void warmUp(double rate) throws IOException, InterruptedException {
        for (int round : IntStream.range(0, 3).toArray()) {
            var _ = run(rate * (1 + 2 * round), 8, round);
        }
    }
}
