package dev.firstpass.server.runtime.batch.schedule.simulation;

import dev.firstpass.server.call.Priority;
import dev.firstpass.server.runtime.batch.schedule.Batch;
import dev.firstpass.server.runtime.batch.schedule.BatchPolicy;
import dev.firstpass.server.runtime.batch.schedule.BatchSchedule;
import dev.firstpass.server.runtime.batch.schedule.QueuedRow;
import dev.firstpass.server.runtime.batch.schedule.RowTerms;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// The server's schedule, with its defaults, warmed up as at a load.
final class Deadlines implements Contender {
    private final BatchSchedule<Ask> schedule;
    private final List<Batch<Ask>> batches = new ArrayList<>();

    Deadlines(int devices, long seed) {
        this(devices, seed, BatchPolicy.DEFAULTS);
    }

    Deadlines(int devices, long seed, BatchPolicy policy) {
        schedule = new BatchSchedule<>(Gpu.SIZES, devices, (_, _) -> 32, policy, _ -> 1, (_, _) -> {});
        Gpu gpu = new Gpu(seed + 1);
        for (int device = 0; device < devices; device++) {
            batches.add(new Batch<>());
            for (int run = 0; run < 3; run++) {
                for (int bucket = 0; bucket < Gpu.SIZES.count(); bucket++) {
                    for (int rows = 1; rows <= 32; rows *= 2) {
                        schedule.warmedUp(device, bucket, rows, gpu.run(bucket, rows));
                    }
                }
            }
        }
    }

    @Override
    public void arrive(Ask ask, long nowNanos) {
        boolean isInteractive = ask.kind().isInteractive();
        OptionalLong timeout = isInteractive ? OptionalLong.of(ask.kind().timeoutNanos()) : OptionalLong.empty();
        Priority priority = isInteractive ? Priority.INTERACTIVE : Priority.BULK;
        var _ = schedule.offer(
                new QueuedRow<>(
                        new RowTerms(ask.bucket(), priority, ask.tenant(), 1, ask.arrivedNanos(), timeout), ask),
                nowNanos);
    }

    @Override
    public List<Ask> next(int device, long nowNanos) {
        Batch<Ask> batch = batches.get(device);
        schedule.take(device, nowNanos, batch);
        List<Ask> asks = new ArrayList<>();
        batch.rows().forEach(row -> asks.add(row.payload()));
        return asks;
    }

    @Override
    public void ended(int device, int bucket, int rows, long nanos) {
        schedule.ended(device, bucket, rows, nanos);
    }
}
