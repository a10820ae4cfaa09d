package dev.firstpass.server.runtime.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.image.ImageException;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.runtime.device.HostUnderTest.Maker;
import dev.firstpass.server.runtime.device.worker.TestWorkers;
import dev.firstpass.server.runtime.device.worker.WorkerDecodingHost;
import dev.firstpass.server.runtime.fake.Calm;
import dev.firstpass.server.runtime.fake.Rows;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/// What every host that decodes must do, run over all of them: one host for all tests, as a server has it.
@ParameterizedClass
@MethodSource("hosts")
final class DecodingHostContractTest {
    static final List<Maker<DecodingHost>> HOSTS = List.of(
            new Maker<>("in-process", slab -> new InProcessDecodingHost(ImageLimits.DEFAULT, slab)),
            new Maker<>(
                    "worker",
                    slab -> WorkerDecodingHost.begin(
                            ImageLimits.DEFAULT, slab, 2, TestWorkers.options(), Calm.oversight(System::nanoTime))));

    private static final InputSpec GREY_2X1 = new InputSpec(
            "x",
            new SizeRule.Fixed(new ImageSize(2, 1)),
            InputSpec.Resize.STRETCH,
            InputSpec.Sampling.HALF_PIXEL,
            0,
            InputSpec.ColorOrder.GRAY,
            InputSpec.Layout.NHWC,
            ElementType.FLOAT32,
            1,
            List.of(0.0),
            List.of(1.0));

    private final Slab slab;
    private final DecodingHost host;

    DecodingHostContractTest(HostUnderTest<DecodingHost> given) {
        this.slab = given.slab();
        this.host = given.host();
    }

    /// Each is begun when its turn comes.
    static Stream<HostUnderTest<DecodingHost>> hosts() {
        return HOSTS.stream().map(Maker::begin);
    }

    @AfterEach
    void everythingIsGivenBack() {
        assertEquals(0, slab.rows().lentBytes());
    }

    @Test
    void plan_ofAnImage_makesRowsInTheSlab() throws Exception {
        try (RowPlan plan = host.plan(blackAndWhite(8, 4), GREY_2X1, List.of(new RowSource.Whole()), Rows.soon())) {
            assertEquals(new ImageSize(8, 4), plan.size());
            try (ImageRow row = plan.fill().getFirst()) {
                assertEquals(
                        Shape.of(1, 1, 2, 1), row.row().tensors().getFirst().shape());
                assertEquals(0, row.row().block().segment().getAtIndex(ValueLayout.JAVA_FLOAT, 0), 0.5);
                assertEquals(255, row.row().block().segment().getAtIndex(ValueLayout.JAVA_FLOAT, 1), 0.5);
                assertEquals(new Point(1, 1), row.transform().toInput(new Point(4, 4)));
            }
            assertEquals(0, slab.rows().lentBytes());
        }
    }

    @Test
    void rowOfACrop_isThatPartOfTheAsset() throws Exception {
        RowSource topRight = new RowSource.Crop(new Rect(4, 0, 4, 2));
        try (RowPlan plan = host.plan(blackAndWhite(8, 4), GREY_2X1, List.of(topRight), Rows.soon());
                ImageRow row = plan.fill().getFirst()) {
            assertEquals(255, row.row().block().segment().getAtIndex(ValueLayout.JAVA_FLOAT, 0), 0.5);
            assertEquals(new Point(0, 0), row.transform().toInput(new Point(4, 0)));
            assertEquals(new Point(8, 2), row.transform().toAsset(new Point(2, 1)));
        }
    }

    @Test
    void plan_ofImagesOfEachType_makesTheSameRow() throws Exception {
        for (String type : List.of("png", "jpg", "bmp", "tiff")) {
            byte[] image = blackAndWhite(64, 32, type);
            try (RowPlan plan = host.plan(image, GREY_2X1, List.of(new RowSource.Whole()), Rows.soon());
                    ImageRow row = plan.fill().getFirst()) {
                assertEquals(0, row.row().block().segment().getAtIndex(ValueLayout.JAVA_FLOAT, 0), 2, type);
                assertEquals(255, row.row().block().segment().getAtIndex(ValueLayout.JAVA_FLOAT, 1), 2, type);
            }
        }
    }

