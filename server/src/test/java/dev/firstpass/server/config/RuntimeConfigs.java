package dev.firstpass.server.config;

import dev.firstpass.registry.ModelName;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// Makes configurations for tests: small ones, of which a test says what it is about.
///
/// For one thread.
public final class RuntimeConfigs {
    private final RuntimeConfig usual;
    private int cpuPermits;
    private int engineSessions = 1;
    private int engineThreads;
    private long slabBytes;
    private int queueCapacity = 64;
    private List<ModelName> shared = List.of();
    private ModelMemory memory = ModelMemory.STANDARD;
    private SupervisionConfig supervision = SupervisionConfig.DEFAULT;
    private DeviceChoice devices = DeviceChoice.auto();
    private Map<ModelName, List<String>> placement = Map.of();

    private RuntimeConfigs(int cores) {
        usual = RuntimeConfig.forCores(cores);
        cpuPermits = cores;
        engineThreads = cores;
        slabBytes = usual.rowBytes();
    }

    /// What suits a machine with so many processors, without the cache, which would answer all but the first of equal
    /// requests.
    public static RuntimeConfigs forCores(int cores) {
        return new RuntimeConfigs(cores);
    }

    public RuntimeConfigs engineSessions(int sessions) {
        engineSessions = sessions;
        return this;
    }

    public RuntimeConfigs engineThreads(int threads) {
        engineThreads = threads;
        return this;
    }

    /// Room for rows, and as much for results.
    public RuntimeConfigs slabBytes(long bytes) {
        slabBytes = bytes;
        return this;
    }

    public RuntimeConfigs queueCapacity(int rows) {
        queueCapacity = rows;
        return this;
    }

    public RuntimeConfigs shared(ModelName... models) {
        shared = List.of(models);
        return this;
    }

    public RuntimeConfigs memory(ModelMemory usable) {
        memory = usable;
        return this;
    }

    /// What models may hold of each device's memory.
    public RuntimeConfigs budget(long bytes) {
        return memory(new ModelMemory(OptionalLong.of(bytes), List.of()));
    }

    public RuntimeConfigs supervision(SupervisionConfig limits) {
        supervision = limits;
        return this;
    }

    public RuntimeConfigs devices(DeviceChoice chosen, Map<ModelName, List<String>> placed) {
        devices = chosen;
        placement = placed;
        return this;
    }

    public RuntimeConfig inProcess() {
        return in(Isolation.IN_PROCESS);
    }

    public RuntimeConfig inWorkers() {
        return in(Isolation.WORKER);
    }

    public RuntimeConfig in(Isolation isolation) {
        return new RuntimeConfig(
                cpuPermits,
                engineSessions,
                engineThreads,
                slabBytes,
                slabBytes,
                CacheLimits.NONE,
                queueCapacity,
                usual.images(),
                isolation,
                Sandbox.REQUIRED,
                shared,
                memory,
                supervision,
                devices,
                placement,
                usual.ledger(),
                usual.guard(),
                usual.assets());
    }
}
