package dev.firstpass.server.validation;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.evaluation.Reference;
import dev.firstpass.postprocess.evaluation.References;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.validation.GoldenResult;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.image.OverlayPainter;
import dev.firstpass.server.image.Raster;
import dev.firstpass.server.pipeline.CpuGate;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Draws what a golden sample expects, and what was found on it, over its image. The image is decoded by the host that
/// decodes assets: it came with a bundle and may be hostile.
///
/// Thread-safe; owns nothing. Costs some 200 ms for a sample.
///
/// @param maxSide of a picture
record SamplePictures(RowMaker rows, int maxSide) {
    private static final Logger LOG = LoggerFactory.getLogger(SamplePictures.class);

    /// The pixels of an image as they are.
    private static final InputSpec PIXELS = new InputSpec(
            "pixels",
            new SizeRule.ShortestSide(1, 1 << 16, 1),
            InputSpec.Resize.STRETCH,
            InputSpec.Sampling.HALF_PIXEL,
            0,
            InputSpec.ColorOrder.BGR,
            InputSpec.Layout.NHWC,
            ElementType.UINT8,
            1,
            List.of(0.0, 0.0, 0.0),
            List.of(1.0, 1.0, 1.0));

    /// @param title what it shows
    record Drawn(String title, byte[] png) {}

    /// Empty, and logged, where they cannot be drawn.
    List<Drawn> of(ModelVersion version, GoldenResult result, Deadline deadline) throws InterruptedException {
        try {
            byte[] image = GoldenFiles.image(version, result.image());
            List<Annotation> expected = References.read(GoldenFiles.labels(version, result.expect())).stream()
                    .map(Reference::annotation)
                    .toList();
            return drawn(image, expected, GoldenLabels.read(result.found()), deadline);
        } catch (RuntimeException e) {
            LOG.warn(
                    "{}: {} cannot be drawn: {}",
                    version.ref(),
                    result.image(),
                    Failures.of(e).detail(),
                    e);
            return List.of();
        }
    }

    private List<Drawn> drawn(byte[] image, List<Annotation> expected, List<Annotation> found, Deadline deadline)
            throws InterruptedException {
        PreparedRow pixels = rows.make(image, PIXELS, List.of(new RowSource.Whole()), deadline)
                .rows()
                .getFirst();
        ImageSize size = new ImageSize(
                (int) pixels.shape().extent(2), (int) pixels.shape().extent(1));
        OverlayPainter painter = new OverlayPainter(maxSide);
        List<Drawn> drawn = new ArrayList<>();
        try (CpuGate.Permit _ = rows.cpu().enter(deadline);
                Raster raster = Raster.ofBgr(size, pixels.bytes())) {
            drawn.add(new Drawn("expected", painter.paint(raster, expected)));
            drawn.add(new Drawn("found", painter.paint(raster, found)));
        }
        return drawn;
    }
}
