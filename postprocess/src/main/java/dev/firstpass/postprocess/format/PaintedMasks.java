package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Conversion;
import dev.firstpass.postprocess.annotation.Conversions;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/// The areas of one asset painted into one image, in which a pixel belongs to one of them: the better score lies on top,
/// of equal ones that which came first. What is hidden in part is counted as `overlap-cut`, what is hidden wholly is left
/// out as `overlap-hidden`.
///
/// Mutable, for one thread; two bytes for each pixel.
final class PaintedMasks {
    /// Numbers of two bytes, but for the two that stand for nothing and for what is not to be looked at.
    private static final int MOST = 65_534;

    private final ImageSize size;
    private final List<Candidate> shown = new ArrayList<>();
    private final char[] owners;

    private PaintedMasks(ImageSize size) {
        this.size = size;
        this.owners = new char[Math.toIntExact(size.pixels())];
    }

    private record Area(Annotation from, Annotation.Mask mask) {}

    /// @param united areas of the same label become one (`united-with-class`): they hide nothing of each other
    static PaintedMasks of(Prelabels prelabels, boolean united, Tally tally) {
        ImageSize size = prelabels.asset().size();
        List<Area> areas = new ArrayList<>();
        for (Annotation annotation : prelabels.annotations()) {
            if (!Conversions.hasRule(annotation.kind(), GeometryKind.MASK)) {
                tally.leftOut(annotation.kind().id());
                continue;
            }
            switch (Conversions.to(GeometryKind.MASK, annotation, size, 0)) {
                case Conversion.Unchanged same -> areas.add(new Area(annotation, (Annotation.Mask) same.annotation()));
                case Conversion.Converted converted ->
                    areas.add(new Area(annotation, (Annotation.Mask) converted.annotation()));
                case Conversion.Unsupported _ -> tally.leftOut("no-pixel");
            }
        }
        while (areas.size() > MOST) {
            areas.removeLast();
            tally.leftOut("over-" + MOST + "-areas");
        }
        PaintedMasks painted = new PaintedMasks(size);
        painted.paint(areas);
        painted.settle(areas, united, tally);
        return painted;
    }

    private void paint(List<Area> areas) {
        int[] lowestFirst = IntStream.range(0, areas.size())
                .boxed()
                .sorted(Comparator.comparingDouble(
                                (Integer i) -> areas.get(i).mask().candidate().score())
                        .thenComparing(Comparator.reverseOrder()))
                .mapToInt(Integer::intValue)
                .toArray();
        for (int i : lowestFirst) {
            BitMask mask = areas.get(i).mask().runs().toBitMask();
            for (int y = 0; y < size.height(); y++) {
                int start = mask.nextSet(y, 0);
                while (start < size.width()) {
                    int end = mask.nextUnset(y, start);
                    Arrays.fill(owners, y * size.width() + start, y * size.width() + end, (char) (i + 1));
                    start = mask.nextSet(y, end);
                }
            }
        }
    }

    /// Renumbers what can be seen and counts what cannot.
    private void settle(List<Area> areas, boolean united, Tally tally) {
        Set<String> labels = new HashSet<>();
        char[] numbers = new char[areas.size() + 1];
        long[] seen = new long[areas.size() + 1];
        for (char owner : owners) {
            seen[owner]++;
        }
        for (int i = 0; i < areas.size(); i++) {
            Area area = areas.get(i);
            Candidate candidate = area.mask().candidate();
            long own = united ? seenOfLabel(areas, area.mask()) : seen[i + 1];
            if (own == 0) {
                tally.leftOut("overlap-hidden");
                continue;
            }
            numbers[i + 1] = (char) (shown.size() + 1);
            shown.add(candidate);
            if (area.from().kind() != GeometryKind.MASK) {
                tally.converted(area.from().kind().id() + "-to-mask");
            }
            if (own < area.mask().runs().area()) {
                tally.converted("overlap-cut");
            }
            if (united && !labels.add(candidate.label())) {
                tally.converted("united-with-class");
            }
        }
        for (int i = 0; i < owners.length; i++) {
            owners[i] = numbers[owners[i]];
        }
    }

    /// How many pixels of the mask belong to its label.
    private long seenOfLabel(List<Area> areas, Annotation.Mask mask) {
        long seen = 0;
        BitMask pixels = mask.runs().toBitMask();
        for (int y = 0; y < size.height(); y++) {
            for (int x = pixels.nextSet(y, 0); x < size.width(); x = pixels.nextSet(y, x + 1)) {
                Candidate owner =
                        areas.get(owners[y * size.width() + x] - 1).mask().candidate();
                seen += owner.label().equals(mask.candidate().label()) ? 1 : 0;
            }
        }
        return seen;
    }

    ImageSize size() {
        return size;
    }

    /// What can be seen of the asset's findings, in their order.
    List<Candidate> shown() {
        return List.copyOf(shown);
    }

    /// Of a pixel: place in [#shown()] + 1, or 0 for none.
    int owner(int x, int y) {
        return owners[y * size.width() + x];
    }
}
