package dev.firstpass.server.runtime.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.runtime.device.DeviceMemory;
import dev.firstpass.server.runtime.device.IsolationGroup;
import dev.firstpass.server.runtime.device.Slab;
import dev.firstpass.server.runtime.fake.FakeDecodingHost;
import dev.firstpass.server.runtime.fake.FakeHost;
import dev.firstpass.server.runtime.fake.Versions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class IsolationGroupsTest {
    private final IsolationGroups groups =
            new IsolationGroups(new Grouping.ByTenant(Set.of(new ModelName("shared"))), DeviceMemory.NONE, name -> {
                Slab slab = new Slab(1 << 20, 1 << 20);
                return new IsolationGroup(
                        name, slab, new FakeDecodingHost(slab), List.of(new FakeHost(new Semaphore(0))));
            });

    @AfterEach
    void close() {
        groups.close();
        assertEquals(List.of(), groups.all());
    }

    @Test
    void of_modelsOfOneTenant_isOneGroup() {
        assertSame(groups.of(Versions.of("coco", 1)), groups.of(Versions.of("text", 7)));
        assertSame(groups.common(), groups.of(Versions.of("coco", 2)));
    }

    @Test
    void of_aSharedModel_isAGroupOfItsOwn() {
        IsolationGroup own = groups.of(Versions.of("shared", 1));

        assertNotSame(groups.common(), own);
        assertNotSame(groups.common().slab(), own.slab());
        assertSame(own, groups.of(Versions.of("shared", 2)));
    }

    @Test
    void of_modelsOfTwoTenants_isAGroupForEach() {
        IsolationGroup first = groups.of(ownedBy("first", "coco"));
        IsolationGroup second = groups.of(ownedBy("second", "coco"));

        assertNotSame(first, second);
        assertNotSame(first.slab(), second.slab());
        assertNotSame(groups.common(), first);
        assertSame(first, groups.of(ownedBy("first", "text")));
    }

    @Test
    void of_sharedModelsOfTwoTenants_isAGroupForEach() {
        assertNotSame(groups.of(ownedBy("first", "shared")), groups.of(ownedBy("second", "shared")));
    }

    @Test
    void of_whereAllIsOneProcess_isOneGroup() {
        Grouping all = new Grouping.OneForAll();

        assertEquals(all.of(ownedBy("first", "coco")), all.of(ownedBy("second", "shared")));
    }

    private static ModelVersion ownedBy(String tenant, String name) {
        return Versions.ownedBy(new Tenant(tenant), Versions.of(name, 1));
    }

    @Test
    void groups_thatNobodyNeeds_areNotOpened() {
        assertEquals(List.of(), groups.all());

        var _ = groups.of(Versions.of("coco", 1));

        assertEquals(1, groups.all().size());
    }
}
