package dev.firstpass.registry.importer;

import static dev.firstpass.registry.importer.OnnxGraphBuilder.attribute;
import static java.util.Map.entry;

import dev.firstpass.registry.importer.Value.Computed;
import dev.firstpass.registry.importer.Value.Layout;
import dev.firstpass.registry.importer.Value.Sizes;
import dev.firstpass.registry.importer.Value.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// One rule per TensorFlow operation: what ONNX nodes stand for it. Shapes and everything computed from shapes are
/// folded, with the batch size N as the only unknown. ONNX operators as of operator set 13.
///
/// A rule that meets a variant it does not cover throws [UnsupportedGraphException]; none guesses.
final class OpConverters {
    /// Turns a node with the values of its inputs into the values of its outputs.
    @FunctionalInterface
    interface OpConverter {
        List<Value> convert(TfNode node, List<Value> inputs, Emitter out);
    }

    static final Map<String, OpConverter> TABLE = Map.ofEntries(
            entry("Identity", (node, in, out) -> List.of(in.getFirst())),
            entry("Conv2D", OpConverters::conv2d),
            entry("DepthwiseConv2dNative", OpConverters::depthwiseConv2d),
            entry("FusedBatchNorm", OpConverters::batchNorm),
            entry("BiasAdd", (node, in, out) -> binary("Add", node, in, out)),
            entry("Add", (node, in, out) -> binary("Add", node, in, out)),
            entry("AddV2", (node, in, out) -> binary("Add", node, in, out)),
            entry("Sub", (node, in, out) -> binary("Sub", node, in, out)),
            entry("Mul", (node, in, out) -> binary("Mul", node, in, out)),
            entry("AddN", OpConverters::addN),
            entry("Relu6", OpConverters::relu6),
            entry("Sigmoid", (node, in, out) -> unary("Sigmoid", node, in, out)),
            entry("Exp", (node, in, out) -> unary("Exp", node, in, out)),
            entry("Shape", OpConverters::shape),
            entry("StridedSlice", OpConverters::stridedSlice),
            entry("Pack", OpConverters::pack),
            entry("Unpack", OpConverters::unpack),
            entry("Reshape", OpConverters::reshape),
            entry("Squeeze", OpConverters::squeeze),
            entry("ExpandDims", OpConverters::expandDims),
            entry("ConcatV2", OpConverters::concat),
            entry("Transpose", OpConverters::transpose),
            entry("Slice", OpConverters::slice),
            entry("Tile", OpConverters::tile));

    private OpConverters() {}

    // ---- convolutions

    private static List<Value> conv2d(TfNode node, List<Value> in, Emitter out) {
        Weights kernel = weights(in, 1);
        int height = kernel.extent(0);
        int width = kernel.extent(1);
        int from = kernel.extent(2);
        int to = kernel.extent(3);
        float[] data = new float[kernel.data().length]; // H, W, I, O -> O, I, H, W
        for (int hw = 0; hw < height * width; hw++) {
            for (int i = 0; i < from; i++) {
                for (int o = 0; o < to; o++) {
                    data[(o * from + i) * height * width + hw] = kernel.data()[(hw * from + i) * to + o];
                }
            }
        }
        String weights = out.constant(node.name() + "/weights", data, to, from, height, width);
        return List.of(convolution(node, in, weights, height, width, to, 1, out));
    }

    private static List<Value> depthwiseConv2d(TfNode node, List<Value> in, Emitter out) {
        Weights kernel = weights(in, 1);
        int height = kernel.extent(0);
        int width = kernel.extent(1);
        int channels = kernel.extent(2) * kernel.extent(3);
        float[] data = new float[kernel.data().length]; // H, W, C, M -> C * M, 1, H, W
        for (int hw = 0; hw < height * width; hw++) {
            for (int c = 0; c < channels; c++) {
                data[c * height * width + hw] = kernel.data()[hw * channels + c];
            }
        }
        String weights = out.constant(node.name() + "/weights", data, channels, 1, height, width);
        return List.of(convolution(node, in, weights, height, width, channels, kernel.extent(2), out));
    }

