package dev.firstpass.postprocess.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

final class ClassMapTest {
    @Test
    void names_butForCaseAndSpaces_areTheSame() {
        ClassMap map = ClassMap.of(List.of(" Crop", "stone", "weed"), List.of("weed", "", "crop", "dog"), List.of());

        assertEquals(
                List.of(
                        new ClassMap.Group(" Crop", List.of(" Crop"), List.of("crop")),
                        new ClassMap.Group("weed", List.of("weed"), List.of("weed"))),
                map.groups());
        assertEquals(List.of("stone"), map.onlyInDataSet());
        assertEquals(List.of("dog"), map.onlyInModel());
        assertEquals(OptionalInt.of(1), map.ofModel("weed"));
        assertEquals(OptionalInt.of(0), map.ofDataSet(" Crop"));
        assertEquals(OptionalInt.empty(), map.ofModel("dog"));
    }

    @Test
    void oneForSeveral_isEvaluatedAsOne() {
        ClassMap map = ClassMap.of(
                List.of("vehicle", "car", "dog"),
                List.of("car", "truck", "dog"),
                List.of(new ClassMap.Same("vehicle", "car"), new ClassMap.Same("vehicle", "truck")));

        assertEquals(
                List.of(
                        new ClassMap.Group("vehicle", List.of("vehicle"), List.of("car", "truck")),
                        new ClassMap.Group("dog", List.of("dog"), List.of("dog"))),
                map.groups());
        assertEquals(List.of("car"), map.onlyInDataSet(), "the model's is taken");
    }

    @Test
    void chains_areOneGroup() {
        ClassMap map = ClassMap.of(
                List.of("a", "b"),
                List.of("x", "y"),
                List.of(new ClassMap.Same("a", "x"), new ClassMap.Same("b", "y"), new ClassMap.Same("b", "x")));

        assertEquals(List.of(new ClassMap.Group("x+y", List.of("a", "b"), List.of("x", "y"))), map.groups());
    }

    @Test
    void unknownName_isRefused() {
        assertEquals(
                "cow (expected: one of the model's classes)",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> ClassMap.of(
                                        List.of("dog"), List.of("dog"), List.of(new ClassMap.Same("dog", "cow"))))
                        .getMessage());
    }
}
