package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.registry.EngineKind;
import dev.firstpass.server.image.ImageLimits;
import dev.firstpass.server.runtime.engine.GraphFiles;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Orders and replies as bytes. Only headers travel this way: tensors stay where they lie.
///
/// Reading expects the worst: every count and length is held against what is there before anything is made of it.
///
/// Pure functions.
final class Messages {
    private static final int MOST_AXES = 64;

    private Messages() {}

    static byte[] bytes(Order order) {
        return written(out -> {
            switch (order) {
                case Order.Open open -> {
                    out.writeByte(0);
                    out.writeInt(open.slot());
                    writeText(out, open.engine().name());
                    writeText(out, open.file().toString());
                    writePath(out, open.graph().saved());
                    writePath(out, open.graph().fresh());
                }
                case Order.Run run -> {
                    out.writeByte(1);
                    out.writeInt(run.inputs().size());
                    for (Order.Input input : run.inputs()) {
                        writeText(out, input.name());
                        writeText(out, input.type().name());
                        writeShape(out, input.shape());
                        writePlace(out, input.place());
                    }
                    out.writeInt(run.memory().size());
                    for (Place place : run.memory()) {
                        writePlace(out, place);
                    }
                    out.writeBoolean(run.warmUp());
                }
                case Order.Memory memory -> {
                    out.writeByte(2);
                    writePlace(out, memory.place());
                }
                case Order.NoMemory _ -> out.writeByte(3);
                case Order.Close _ -> out.writeByte(4);
                case Order.OpenDecoder open -> {
                    out.writeByte(5);
                    out.writeInt(open.slot());
                    out.writeLong(open.limits().maxPixels());
                    out.writeLong(open.limits().maxBytesDecoded());
                    out.writeInt(open.limits().maxSide());
                }
                case Order.Decode decode -> {
                    out.writeByte(6);
                    writePlace(out, decode.asset());
                    Specs.write(out, decode.input());
                    out.writeInt(decode.rows().size());
                    for (Order.Target row : decode.rows()) {
                        writeTarget(out, row);
                    }
                }
                case Order.Elsewhere elsewhere -> {
                    out.writeByte(7);
                    writePlace(out, elsewhere.order());
                }
                case Order.Measure _ -> out.writeByte(8);
            }
        });
    }

    static byte[] bytes(Reply reply) {
        return written(out -> {
            switch (reply) {
                case Reply.Ready ready -> {
                    out.writeByte(0);
                    writeTexts(out, ready.walls().proven());
                    writeTexts(out, ready.walls().gaps());
                }
                case Reply.Opened opened -> {
                    out.writeByte(1);
                    writeSignature(out, opened.signature());
                }
                case Reply.NeedMemory need -> {
                    out.writeByte(2);
                    out.writeLong(need.bytes());
                }
                case Reply.Done done -> {
                    out.writeByte(3);
                    out.writeInt(done.outputs().size());
                    for (Reply.Output output : done.outputs()) {
                        out.writeInt(output.grant());
                        writeShape(out, output.shape());
                    }
                }
                case Reply.Failed failed -> {
                    out.writeByte(4);
                    writeText(out, failed.message());
                }
                case Reply.Refused refused -> {
                    out.writeByte(5);
                    writeText(out, refused.fault().name());
                    writeText(out, refused.message());
                }
                case Reply.Holds holds -> {
                    out.writeByte(6);
                    out.writeLong(holds.bytes());
                }
            }
        });
    }

    /// @throws ProtocolException if it is none
    static Order order(byte[] message) {
        return read(message, in -> switch (in.readByte()) {
            case 0 ->
                new Order.Open(
                        in.readInt(),
                        constant(in, EngineKind.class),
                        Path.of(readText(in)),
                        new GraphFiles(readPath(in), readPath(in)));
            case 1 ->
                new Order.Run(readList(in, Messages::readInput), readList(in, Messages::readPlace), in.readBoolean());
            case 2 -> new Order.Memory(readPlace(in));
            case 3 -> new Order.NoMemory();
            case 4 -> new Order.Close();
            case 5 -> new Order.OpenDecoder(in.readInt(), new ImageLimits(in.readLong(), in.readLong(), in.readInt()));
            case 6 -> new Order.Decode(readPlace(in), Specs.read(in), readList(in, Messages::readTarget));
            case 7 -> new Order.Elsewhere(readPlace(in));
            case 8 -> new Order.Measure();
            default -> throw new ProtocolException("an unknown order");
        });
    }

    /// @throws ProtocolException if it is none
    static Reply reply(byte[] message) {
        return read(message, in -> switch (in.readByte()) {
            case 0 ->
                new Reply.Ready(new WallState(readList(in, Messages::readText), readList(in, Messages::readText)));
            case 1 -> new Reply.Opened(readSignature(in));
            case 2 -> new Reply.NeedMemory(in.readLong());
            case 3 -> new Reply.Done(readList(in, Messages::readOutput));
            case 4 -> new Reply.Failed(readText(in));
            case 5 -> new Reply.Refused(constant(in, Reply.Fault.class), readText(in));
            case 6 -> new Reply.Holds(in.readLong());
            default -> throw new ProtocolException("an unknown reply");
        });
    }

