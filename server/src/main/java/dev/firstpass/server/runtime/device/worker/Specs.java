package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RowSource;
import dev.firstpass.postprocess.spec.InputSpec;
import dev.firstpass.postprocess.spec.SizeRule;
import dev.firstpass.postprocess.tensor.ElementType;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;

/// What a row is made after, as bytes of a message.
///
/// Pure functions.
final class Specs {
    private Specs() {}

    static void write(DataOutputStream out, InputSpec spec) throws IOException {
        Messages.writeText(out, spec.name());
        switch (spec.size()) {
            case SizeRule.Fixed(ImageSize size) -> {
                out.writeByte(0);
                out.writeInt(size.width());
                out.writeInt(size.height());
            }
            case SizeRule.ShortestSide side -> {
                out.writeByte(1);
                out.writeInt(side.target());
                out.writeInt(side.longest());
                out.writeInt(side.multiple());
            }
            case SizeRule.Ladder(int least, int most) -> {
                out.writeByte(2);
                out.writeInt(least);
                out.writeInt(most);
            }
            case SizeRule.Line(int height, int longest, int multiple) -> {
                out.writeByte(3);
                out.writeInt(height);
                out.writeInt(longest);
                out.writeInt(multiple);
            }
            case SizeRule.ShorterSide(int target, int longest) -> {
                out.writeByte(4);
                out.writeInt(target);
                out.writeInt(longest);
            }
        }
        Messages.writeText(out, spec.resize().name());
        Messages.writeText(out, spec.sampling().name());
        out.writeInt(spec.padding());
        Messages.writeText(out, spec.color().name());
        Messages.writeText(out, spec.layout().name());
        Messages.writeText(out, spec.dtype().name());
        out.writeDouble(spec.scale());
        write(out, spec.mean());
        write(out, spec.std());
        Messages.writeText(out, spec.range().name());
        out.writeBoolean(spec.reducedDecode());
        out.writeDouble(spec.crop());
    }

    static InputSpec read(DataInputStream in) throws IOException {
        return new InputSpec(
                Messages.readText(in),
                readSize(in),
                Messages.constant(in, InputSpec.Resize.class),
                Messages.constant(in, InputSpec.Sampling.class),
                in.readInt(),
                Messages.constant(in, InputSpec.ColorOrder.class),
                Messages.constant(in, InputSpec.Layout.class),
                Messages.constant(in, ElementType.class),
                in.readDouble(),
                Messages.readList(in, DataInputStream::readDouble),
                Messages.readList(in, DataInputStream::readDouble),
                Messages.constant(in, InputSpec.Range.class),
                in.readBoolean(),
                in.readDouble());
    }

    private static SizeRule readSize(DataInputStream in) throws IOException {
        return switch (in.readByte()) {
            case 0 -> new SizeRule.Fixed(new ImageSize(in.readInt(), in.readInt()));
            case 1 -> new SizeRule.ShortestSide(in.readInt(), in.readInt(), in.readInt());
            case 2 -> new SizeRule.Ladder(in.readInt(), in.readInt());
            case 3 -> new SizeRule.Line(in.readInt(), in.readInt(), in.readInt());
            case 4 -> new SizeRule.ShorterSide(in.readInt(), in.readInt());
            default -> throw new ProtocolException("an unknown size rule");
        };
    }

    private static void write(DataOutputStream out, List<Double> values) throws IOException {
        out.writeInt(values.size());
        for (double value : values) {
            out.writeDouble(value);
        }
    }

    static void write(DataOutputStream out, RowSource source) throws IOException {
        switch (source) {
            case RowSource.Whole _ -> out.writeByte(0);
            case RowSource.Crop(Rect area) -> {
                out.writeByte(1);
                out.writeDouble(area.x());
                out.writeDouble(area.y());
                out.writeDouble(area.width());
                out.writeDouble(area.height());
            }
            case RowSource.Turned(RotatedRect area) -> {
                out.writeByte(2);
                out.writeDouble(area.cx());
                out.writeDouble(area.cy());
                out.writeDouble(area.width());
                out.writeDouble(area.height());
                out.writeDouble(area.angle());
            }
        }
    }

    static RowSource readSource(DataInputStream in) throws IOException {
        return switch (in.readByte()) {
            case 0 -> new RowSource.Whole();
            case 1 -> new RowSource.Crop(new Rect(in.readDouble(), in.readDouble(), in.readDouble(), in.readDouble()));
            case 2 ->
                new RowSource.Turned(new RotatedRect(
                        in.readDouble(), in.readDouble(), in.readDouble(), in.readDouble(), in.readDouble()));
            default -> throw new ProtocolException("an unknown part of an asset");
        };
    }
}
