package dev.firstpass.postprocess.evaluation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SequencedSet;

/// Which class of a data set is which of a model: those with the same name, whatever the case and the spaces around it,
/// and those that somebody said are the same. A class of one that is several of the other stands for all of them, and
/// they are evaluated as one.
///
/// Immutable.
///
/// @param groups classes that are evaluated
/// @param onlyInDataSet classes without a partner, which are left out
/// @param onlyInModel the other way round
public record ClassMap(List<Group> groups, List<String> onlyInDataSet, List<String> onlyInModel) {
    public ClassMap {
        groups = List.copyOf(groups);
        onlyInDataSet = List.copyOf(onlyInDataSet);
        onlyInModel = List.copyOf(onlyInModel);
    }

    /// @param name the data set's where it has one class there, else the model's
    public record Group(String name, List<String> inDataSet, List<String> inModel) {
        public Group {
            inDataSet = List.copyOf(inDataSet);
            inModel = List.copyOf(inModel);
        }
    }

    /// Two classes that are the same though their names are not.
    public record Same(String inDataSet, String inModel) {}

    /// A class that is said to be another is not also the one of its own name.
    ///
    /// @throws IllegalArgumentException if `same` names a class that is not there
    public static ClassMap of(List<String> dataSet, List<String> model, List<Same> same) {
        SequencedSet<String> ours = named(dataSet);
        SequencedSet<String> theirs = named(model);
        for (Same pair : same) {
            requireKnown(pair.inDataSet(), ours, "the data set's");
            requireKnown(pair.inModel(), theirs, "the model's");
        }
        Builder builder = new Builder(ours, theirs);
        same.forEach(pair -> builder.join(pair.inDataSet(), pair.inModel()));
        for (String a : ours) {
            if (same.stream().noneMatch(pair -> pair.inDataSet().equals(a))) {
                for (String b : theirs) {
                    if (key(a).equals(key(b))
                            && same.stream().noneMatch(pair -> pair.inModel().equals(b))) {
                        builder.join(a, b);
                    }
                }
            }
        }
        return builder.build();
    }

    /// Place of the group that a class of the data set is in.
    public OptionalInt ofDataSet(String label) {
        for (int i = 0; i < groups.size(); i++) {
            if (groups.get(i).inDataSet().contains(label)) {
                return OptionalInt.of(i);
            }
        }
        return OptionalInt.empty();
    }

    /// Place of the group that a class of the model is in.
    public OptionalInt ofModel(String label) {
        for (int i = 0; i < groups.size(); i++) {
            if (groups.get(i).inModel().contains(label)) {
                return OptionalInt.of(i);
            }
        }
        return OptionalInt.empty();
    }

    /// Numbers that no class of the model has leave gaps.
    private static SequencedSet<String> named(List<String> classes) {
        SequencedSet<String> named = new LinkedHashSet<>();
        classes.stream().filter(name -> !name.isBlank()).forEach(named::add);
        return named;
    }

    private static void requireKnown(String name, SequencedSet<String> known, String whose) {
        if (!known.contains(name)) {
            throw new IllegalArgumentException(name + " (expected: one of " + whose + " classes)");
        }
    }

    private static String key(String name) {
        return name.strip().toLowerCase(Locale.ROOT);
    }

    /// Joins classes to groups. Mutable, for one thread.
    private static final class Builder {
        private final SequencedSet<String> ours;
        private final SequencedSet<String> theirs;
        private final Map<String, List<SequencedSet<String>>> byOurs = new HashMap<>();
        private final Map<String, List<SequencedSet<String>>> byTheirs = new HashMap<>();

        Builder(SequencedSet<String> ours, SequencedSet<String> theirs) {
            this.ours = ours;
            this.theirs = theirs;
        }

        /// Both in one group, with all that each was in one with.
        void join(String a, String b) {
            SequencedSet<String> left = new LinkedHashSet<>();
            SequencedSet<String> right = new LinkedHashSet<>();
            for (List<SequencedSet<String>> group :
                    List.of(byOurs.getOrDefault(a, List.of()), byTheirs.getOrDefault(b, List.of()))) {
                if (!group.isEmpty()) {
                    left.addAll(group.get(0));
                    right.addAll(group.get(1));
                }
            }
            left.add(a);
            right.add(b);
            List<SequencedSet<String>> joined = List.of(left, right);
            left.forEach(name -> byOurs.put(name, joined));
            right.forEach(name -> byTheirs.put(name, joined));
        }

        ClassMap build() {
            List<Group> groups = new ArrayList<>();
            SequencedSet<List<SequencedSet<String>>> seen = new LinkedHashSet<>();
            for (String name : ours) {
                List<SequencedSet<String>> group = byOurs.getOrDefault(name, List.of());
                if (!group.isEmpty() && seen.add(group)) {
                    List<String> left =
                            ours.stream().filter(group.get(0)::contains).toList();
                    List<String> right =
                            theirs.stream().filter(group.get(1)::contains).toList();
                    groups.add(new Group(left.size() == 1 ? left.getFirst() : String.join("+", right), left, right));
                }
            }
            return new ClassMap(
                    groups,
                    ours.stream().filter(name -> !byOurs.containsKey(name)).toList(),
                    theirs.stream().filter(name -> !byTheirs.containsKey(name)).toList());
        }
    }
}
