package dev.firstpass.server.frontend.openinference;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.PackedStrings;
import dev.firstpass.postprocess.tensor.Shape;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.frontend.HttpTensorReply;
import dev.firstpass.server.frontend.TensorElements;
import dev.firstpass.server.pipeline.TensorOutput;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/// The extension by which an output comes as its greatest elements: strings `value:index`, or `value:index:label` where the
/// model has a class for each element. An output of two axes or more has the greatest of each of its rows.
///
/// Pure functions.
final class Classification {
    /// More elements are not looked through, nor are more strings made.
    private static final long MOST_ELEMENTS = 1_000_000;

    /// The least first; of equal ones the later. What is no number is less than all.
    private static final Comparator<Element> LEAST_FIRST = Comparator.comparingDouble(Element::key)
            .thenComparing(Comparator.comparingLong(Element::index).reversed());

    private Classification() {}

    /// Whether [#of] is more than an event loop has time for.
    static boolean isLong(List<TensorOutput> outputs, Map<String, Integer> counts) {
        return outputs.stream()
                        .filter(output -> counts.containsKey(output.name()) && output.type() != ElementType.STRING)
                        .mapToLong(output -> output.byteSize() / output.type().bytes())
                        .sum()
                > HttpTensorReply.MANY_ELEMENTS;
    }

    /// @throws FailureException ARGUMENT_INVALID if it is no number of classes
    static int count(long count) {
        if (count < 1 || count > MOST_ELEMENTS) {
            throw Wire.invalid(
                    "classification", "classification: " + count + " classes (expected: 1.." + MOST_ELEMENTS + ")");
        }
        return (int) count;
    }

    /// The outputs as they are wanted.
    ///
    /// @param counts output -> how many of its greatest elements
    /// @param labels of the model, by index
    /// @throws FailureException ARGUMENT_INVALID for an output that has too many elements, or none that compare
    static List<TensorOutput> of(List<TensorOutput> outputs, Map<String, Integer> counts, List<String> labels) {
        if (counts.isEmpty()) {
            return outputs;
        }
        return outputs.stream()
                .map(output ->
                        counts.containsKey(output.name()) ? of(output, counts.get(output.name()), labels) : output)
                .toList();
    }

    private static TensorOutput of(TensorOutput output, int count, List<String> labels) {
        long elements = output.shape().elements();
        if (output.type() == ElementType.STRING || elements > MOST_ELEMENTS) {
            throw Wire.invalid(
                    output.name(),
                    "output " + Words.quoted(output.name()) + ": " + DataTypes.name(output.type()) + output.shape()
                            + " cannot be classified (expected: numbers, at most " + MOST_ELEMENTS + ")");
        }
        boolean hasRows = output.shape().rank() > 1;
        long rows = hasRows ? output.shape().extent(0) : 1;
        long width = rows == 0 ? 0 : elements / rows;
        int wanted = (int) Math.min(count, width);
        MemorySegment data = joined(output);
        List<byte[]> strings = new ArrayList<>();
        for (long row = 0; row < rows; row++) {
            for (Element element : greatest(output.type(), data, row * width, width, wanted)) {
                String label = width == labels.size() ? ":" + labels.get((int) element.index) : "";
                String text = text(output.type(), data, row * width + element.index) + ":" + element.index + label;
                strings.add(text.getBytes(StandardCharsets.UTF_8));
            }
        }
        MemorySegment packed = Arena.ofAuto().allocate(Math.max(1, PackedStrings.size(strings)), 1);
        MemorySegment exact = packed.asSlice(0, PackedStrings.size(strings));
        PackedStrings.write(strings, exact);
        return new TensorOutput(
                output.name(),
                ElementType.STRING,
                hasRows ? Shape.of(rows, wanted) : Shape.of(wanted),
                List.of(exact.asReadOnly()));
    }

