package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.geometry.PolygonPart;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Labels of one image, of which polygons of the same group and label are the parts of one: how formats that know a
/// polygon by one ring say several parts.
///
/// Mutable, for one thread.
final class GroupedPolygons {
    private final List<Annotation> all = new ArrayList<>();
    private final Map<Key, Integer> first = new HashMap<>();

    private record Key(String group, String label) {}

    /// The index of the next one that is no further part.
    int size() {
        return all.size();
    }

    void add(Annotation annotation) {
        all.add(annotation);
    }

    /// @param group empty for none
    void add(Annotation annotation, String group) {
        if (group.isEmpty() || !(annotation instanceof Annotation.Polygon polygon)) {
            all.add(annotation);
            return;
        }
        Key key = new Key(group, annotation.candidate().label());
        Integer at = first.putIfAbsent(key, all.size());
        if (at == null) {
            all.add(annotation);
            return;
        }
        Annotation.Polygon begun = (Annotation.Polygon) all.get(at);
        List<PolygonPart> parts = new ArrayList<>(begun.parts());
        parts.addAll(polygon.parts());
        all.set(at, new Annotation.Polygon(begun.candidate(), parts));
    }

    List<TrueLabel> labels() {
        return all.stream().map(TrueLabel::of).toList();
    }
}