    private static Value convolution(
            TfNode node, List<Value> in, String weights, int height, int width, int channels, int groups, Emitter out) {
        requireChannelsLast(node);
        Computed input = out.channelsFirst(in.getFirst(), node.name());
        Window rows = Window.of(node, 1, input.extent(1).knownInt("input height"), height);
        Window columns = Window.of(node, 2, input.extent(2).knownInt("input width"), width);
        return out.channelsFirst(
                "Conv",
                node.name(),
                List.of(input.tensor(), weights),
                List.of(input.extent(0), Dim.of(rows.output()), Dim.of(columns.output()), Dim.of(channels)),
                attribute("kernel_shape", List.of((long) height, (long) width)),
                attribute("strides", List.of(rows.stride(), columns.stride())),
                attribute("dilations", List.of(rows.dilation(), columns.dilation())),
                attribute("pads", List.of(rows.before(), columns.before(), rows.after(), columns.after())),
                attribute("group", groups));
    }

    /// How a kernel moves along one axis. TensorFlow's SAME puts the odd pixel of the padding after the image.
    private record Window(long output, long stride, long dilation, long before, long after) {
        static Window of(TfNode node, int axis, long input, long kernel) {
            List<Long> strides = node.integers("strides");
            List<Long> dilations = node.integers("dilations");
            long stride = strides.get(axis);
            long dilation = dilations.isEmpty() ? 1 : dilations.get(axis);
            long reach = (kernel - 1) * dilation + 1;
            String padding = node.text("padding", "");
            return switch (padding) {
                case "SAME" -> {
                    long output = Math.ceilDiv(input, stride);
                    long total = Math.max(0, (output - 1) * stride + reach - input);
                    yield new Window(output, stride, dilation, total / 2, total - total / 2);
                }
                case "VALID" -> new Window(Math.ceilDiv(input - reach + 1, stride), stride, dilation, 0, 0);
                default -> throw new UnsupportedGraphException("padding: " + padding + " (expected: SAME or VALID)");
            };
        }
    }

    private static List<Value> batchNorm(TfNode node, List<Value> in, Emitter out) {
        requireChannelsLast(node);
        if (node.flag("is_training")) {
            throw new UnsupportedGraphException("is_training: true (expected: false)");
        }
        Computed input = out.channelsFirst(in.getFirst(), node.name());
        List<String> inputs = new ArrayList<>(List.of(input.tensor()));
        for (int i = 1; i <= 4; i++) {
            inputs.add(out.constant(
                    node.name() + "/" + i, weights(in, i).data(), weights(in, i).shape()));
        }
        return List.of(out.channelsFirst(
                "BatchNormalization",
                node.name(),
                inputs,
                input.extents(),
                attribute("epsilon", node.real("epsilon", 1e-4f))));
    }

    private static void requireChannelsLast(TfNode node) {
        String format = node.text("data_format", "NHWC");
        if (!format.equals("NHWC")) {
            throw new UnsupportedGraphException("data_format: " + format + " (expected: NHWC)");
        }
    }

    // ---- arithmetic

    private static List<Value> unary(String op, TfNode node, List<Value> in, Emitter out) {
        return List.of(out.elementwise(op, node.name(), out.tensor(in.getFirst(), node.name()), List.of()));
    }

    private static List<Value> relu6(TfNode node, List<Value> in, Emitter out) {
        List<String> bounds =
                List.of(out.constant("relu6/min", new float[] {0}), out.constant("relu6/max", new float[] {6}));
        return List.of(out.elementwise("Clip", node.name(), out.tensor(in.getFirst(), node.name()), bounds));
    }

    private static List<Value> addN(TfNode node, List<Value> in, Emitter out) {
        Value sum = in.getFirst();
        for (Value term : in.subList(1, in.size())) {
            sum = binary("Add", node, List.of(sum, term), out).getFirst();
        }
        return List.of(sum);
    }

