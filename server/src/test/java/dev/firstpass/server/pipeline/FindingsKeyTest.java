package dev.firstpass.server.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.MinimumSize;
import dev.firstpass.postprocess.spec.Outlining;
import dev.firstpass.postprocess.spec.Prompt;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// What is kept under one key is found under equal ones and under no other: any difference in tenant, asset, version,
/// prompt or labeling option misses.
final class FindingsKeyTest {
    @Property(tries = 2000)
    void cached_isFoundUnderEqualKeysAlone(@ForAll("keys") FindingsKey kept, @ForAll("keys") FindingsKey asked) {
        ResultCache cache = new ResultCache(1 << 20);
        Findings findings = new Findings(new ImageSize(1, 1), List.of(), List.of());
        cache.keep(kept, findings);
        assertEquals(kept.equals(asked), cache.get(asked).isPresent());
        assertTrue(cache.get(copy(kept)).isPresent(), "a key with the same parts");
    }

    /// Each part by itself, since keys that differ in one thing only are rare among random ones.
    @Property(tries = 500)
    void cached_isNotFound_whereOnePartDiffers(@ForAll("keys") FindingsKey kept, @ForAll("keys") FindingsKey other) {
        ResultCache cache = new ResultCache(1 << 20);
        cache.keep(kept, new Findings(new ImageSize(1, 1), List.of(), List.of()));
        LabelingSpec a = kept.labeling();
        LabelingSpec b = other.labeling();
        List.of(
                        key(other.tenant(), kept.assetDigest(), kept.versionDigest(), kept.prompt(), a),
                        key(kept.tenant(), other.assetDigest(), kept.versionDigest(), kept.prompt(), a),
                        key(kept.tenant(), kept.assetDigest(), other.versionDigest(), kept.prompt(), a),
                        key(kept.tenant(), kept.assetDigest(), kept.versionDigest(), other.prompt(), a),
                        with(kept, spec(b.project(), a, a, a, a, a, a)),
                        with(kept, spec(a.project(), b, a, a, a, a, a)),
                        with(kept, spec(a.project(), a, b, a, a, a, a)),
                        with(kept, spec(a.project(), a, a, b, a, a, a)),
                        with(kept, spec(a.project(), a, a, a, b, a, a)),
                        with(kept, spec(a.project(), a, a, a, a, b, a)),
                        with(kept, spec(a.project(), a, a, a, a, a, b)),
                        with(kept, withThresholds(a, b)),
                        with(kept, withMinimum(a, b)))
                .forEach(asked -> assertEquals(
                        kept.toString().equals(asked.toString()),
                        cache.get(asked).isPresent(),
                        () -> kept + " and " + asked));
    }

    private static LabelingSpec spec(
            String project,
            LabelingSpec mapping,
            LabelingSpec threshold,
            LabelingSpec classes,
            LabelingSpec max,
            LabelingSpec geometry,
            LabelingSpec simplify) {
        return new LabelingSpec(
                project,
                mapping.mapping(),
                threshold.threshold(),
                mapping.thresholds(),
                classes.classes(),
                max.max(),
                geometry.geometry(),
                simplify.outlining(),
                mapping.minimum());
    }

    private static LabelingSpec withThresholds(LabelingSpec a, LabelingSpec b) {
        return new LabelingSpec(
                a.project(),
                a.mapping(),
                a.threshold(),
                b.thresholds(),
                a.classes(),
                a.max(),
                a.geometry(),
                a.outlining(),
                a.minimum());
    }

    private static LabelingSpec withMinimum(LabelingSpec a, LabelingSpec b) {
        return new LabelingSpec(
                a.project(),
                a.mapping(),
                a.threshold(),
                a.thresholds(),
                a.classes(),
                a.max(),
                a.geometry(),
                a.outlining(),
                b.minimum());
    }

    private static FindingsKey key(String tenant, String asset, String version, Prompt prompt, LabelingSpec labeling) {
        return new FindingsKey(tenant, asset, version, prompt, labeling);
    }

    private static FindingsKey with(FindingsKey key, LabelingSpec labeling) {
        return key(key.tenant(), key.assetDigest(), key.versionDigest(), key.prompt(), labeling);
    }

    private static FindingsKey copy(FindingsKey key) {
        LabelingSpec labeling = key.labeling();
        Prompt prompt = switch (key.prompt()) {
            case Prompt.None _ -> new Prompt.None();
            case Prompt.Box box -> new Prompt.Box(box.box());
            case Prompt.Points points -> new Prompt.Points(points.clicks());
        };
        return key(
                String.copyValueOf(key.tenant().toCharArray()),
                String.copyValueOf(key.assetDigest().toCharArray()),
                String.copyValueOf(key.versionDigest().toCharArray()),
                prompt,
                spec(labeling.project(), labeling, labeling, labeling, labeling, labeling, labeling));
    }

    @Provide
    Arbitrary<FindingsKey> keys() {
        return Combinators.combine(
                        Arbitraries.of("local", "north", "south"),
                        Arbitraries.of("sha256:1", "sha256:2"),
                        Arbitraries.of("sha256:v1", "sha256:v2"),
                        prompts(),
                        labelings())
                .as(FindingsKey::new);
    }

    private static Arbitrary<Prompt> prompts() {
        return Arbitraries.of(
                new Prompt.None(),
                new Prompt.Box(new Rect(1, 2, 3, 4)),
                new Prompt.Box(new Rect(1, 2, 3, 5)),
                new Prompt.Points(List.of(new Prompt.Click(new Point(1, 2), true))),
                new Prompt.Points(List.of(new Prompt.Click(new Point(1, 2), false))));
    }

    private static Arbitrary<LabelingSpec> labelings() {
        return Combinators.combine(
                        Arbitraries.of("", "fields@2"),
                        Arbitraries.of(Map.<String, String>of(), Map.of("crop", "Crop")),
                        Arbitraries.of(Optional.<Double>empty(), Optional.of(0.5), Optional.of(0.25)),
                        Arbitraries.of(Set.<String>of(), Set.of("crop"), Set.of("crop", "weed")),
                        Arbitraries.of(10, 300),
                        Arbitraries.of(
                                Optional.<GeometryKind>empty(),
                                Optional.of(GeometryKind.BOX),
                                Optional.of(GeometryKind.POLYGON)),
                        Arbitraries.of(
                                Outlining.USUAL,
                                Outlining.simplified(Optional.of(1.5)),
                                new Outlining(Optional.empty(), OptionalInt.of(64), 20, Optional.of(2.0))),
                        Arbitraries.of(
                                Map.entry(Map.<String, Double>of(), MinimumSize.NONE),
                                Map.entry(Map.of("crop", 0.6), MinimumSize.NONE),
                                Map.entry(Map.<String, Double>of(), new MinimumSize(8, 0)),
                                Map.entry(Map.of("crop", 0.7), new MinimumSize(0, 100))))
                .as(FindingsKeyTest::labeling);
    }

    private static LabelingSpec labeling(
            String project,
            Map<String, String> mapping,
            Optional<Double> threshold,
            Set<String> classes,
            int max,
            Optional<GeometryKind> geometry,
            Outlining outlining,
            Map.Entry<Map<String, Double>, MinimumSize> further) {
        return new LabelingSpec(
                project, mapping, threshold, further.getKey(), classes, max, geometry, outlining, further.getValue());
    }
}
