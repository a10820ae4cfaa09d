package dev.firstpass.server.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.registry.ModelName;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.config.Limits;
import java.time.InstantSource;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Of the models `coco`, which finds boxes of cats and dogs, and `salient`, which finds masks without classes.
class OfferedModelsTest {
    private final FakeBackend backend = new FakeBackend(Limits.STANDARD, InstantSource.system());
    private final OfferedModels offered = new OfferedModels(backend, backend.projects);

    @AfterEach
    void close() {
        backend.metrics().close();
        backend.deleteArea();
    }

    private List<String> ids() {
        return offered.all(Tenant.LOCAL).stream().map(OfferedModels.Offered::id).toList();
    }

    @Test
    void models_areOfferedOnceForEachAlias() {
        backend.moveAlias(new ModelName("coco"), "canary", 1, OptionalLong.empty());

        assertEquals(List.of("coco@canary", "coco", "salient"), ids());
        assertEquals(
                List.of(1L, 2L, 1L),
                offered.all(Tenant.LOCAL).stream()
                        .map(one -> one.model().version())
                        .toList());
    }

    @Test
    void projects_areOfferedForTheModelsWhoseClassesTheyName() {
        backend.moveAlias(new ModelName("coco"), "canary", 1, OptionalLong.empty());
        backend.projects.set("birds", "mapping: {bird: Bird}");
        backend.projects.set("dogs", "{mapping: {dog: Hund}, geometry: polygon}");
        backend.projects.set("few", "max: 3");
        backend.projects.set("joints", "{classes: [dog], geometry: keypoints}");

        assertEquals(List.of("coco@canary", "coco", "coco+dogs", "salient"), ids());
        ModelDescription dogs = offered.all(Tenant.LOCAL).get(2).model();
        assertEquals(GeometryKind.POLYGON, dogs.geometry());
        assertEquals(List.of("Hund"), new ModelLabels(List.of()).of(dogs));
    }
}