    private static Order.Input readInput(DataInputStream in) throws IOException {
        return new Order.Input(readText(in), constant(in, ElementType.class), readShape(in), readPlace(in));
    }

    private static void writeTarget(DataOutputStream out, Order.Target row) throws IOException {
        Specs.write(out, row.part());
        writePlace(out, row.place());
    }

    private static Order.Target readTarget(DataInputStream in) throws IOException {
        return new Order.Target(Specs.readSource(in), readPlace(in));
    }

    private static Reply.Output readOutput(DataInputStream in) throws IOException {
        return new Reply.Output(in.readInt(), readShape(in));
    }

    private static void writeSignature(DataOutputStream out, ModelSignature signature) throws IOException {
        writeInfos(out, signature.inputs());
        writeInfos(out, signature.outputs());
        out.writeInt(signature.metadata().size());
        for (Map.Entry<String, String> entry : signature.metadata().entrySet()) {
            writeText(out, entry.getKey());
            writeText(out, entry.getValue());
        }
    }

    private static ModelSignature readSignature(DataInputStream in) throws IOException {
        List<TensorInfo> inputs = readList(in, Messages::readInfo);
        List<TensorInfo> outputs = readList(in, Messages::readInfo);
        Map<String, String> metadata = new LinkedHashMap<>();
        readList(in, entry -> Map.entry(readText(entry), readText(entry)))
                .forEach(entry -> metadata.put(entry.getKey(), entry.getValue()));
        return new ModelSignature(inputs, outputs, metadata);
    }

    private static void writeInfos(DataOutputStream out, List<TensorInfo> infos) throws IOException {
        out.writeInt(infos.size());
        for (TensorInfo info : infos) {
            writeText(out, info.name());
            writeText(out, info.type().name());
            writeShape(out, info.shape());
        }
    }

    private static TensorInfo readInfo(DataInputStream in) throws IOException {
        return new TensorInfo(readText(in), constant(in, ElementType.class), readShape(in));
    }

    private static void writeShape(DataOutputStream out, Shape shape) throws IOException {
        out.writeByte(shape.rank());
        for (long extent : shape.extents()) {
            out.writeLong(extent);
        }
    }

    private static Shape readShape(DataInputStream in) throws IOException {
        int rank = in.readByte();
        if (rank < 0 || rank > MOST_AXES) {
            throw new ProtocolException("a shape of " + rank + " axes");
        }
        long[] extents = new long[rank];
        for (int axis = 0; axis < rank; axis++) {
            extents[axis] = in.readLong();
        }
        return Shape.of(extents);
    }

    private static void writePlace(DataOutputStream out, Place place) throws IOException {
        writeText(out, place.memory().name());
        out.writeLong(place.offset());
        out.writeLong(place.bytes());
    }

    private static Place readPlace(DataInputStream in) throws IOException {
        return new Place(constant(in, Place.Memory.class), in.readLong(), in.readLong());
    }

    private static void writePath(DataOutputStream out, Optional<Path> path) throws IOException {
        writeText(out, path.map(Path::toString).orElse(""));
    }

    private static Optional<Path> readPath(DataInputStream in) throws IOException {
        return Optional.of(readText(in)).filter(text -> !text.isEmpty()).map(Path::of);
    }

    static void writeText(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static void writeTexts(DataOutputStream out, List<String> texts) throws IOException {
        out.writeInt(texts.size());
        for (String text : texts) {
            writeText(out, text);
        }
    }

    static String readText(DataInputStream in) throws IOException {
        return new String(in.readNBytes(count(in)), StandardCharsets.UTF_8);
    }

    static <T> List<T> readList(DataInputStream in, Reader<T> reader) throws IOException {
        int count = count(in);
        List<T> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            list.add(reader.read(in));
        }
        return list;
    }

    /// A number of things of at least one byte each.
    private static int count(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > in.available()) {
            throw new ProtocolException("more is announced than there is: " + count);
        }
        return count;
    }

    static <T extends Enum<T>> T constant(DataInputStream in, Class<T> type) throws IOException {
        return Enum.valueOf(type, readText(in));
    }

    private static byte[] written(Writer writer) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            writer.write(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static <T> T read(byte[] message, Reader<T> reader) {
        try {
            return reader.read(new DataInputStream(new ByteArrayInputStream(message)));
        } catch (IOException | IllegalArgumentException e) {
            throw new ProtocolException("a message that is none", e);
        }
    }

    @FunctionalInterface
    private interface Writer {
        void write(DataOutputStream out) throws IOException;
    }

    @FunctionalInterface
    interface Reader<T> {
        T read(DataInputStream in) throws IOException;
    }
}
