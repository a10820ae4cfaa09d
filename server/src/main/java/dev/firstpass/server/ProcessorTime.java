package dev.firstpass.server;

import com.sun.management.OperatingSystemMXBean;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.runtime.device.DeviceHost;
import dev.firstpass.server.runtime.device.worker.WorkerDeviceHost;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/// Processor time of this process and of the one that runs a host's models, if that is another.
///
/// Pure, but for the processes.
final class ProcessorTime {
    private ProcessorTime() {}

    static long nanos(DeviceHost host, EngineKind engine) {
        long own =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
        return own + (host instanceof WorkerDeviceHost workers ? ofWorker(workers, engine) : 0);
    }

    private static long ofWorker(WorkerDeviceHost workers, EngineKind engine) {
        return workers.workerPid(engine)
                .flatMap(ProcessHandle::of)
                .flatMap(process -> process.info().totalCpuDuration())
                .map(Duration::toNanos)
                .orElse(0L);
    }
}