    /// More rows than one message to a worker can tell of.
    @Test
    void rowsOfManyCrops_areInTheirOrder() throws Exception {
        List<RowSource> crops = IntStream.range(0, 400)
                .<RowSource>mapToObj(i -> new RowSource.Crop(new Rect(i % 3 == 0 ? 0 : 4, 0, 4, 4)))
                .toList();
        try (RowPlan plan = host.plan(blackAndWhite(8, 4), GREY_2X1, crops, Rows.soon())) {
            List<ImageRow> rows = plan.fill();
            for (int i = 0; i < rows.size(); i++) {
                try (ImageRow row = rows.get(i)) {
                    float value = row.row().block().segment().getAtIndex(ValueLayout.JAVA_FLOAT, 0);
                    assertEquals(i % 3 == 0 ? 0 : 255, value, 0.5, "row " + i);
                }
            }
            assertEquals(0, slab.rows().lentBytes());
        }
    }

    @Test
    void fill_byManyThreads_keepsThemApart() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Float>> values = IntStream.range(0, 40)
                    .mapToObj(i -> threads.submit(() -> {
                        RowSource half = new RowSource.Crop(new Rect(i % 2 == 0 ? 0 : 4, 0, 4, 4));
                        try (RowPlan plan = host.plan(blackAndWhite(8, 4), GREY_2X1, List.of(half), Rows.soon());
                                ImageRow row = plan.fill().getFirst()) {
                            return row.row().block().segment().getAtIndex(ValueLayout.JAVA_FLOAT, 0);
                        }
                    }))
                    .toList();
            for (int i = 0; i < values.size(); i++) {
                assertEquals(i % 2 == 0 ? 0 : 255, values.get(i).get(), 0.5, "asset " + i);
            }
            assertEquals(0, slab.rows().lentBytes());
        }
    }

    @Test
    void warmUp_always_leavesNothingBehind() {
        host.warmUp();

        assertEquals(0, slab.rows().lentBytes());
    }

    @Test
    void plan_closedBeforeItIsFilled_givesItsRoomBack() throws Exception {
        RowSource whole = new RowSource.Whole();
        try (RowPlan plan = host.plan(blackAndWhite(8, 4), GREY_2X1, List.of(whole, whole), Rows.soon())) {
            assertEquals(new ImageSize(8, 4), plan.size());
            assertEquals(2 * 64, slab.rows().lentBytes());
        }
        assertEquals(0, slab.rows().lentBytes());
    }

    @Test
    void plan_ofBadBytes_saysWhatIsWrongAndGoesOn() throws Exception {
        byte[] image = blackAndWhite(8, 4);
        List<RowSource> whole = List.of(new RowSource.Whole());
        assertThrows(
                ImageException.Truncated.class,
                () -> host.plan(Arrays.copyOf(image, image.length - 20), GREY_2X1, whole, Rows.soon()));
        assertThrows(
                ImageException.Undecodable.class, () -> host.plan(new byte[] {1, 2, 3}, GREY_2X1, whole, Rows.soon()));
        host.plan(image, GREY_2X1, whole, Rows.soon()).close();
        assertEquals(0, slab.rows().lentBytes());
    }

    /// The header is good, so there is a plan; the pixels are not.
    @Test
    void fill_ofBadPixels_givesTheRoomBack() throws Exception {
        byte[] image = withBrokenPixels(blackAndWhite(8, 4));
        try (RowPlan plan = host.plan(image, GREY_2X1, List.of(new RowSource.Whole()), Rows.soon())) {
            assertThrows(ImageException.Undecodable.class, plan::fill);
        }
        assertEquals(0, slab.rows().lentBytes());
    }

    /// A PNG whose compressed data is none, although all check sums are right.
    private static byte[] withBrokenPixels(byte[] png) {
        int type = new String(png, StandardCharsets.ISO_8859_1).indexOf("IDAT");
        ByteBuffer bytes = ByteBuffer.wrap(png);
        int length = bytes.getInt(type - 4);
        Arrays.fill(png, type + 4, type + 4 + length, (byte) 0xff);
        CRC32 sum = new CRC32();
        sum.update(png, type, 4 + length);
        bytes.putInt(type + 4 + length, (int) sum.getValue());
        return png;
    }

    /// Left half black, right half white.
    private static byte[] blackAndWhite(int width, int height) throws IOException {
        return blackAndWhite(width, height, "png");
    }

    private static byte[] blackAndWhite(int width, int height, String type) throws IOException {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
        for (int y = 0; y < height; y++) {
            for (int x = width / 2; x < width; x++) {
                image.getRaster().setSample(x, y, 0, 255);
            }
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        assertTrue(ImageIO.write(image, type, bytes), type);
        return bytes.toByteArray();
    }
}
