package dev.firstpass.server.cli;

import dev.firstpass.postprocess.evaluation.Interval;
import dev.firstpass.server.cli.EvaluationReport.Classification;
import dev.firstpass.server.cli.EvaluationReport.Detection;
import dev.firstpass.server.cli.EvaluationReport.Found;
import dev.firstpass.server.cli.EvaluationReport.Intervals;
import dev.firstpass.server.cli.EvaluationReport.OfClass;
import dev.firstpass.server.cli.EvaluationReport.OfSize;
import dev.firstpass.server.cli.EvaluationReport.OfVersion;
import dev.firstpass.server.cli.EvaluationReport.Shown;
import dev.firstpass.server.cli.EvaluationReport.Work;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The tables of a report and the words about it, for the terminal and for the page.
///
/// Pure functions.
final class EvaluationTables {
    private static final String NONE = "-";
    private static final String NOTHING = "(nothing)";

    /// So that what is not 0 is seen in a table of each class with each.
    private static final String ZERO = ".";

    static final int OF_ALL = 2;

    /// Classes, as far as a table of each with each can be read.
    private static final int MOST_IN_MATRIX = 12;

    private static final int MOST_LISTED = 20;

    private EvaluationTables() {}

    /// @param rows the first has the names of the columns; the first column is words, the others are numbers
    record Named(String title, List<List<String>> rows) {
        Named {
            rows = rows.stream().map(List::copyOf).toList();
        }
    }

    /// The first [#OF_ALL] are of all versions, side by side; those of each one follow.
    static List<Named> of(EvaluationReport report) {
        List<Named> tables = new ArrayList<>();
        tables.add(new Named("Quality", summary(report)));
        tables.add(new Named("Of 100 labels", work(report)));
        report.versions().forEach(version -> {
            version.detection().ifPresent(figures -> {
                tables.add(new Named("Classes, " + version.model(), classes(figures)));
                if (figures.intervals().ap().isPresent()) {
                    tables.add(new Named("How sure, 95 %, " + version.model(), intervals(figures)));
                }
                if (!figures.confusions().isEmpty()) {
                    tables.add(new Named("Found as, " + version.model(), confusions(figures)));
                }
            });
            version.classification()
                    .ifPresent(figures -> tables.add(new Named("Classes, " + version.model(), classes(figures))));
            version.classification()
                    .filter(figures -> !figures.confusions().isEmpty())
                    .ifPresent(figures ->
                            tables.add(new Named("Taken for another, " + version.model(), confusions(figures))));
        });
        return tables;
    }

    static String headline(EvaluationReport report) {
        return models(report) + " on " + report.dataSet() + " (" + report.format() + "): "
                + counted(report.images(), "image") + ", " + counted(report.labels(), "label") + ", compared by "
                + report.compared();
    }

    /// Their names, as a sentence has them.
    static String models(EvaluationReport report) {
        List<String> names = report.versions().stream().map(OfVersion::model).toList();
        int last = names.size() - 1;
        return last == 0 ? names.getFirst() : String.join(", ", names.subList(0, last)) + " and " + names.get(last);
    }

    /// How the versions differ, and what is in no figure, and why.
    static List<String> notes(EvaluationReport report) {
        List<String> notes = new ArrayList<>();
        String first = report.versions().getFirst().model();
        for (OfVersion version : report.versions()) {
            version.firstAbove()
                    .ifPresent(above -> above.interval()
                            .ifPresent(interval -> notes.add(first + "'s AP less " + version.model() + "'s: "
                                    + signed(above.ap()) + " (95 %: " + signed(interval.low()) + " to "
                                    + signed(interval.high()) + ")")));
            version.detection().ifPresent(figures -> {
                leftOut(version.model() + " has no class for", figures.labelsLeftOut(), "label", notes);
                leftOut(
                        "no labels in the data set for findings of " + version.model(),
                        figures.findingsLeftOut(),
                        "finding",
                        notes);
            });
            version.classification()
                    .ifPresent(figures ->
                            leftOut(version.model() + " has no class for", figures.imagesLeftOut(), "image", notes));
        }
        report.notes().forEach((what, count) -> notes.add(count + " " + what));
        if (!report.failed().isEmpty()) {
            notes.add(counted(report.failed().size(), "image") + " failed, left out");
        }
        return notes;
    }

    private static void leftOut(String what, Map<String, Long> counts, String unit, List<String> notes) {
        if (!counts.isEmpty()) {
            String each = counts.entrySet().stream()
                    .map(entry -> entry.getKey() + " " + entry.getValue())
                    .collect(Collectors.joining(", "));
            long all = counts.values().stream().mapToLong(Long::longValue).sum();
            notes.add(counted(all, unit) + " left out, " + what + ": " + each);
        }
    }

