package dev.firstpass.loadtest;

import dev.firstpass.postprocess.family.FamilyInput;
import dev.firstpass.postprocess.family.Interpretation;
import dev.firstpass.postprocess.family.ModelFamilies;
import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.postprocess.family.RowOutput;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.ImageTransform;
import dev.firstpass.postprocess.geometry.Nms;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.ModelSpec;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.spec.StageSpec;
import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.RawOutputs;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.server.demo.DemoPhotos;
import dev.firstpass.server.image.ImageDecoder;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.image.Raster;
import dev.firstpass.server.image.RowFiller;
import dev.firstpass.server.runtime.device.Decoding;
import dev.firstpass.server.runtime.device.LocalRowDecoder;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What the CPU does for an image beside running the model, each by itself on one thread. `loadtest/kernels.sh` compiles and
/// runs it; the ordinary build does not know it.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class KernelBenchmark {
    private static final ImageSize SQUARE = new ImageSize(640, 640);
    private static final ImageSize ASSET = new ImageSize(2304, 1728);
    private static final int ANCHORS = 8400;
    private static final int CLASSES = 80;

    private final Arena arena = Arena.ofShared();
    private final ImageDecoder decoder = new ImageDecoder(ImageLimits.DEFAULT);
    private final LocalRowDecoder rows = new LocalRowDecoder(decoder);
    private MemorySegment row = MemorySegment.NULL;
    private Decoding photo = decoding(new byte[0], InputSpec.Sampling.HALF_PIXEL);
    private Decoding photoAsymmetric = photo;
    private Raster square = Raster.ofBgr(new ImageSize(1, 1), new byte[3]);
    private Head ssd = new Head("ssd");
    private Head text = ssd;
    private Head salient = ssd;
    private Head yolo = ssd;
    private Head masks = ssd;
    private List<Nms.Scored> boxes = List.of();

    @Setup
    public void setUp() throws IOException {
        row = arena.allocate(4L * 3 * SQUARE.pixels(), 64);
        byte[] jpeg = mosaic();
        photo = decoding(jpeg, InputSpec.Sampling.HALF_PIXEL);
        photoAsymmetric = decoding(jpeg, InputSpec.Sampling.ASYMMETRIC);
        byte[] bgr = new byte[3 * (int) SQUARE.pixels()];
        new Random(1).nextBytes(bgr);
        square = Raster.ofBgr(SQUARE, bgr);
        ssd = ssd();
        text = map("text-regions", "x", 0, "sigmoid_0.tmp_0", 1536, 1152);
        salient = map("salient", "in", 320, "side0", 320, 320);
        yolo = yolo();
        masks = masks();
        boxes = boxes();
    }

    @TearDown
    public void tearDown() {
        rows.close();
        square.close();
        arena.close();
    }

    private Decoding decoding(byte[] jpeg, InputSpec.Sampling sampling) {
        return new Decoding(jpeg, spec(sampling), List.of(new Decoding.Target(new RowSource.Whole(), row)));
    }

    /// The sample photos side by side and below each other, until there are four million pixels.
    private static byte[] mosaic() throws IOException {
        List<BufferedImage> photos = new ArrayList<>();
        for (DemoPhotos.DemoPhoto photo : DemoPhotos.all()) {
            BufferedImage image = ImageIO.read(new ByteArrayInputStream(photo.bytes()));
            if (image != null) {
                photos.add(image);
            }
        }
        BufferedImage all = new BufferedImage(ASSET.width(), ASSET.height(), BufferedImage.TYPE_INT_RGB);
        Graphics2D paint = all.createGraphics();
        int next = 0;
        for (int y = 0; y < ASSET.height(); y += 576) {
            for (int x = 0; x < ASSET.width(); x += 768) {
                paint.drawImage(photos.get(next++ % photos.size()), x, y, 768, 576, null);
            }
        }
        paint.dispose();
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ImageWriteParam quality = writer.getDefaultWriteParam();
        quality.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        quality.setCompressionQuality(0.85f);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (var out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(all, null, null), quality);
        }
        writer.dispose();
        return bytes.toByteArray();
    }

    private static InputSpec spec(InputSpec.Sampling sampling) {
        return new InputSpec(
                "images",
                new SizeRule.Fixed(SQUARE),
                InputSpec.Resize.LETTERBOX,
                sampling,
                114,
                InputSpec.ColorOrder.RGB,
                InputSpec.Layout.NCHW,
                ElementType.FLOAT32,
                1 / 255.0,
                List.of(0.0, 0.0, 0.0),
                List.of(1.0, 1.0, 1.0));
    }

    /// A JPEG of four megapixels to a row of 640x640.
    @Benchmark
    public void decodeResizeLayout() {
        rows.decode(photo);
    }

    /// The same with TensorFlow 1's sampling.
    @Benchmark
    public void decodeResizeLayoutAsymmetric() {
        rows.decode(photoAsymmetric);
    }

    /// Pixels of the row's size to planes of floats.
    @Benchmark
    public Object layout() {
        return RowFiller.fill(square, photo.input(), Optional.empty(), row);
    }

    /// 84 numbers for each of 8400 anchors.
    @Benchmark
    public Object headSsd() {
        return ssd.read();
    }

    /// 84 numbers for each of 8400 anchors, a plane for each number.
    @Benchmark
    public Object headYolo() {
        return yolo.read();
    }

    /// 20 instances of 32 prototypes of 160x160, each a ninth of a row of 640x640.
    @Benchmark
    public Object masksYolo() {
        return masks.read();
    }

    @Benchmark
    public Object headTextRegions() {
        return text.read();
    }

    /// To an asset of four megapixels.
    @Benchmark
    public Object maskSalient() {
        return salient.read();
    }

    /// Of 1000 boxes in 80 classes.
    @Benchmark
    public Object suppression() {
        return Nms.keep(boxes, 0.5, 300);
    }

    private static List<Nms.Scored> boxes() {
        Random random = new Random(2);
        List<Nms.Scored> boxes = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            Rect box = new Rect(600 * random.nextDouble(), 600 * random.nextDouble(), 80, 80);
            boxes.add(new Nms.Scored(box, random.nextDouble(), random.nextInt(CLASSES), i));
        }
        return boxes;
    }

    /// Scores as a real detector gives them: nearly all near zero, some 300 above the floor.
    private Head ssd() {
        Random random = new Random(3);
        float[] corners = new float[4 * ANCHORS];
        for (int i = 0; i < corners.length; i += 4) {
            corners[i] = random.nextFloat() * .8f;
            corners[i + 1] = random.nextFloat() * .8f;
            corners[i + 2] = corners[i] + .2f;
            corners[i + 3] = corners[i + 1] + .2f;
        }
        float[] scores = new float[ANCHORS * CLASSES];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = random.nextInt(2240) == 0 ? random.nextFloat() : random.nextFloat() * .01f;
        }
        ModelSignature signature = new ModelSignature(
                List.of(new TensorInfo("image", ElementType.FLOAT32, Shape.of(1, 640, 640, 3))),
                List.of(
                        new TensorInfo("boxes", ElementType.FLOAT32, Shape.of(1, ANCHORS, 4)),
                        new TensorInfo("scores", ElementType.FLOAT32, Shape.of(1, ANCHORS, CLASSES))),
                Map.of());
        return new Head(
                "ssd",
                signature,
                SQUARE,
                List.of(
                        tensor("boxes", Shape.of(1, ANCHORS, 4), corners),
                        tensor("scores", Shape.of(1, ANCHORS, CLASSES), scores)));
    }

    /// Some 300 scores above the floor, as for [#ssd()].
    private Head yolo() {
        Random random = new Random(4);
        float[] values = new float[(4 + CLASSES) * ANCHORS];
        for (int anchor = 0; anchor < ANCHORS; anchor++) {
            values[anchor] = 640 * random.nextFloat();
            values[ANCHORS + anchor] = 640 * random.nextFloat();
            values[2 * ANCHORS + anchor] = 100 + 40 * random.nextFloat();
            values[3 * ANCHORS + anchor] = 100 + 40 * random.nextFloat();
        }
        for (int i = 4 * ANCHORS; i < values.length; i++) {
            values[i] = random.nextInt(2240) == 0 ? random.nextFloat() : random.nextFloat() * .01f;
        }
        return new Head(
                "yolo",
                signature(new TensorInfo("output0", ElementType.FLOAT32, Shape.of(1, 4 + CLASSES, ANCHORS))),
                SQUARE,
                SQUARE,
                List.of(tensor("output0", Shape.of(1, 4 + CLASSES, ANCHORS), values)));
    }

    private static ModelSignature signature(TensorInfo... outputs) {
        return new ModelSignature(
                List.of(new TensorInfo("images", ElementType.FLOAT32, Shape.of(1, 3, 640, 640))),
                List.of(outputs),
                Map.of());
    }

    private Head masks() {
        Random random = new Random(5);
        int numbers = 4 + CLASSES + 32;
        float[] values = new float[numbers * ANCHORS];
        for (int instance = 0; instance < 20; instance++) {
            int anchor = 400 * instance;
            values[anchor] = 110 + 105 * (instance % 5);
            values[ANCHORS + anchor] = 110 + 140 * (instance / 5);
            values[2 * ANCHORS + anchor] = 213;
            values[3 * ANCHORS + anchor] = 213;
            values[(4 + instance) * ANCHORS + anchor] = .9f;
            for (int coefficient = 4 + CLASSES; coefficient < numbers; coefficient++) {
                values[coefficient * ANCHORS + anchor] = random.nextFloat() - .5f;
            }
        }
        float[] prototypes = new float[32 * 160 * 160];
        for (int i = 0; i < prototypes.length; i++) {
            double wave = Math.sin(i % 160 / (5.0 + i / 25600)) + Math.cos(i / 160 % 160 / (4.0 + i / 25600));
            prototypes[i] = (float) wave;
        }
        return new Head(
                "yolo",
                signature(
                        new TensorInfo("output0", ElementType.FLOAT32, Shape.of(1, numbers, ANCHORS)),
                        new TensorInfo("output1", ElementType.FLOAT32, Shape.of(1, 32, 160, 160))),
                SQUARE,
                SQUARE,
                List.of(
                        tensor("output0", Shape.of(1, numbers, ANCHORS), values),
                        tensor("output1", Shape.of(1, 32, 160, 160), prototypes)));
    }

    /// A map with a blob of a third of it, or lines.
    private Head map(String family, String input, int side, String output, int width, int height) {
        float[] map = new float[width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                boolean line = y % 36 > 24 && x % 740 > 60 && y > 10;
                boolean blob = Math.hypot(x - width / 2.0, y - height / 2.0) < width / 3.0;
                map[y * width + x] = (family.equals("salient") ? blob : line) ? .9f : .02f;
            }
        }
        Shape open = side == 0 ? Shape.of(-1, 3, -1, -1) : Shape.of(1, 3, side, side);
        Shape outputs = side == 0 ? Shape.of(-1, 1, -1, -1) : Shape.of(1, 1, side, side);
        List<TensorInfo> infos = new ArrayList<>();
        infos.add(new TensorInfo(output, ElementType.FLOAT32, outputs));
        if (side > 0) {
            infos.add(new TensorInfo("side1", ElementType.FLOAT32, outputs));
        }
        ModelSignature signature =
                new ModelSignature(List.of(new TensorInfo(input, ElementType.FLOAT32, open)), infos, Map.of());
        return new Head(
                family,
                signature,
                new ImageSize(width, height),
                List.of(tensor(output, Shape.of(1, 1, height, width), map)));
    }

    private Tensor tensor(String name, Shape shape, float[] values) {
        MemorySegment memory = arena.allocate(4L * values.length, 64);
        MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_FLOAT, 0, values.length);
        return new Tensor(name, ElementType.FLOAT32, shape, memory);
    }

    /// A family and what it reads.
    private record Head(ModelFamily family, FamilyInput input, List<RowOutput> rows) {
        Head(String family) {
            this(
                    ModelFamilies.byId(family).orElseThrow(),
                    new FamilyInput(
                            new ModelSpec(
                                    family,
                                    List.of(new StageSpec(
                                            StageSpec.MAIN, spec(InputSpec.Sampling.HALF_PIXEL), Map.of(), 1)),
                                    List.of(),
                                    dev.firstpass.postprocess.spec.Thresholds.of(0.5),
                                    dev.firstpass.postprocess.spec.Suppression.STANDARD,
                                    Map.of()),
                            StageSpec.MAIN,
                            List.of(),
                            new Prompt.None(),
                            LabelingSpec.NONE),
                    List.of());
        }

        Head(String family, ModelSignature signature, ImageSize input, List<Tensor> tensors) {
            this(family, signature, ASSET, input, tensors);
        }

        Head(String family, ModelSignature signature, ImageSize asset, ImageSize input, List<Tensor> tensors) {
            this(
                    ModelFamilies.byId(family).orElseThrow(),
                    new FamilyInput(
                            ModelFamilies.byId(family)
                                    .orElseThrow()
                                    .recognise(signature)
                                    .orElseThrow()
                                    .spec(),
                            StageSpec.MAIN,
                            List.of(),
                            new Prompt.None(),
                            LabelingSpec.NONE),
                    List.of(new RowOutput(
                            new Given(tensors),
                            ImageTransform.scaling(
                                    asset,
                                    input,
                                    (double) input.width() / asset.width(),
                                    (double) input.height() / asset.height(),
                                    0,
                                    0))));
        }

        Interpretation read() {
            return family.interpret(rows, input);
        }
    }

    private record Given(List<Tensor> tensors) implements RawOutputs {
        @Override
        public void close() {}
    }
}
