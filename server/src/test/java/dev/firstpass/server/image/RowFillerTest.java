package dev.firstpass.server.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Placement;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.InputSpec.ColorOrder;
import dev.firstpass.postprocess.spec.InputSpec.Layout;
import dev.firstpass.postprocess.spec.InputSpec.Resize;
import dev.firstpass.postprocess.spec.InputSpec.Sampling;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.server.image.ImageException.UnsupportedType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class RowFillerTest {
    private static final ImageSize SQUARE = new ImageSize(640, 640);

    private final ImageDecoder decoder = new ImageDecoder(ImageLimits.DEFAULT);

    /// Input specs for tests; what a test is not about is the plainest there is.
    private static final class Spec {
        private SizeRule size = new SizeRule.Fixed(SQUARE);
        private Resize resize = Resize.STRETCH;
        private Sampling sampling = Sampling.HALF_PIXEL;
        private ColorOrder color = ColorOrder.RGB;
        private Layout layout = Layout.NCHW;
        private ElementType dtype = ElementType.FLOAT32;
        private double scale = 1;
        private List<Double> mean = List.of(0.0, 0.0, 0.0);
        private List<Double> std = List.of(1.0, 1.0, 1.0);

        Spec size(int width, int height) {
            size = new SizeRule.Fixed(new ImageSize(width, height));
            return this;
        }

        Spec resize(Resize mode) {
            resize = mode;
            return this;
        }

        Spec sampling(Sampling mode) {
            sampling = mode;
            return this;
        }

        Spec color(ColorOrder order) {
            color = order;
            return this;
        }

        Spec layout(Layout order) {
            layout = order;
            return this;
        }

        Spec dtype(ElementType type) {
            dtype = type;
            return this;
        }

        Spec normalised(double by, List<Double> means, List<Double> deviations) {
            scale = by;
            mean = means;
            std = deviations;
            return this;
        }

        Spec channels(int count) {
            return normalised(1, Collections.nCopies(count, 0.0), Collections.nCopies(count, 1.0));
        }

        InputSpec build() {
            return new InputSpec("images", size, resize, sampling, 114, color, layout, dtype, scale, mean, std);
        }
    }

    /// A filled row, copied out.
    private record Row(ImageTransform transform, Shape shape, float[] values) {
        float at(long... index) {
            long at = 0;
            for (int axis = 0; axis < index.length; axis++) {
                at = at * shape.extent(axis + 1) + index[axis];
            }
            return values[(int) at];
        }
    }

    private Row fill(byte[] image, InputSpec spec, Optional<Rect> crop) {
        try (Raster raster = decoder.decode(image);
                Arena arena = Arena.ofConfined()) {
            ImageSize size = RowFiller.rowSize(spec, raster.size(), crop);
            Shape shape = RowFiller.rowShape(spec, size);
            MemorySegment row = arena.allocate(RowFiller.rowBytes(spec, size) + 8);
            row.fill((byte) 0x5a);
            ImageTransform transform = RowFiller.fill(raster, spec, crop, row);
            assertEquals(
                    0x5a5a5a5a5a5a5a5aL,
                    row.get(ValueLayout.JAVA_LONG_UNALIGNED, row.byteSize() - 8),
                    "bytes after the row were touched");
            Tensor tensor = new Tensor("row", spec.dtype(), shape, row.asSlice(0, row.byteSize() - 8));
            return new Row(transform, shape, tensor.floats());
        }
    }

    private Row fill(byte[] image, Spec spec) {
        return fill(image, spec.build(), Optional.empty());
    }

    private static byte[] png(int width, int height, TestImages.Samples samples) {
        return TestImages.png(width, height, 8, 2, samples);
    }

    /// The vectors of Ultralytics' own letterbox, run for N = 640.
    @ParameterizedTest
    @CsvSource({
        "1920, 1080, 640, 360, 0, 140, 0, 140",
        "810, 1080, 480, 640, 80, 0, 80, 0",
        "333, 777, 274, 640, 183, 0, 183, 0",
        "100, 37, 640, 237, 0, 201, 0, 202"
    })
    void letterbox_ofKnownSizes_isAsUltralyticsPlacesThem(
            int width, int height, int newWidth, int newHeight, int left, int top, int right, int bottom) {
        Placement place = Resize.LETTERBOX.place(new ImageSize(width, height), SQUARE, 1);

        assertEquals(new Placement(left, top, newWidth, newHeight), place);
        assertEquals(right, 640 - left - newWidth);
        assertEquals(bottom, 640 - top - newHeight);
    }

    @Test
    void letterboxTopLeft_truncatesSides() {
        assertEquals(new Placement(0, 0, 640, 236), Resize.LETTERBOX_TOP_LEFT.place(new ImageSize(100, 37), SQUARE, 1));
    }

    /// `int(side * scale + 0.5)`, as Segment Anything has it.
    @ParameterizedTest
    @CsvSource({
        "768, 576, 640, 480",
        "500, 333, 640, 426",
        "1000, 667, 640, 427",
        "333, 500, 426, 640",
        "128, 96, 640, 480"
    })
    void longestSide_roundsSides(int width, int height, int placedWidth, int placedHeight) {
        assertEquals(
                new Placement(0, 0, placedWidth, placedHeight),
                Resize.LONGEST_SIDE.place(new ImageSize(width, height), SQUARE, 1));
    }

    @Test
    void fill_withLongestSide_endsInZeros_whateverMeanAndPaddingAre() {
        byte[] image = png(8, 4, (_, _, _) -> 30);
        InputSpec spec = new Spec()
                .size(8, 8)
                .resize(Resize.LONGEST_SIDE)
                .normalised(1, List.of(10.0, 20.0, 40.0), List.of(2.0, 5.0, 10.0))
                .build();
        float[] row = fill(image, spec, Optional.empty()).values();
        float[] shown = {10, 2, -1};
        for (int i = 0; i < 3 * 64; i++) {
            assertEquals(i % 64 < 32 ? shown[i / 64] : 0, row[i], 1e-6, "at " + i);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Resize.class, names = "CROP", mode = EnumSource.Mode.EXCLUDE)
    void placement_ofExtremeStrip_keepsOnePixel(Resize mode) {
        Placement place = mode.place(new ImageSize(20_000, 1), SQUARE, 1);

        assertTrue(place.height() >= 1 && place.width() == 640, place::toString);
    }

    @Property(tries = 1000)
    void transform_thereAndBack_isExact(
            @ForAll @IntRange(min = 1, max = 20_000) int width,
            @ForAll @IntRange(min = 1, max = 20_000) int height,
            @ForAll @IntRange(min = 1, max = 1280) int rowWidth,
            @ForAll @IntRange(min = 1, max = 1280) int rowHeight,
            @ForAll Resize mode,
            @ForAll @DoubleRange(min = 0, max = 1) double u,
            @ForAll @DoubleRange(min = 0, max = 1) double v) {
        ImageSize asset = new ImageSize(width, height);
        ImageSize row = new ImageSize(rowWidth, rowHeight);
        Rect whole = new Rect(0, 0, width, height);
        Placement place = mode.place(asset, row, 1);
        ImageTransform transform = place.transform(asset, whole, row);
        Point point = new Point(u * width, v * height);

        Point there = transform.toInput(point);
        Point back = transform.toAsset(there);

        assertEquals(point.x(), back.x(), 0.01);
        assertEquals(point.y(), back.y(), 0.01);
        assertTrue(there.x() >= place.left() - 1e-6 && there.x() <= place.left() + place.width() + 1e-6);
        assertTrue(there.y() >= place.top() - 1e-6 && there.y() <= place.top() + place.height() + 1e-6);
        Placement shown = place.within(row);
        assertTrue(mode == Resize.CROP || shown.equals(place), place::toString);
        assertTrue(shown.left() >= 0 && shown.left() + shown.width() <= rowWidth, shown::toString);
        assertTrue(shown.top() >= 0 && shown.top() + shown.height() <= rowHeight, shown::toString);
    }

    /// What torchvision gives: `Resize(256)`, then `CenterCrop(224)`; timm's floor(224 / 0.95) = 235 and floor(224 / 0.9) = 248;
    /// EfficientNet-B1's 255 and 240.
    @ParameterizedTest
    @CsvSource({
        "640, 480, 224, 0.875, 341, 256, -58, -16",
        "480, 640, 224, 0.875, 256, 341, -16, -58",
        "500, 500, 224, 0.95, 235, 235, -6, -6",
        "333, 500, 224, 0.9, 248, 372, -12, -74",
        "1000, 300, 240, 0.9411764705882353, 850, 255, -305, -8",
        "100, 80, 64, 1, 80, 64, -8, 0"
    })
    void crop_ofKnownSizes_isAsTorchvisionPlacesThem(
            int width, int height, int side, double share, int newWidth, int newHeight, int left, int top) {
        Placement place = Resize.CROP.place(new ImageSize(width, height), new ImageSize(side, side), share);

        assertEquals(new Placement(left, top, newWidth, newHeight), place);
        assertEquals(new Placement(0, 0, side, side), place.within(new ImageSize(side, side)));
    }

    @Test
    void crop_ofRowThatIsNotSquare_fillsIt() {
        assertEquals(
                new Placement(0, -31, 200, 222), Resize.CROP.place(new ImageSize(90, 100), new ImageSize(200, 160), 1));
        assertEquals(
                new Placement(-60, 0, 320, 160),
                Resize.CROP.place(new ImageSize(200, 100), new ImageSize(200, 160), 1));
    }

    /// Whatever the image, what is resized is no more than some rows.
    @Property(tries = 1000)
    void crop_ofAnyImage_fillsTheRowWithItsMiddle(
            @ForAll @IntRange(min = 1, max = 20_000) int width,
            @ForAll @IntRange(min = 1, max = 20_000) int height,
            @ForAll @IntRange(min = 1, max = 640) int rowWidth,
            @ForAll @IntRange(min = 1, max = 640) int rowHeight,
            @ForAll @DoubleRange(min = 0.5, max = 1) double share) {
        ImageSize row = new ImageSize(rowWidth, rowHeight);
        InputSpec spec = new Spec().size(rowWidth, rowHeight).build().withCrop(share);
        Rect whole = new Rect(0, 0, width, height);
        Rect area = spec.resized(whole, row);
        Placement place = spec.place(new ImageSize((int) area.width(), (int) area.height()), row);
        ImageTransform transform = RowFiller.transform(spec, new ImageSize(width, height), Optional.empty());
        Point middle = transform.toInput(new Point(width / 2.0, height / 2.0));

        assertEquals(new Placement(0, 0, rowWidth, rowHeight), place.within(row));
        assertEquals(rowWidth / 2.0, middle.x(), 0.51);
        assertEquals(rowHeight / 2.0, middle.y(), 0.51);
        assertEquals(width - area.right(), area.x());
        assertEquals(height - area.bottom(), area.y());
        // 4 rows long, at least one pixel wide and up to two more on the other axis, each as large as 2 rows' sides.
        assertTrue(place.width() <= 14L * Math.max(rowWidth, rowHeight), place::toString);
        assertTrue(place.height() <= 14L * Math.max(rowWidth, rowHeight), place::toString);
    }

    @ParameterizedTest
    @EnumSource(Sampling.class)
    void fill_ofCrop_showsTheMiddle(Sampling sampling) {
        byte[] image = png(80, 40, (x, y, band) -> band == 0 ? 3 * x : band == 1 ? 6 * y : 0);
        InputSpec spec = new Spec().size(20, 20).sampling(sampling).build().withCrop(0.5);

        // At its own size: 20 of 40 rows, 20 of 80 columns.
        Row row = fill(image, spec, Optional.empty());

        assertEquals(new Point(-30, -10), row.transform().toInput(new Point(0, 0)));
        for (int i = 0; i < 20; i++) {
            assertEquals(3 * (30 + i), row.at(0, 7, i));
            assertEquals(6 * (10 + i), row.at(1, i, 3));
        }
    }

    @Test
    void fill_ofCropOfAStrip_showsItsMiddle() {
        byte[] image = png(3001, 3, (x, _, _) -> x == 1500 ? 255 : 0);
        InputSpec spec = new Spec().size(30, 30).build().withCrop(1);
        Row row = fill(image, spec, Optional.empty());

        Point middle = row.transform().toInput(new Point(1500.5, 1.5));
        assertEquals(15, middle.x(), 0.5);
        assertEquals(15, middle.y(), 1e-9);
        assertTrue(row.at(0, 15, 15) > 200);
        assertEquals(0, row.at(0, 15, 2));
        assertEquals(0, row.at(0, 15, 27));
    }

    /// A white box on black, somewhere, in an image of some size: where the row turns from dark to light, the
    /// transform must say the box's edges are.
    @Property(tries = 150)
    void fill_ofMarkedBox_putsItWhereTheTransformSays(
            @ForAll @IntRange(min = 40, max = 400) int width,
            @ForAll @IntRange(min = 40, max = 400) int height,
            @ForAll Resize mode,
            @ForAll Sampling sampling,
            @ForAll @DoubleRange(min = 0.1, max = 0.5) double u,
            @ForAll @DoubleRange(min = 0.1, max = 0.5) double v) {
        // Of a crop the box may lie outside.
        Assume.that(mode != Resize.CROP);
        Rect box = new Rect(
                Math.rint(u * width), Math.rint(v * height), Math.rint(width * 0.25), Math.rint(height * 0.25));
        byte[] image = TestImages.png(
                width,
                height,
                8,
                0,
                (x, y, _) -> x >= box.x() && x < box.right() && y >= box.y() && y < box.bottom() ? 255 : 0);
        Spec spec = new Spec()
                .size(200, 160)
                .resize(mode)
                .sampling(sampling)
                .color(ColorOrder.GRAY)
                .channels(1);
        Row row = fill(image, spec);
        Point from = row.transform().toInput(new Point(box.x(), box.y()));
        Point to = row.transform().toInput(new Point(box.right(), box.bottom()));

        assertEquals(
                from.x(),
                edge(row, true, true),
                tolerance(sampling, row.transform().xx()),
                "left");
        assertEquals(
                to.x(),
                edge(row, true, false),
                tolerance(sampling, row.transform().xx()),
                "right");
        assertEquals(
                from.y(),
                edge(row, false, true),
                tolerance(sampling, row.transform().yy()),
                "top");
        assertEquals(
                to.y(),
                edge(row, false, false),
                tolerance(sampling, row.transform().yy()),
                "bottom");
    }

    /// One row pixel, and for asymmetric sampling the shift that the transform leaves out.
    private static double tolerance(Sampling sampling, double enlargement) {
        return switch (sampling) {
            case HALF_PIXEL -> 1;
            case ASYMMETRIC -> 1 + Math.max(0, (enlargement - 1) / 2);
        };
    }

    /// The first or last column or row that is lighter than any padding, as a position on pixel edges.
    private static int edge(Row row, boolean columns, boolean first) {
        int height = (int) row.shape().extent(2);
        int width = (int) row.shape().extent(3);
        int lines = columns ? width : height;
        int across = columns ? height : width;
        for (int i = 0; i < lines; i++) {
            int line = first ? i : lines - 1 - i;
            for (int j = 0; j < across; j++) {
                if (row.at(0, columns ? j : line, columns ? line : j) > 127.5) {
                    return first ? line : line + 1;
                }
            }
        }
        throw new AssertionError("no box in the row");
    }

    @Test
    void fill_withCrop_mapsAssetPixelsNotCropPixels() {
        byte[] image = png(60, 40, (x, y, band) -> band == 0 ? 4 * x : band == 1 ? 6 * y : 0);
        InputSpec spec = new Spec().size(20, 20).build();

        Row row = fill(image, spec, Optional.of(new Rect(30.2, 10.7, 9.1, 9.0)));

        // Widened to the whole pixels 30..40 x 10..20.
        assertEquals(new Point(0, 0), row.transform().toInput(new Point(30, 10)));
        assertEquals(new Point(20, 20), row.transform().toInput(new Point(40, 20)));
        assertEquals(new ImageSize(60, 40), row.transform().asset());
        // The row's centre is the crop's: between the pixels 34 and 35, and 14 and 15.
        assertEquals(4 * 34.5, (row.at(0, 10, 9) + row.at(0, 10, 10)) / 2, 1.01);
        assertEquals(6 * 14.5, (row.at(1, 9, 10) + row.at(1, 10, 10)) / 2, 1.01);
    }

    /// A part that is turned by a quarter: what is below in the asset is on the right in the row.
    @Test
    void fill_withTurnedPart_setsItUpright() {
        byte[] image = png(60, 40, (x, y, band) -> band == 0 ? 4 * x : band == 1 ? 6 * y : 0);
        InputSpec spec = new Spec().size(20, 10).build();
        RotatedRect area = new RotatedRect(35, 20, 20, 10, 90);
        try (Raster raster = decoder.decode(image);
                PixelBuffers buffers = new PixelBuffers();
                Arena arena = Arena.ofConfined()) {
            MemorySegment row = arena.allocate(4L * 3 * 20 * 10, 64);
            ImageTransform transform = RowFiller.fill(raster, spec, new RowSource.Turned(area), row, buffers);
            Tensor tensor = new Tensor("row", ElementType.FLOAT32, Shape.of(1, 3, 10, 20), row);

            assertEquals(40, transform.toAsset(new Point(0, 0)).x(), 1e-9);
            assertEquals(10, transform.toAsset(new Point(0, 0)).y(), 1e-9);
            for (int y = 0; y < 10; y++) {
                for (int x = 0; x < 20; x++) {
                    assertEquals(4 * (39 - y), tensor.f32(y * 20 + x), 1, "red at " + x + "," + y);
                    assertEquals(6 * (10 + x), tensor.f32(200 + y * 20 + x), 1, "green at " + x + "," + y);
                }
            }
        }
    }

    @Property(tries = 100)
    void fill_withTurnedPart_showsWhatTheTransformSays(
            @ForAll @DoubleRange(min = -180, max = 180) double angle,
            @ForAll @DoubleRange(min = 20, max = 40) double width,
            @ForAll @DoubleRange(min = 10, max = 40) double height) {
        byte[] image = png(100, 100, (x, y, band) -> band == 0 ? 2 * x : band == 1 ? 2 * y : 0);
        InputSpec spec =
                new Spec().size(24, 16).resize(Resize.LETTERBOX_TOP_LEFT).build();
        RotatedRect area = new RotatedRect(50, 48, width, height, angle);
        try (Raster raster = decoder.decode(image);
                PixelBuffers buffers = new PixelBuffers();
                Arena arena = Arena.ofConfined()) {
            MemorySegment row = arena.allocate(4L * 3 * 24 * 16, 64);
            ImageTransform transform = RowFiller.fill(raster, spec, new RowSource.Turned(area), row, buffers);
            Tensor tensor = new Tensor("row", ElementType.FLOAT32, Shape.of(1, 3, 16, 24), row);

            assertEquals(transform, RowFiller.transform(spec, raster.size(), new RowSource.Turned(area)));
            Point middle = transform.toInput(new Point(50, 48));
            int x = (int) middle.x();
            int y = (int) middle.y();
            Point shown = transform.toAsset(new Point(x + .5, y + .5));
            assertEquals(2 * (shown.x() - .5), tensor.f32(y * 24 + x), 1.5);
            assertEquals(2 * (shown.y() - .5), tensor.f32(24 * 16 + y * 24 + x), 1.5);
        }
    }

    @Test
    void fill_withCropOutside_isRefused() {
        byte[] image = png(4, 4, (_, _, _) -> 0);
        InputSpec spec = new Spec().size(2, 2).build();

        assertThrows(IllegalArgumentException.class, () -> fill(image, spec, Optional.of(new Rect(4, 0, 3, 3))));
    }

    @Test
    void fill_ofLetterbox_padsWithTheNormalisedValue() {
        Spec spec = new Spec()
                .size(8, 8)
                .resize(Resize.LETTERBOX)
                .normalised(1 / 255.0, List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225));
        Row row = fill(png(8, 4, (_, _, band) -> 100 + band), spec);

        assertEquals((114 / 255.0 - 0.485) / 0.229, row.at(0, 0, 0), 1e-6);
        assertEquals((114 / 255.0 - 0.406) / 0.225, row.at(2, 7, 7), 1e-6);
        assertEquals((100 / 255.0 - 0.485) / 0.229, row.at(0, 2, 0), 1e-6);
        assertEquals((101 / 255.0 - 0.456) / 0.224, row.at(1, 5, 7), 1e-6);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "FLOAT16", "UINT8", "INT32"})
    void fill_ofEachElementType_holdsThePixel(ElementType dtype) {
        for (Layout layout : Layout.values()) {
            Spec spec = new Spec().size(5, 3).dtype(dtype).layout(layout);
            Row row = fill(png(5, 3, (x, y, band) -> 10 * x + 3 * y + 80 * band), spec);
            for (int band = 0; band < 3; band++) {
                float value = layout == Layout.NCHW ? row.at(band, 2, 4) : row.at(2, 4, band);
                assertEquals(46 + 80 * band, value);
            }
        }
    }

    @Test
    void fill_ofOtherElementType_isRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> fill(png(2, 2, (_, _, _) -> 0), new Spec().size(2, 2).dtype(ElementType.INT64)));
    }

    @Test
    void fill_ofBgr_swapsTheChannels() {
        Row row =
                fill(png(2, 2, (_, _, band) -> 50 * band), new Spec().size(2, 2).color(ColorOrder.BGR));

        assertEquals(100, row.at(0, 1, 1));
        assertEquals(0, row.at(2, 1, 1));
    }

    @Test
    void fill_ofGrayModelFromColor_mixesByLuma() {
        Row row = fill(
                png(2, 2, (_, _, band) -> 50 + 50 * band),
                new Spec().size(2, 2).color(ColorOrder.GRAY).channels(1));

        assertEquals(0.299 * 50 + 0.587 * 100 + 0.114 * 150, row.at(0, 0, 0), 0.6);
    }

    @Test
    void fill_ofColorModelFromGray_repeatsIt() {
        Row row = fill(TestImages.png(2, 2, 8, 0, (_, _, _) -> 77), new Spec().size(2, 2));

        assertEquals(77, row.at(0, 0, 0));
        assertEquals(77, row.at(2, 1, 1));
    }

    @Test
    void fill_ofManyBands_keepsTheirOrder() {
        TiffFile tiff = new TiffFile();
        tiff.bands = 6;
        tiff.bits = 16;
        tiff.photometric = 1;
        tiff.samples = (_, _, band) -> 257 * 10 * band;
        for (Sampling sampling : Sampling.values()) {
            Row row = fill(tiff.bytes(), new Spec().size(9, 9).channels(6).sampling(sampling));
            for (int band = 0; band < 6; band++) {
                assertEquals(10 * band, row.at(band, 4, 4), 1e-4);
            }
        }
    }

    @Test
    void fill_ofTooFewBands_isRefused() {
        assertThrows(
                UnsupportedType.class,
                () -> fill(png(2, 2, (_, _, _) -> 0), new Spec().size(2, 2).channels(5)));
    }

    @ParameterizedTest
    @EnumSource(Sampling.class)
    void fill_ofSixteenBits_keepsFractions(Sampling sampling) {
        byte[] image = TestImages.png(4, 4, 16, 2, (x, y, band) -> 1000 * x + 100 * y + band);

        Row row = fill(image, new Spec().size(4, 4).sampling(sampling));

        assertEquals(3201 / 257.0, row.at(1, 2, 3), 1e-4);
        Row bytes = fill(image, new Spec().size(4, 4).sampling(sampling).dtype(ElementType.UINT8));
        assertEquals(12, bytes.at(1, 2, 3), "3201 / 257 = 12.46, rounded");
    }

    @Test
    void fill_intoSmallRow_isRefused() {
        try (Raster raster = decoder.decode(png(2, 2, (_, _, _) -> 0));
                Arena arena = Arena.ofConfined()) {
            MemorySegment row = arena.allocate(47);
            InputSpec spec = new Spec().size(2, 2).build();
            assertThrows(IllegalArgumentException.class, () -> RowFiller.fill(raster, spec, Optional.empty(), row));
        }
    }

    /// Against the definition, in double precision: `src = dst * in / out`, clamped, then bilinear.
    @Property(tries = 100)
    void asymmetric_ofAnySizes_isTensorFlowsFormula(
            @ForAll @IntRange(min = 1, max = 90) int width,
            @ForAll @IntRange(min = 1, max = 90) int height,
            @ForAll @IntRange(min = 1, max = 90) int rowWidth,
            @ForAll @IntRange(min = 1, max = 90) int rowHeight) {
        TestImages.Samples samples = (x, y, band) -> (x * 37 + y * 91 + band * 53 + x * y) & 0xff;

        Row row = fill(
                png(width, height, samples),
                new Spec().size(rowWidth, rowHeight).sampling(Sampling.ASYMMETRIC));

        for (int y = 0; y < rowHeight; y++) {
            for (int x = 0; x < rowWidth; x++) {
                double sx = x * (double) width / rowWidth;
                double sy = y * (double) height / rowHeight;
                int x0 = Math.min((int) sx, width - 1);
                int y0 = Math.min((int) sy, height - 1);
                int x1 = Math.min(x0 + 1, width - 1);
                int y1 = Math.min(y0 + 1, height - 1);
                double top = samples.at(x0, y0, 1) + (samples.at(x1, y0, 1) - samples.at(x0, y0, 1)) * (sx - x0);
                double bottom = samples.at(x0, y1, 1) + (samples.at(x1, y1, 1) - samples.at(x0, y1, 1)) * (sx - x0);
                assertEquals(top + (bottom - top) * (sy - y0), row.at(1, y, x), 0.01);
            }
        }
    }

    /// OpenCV rounds in fixed point; one grey level is what it may be off.
    @Property(tries = 100)
    void halfPixel_ofAnySizes_isBilinearOnPixelCentres(
            @ForAll @IntRange(min = 1, max = 90) int width,
            @ForAll @IntRange(min = 1, max = 90) int height,
            @ForAll @IntRange(min = 1, max = 90) int rowWidth,
            @ForAll @IntRange(min = 1, max = 90) int rowHeight) {
        TestImages.Samples samples = (x, y, band) -> (x * 37 + y * 91 + band * 53 + x * y) & 0xff;

        Row row = fill(png(width, height, samples), new Spec().size(rowWidth, rowHeight));

        for (int y = 0; y < rowHeight; y++) {
            for (int x = 0; x < rowWidth; x++) {
                double sx = Math.clamp((x + 0.5) * width / rowWidth - 0.5, 0, width - 1);
                double sy = Math.clamp((y + 0.5) * height / rowHeight - 0.5, 0, height - 1);
                int x0 = (int) sx;
                int y0 = (int) sy;
                int x1 = Math.min(x0 + 1, width - 1);
                int y1 = Math.min(y0 + 1, height - 1);
                double top = samples.at(x0, y0, 2) + (samples.at(x1, y0, 2) - samples.at(x0, y0, 2)) * (sx - x0);
                double bottom = samples.at(x0, y1, 2) + (samples.at(x1, y1, 2) - samples.at(x0, y1, 2)) * (sx - x0);
                assertEquals(top + (bottom - top) * (sy - y0), row.at(2, y, x), 1.01);
            }
        }
    }

    @Test
    void rowShape_followsLayoutAndSizeRule() {
        InputSpec dynamic = new InputSpec(
                "x",
                new SizeRule.ShortestSide(736, 2000, 32),
                Resize.STRETCH,
                Sampling.HALF_PIXEL,
                0,
                ColorOrder.BGR,
                Layout.NHWC,
                ElementType.FLOAT16,
                1,
                List.of(0.0, 0.0, 0.0),
                List.of(1.0, 1.0, 1.0));
        ImageSize row = RowFiller.rowSize(dynamic, new ImageSize(400, 300));

        assertEquals(new ImageSize(992, 736), row);
        assertEquals(Shape.of(1, 736, 992, 3), RowFiller.rowShape(dynamic, row));
        assertEquals(736L * 992 * 3 * 2, RowFiller.rowBytes(dynamic, row));
    }
}
