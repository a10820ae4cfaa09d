package dev.firstpass.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.registry.EngineKind;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.config.RuntimeConfig;
import dev.firstpass.server.config.RuntimeConfigs;
import dev.firstpass.server.e2e.MappedSlabs;
import dev.firstpass.server.e2e.SizedModel;
import dev.firstpass.server.runtime.device.IsolationGroup;
import dev.firstpass.server.runtime.device.worker.WorkerReport;
import dev.firstpass.server.runtime.engine.Device;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.fake.Versions;
import dev.firstpass.server.runtime.supervision.SupervisionListener;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Models of two tenants, in real workers.
final class TenantsInWorkersTest {
    @TempDir
    Path folder = Path.of("");

    /// No process of one tenant maps what the other's rows and results lie in.
    @Test
    void models_ofTwoTenants_haveProcessesAndMemoryOfTheirOwn() throws Exception {
        Path model = SizedModel.write(folder.resolve("model.onnx"), 1, 1 << 20);
        try (Hosts hosts = Hosts.start(folder.resolve("workers"), config(), SupervisionListener.NONE, Hosts::host)) {
            IsolationGroup first = groupOf(hosts, "first");
            IsolationGroup second = groupOf(hosts, "second");
            try (EngineSession one = open(first, model);
                    EngineSession other = open(second, model)) {
                first.decoding().warmUp();
                second.decoding().warmUp();
                assertEquals(one.signature(), other.signature());

                Map<String, List<WorkerReport>> workers = hosts.workers();

                assertTrue(workers.keySet().containsAll(Set.of("first", "second")), workers.toString());
                Set<String> firstSlabs = MappedSlabs.of(workers.getOrDefault("first", List.of()));
                Set<String> secondSlabs = MappedSlabs.of(workers.getOrDefault("second", List.of()));
                assertEquals(1, firstSlabs.size());
                assertEquals(1, secondSlabs.size());
                assertNotEquals(firstSlabs, secondSlabs);
                assertTrue(MappedSlabs.ofThisProcess().containsAll(firstSlabs));
            }
        }
    }

    private static IsolationGroup groupOf(Hosts hosts, String tenant) {
        return hosts.groups().of(Versions.ownedBy(new Tenant(tenant), Versions.of("model", 1)));
    }

    private static EngineSession open(IsolationGroup group, Path model) {
        return group.host(Device.cpu().id()).open(EngineKind.ONNX, model);
    }

    private static RuntimeConfig config() {
        return RuntimeConfigs.forCores(1).slabBytes(4 << 20).queueCapacity(16).inWorkers();
    }
}