    private static List<Value> binary(String op, TfNode node, List<Value> in, Emitter out) {
        boolean first = isChannelsFirst(in.get(0)) || isChannelsFirst(in.get(1));
        if (first && fitsChannelsFirst(in.get(0)) && fitsChannelsFirst(in.get(1))) {
            List<String> inputs = in.stream()
                    .map(value -> channelsFirstOperand(node, value, out))
                    .toList();
            return List.of(
                    out.channelsFirst(op, node.name(), inputs, broadcast(extents(in.get(0)), extents(in.get(1)))));
        }
        Computed left = out.plain(in.get(0), node.name() + "/x");
        Computed right = out.plain(in.get(1), node.name() + "/y");
        return List.of(out.plain(
                op, node.name(), List.of(left.tensor(), right.tensor()), broadcast(left.extents(), right.extents())));
    }

    private static boolean isChannelsFirst(Value value) {
        return value instanceof Computed computed && computed.layout() == Layout.CHANNELS_FIRST;
    }

    /// Whether the value can meet a channels-first tensor: of rank 4 itself, or a constant per channel.
    private static boolean fitsChannelsFirst(Value value) {
        return switch (value) {
            case Computed computed -> computed.rank() == 4;
            case Weights weights -> weights.rank() <= 1;
            case Sizes _ -> false;
        };
    }

    private static String channelsFirstOperand(TfNode node, Value value, Emitter out) {
        return value instanceof Weights perChannel
                ? out.constant(node.name() + "/y", perChannel.data(), perChannel.data().length, 1, 1)
                : out.channelsFirst(value, node.name()).tensor();
    }

    private static List<Dim> extents(Value value) {
        return switch (value) {
            case Computed computed -> computed.extents();
            case Weights weights -> weights.extents().stream().map(Dim::of).toList();
            case Sizes sizes -> List.of(Dim.of(sizes.values().size()));
        };
    }

    private static List<Dim> broadcast(List<Dim> left, List<Dim> right) {
        List<Dim> longer = left.size() >= right.size() ? left : right;
        List<Dim> shorter = left.size() >= right.size() ? right : left;
        List<Dim> extents = new ArrayList<>(longer);
        int offset = longer.size() - shorter.size();
        for (int axis = 0; axis < shorter.size(); axis++) {
            Dim a = longer.get(offset + axis);
            Dim b = shorter.get(axis);
            if (!a.equals(b) && !a.is(1) && !b.is(1)) {
                throw new UnsupportedGraphException("shapes " + left + " and " + right + " do not go together");
            }
            extents.set(offset + axis, a.is(1) ? b : a);
        }
        return extents;
    }

    // ---- sizes, folded at import

    private static List<Value> shape(TfNode node, List<Value> in, Emitter out) {
        return List.of(Sizes.vector(extents(in.getFirst())));
    }

    /// Covers what graphs do with shapes: take one entry.
    private static List<Value> stridedSlice(TfNode node, List<Value> in, Emitter out) {
        Sizes source = sizes(in, 0);
        boolean single = node.integer("shrink_axis_mask", 0) == 1
                && node.integer("ellipsis_mask", 0) == 0
                && node.integer("new_axis_mask", 0) == 0
                && node.integer("begin_mask", 0) == 0;
        if (!single) {
            throw new UnsupportedGraphException("masks: not those that take a single entry");
        }
        int index = sizes(in, 1).knownScalar("begin");
        return List.of(
                Sizes.scalar(source.values().get(axis(index, source.values().size()))));
    }

    private static List<Value> pack(TfNode node, List<Value> in, Emitter out) {
        if (in.stream().allMatch(value -> value instanceof Sizes sizes && sizes.scalar())) {
            return List.of(Sizes.vector(in.stream()
                    .map(value -> ((Sizes) value).values().getFirst())
                    .toList()));
        }
        Computed like = out.plain(in.getFirst(), node.name());
        int axis = axis(node.integer("axis", 0), like.rank() + 1);
        List<String> parts = new ArrayList<>();
        for (Value value : in) {
            Computed part = out.plain(value, node.name());
            String axes = out.vector(node.name() + "/axes", axis);
            parts.add(out.plain("Unsqueeze", node.name() + "/part", List.of(part.tensor(), axes), part.extents())
                    .tensor());
        }
        List<Dim> extents = new ArrayList<>(like.extents());
        extents.add(axis, Dim.of(in.size()));
        return List.of(out.plain("Concat", node.name(), parts, extents, attribute("axis", axis)));
    }