    private static MemorySegment joined(TensorOutput output) {
        if (output.parts().size() == 1) {
            return output.parts().getFirst();
        }
        MemorySegment joined = MemorySegment.ofArray(new byte[Math.toIntExact(output.byteSize())]);
        long at = 0;
        for (MemorySegment part : output.parts()) {
            MemorySegment.copy(part, 0, joined, at, part.byteSize());
            at += part.byteSize();
        }
        return joined;
    }

    /// The greatest first; of equal ones the earlier.
    private static List<Element> greatest(ElementType type, MemorySegment data, long from, long width, int count) {
        PriorityQueue<Element> kept = new PriorityQueue<>(Math.max(1, count), LEAST_FIRST);
        for (long i = 0; i < width; i++) {
            Element element = new Element(i, key(type, data, from + i));
            if (kept.size() < count) {
                kept.add(element);
            } else if (count > 0 && LEAST_FIRST.compare(kept.element(), element) < 0) {
                kept.remove();
                kept.add(element);
            }
        }
        List<Element> sorted = new ArrayList<>(kept);
        sorted.sort(LEAST_FIRST.reversed());
        return sorted;
    }

    private static double key(ElementType type, MemorySegment data, long at) {
        double key = switch (type) {
            case FLOAT32, FLOAT64, FLOAT16, BFLOAT16 -> floating(type, data, at);
            case UINT64 -> {
                long value = data.getAtIndex(TensorElements.I64, at);
                yield value >= 0 ? value : (value >>> 1) * 2.0;
            }
            case BOOL, UINT8, INT8, UINT16, INT16, UINT32, INT32, INT64 -> whole(type, data, at);
            case STRING -> throw new IllegalArgumentException(type + " (expected: a number)");
        };
        return Double.isNaN(key) ? Double.NEGATIVE_INFINITY : key;
    }

    private static double floating(ElementType type, MemorySegment data, long at) {
        return switch (type) {
            case FLOAT32 -> data.getAtIndex(TensorElements.F32, at);
            case FLOAT16 -> Float.float16ToFloat(data.getAtIndex(TensorElements.I16, at));
            case BFLOAT16 -> Float.intBitsToFloat(data.getAtIndex(TensorElements.I16, at) << 16);
            default -> data.getAtIndex(TensorElements.F64, at);
        };
    }

    private static long whole(ElementType type, MemorySegment data, long at) {
        return switch (type) {
            case BOOL -> data.get(ValueLayout.JAVA_BYTE, at) == 0 ? 0 : 1;
            case UINT8 -> data.get(ValueLayout.JAVA_BYTE, at) & 0xff;
            case INT8 -> data.get(ValueLayout.JAVA_BYTE, at);
            case UINT16 -> Short.toUnsignedInt(data.getAtIndex(TensorElements.I16, at));
            case INT16 -> data.getAtIndex(TensorElements.I16, at);
            case UINT32 -> Integer.toUnsignedLong(data.getAtIndex(TensorElements.I32, at));
            case INT32 -> data.getAtIndex(TensorElements.I32, at);
            default -> data.getAtIndex(TensorElements.I64, at);
        };
    }

    private static String text(ElementType type, MemorySegment data, long at) {
        return switch (type) {
            case FLOAT32, FLOAT64, FLOAT16, BFLOAT16 -> decimal(floating(type, data, at));
            case UINT64 -> Long.toUnsignedString(data.getAtIndex(TensorElements.I64, at));
            case BOOL, UINT8, INT8, UINT16, INT16, UINT32, INT32, INT64 -> Long.toString(whole(type, data, at));
            case STRING -> throw new IllegalArgumentException(type + " (expected: a number)");
        };
    }

    private static String decimal(double value) {
        if (Double.isFinite(value)) {
            return new BigDecimal(value).setScale(6, RoundingMode.HALF_EVEN).toPlainString();
        }
        return Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
    }

    /// @param key what it is compared by: 64-bit integers that differ in their last places may count as equal
    private record Element(long index, double key) {}
}
