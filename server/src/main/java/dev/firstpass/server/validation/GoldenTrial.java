package dev.firstpass.server.validation;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.annotation.Provenance;
import dev.firstpass.postprocess.evaluation.Comparison;
import dev.firstpass.postprocess.evaluation.Reference;
import dev.firstpass.postprocess.evaluation.References;
import dev.firstpass.postprocess.format.FormatContext;
import dev.firstpass.postprocess.format.LabelFormat;
import dev.firstpass.postprocess.format.LabelFormats;
import dev.firstpass.registry.Manifest.GoldenSample;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Sha256;
import dev.firstpass.registry.validation.GoldenResult;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Compares what a version finds on its golden samples with what it is to find.
///
/// For one thread; owns nothing.
record GoldenTrial(ModelVersion version, Walk walk) {
    /// @throws dev.firstpass.server.failure.FailureException MANIFEST_INVALID if the expected labels cannot be read
    /// @throws RuntimeException as `Walk.of` does
    GoldenResult compare(GoldenSample sample, Deadline deadline) throws InterruptedException {
        byte[] image = GoldenFiles.image(version, sample.image());
        byte[] expect = GoldenFiles.labels(version, sample.expect());
        List<Reference> expected = references(sample, expect);
        Walk.Walked walked = walk.of(image, deadline);
        Comparison comparison = Comparison.of(
                expected,
                walked.annotations(),
                new Comparison.Tolerance(sample.iou(), sample.score()),
                version.manifest().spec()::threshold);
        return new GoldenResult(
                sample.image(),
                sample.expect(),
                sample.iou(),
                sample.score(),
                comparison.classes().stream()
                        .map(one -> new GoldenResult.ClassResult(
                                one.label(),
                                one.expected(),
                                one.found(),
                                one.matched(),
                                one.leastOverlap(),
                                one.mostScoreDifference()))
                        .toList(),
                comparison.deviations(),
                written(sample, image, walked));
    }

    private static List<Reference> references(GoldenSample sample, byte[] expect) {
        try {
            return References.read(expect);
        } catch (IllegalArgumentException e) {
            throw Failure.of(Reason.MANIFEST_INVALID, sample.expect() + ": " + e.getMessage())
                    .asException();
        }
    }

    /// The list of annotations, in the format's own words.
    private String written(GoldenSample sample, byte[] image, Walk.Walked walked) {
        return annotations(
                new AssetInfo(sample.image(), walked.size(), "sha256:" + Sha256.of(image)), walked.annotations());
    }

    private String annotations(AssetInfo asset, List<Annotation> annotations) {
        LabelFormat format = LabelFormats.byId("firstpass").orElseThrow();
        Provenance provenance = new Provenance(
                "",
                version.name().value(),
                version.number(),
                version.digest(),
                version.manifest().spec().family(),
                "");
        Map<String, byte[]> entries = LabelFormats.write(
                        format,
                        FormatContext.of(version.manifest().spec().classes()),
                        List.of(new Prelabels(asset, provenance, annotations, List.of())))
                .entries();
        String json = entries.values().stream()
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .collect(Collectors.joining());
        return GoldenLabels.annotations(json);
    }
}
