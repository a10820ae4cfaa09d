package dev.firstpass.loadtest;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/// How much was done in a while, and what each piece of it cost this process.
///
/// Immutable.
record Throughput(double perSecond, double cpuMillis) {
    /// Does each of `works` over and over on a thread of its own until the time is up; work begun by then counts, and
    /// so does the time that it takes to end.
    static Throughput of(List<Callable<?>> works, Duration time, ExecutorService threads)
            throws InterruptedException, ExecutionException {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long cpu = system.getProcessCpuTime();
        long began = System.nanoTime();
        List<Future<Integer>> counts = new ArrayList<>();
        for (Callable<?> work : works) {
            counts.add(threads.submit(() -> repeat(work, began + time.toNanos())));
        }
        int done = 0;
        for (Future<Integer> count : counts) {
            done += count.get();
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        return new Throughput(done / seconds, (system.getProcessCpuTime() - cpu) / 1e6 / done);
    }

    private static int repeat(Callable<?> work, long until) throws Exception {
        int done = 0;
        while (System.nanoTime() < until) {
            var _ = work.call();
            done++;
        }
        return done;
    }
}
