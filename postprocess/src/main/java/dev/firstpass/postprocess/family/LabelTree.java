package dev.firstpass.postprocess.family;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Class names that hold the names of the groups they are in, `animal/dog`: each part of a name up to a separator is a label of
/// its own, after the classes, in the order in which they come up.
///
/// A class whose name is a group's stands for both.
///
/// Immutable.
final class LabelTree {
    private final List<String> labels;
    private final int[] parents;
    private final int[] levels;
    private final int classes;

    private LabelTree(List<String> labels, int[] parents, int[] levels, int classes) {
        this.labels = List.copyOf(labels);
        this.parents = parents;
        this.levels = levels;
        this.classes = classes;
    }

    /// Costs a step for each part of each name.
    ///
    /// @param separator none where it is empty
    static LabelTree of(List<String> classes, String separator) {
        List<String> labels = new ArrayList<>(classes);
        Map<String, Integer> places = new HashMap<>();
        for (int i = 0; i < classes.size(); i++) {
            places.putIfAbsent(classes.get(i), i);
        }
        List<Integer> parents = new ArrayList<>();
        for (int i = 0; i < labels.size(); i++) {
            String label = labels.get(i);
            int end = separator.isEmpty() ? -1 : label.lastIndexOf(separator);
            if (end <= 0) {
                parents.add(-1);
                continue;
            }
            String group = label.substring(0, end);
            int place = places.getOrDefault(group, -1);
            if (place < 0) {
                place = labels.size();
                places.put(group, place);
                labels.add(group);
            }
            parents.add(place);
        }
        int[] above = parents.stream().mapToInt(Integer::intValue).toArray();
        int[] levels = new int[above.length];
        for (int i = 0; i < levels.length; i++) {
            for (int up = above[i]; up >= 0; up = above[up]) {
                levels[i]++;
            }
        }
        return new LabelTree(labels, above, levels, classes.size());
    }

    /// Those of the classes, then those of the groups.
    List<String> labels() {
        return labels;
    }

    /// How many groups a label is in.
    int level(int label) {
        return levels[label];
    }

    /// The sum of what the classes within each label have, its own included.
    double[] sums(double[] ofClasses) {
        double[] sums = new double[labels.size()];
        for (int i = 0; i < classes; i++) {
            for (int label = i; label >= 0; label = parents[label]) {
                sums[label] += ofClasses[i];
            }
        }
        return sums;
    }

    /// The greatest instead of the sum.
    double[] greatest(double[] ofClasses) {
        double[] greatest = new double[labels.size()];
        for (int i = 0; i < classes; i++) {
            for (int label = i; label >= 0; label = parents[label]) {
                greatest[label] = Math.max(greatest[label], ofClasses[i]);
            }
        }
        return greatest;
    }
}
