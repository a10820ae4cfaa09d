package dev.firstpass.server.config;

import dev.firstpass.registry.ModelName;
import dev.firstpass.server.asset.AssetConfig;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.ledger.LedgerLimits;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// How much the runtime may use.
///
/// Immutable.
///
/// @param cpuPermits threads that decode or compute at a time
/// @param engineSessions of each model on a CPU: runs that it may have at a time
/// @param engineThreads that one model run may use
/// @param rowBytes room in the slab for rows that wait or run
/// @param resultBytes room in the slab for outputs that are being read
/// @param caches what may be remembered of requests
/// @param queueCapacity rows that may wait in front of one model
/// @param images what an image may be
/// @param isolation where models run
/// @param sandbox what becomes of workers that cannot be walled in; means nothing where there are none
/// @param shared models that several tenants use, each of which runs in workers of its own
/// @param memory that models may hold
/// @param supervision how long the server bears with models
/// @param devices that models run on
/// @param placement model -> names of the devices it runs on, for those that do not run on the usual ones
/// @param ledger how many answers are kept in the ledger of predictions; empty where none is
/// @param guard what stops a canary; empty where nothing does
/// @param assets where images may be fetched from
public record RuntimeConfig(
        int cpuPermits,
        int engineSessions,
        int engineThreads,
        long rowBytes,
        long resultBytes,
        CacheLimits caches,
        int queueCapacity,
        ImageLimits images,
        Isolation isolation,
        Sandbox sandbox,
        List<ModelName> shared,
        ModelMemory memory,
        SupervisionConfig supervision,
        DeviceChoice devices,
        Map<ModelName, List<String>> placement,
        Optional<LedgerLimits> ledger,
        Optional<GuardLimits> guard,
        AssetConfig assets) {
    private static final long MIB = 1 << 20;

    private static final int LEAST_SESSIONS = 4;

    public RuntimeConfig {
        shared = List.copyOf(shared);
        placement = placement.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, entry -> List.copyOf(entry.getValue())));
        require("cpuPermits", cpuPermits, 1);
        require("engineSessions", engineSessions, 1);
        require("engineThreads", engineThreads, 1);
        require("rowBytes", rowBytes, MIB);
        require("resultBytes", resultBytes, MIB);
        require("queueCapacity", queueCapacity, 1);
    }

    /// What suits a machine with `cores` processors, with models in this process, all together and on the usual devices.
    public static RuntimeConfig forCores(int cores) {
        return new RuntimeConfig(
                cores,
                usualSessions(cores),
                threadsEach(cores, usualSessions(cores)),
                512 * MIB,
                512 * MIB,
                CacheLimits.STANDARD,
                256,
                ImageLimits.DEFAULT,
                Isolation.IN_PROCESS,
                Sandbox.REQUIRED,
                List.of(),
                ModelMemory.STANDARD,
                SupervisionConfig.DEFAULT,
                DeviceChoice.auto(),
                Map.of(),
                Optional.of(LedgerLimits.STANDARD),
                Optional.of(GuardLimits.STANDARD),
                AssetConfig.NONE);
    }

    /// Runs that a model has at a time where nothing else is said: one for each core up to seven, and from then on four or
    /// five, of several threads each, so that who asks alone has more than a small part of the machine.
    static int usualSessions(int cores) {
        return cores / Math.max(1, cores / LEAST_SESSIONS);
    }

    /// The cores, shared out.
    static int threadsEach(int cores, int sessions) {
        return Math.max(1, cores / sessions);
    }

    /// The same with models elsewhere.
    public RuntimeConfig with(Isolation isolation, Sandbox sandbox) {
        return with(engineSessions, engineThreads, caches, isolation, sandbox);
    }

    /// The same with other limits of what may be remembered of requests.
    public RuntimeConfig with(CacheLimits limits) {
        return with(engineSessions, engineThreads, limits, isolation, sandbox);
    }

    /// The same with models that are run in another way.
    public RuntimeConfig with(int sessions, int threads) {
        return with(sessions, threads, caches, isolation, sandbox);
    }

    private RuntimeConfig with(int sessions, int threads, CacheLimits caches, Isolation isolation, Sandbox sandbox) {
        return with(sessions, threads, caches, isolation, sandbox, assets);
    }

    private RuntimeConfig with(
            int sessions, int threads, CacheLimits caches, Isolation isolation, Sandbox sandbox, AssetConfig assets) {
        return new RuntimeConfig(
                cpuPermits,
                sessions,
                threads,
                rowBytes,
                resultBytes,
                caches,
                queueCapacity,
                images,
                isolation,
                sandbox,
                shared,
                memory,
                supervision,
                devices,
                placement,
                ledger,
                guard,
                assets);
    }

    /// The same with images from elsewhere.
    public RuntimeConfig with(AssetConfig places) {
        return with(engineSessions, engineThreads, caches, isolation, sandbox, places);
    }

    private static void require(String name, long value, long least) {
        if (value < least) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: >= " + least + ")");
        }
    }
}
