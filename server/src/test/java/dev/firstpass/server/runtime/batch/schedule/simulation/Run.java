package dev.firstpass.server.runtime.batch.schedule.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// One run in virtual time: arrivals, devices, and a contender between them.
final class Run {
    private static final int BACKLOG = 256;

    private final Contender contender;
    private final List<Ask> arrivals;
    private final Gpu gpu;
    private final Random sizes;
    private final long endNanos;
    private final List<List<Ask>> running = new ArrayList<>();
    private final long[] startedAt;
    private final long[] freeAt;
    private int bulkWaiting;
    private double bulkArea;
    private long rows;
    private long runs;
    private long late;

    /// @param bulk whether there is always bulk work waiting
    Run(Contender contender, List<Ask> arrivals, int devices, boolean bulk, double seconds, long seed) {
        this.contender = contender;
        this.arrivals = arrivals;
        this.gpu = new Gpu(seed);
        this.sizes = new Random(seed ^ 77);
        this.endNanos = (long) (seconds * 1e9);
        this.startedAt = new long[devices];
        this.freeAt = new long[devices];
        for (int device = 0; device < devices; device++) {
            running.add(List.of());
        }
        if (bulk) {
            while (bulkWaiting < BACKLOG) {
                moreBulk(0);
            }
        }
        go();
    }

    private void moreBulk(long now) {
        bulkWaiting++;
        contender.arrive(new Ask(now, Kind.BULK, Traffic.size(sizes), "archive"), now);
    }

    private void go() {
        int next = 0;
        long now = 0;
        while (true) {
            long at = next < arrivals.size() ? arrivals.get(next).arrivedNanos() : Contender.NEVER;
            for (int device = 0; device < freeAt.length; device++) {
                long change = running.get(device).isEmpty() ? contender.wakeNanos() : freeAt[device];
                at = Math.min(at, Math.max(now, change));
            }
            if (at == Contender.NEVER || at > endNanos + 10_000_000_000L) {
                return;
            }
            now = at;
            while (next < arrivals.size() && arrivals.get(next).arrivedNanos() <= now) {
                contender.arrive(arrivals.get(next++), now);
            }
            for (int device = 0; device < freeAt.length; device++) {
                if (!running.get(device).isEmpty() && freeAt[device] <= now) {
                    end(device, now);
                }
            }
            for (int device = 0; device < freeAt.length; device++) {
                if (running.get(device).isEmpty()) {
                    start(device, now);
                }
            }
        }
    }

    private void end(int device, long now) {
        List<Ask> asks = running.get(device);
        running.set(device, List.of());
        asks.forEach(ask -> ask.answered(now));
        contender.ended(device, asks.getFirst().bucket(), asks.size(), now - startedAt[device]);
        for (Ask ask : asks) {
            if (!ask.kind().isInteractive() && now <= endNanos) {
                bulkArea += Gpu.area(ask.bucket());
            }
        }
    }

    private void start(int device, long now) {
        List<Ask> asks = contender.next(device, now);
        if (asks.isEmpty()) {
            return;
        }
        running.set(device, asks);
        startedAt[device] = now;
        freeAt[device] = now + gpu.run(asks.getFirst().bucket(), asks.size());
        runs++;
        rows += asks.size();
        for (Ask ask : asks) {
            late += ask.deadlineNanos() < now ? 1 : 0;
            if (!ask.kind().isInteractive()) {
                bulkWaiting--;
                if (now < endNanos) {
                    moreBulk(now);
                }
            }
        }
    }

    long inTime() {
        return arrivals.stream().filter(Ask::isInTime).count();
    }

    int asked() {
        return arrivals.size();
    }

    /// Area of bulk rows that were served, 640 x 640 being 1.
    double bulkArea() {
        return bulkArea;
    }

    double meanBatch() {
        return (double) rows / runs;
    }

    /// Rows that were run though their deadline had passed.
    long late() {
        return late;
    }
}
