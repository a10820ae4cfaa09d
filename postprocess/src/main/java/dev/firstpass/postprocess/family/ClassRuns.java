package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.Component;
import dev.firstpass.postprocess.geometry.Components;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RunLengths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Runs of pixels of an asset, class by class, and the masks that they make: one for each class, or one for each group of pixels of
/// a class that hang together by sides or corners. A mask's score is the mean of its pixels'.
///
/// Mutable, for one thread.
final class ClassRuns {
    private static final Comparator<Region> BEST_FIRST =
            Comparator.comparingDouble(Region::score).reversed().thenComparingInt(Region::index);

    private final ImageSize asset;
    private final List<Optional<Runs>> ofClasses;
    private final List<String> names;

    /// The runs of one class, in raster order.
    private static final class Runs {
        private int[] starts = new int[16];
        private int[] lengths = new int[16];
        private double[] sums = new double[16];
        private int count;

        void add(int start, int length, double sum) {
            if (count == starts.length) {
                starts = Arrays.copyOf(starts, 2 * count);
                lengths = Arrays.copyOf(lengths, 2 * count);
                sums = Arrays.copyOf(sums, 2 * count);
            }
            starts[count] = start;
            lengths[count] = length;
            sums[count++] = sum;
        }

        BitMask mask(ImageSize size) {
            BitMask mask = new BitMask(size);
            for (int i = 0; i < count; i++) {
                int from = starts[i] % size.width();
                mask.setRun(starts[i] / size.width(), from, from + lengths[i]);
            }
            return mask;
        }

        /// The mean of the run that starts there for each of its pixels.
        void read(int start, float[] into, int length) {
            int run = Arrays.binarySearch(starts, 0, count, start);
            Arrays.fill(into, 0, length, (float) (sums[run] / lengths[run]));
        }
    }

    /// @param component of the asset's pixels
    private record Region(int index, String label, double score, Component component) {}

    /// @param names of the classes; those with the name `""` are not taken
    /// @param background a class that is not taken either, or -1
    ClassRuns(ImageSize asset, List<String> names, int background) {
        if (asset.pixels() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("asset: " + asset + " (expected: fewer than 2^31 pixels)");
        }
        this.asset = asset;
        this.names = names;
        this.ofClasses = new ArrayList<>();
        for (int label = 0; label < names.size(); label++) {
            boolean isTaken = label != background && !names.get(label).isEmpty();
            ofClasses.add(isTaken ? Optional.of(new Runs()) : Optional.empty());
        }
    }

    /// Whether the class's runs count.
    boolean takes(int label) {
        return ofClasses.get(label).isPresent();
    }

    /// Adds the pixels from `from` to `to`, exclusive, of row `y`; those of a class in raster order, and none that touches the one
    /// before it.
    ///
    /// @param sum of the pixels' probabilities
    void add(int label, int y, int from, int to, double sum) {
        ofClasses.get(label).ifPresent(runs -> runs.add(y * asset.width() + from, to - from, sum));
    }

    /// One mask for each class that has a pixel, best first; index of a class: its number.
    List<Annotation> classes(double floor) {
        List<Annotation> masks = new ArrayList<>();
        for (int label = 0; label < names.size(); label++) {
            Optional<Runs> runs = ofClasses.get(label).filter(one -> one.count > 0);
            if (runs.isPresent()) {
                RunLengths lengths = RunLengths.of(runs.get().mask(asset));
                double score =
                        Arrays.stream(runs.get().sums, 0, runs.get().count).sum() / lengths.area();
                if (score >= floor) {
                    masks.add(new Annotation.Mask(
                            new Candidate(label, names.get(label), Math.clamp(score, 0, 1)), lengths));
                }
            }
        }
        masks.sort(
                Comparator.comparingDouble((Annotation mask) -> mask.candidate().score())
                        .reversed()
                        .thenComparingInt(mask -> mask.candidate().index()));
        return masks;
    }

    /// One mask for each group, best first; index of a group: how many there are before it, of earlier classes or earlier in raster
    /// order of the same, small ones counted.
    ///
    /// @param minArea least number of pixels
    /// @param most masks that are made
    List<Annotation> regions(double floor, long minArea, int most) {
        List<Region> regions = new ArrayList<>();
        int index = 0;
        for (int label = 0; label < names.size(); label++) {
            Optional<Runs> runs = ofClasses.get(label).filter(one -> one.count > 0);
            if (runs.isPresent()) {
                for (Component component : Components.of(runs.get().mask(asset), 1)) {
                    double score = component.area() < minArea ? -1 : Math.clamp(component.mean(runs.get()::read), 0, 1);
                    if (score >= floor) {
                        regions.add(new Region(index, names.get(label), score, component));
                    }
                    index++;
                }
            }
        }
        return regions.stream().sorted(BEST_FIRST).limit(most).map(this::mask).toList();
    }

    private Annotation mask(Region region) {
        Rect bounds = region.component().bounds();
        RunLengths part = RunLengths.of(region.component().toBoundedMask());
        return new Annotation.Mask(
                new Candidate(region.index(), region.label(), region.score()),
                PlacedRuns.of(part, (int) bounds.x(), (int) bounds.y(), asset));
    }
}
