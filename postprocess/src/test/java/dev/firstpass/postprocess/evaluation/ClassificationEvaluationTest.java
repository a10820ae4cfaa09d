package dev.firstpass.postprocess.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.dataset.TrueLabel;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

final class ClassificationEvaluationTest {
    private final ClassificationEvaluation evaluation = new ClassificationEvaluation(
            ClassMap.of(List.of("cat", "dog", "cow"), List.of("cat", "dog", "hen"), List.of()));

    @Test
    void surestClass_ofEachImage_isCounted() {
        add(List.of("cat"), found("cat", 0.9), found("dog", 0.1));
        add(List.of("cat"), found("cat", 0.3), found("dog", 0.6));
        add(List.of("dog"), found("dog", 0.4));
        add(List.of("dog", "cat"), found("cat", 0.8));
        add(List.of("dog"), found("hen", 0.8));
        add(List.of("dog"));
        add(List.of("cow"), found("cat", 0.8));

        ClassificationFigures figures = evaluation.figures();

        assertEquals(6, figures.images());
        assertEquals(3, figures.right());
        assertEquals(0.5, figures.accuracy().orElseThrow());
        assertEquals(
                new ClassFigures.Shown(2, 0, 1, 2), figures.classes().get(0).counts());
        assertEquals(
                new ClassFigures.Shown(1, 1, 2, 1), figures.classes().get(1).counts());
        assertEquals(
                Map.of(
                        new ClassificationFigures.Confusion("cat", "dog"), 1L,
                        new ClassificationFigures.Confusion("dog", "hen"), 1L),
                figures.confusions());
        assertEquals(new Edits(2, 0, 2, 0, 2), figures.edits());
        assertEquals(Map.of("cow", 1L), figures.imagesLeftOut());
    }

    @Test
    void nothing_hasNoAccuracy() {
        assertEquals(OptionalDouble.empty(), evaluation.figures().accuracy());
    }

    private void add(List<String> labels, Annotation... findings) {
        evaluation.add(
                labels.stream()
                        .map(name -> new TrueLabel(
                                new Annotation.Classification(new Candidate(0, name, 0)), Optional.empty(), false))
                        .toList(),
                Arrays.asList(findings),
                finding -> finding.candidate().score() >= 0.5);
    }

    private static Annotation found(String name, double score) {
        return new Annotation.Classification(new Candidate(0, name, score));
    }
}
