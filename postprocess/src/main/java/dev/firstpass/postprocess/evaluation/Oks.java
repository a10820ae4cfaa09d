package dev.firstpass.postprocess.evaluation;

import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.geometry.Rect;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/// Object keypoint similarity, as `computeOks` of pycocotools' `cocoeval.py` has it: the mean over the joints that are
/// labelled of how near the found ones are, for the size of the figure and how exactly people agree on such a joint. Where no
/// joint is labelled, how near they are to a box three times as large as the figure's.
///
/// People agree on 17 joints as COCO has measured it (noses better than hips); on those of another number they are taken to
/// agree equally, 1 / number, as Ultralytics has it.
///
/// Joints are the same that have the same name, but for case and what is between words; where some name has no partner and
/// there are as many, those at the same place.
///
/// Pure functions.
final class Oks {
    private static final double[] COCO = {
        .26 / 10, .25 / 10, .25 / 10, .35 / 10, .35 / 10, .79 / 10, .79 / 10, .72 / 10, .72 / 10, .62 / 10, .62 / 10,
        1.07 / 10, 1.07 / 10, .87 / 10, .87 / 10, .89 / 10, .89 / 10
    };

    private Oks() {}

    /// @param label all joints of the skeleton, absent ones among them; none where nothing is known of them
    /// @param box of the label
    /// @param area of the label, in pixels
    static double of(List<Keypoint> found, List<Keypoint> label, Rect box, double area) {
        List<Keypoint> labelled = label.stream().filter(Oks::isThere).toList();
        double[] agreement = agreement(labelled.isEmpty() ? found.size() : label.size());
        int[] partners = labelled.isEmpty() ? IntStream.range(0, found.size()).toArray() : partners(label, found);
        double sum = 0;
        int count = 0;
        for (int i = 0; i < partners.length; i++) {
            if (labelled.isEmpty() || isThere(label.get(i))) {
                count++;
                if (partners[i] >= 0 && isThere(found.get(partners[i]))) {
                    Keypoint joint = found.get(partners[i]);
                    double apart = labelled.isEmpty() ? fromBox(joint, box) : squared(joint, label.get(i));
                    double variance = 2 * agreement[i] * (2 * agreement[i]);
                    sum += Math.exp(-(apart / variance / (area + Math.ulp(1.0)) / 2));
                }
            }
        }
        return count == 0 ? 0 : sum / count;
    }

    private static boolean isThere(Keypoint joint) {
        return joint.visibility() != Keypoint.Visibility.ABSENT;
    }

    private static double[] agreement(int joints) {
        if (joints == COCO.length) {
            return COCO;
        }
        double[] equal = new double[joints];
        Arrays.fill(equal, 1.0 / joints);
        return equal;
    }

    /// Of each label's joint the place of the found one, or -1.
    private static int[] partners(List<Keypoint> label, List<Keypoint> found) {
        Map<String, Integer> byName = new HashMap<>();
        for (int i = 0; i < found.size(); i++) {
            byName.putIfAbsent(key(found.get(i)), i);
        }
        List<Integer> partners = new ArrayList<>();
        label.forEach(joint -> partners.add(byName.getOrDefault(key(joint), -1)));
        return partners.contains(-1) && label.size() == found.size()
                ? IntStream.range(0, found.size()).toArray()
                : partners.stream().mapToInt(Integer::intValue).toArray();
    }

    private static String key(Keypoint joint) {
        return joint.name().toLowerCase(Locale.ROOT).replaceAll("[\\s_-]+", " ").strip();
    }

    private static double squared(Keypoint a, Keypoint b) {
        double dx = a.at().x() - b.at().x();
        double dy = a.at().y() - b.at().y();
        return dx * dx + dy * dy;
    }

    private static double fromBox(Keypoint joint, Rect box) {
        double dx = outside(joint.at().x(), box.x() - box.width(), box.x() + box.width() * 2);
        double dy = outside(joint.at().y(), box.y() - box.height(), box.y() + box.height() * 2);
        return dx * dx + dy * dy;
    }

    private static double outside(double at, double from, double to) {
        return Math.max(0, from - at) + Math.max(0, at - to);
    }
}
