package dev.firstpass.postprocess.format;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Numbers of classes from 0 on, for formats that know labels by them: the model's own, then labels that are no class of
/// the model in the order of their coming. A name that occurs twice has the number of its first occurrence.
///
/// For one thread.
final class ClassNumbers {
    private final List<String> names;
    private final Map<String, Integer> numbers = new HashMap<>();

    ClassNumbers(List<String> classes) {
        names = new ArrayList<>(classes);
        for (int i = 0; i < names.size(); i++) {
            numbers.putIfAbsent(names.get(i), i);
        }
    }

    /// A label that is met for the first time gets the next number.
    int of(String label) {
        Integer known = numbers.get(label);
        if (known != null) {
            return known;
        }
        numbers.put(label, names.size());
        names.add(label);
        return names.size() - 1;
    }

    /// By number.
    List<String> names() {
        return List.copyOf(names);
    }
}
