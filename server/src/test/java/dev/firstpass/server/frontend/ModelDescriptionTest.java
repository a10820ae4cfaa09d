package dev.firstpass.server.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.failure.FailureException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ModelDescriptionTest {
    private final FakeProjects projects = new FakeProjects();

    /// Dogs are animals by its manifest.
    private static ModelDescription model(
            List<String> classes, Map<String, String> ontology, Map<String, Double> thresholds) {
        return new ModelDescription(
                Tenant.LOCAL,
                "m",
                1,
                FakeBackend.DIGEST,
                List.of(1L),
                Map.of(),
                "ssd",
                GeometryKind.MASK,
                false,
                classes,
                ontology,
                0.5,
                thresholds,
                ModelVersion.State.AVAILABLE);
    }

    private static final ModelDescription ANIMALS =
            model(List.of("", "cat", "dog", "car"), Map.of("dog", "animal", "cat", "animal"), Map.of("animal", 0.25));

    private ModelDescription by(String yaml) {
        return ANIMALS.by(projects.set("fields", yaml));
    }

    @Test
    void projectThatSaysNothing_changesNothing() {
        assertEquals(ANIMALS, by("max: 3"));
    }

    @Test
    void mapping_takesThePlaceOfTheOntology() {
        ModelDescription mapped = by("{mapping: {car: Auto, dog: Hund}, geometry: box}");

        assertEquals(Map.of("Auto", 0.5, "Hund", 0.25), mapped.labelThresholds());
        assertEquals(Map.of("car", "Auto", "dog", "Hund"), mapped.ontology());
        assertEquals(GeometryKind.BOX, mapped.geometry());
    }

    @Test
    void thresholds_areTheLowestOfTheClassesOfALabel() {
        assertEquals(
                Map.of("Tier", 0.1, "Auto", 0.7),
                by("{mapping: {car: Auto, dog: Tier, cat: Tier}, thresholds: {default: 0.7, cat: 0.1}}")
                        .labelThresholds());
    }

    @Test
    void classes_areThoseThatAreWanted() {
        assertEquals(Map.of("animal", 0.25), by("classes: [dog, car]").labelThresholds());
    }

    @Test
    void modelWithoutClasses_hasTheLabelsOfTheMapping() {
        ModelDescription plain = model(List.of(), Map.of(), Map.of());

        assertEquals(
                Map.of("Thing", 0.5),
                plain.by(projects.set("things", "mapping: {salient: Thing}")).labelThresholds());
    }

    /// A tool that filters knows labels, and the model classes.
    @Test
    void labelsOfAFilter_areTheClassesThatBecomeThem() {
        ModelDescription mapped = by("mapping: {car: Auto, dog: Tier, cat: Tier}");

        assertEquals(Set.of("dog", "cat"), ModelLabels.classes(mapped, Set.of("Tier")));
        assertEquals(Set.of("car", "dog"), ModelLabels.classes(mapped, Set.of("Auto", "dog")));
        assertThrows(FailureException.class, () -> ModelLabels.classes(mapped, Set.of("Haus")));
    }
}