    // ---- shuffling

    private static List<Value> unpack(TfNode node, List<Value> in, Emitter out) {
        Computed input = out.plain(in.getFirst(), node.name());
        int axis = axis(node.integer("axis", 0), input.rank());
        List<Dim> extents = new ArrayList<>(input.extents());
        int count = extents.remove(axis).knownInt("unpacked extent");
        List<Value> parts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            parts.add(out.plain(
                    "Gather",
                    node.name() + "/" + i,
                    List.of(input.tensor(), out.scalar("index/" + i, i)),
                    extents,
                    attribute("axis", axis)));
        }
        return parts;
    }

    private static List<Value> reshape(TfNode node, List<Value> in, Emitter out) {
        Computed input = out.plain(in.getFirst(), node.name());
        List<Dim> extents = resolve(input.extents(), sizes(in, 1).values());
        long[] target = new long[extents.size()];
        int open = 0;
        for (int axis = 0; axis < target.length; axis++) {
            boolean varies = extents.get(axis).timesBatch();
            target[axis] = varies ? -1 : extents.get(axis).factor();
            open += varies ? 1 : 0;
        }
        if (open > 1) {
            throw new UnsupportedGraphException("shape " + extents + ": two axes grow with the batch (expected: one)");
        }
        String shape = out.vector(node.name() + "/shape", target);
        return List.of(out.plain("Reshape", node.name(), List.of(input.tensor(), shape), extents));
    }

    /// The extents of `target` with its -1, if any, replaced by what is left of the elements of `source`.
    private static List<Dim> resolve(List<Dim> source, List<Dim> target) {
        long elements = product(source);
        long batches = source.stream().filter(Dim::timesBatch).count();
        List<Dim> given = target.stream().filter(dim -> !dim.is(-1)).toList();
        long factor = product(given);
        long openBatches = batches - given.stream().filter(Dim::timesBatch).count();
        boolean inferred = target.size() - given.size() == 1;
        boolean fits = factor > 0
                && elements % factor == 0
                && (inferred
                        ? openBatches == 0 || openBatches == 1
                        : target.size() == given.size() && openBatches == 0 && factor == elements);
        if (!fits) {
            throw new UnsupportedGraphException("shape " + source + " cannot be seen as " + target);
        }
        Dim rest = new Dim(elements / factor, openBatches == 1);
        return target.stream().map(dim -> dim.is(-1) ? rest : dim).toList();
    }

    private static long product(List<Dim> dims) {
        return dims.stream().mapToLong(Dim::factor).reduce(1, Math::multiplyExact);
    }

    private static List<Value> squeeze(TfNode node, List<Value> in, Emitter out) {
        Computed input = out.plain(in.getFirst(), node.name());
        List<Integer> axes = node.integers("squeeze_dims").stream()
                .map(axis -> axis(axis, input.rank()))
                .sorted()
                .toList();
        List<Dim> extents = new ArrayList<>(input.extents());
        for (int axis : axes.reversed()) {
            if (!extents.remove(axis).is(1)) {
                throw new UnsupportedGraphException("squeezed axis " + axis + ": extent is not 1");
            }
        }
        String dropped = out.vector(
                node.name() + "/axes",
                axes.stream().mapToLong(Integer::longValue).toArray());
        return List.of(out.plain("Squeeze", node.name(), List.of(input.tensor(), dropped), extents));
    }

    private static List<Value> expandDims(TfNode node, List<Value> in, Emitter out) {
        Computed input = out.plain(in.getFirst(), node.name());
        int axis = axis(sizes(in, 1).knownScalar("axis"), input.rank() + 1);
        List<Dim> extents = new ArrayList<>(input.extents());
        extents.add(axis, Dim.of(1));
        String added = out.vector(node.name() + "/axes", axis);
        return List.of(out.plain("Unsqueeze", node.name(), List.of(input.tensor(), added), extents));
    }

    private static List<Value> concat(TfNode node, List<Value> in, Emitter out) {
        List<Computed> parts = in.subList(0, in.size() - 1).stream()
                .map(value -> out.plain(value, node.name()))
                .toList();
        List<Dim> extents = new ArrayList<>(parts.getFirst().extents());
        int axis = axis(sizes(in, in.size() - 1).knownScalar("axis"), extents.size());
        extents.set(
                axis,
                parts.stream().map(part -> part.extent(axis)).reduce(Dim::plus).orElseThrow());
        return List.of(out.plain(
                "Concat",
                node.name(),
                parts.stream().map(Computed::tensor).toList(),
                extents,
                attribute("axis", axis)));
    }

    private static List<Value> transpose(TfNode node, List<Value> in, Emitter out) {
        Computed input = out.plain(in.getFirst(), node.name());
        List<Long> permutation =
                sizes(in, 1).values().stream().map(dim -> dim.known("perm")).toList();
        List<Dim> extents = permutation.stream()
                .map(axis -> input.extent(axis(axis, input.rank())))
                .toList();
        return List.of(
                out.plain("Transpose", node.name(), List.of(input.tensor()), extents, attribute("perm", permutation)));
    }

    private static List<Value> slice(TfNode node, List<Value> in, Emitter out) {
        Computed input = out.plain(in.getFirst(), node.name());
        List<Dim> extents = new ArrayList<>(input.extents());
        List<Long> starts = new ArrayList<>();
        List<Long> ends = new ArrayList<>();
        List<Long> axes = new ArrayList<>();
        for (int axis = 0; axis < input.rank(); axis++) {
            long begin = sizes(in, 1).values().get(axis).known("begin");
            Dim size = sizes(in, 2).values().get(axis);
            if (begin == 0 && size.is(-1)) {
                continue;
            }
            long extent = extents.get(axis).known("sliced extent");
            long end = size.is(-1) ? extent : begin + size.known("size");
            axes.add((long) axis);
            starts.add(begin);
            ends.add(end);
            extents.set(axis, Dim.of(end - begin));
        }
        List<String> inputs = List.of(
                input.tensor(),
                out.vector(node.name() + "/starts", toArray(starts)),
                out.vector(node.name() + "/ends", toArray(ends)),
                out.vector(node.name() + "/axes", toArray(axes)));
        return List.of(out.plain("Slice", node.name(), inputs, extents));
    }

    private static List<Value> tile(TfNode node, List<Value> in, Emitter out) {
        Computed input = out.plain(in.getFirst(), node.name() + "/x");
        Sizes multiples = sizes(in, 1);
        List<Dim> extents = new ArrayList<>();
        for (int axis = 0; axis < input.rank(); axis++) {
            Dim extent = input.extent(axis);
            Dim times = multiples.values().get(axis);
            if (extent.timesBatch() && times.timesBatch()) {
                throw new UnsupportedGraphException("tiled axis " + axis + ": grows with the batch twice");
            }
            extents.add(new Dim(
                    Math.multiplyExact(extent.factor(), times.factor()), extent.timesBatch() || times.timesBatch()));
        }
        String repeats = out.sizes(multiples, node.name() + "/repeats");
        return List.of(out.plain("Tile", node.name(), List.of(input.tensor(), repeats), extents));
    }

    // ---- arguments

    private static Weights weights(List<Value> in, int index) {
        if (in.get(index) instanceof Weights weights) {
            return weights;
        }
        throw new UnsupportedGraphException("input " + index + ": computed (expected: constant weights)");
    }

    private static Sizes sizes(List<Value> in, int index) {
        if (in.get(index) instanceof Sizes sizes) {
            return sizes;
        }
        throw new UnsupportedGraphException("input " + index + ": not known at import (expected: sizes)");
    }

    private static int axis(long axis, int rank) {
        long counted = axis < 0 ? axis + rank : axis;
        if (counted < 0 || counted >= rank) {
            throw new UnsupportedGraphException("axis: " + axis + " (expected: within rank " + rank + ")");
        }
        return (int) counted;
    }

    private static long[] toArray(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).toArray();
    }
}
