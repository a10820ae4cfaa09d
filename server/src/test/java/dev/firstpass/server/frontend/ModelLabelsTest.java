package dev.firstpass.server.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.family.ModelFamilies;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Tenant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ModelLabelsTest {
    private final ModelLabels labels = new ModelLabels(ModelFamilies.STANDARD);

    private static ModelDescription model(String family, List<String> classes, Map<String, Double> thresholds) {
        return new ModelDescription(
                Tenant.LOCAL,
                "m",
                1,
                FakeBackend.DIGEST,
                List.of(1L),
                Map.of(),
                family,
                GeometryKind.BOX,
                false,
                classes,
                Map.of(),
                0.5,
                thresholds,
                ModelVersion.State.AVAILABLE);
    }

    @Test
    void classes_comeInTheirOrder_withoutThoseThatNoAnswerCarries() {
        assertEquals(
                List.of("zebra", "ant"),
                labels.of(model("ssd", List.of("zebra", "", "cow", "ant"), Map.of("ant", 0.5, "zebra", 0.5))));
    }

    @Test
    void labelsOfAnOntology_comeAfterThem() {
        assertEquals(
                List.of("cow", "animal", "vehicle"),
                labels.of(
                        model("ssd", List.of("dog", "cow", "car"), Map.of("vehicle", 0.5, "cow", 0.5, "animal", 0.5))));
    }

    @Test
    void familiesOfOneClass_giveTheirOwnLabel_whereAModelNamesNone() {
        assertEquals(List.of("object"), labels.of(model("sam", List.of(), Map.of())));
        assertEquals(List.of("text"), labels.of(model("text-regions", List.of(), Map.of())));
        assertEquals(List.of(), labels.of(model("ssd", List.of(), Map.of())));
    }

    @Test
    void numbers_areThoseOfTheClasses_andOnesOfTheirOwnForOtherLabels() {
        ModelDescription model =
                model("ssd", List.of("dog", "cow", "car"), Map.of("vehicle", 0.5, "cow", 0.5, "animal", 0.5));

        assertEquals(
                List.of(1, 3, 4),
                List.of(labels.number(model, "cow"), labels.number(model, "animal"), labels.number(model, "vehicle")));
        assertEquals(0, labels.number(model("sam", List.of(), Map.of()), "object"));
    }

    @Test
    void attributes_areThoseOfTheFamily() {
        assertEquals(List.of("text", "textScore"), labels.attributes(model("text-regions", List.of(), Map.of())));
        assertEquals(List.of(), labels.attributes(model("ssd", List.of(), Map.of())));
    }
}