    private static List<List<String>> summary(EvaluationReport report) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(head("", report));
        if (report.versions().getFirst().detection().isPresent()) {
            rows.add(figure("AP 0.50:0.95", report, detection(Detection::ap)));
            rows.add(figure("AP 0.50", report, detection(Detection::ap50)));
            rows.add(figure("AP 0.75", report, detection(Detection::ap75)));
            rows.add(figure("AR 0.50:0.95", report, detection(Detection::ar100)));
            sizes(report, rows);
            rows.add(figure(
                    "precision", report, detection(figures -> figures.shown().precision())));
            rows.add(figure(
                    "recall", report, detection(figures -> figures.shown().recall())));
            rows.add(figure("F1", report, detection(figures -> figures.shown().f1())));
            rows.add(figure(
                    overlap(report),
                    report,
                    detection(figures -> figures.shown().meanIou())));
        } else {
            rows.add(figure(
                    "accuracy",
                    report,
                    version -> version.classification()
                            .map(Classification::accuracy)
                            .orElse(OptionalDouble.empty())));
        }
        return rows;
    }

    private static String overlap(EvaluationReport report) {
        return switch (report.compared()) {
            case "shapes" -> "mean mask IoU";
            case "joints" -> "mean OKS";
            default -> "mean IoU";
        };
    }

    /// Where there are labels of more sizes than one.
    private static void sizes(EvaluationReport report, List<List<String>> rows) {
        Map<String, OfSize> sizes =
                report.versions().getFirst().detection().map(Detection::sizes).orElse(Map.of());
        List<String> labelled = sizes.keySet().stream()
                .filter(size -> report.versions().stream()
                        .anyMatch(version -> ofSize(version, size).labels() > 0))
                .toList();
        if (labelled.size() > 1) {
            labelled.forEach(size -> rows.add(figure(
                    "AP " + size, report, version -> ofSize(version, size).ap())));
        }
    }

    private static OfSize ofSize(OfVersion version, String size) {
        return version.detection()
                .flatMap(figures -> Optional.ofNullable(figures.sizes().get(size)))
                .orElse(new OfSize(0, OptionalDouble.empty(), OptionalDouble.empty()));
    }

    private static List<List<String>> intervals(Detection figures) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("class", "AP", "AP50", "precision", "recall"));
        rows.add(intervals("all", figures.intervals()));
        figures.classes().stream()
                .filter(one -> !one.intervals().equals(Intervals.NONE))
                .forEach(one -> rows.add(intervals(one.name(), one.intervals())));
        return rows;
    }

    private static List<String> intervals(String name, Intervals intervals) {
        return List.of(
                name,
                range(intervals.ap()),
                range(intervals.ap50()),
                range(intervals.precision()),
                range(intervals.recall()));
    }

    private static String range(Optional<Interval> interval) {
        return interval.map(
                        one -> decimals(OptionalDouble.of(one.low())) + "-" + decimals(OptionalDouble.of(one.high())))
                .orElse(NONE);
    }

    /// What is there in rows, what was found in columns; where there are many classes, what was taken for something else
    /// most often.
    private static List<List<String>> confusions(Detection figures) {
        List<String> classes = figures.classes().stream()
                .map(OfClass::name)
                .filter(name -> figures.confusions().stream()
                        .anyMatch(one -> one.label().filter(name::equals).isPresent()
                                || one.found().filter(name::equals).isPresent()))
                .toList();
        if (classes.size() > MOST_IN_MATRIX) {
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("label", "times", "found"));
            figures.confusions().stream()
                    .filter(one -> !one.label().equals(one.found()))
                    .limit(MOST_LISTED)
                    .forEach(one -> rows.add(List.of(
                            one.label().orElse(NOTHING),
                            Long.toString(one.count()),
                            one.found().orElse(NOTHING))));
            return rows;
        }
        List<Optional<String>> sides = new ArrayList<>();
        classes.forEach(name -> sides.add(Optional.of(name)));
        sides.add(Optional.empty());
        List<List<String>> rows = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("label"));
        sides.forEach(found -> head.add(found.orElse(NOTHING)));
        rows.add(head);
        for (Optional<String> label : sides) {
            List<String> row = new ArrayList<>(List.of(label.orElse(NOTHING)));
            for (Optional<String> found : sides) {
                long count = figures.confusions().stream()
                        .filter(one -> one.label().equals(label) && one.found().equals(found))
                        .mapToLong(Found::count)
                        .sum();
                row.add(label.isEmpty() && found.isEmpty() ? NONE : count == 0 ? ZERO : Long.toString(count));
            }
            rows.add(row);
        }
        return rows;
    }

    private static Function<OfVersion, OptionalDouble> detection(Function<Detection, OptionalDouble> figure) {
        return version -> version.detection().map(figure).orElse(OptionalDouble.empty());
    }

    private static List<List<String>> work(EvaluationReport report) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(head("", report));
        rows.add(perHundred("accepted", report, Work::accepted));
        rows.add(perHundred("adjusted", report, Work::adjusted));
        rows.add(perHundred("relabeled", report, Work::relabeled));
        rows.add(perHundred("drawn", report, Work::drawn));
        rows.add(perHundred("and deleted", report, Work::deleted));
        return rows;
    }

    private static List<String> head(String first, EvaluationReport report) {
        List<String> cells = new ArrayList<>();
        cells.add(first);
        report.versions().forEach(version -> cells.add(version.model()));
        if (report.versions().size() == 2) {
            cells.add("difference");
        }
        return cells;
    }

    private static List<String> figure(
            String name, EvaluationReport report, Function<OfVersion, OptionalDouble> figure) {
        List<String> cells = new ArrayList<>(List.of(name));
        List<OptionalDouble> values = report.versions().stream().map(figure).toList();
        values.forEach(value -> cells.add(decimals(value)));
        if (values.size() == 2) {
            boolean both = values.stream().allMatch(OptionalDouble::isPresent);
            cells.add(
                    both
                            ? String.format(
                                    Locale.ROOT,
                                    "%+.3f",
                                    values.get(0).orElseThrow() - values.get(1).orElseThrow())
                            : NONE);
        }
        return cells;
    }

    private static List<String> perHundred(String name, EvaluationReport report, Function<Work, Long> count) {
        List<String> cells = new ArrayList<>(List.of(name));
        List<Double> shares = new ArrayList<>();
        for (OfVersion version : report.versions()) {
            Work work = version.work();
            double share = work.labels() == 0 ? Double.NaN : 100.0 * count.apply(work) / work.labels();
            shares.add(share);
            cells.add(work.labels() == 0 ? NONE : String.format(Locale.ROOT, "%.1f", share));
        }
        if (shares.size() == 2) {
            double difference = shares.get(0) - shares.get(1);
            cells.add(Double.isNaN(difference) ? NONE : String.format(Locale.ROOT, "%+.1f", difference));
        }
        return cells;
    }

    /// Those that say something: classes with labels, or with findings that people get to see.
    private static List<List<String>> classes(Detection figures) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "class", "labels", "AP", "AP50", "precision", "recall", "F1", "IoU", "threshold", "best F1", "at"));
        for (OfClass one : figures.classes()) {
            Shown shown = one.shown();
            if (saysSomething(one)) {
                rows.add(List.of(
                        one.name(),
                        Long.toString(one.labels()),
                        decimals(one.ap()),
                        decimals(one.ap50()),
                        decimals(shown.precision()),
                        decimals(shown.recall()),
                        decimals(shown.f1()),
                        decimals(shown.meanIou()),
                        decimals(one.threshold()),
                        decimals(one.bestF1()),
                        roundedDown(one.bestThreshold())));
            }
        }
        return rows;
    }

    private static boolean saysSomething(OfClass one) {
        return one.labels() > 0 || one.shown().hits() + one.shown().extra() > 0;
    }

    private static List<List<String>> classes(Classification figures) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("class", "images", "precision", "recall", "F1"));
        figures.classes()
                .forEach(one -> rows.add(List.of(
                        one.name(),
                        Long.toString(one.images()),
                        decimals(one.precision()),
                        decimals(one.recall()),
                        decimals(one.f1()))));
        return rows;
    }

    private static List<List<String>> confusions(Classification figures) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("label", "images", "found"));
        figures.confusions().stream()
                .limit(10)
                .forEach(one -> rows.add(List.of(one.label(), Long.toString(one.images()), one.found())));
        return rows;
    }

    /// So that it lets the finding in that it was taken from.
    private static String roundedDown(OptionalDouble score) {
        return score.isEmpty() ? NONE : decimals(OptionalDouble.of(Math.floor(score.getAsDouble() * 1000) / 1000));
    }

    private static String decimals(OptionalDouble value) {
        return value.isEmpty() ? NONE : String.format(Locale.ROOT, "%.3f", value.getAsDouble());
    }

    private static String signed(OptionalDouble value) {
        return value.isEmpty() ? NONE : signed(value.getAsDouble());
    }

    private static String signed(double value) {
        return String.format(Locale.ROOT, "%+.3f", value);
    }

    static String counted(long count, String unit) {
        return count + " " + unit + (count == 1 ? "" : "s");
    }
}
