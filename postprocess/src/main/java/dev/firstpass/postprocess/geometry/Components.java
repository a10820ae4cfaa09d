package dev.firstpass.postprocess.geometry;

import java.util.ArrayList;
import java.util.List;

/// The connected components of a mask. Pixels hang together by their sides **and corners** (8-connectivity), as an
/// observer would say it of one blob.
public final class Components {
    private Components() {}

    /// The components in the order of their first pixels. Linear in words of 64 pixels and in runs.
    ///
    /// @param minArea components of fewer pixels are left out; 1 keeps all
    public static List<Component> of(BitMask mask, long minArea) {
        RowRuns runs = RowRuns.of(mask);
        int[] labels = runs.labels(true);
        List<IntList> runsOf = new ArrayList<>();
        for (int run = 0; run < runs.count(); run++) {
            if (labels[run] == runsOf.size()) {
                runsOf.add(new IntList());
            }
            IntList list = runsOf.get(labels[run]);
            list.add(runs.rows[run]);
            list.add(runs.from[run]);
            list.add(runs.to[run]);
        }
        return runsOf.stream()
                .map(list -> new Component(mask.size(), list.toArray()))
                .filter(component -> component.area() >= minArea)
                .toList();
    }
}
