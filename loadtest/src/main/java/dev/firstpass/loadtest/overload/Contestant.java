package dev.firstpass.loadtest.overload;

import dev.firstpass.loadtest.drive.Door;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/// A server that takes part, and what it did in each phase so far.
///
/// For one thread. Who starts it closes it.
final class Contestant implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    /// Bulk requests that are under way at any time, for each device.
    static final int BACKLOG = 64;
    private static final int WARM_UP_RATE = 60;

    private final String name;
    private final int devices;
    private final ServerProcess server;
    private final Door door;
    private final Phases phases;
    private final Map<Phase, List<Figures>> figures = new HashMap<>();
    private final Map<Phase, Recovery> recoveries = new HashMap<>();

    /// Starts it, for images; returns when it is warm.
    Contestant(String name, List<String> command, int devices, double seconds)
            throws IOException, InterruptedException {
        this(name, command, devices, seconds, Way.IMAGES);
    }

    /// Starts it; returns when it is warm.
    Contestant(String name, List<String> command, int devices, double seconds, Way way)
            throws IOException, InterruptedException {
        this.name = name;
        this.devices = devices;
        this.server = new ServerProcess(command, devices);
        this.door = way.door(server.url(), PATIENCE);
        this.phases = new Phases(server, door, new Mix(ServerProcess.MODEL, way), seconds);
        phases.warmUp(WARM_UP_RATE * devices);
    }

    String name() {
        return name;
    }

    Figures run(Phase phase, long seed) throws IOException, InterruptedException {
        int bulk = phase.hasBacklog() ? BACKLOG * devices : 0;
        Figures run = phase.rate() == 0 ? phases.bulk(bulk, seed) : phases.run(phase.rate() * devices, bulk, seed);
        figures.computeIfAbsent(phase, _ -> new ArrayList<>()).add(run);
        return run;
    }

    /// The usual load, an overload and the usual load again.
    ///
    /// @return how it fared in all runs so far
    Recovery relieve(Phase overload, long seed) throws InterruptedException {
        long[] arrivals = Recovery.arrivals(Phase.FULL.rate() * devices, overload.rate() * devices, seed);
        return recoveries.merge(
                overload, Recovery.NOTHING.with(arrivals, phases.served(arrivals, seed)), Recovery::plus);
    }

    /// After all runs of an overload; of none where it was left out.
    Recovery recovery(Phase overload) {
        return recoveries.getOrDefault(overload, Recovery.NOTHING);
    }

    /// Empty where the phase was left out.
    OptionalDouble median(Phase phase, ToDoubleFunction<Figures> figure) {
        List<Figures> runs = figures.getOrDefault(phase, List.of());
        return runs.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Figures.median(runs, figure));
    }

    List<Figures> runs(Phase phase) {
        return figures.getOrDefault(phase, List.of());
    }

    @Override
    public void close() {
        door.close();
        try {
            server.close();
        } catch (IOException e) {
            System.err.println(name + ": " + e.getMessage());
        }
    }
}
