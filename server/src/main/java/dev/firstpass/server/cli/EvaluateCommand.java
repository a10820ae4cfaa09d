package dev.firstpass.server.cli;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.evaluation.ClassMap;
import dev.firstpass.postprocess.evaluation.Compared;
import dev.firstpass.postprocess.format.LabelReader;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.registry.ModelRef;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `models evaluate`: how good a version is on labelled images.
///
/// For one thread; a few threads of its own each send one image at a time.
@Command(
        name = "evaluate",
        description = {
            "Measure how good a version is on images with labels: average precision as COCO defines it, precision and"
                    + " recall at the model's own thresholds, and what people would have to correct.",
            "DATASET is a folder, or a file in it: COCO (a .json and images), YOLO (data.yaml, images and labels),"
                    + " a folder of images for each class, or any other format that 'firstpass formats' says is read.",
            "Images that fail, or whose labels cannot be read, are listed on stderr and left out; the exit code is 3 then."
        },
        footer = {
            "",
            "Examples:",
            "  firstpass models evaluate weeds@3 field-7/",
            "  firstpass models evaluate weeds@3 field-7/ --against weeds --out report",
            "  firstpass models evaluate coco val/annotations/instances_val2017.json",
            "  firstpass models evaluate coco street/data.yaml --map vehicle=car"
        })
final class EvaluateCommand implements Callable<Integer> {
    private static final Set<GeometryKind> OUTLINES =
            Set.of(GeometryKind.POLYGON, GeometryKind.MASK, GeometryKind.ROTATED_BOX);

    private final Session session;

    @Mixin
    private Target target = new Target();

    @Parameters(index = "0", paramLabel = "REF", description = "The version: coco@3, coco@production, or coco.")
    private String ref = "";

    @Parameters(index = "1", paramLabel = "DATASET", description = "Folder of a labelled data set, or its label file.")
    private Path dataSet = Path.of("");

    @Option(
            names = "--against",
            paramLabel = "REF",
            description = "Another version to hold the first one against; may be repeated.")
    private List<String> against = List.of();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "Format of the labels, as 'firstpass formats' lists them (default: what is there).")
    private Optional<String> format = Optional.empty();

    @Option(names = "--split", paramLabel = "NAME", description = "Part of the data set, for instance val.")
    private Optional<String> split = Optional.empty();

    @Option(names = "--images", paramLabel = "DIR", description = "Where the images are, if not with the labels.")
    private Optional<Path> images = Optional.empty();

    @Option(
            names = "--map",
            paramLabel = "A=B",
            description = "Class A of the data set is class B of the model; may be repeated. Classes of the same name"
                    + " are the same.")
    private List<String> same = List.of();

    @Option(
            names = "--compare",
            paramLabel = "KIND",
            description =
                    "boxes, shapes or joints (default: joints of keypoints, shapes where both model and labels have"
                            + " outlines).")
    private Optional<String> compare = Optional.empty();

    @Option(
            names = "--max",
            paramLabel = "N",
            description = "Most findings per image, with whatever score (default: ${DEFAULT-VALUE}).")
    private int max = LabelingSpec.DEFAULT_MAX;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "DIR",
            description = "Also write report.json and report.html, with the images that need most corrections.")
    private Optional<Path> out = Optional.empty();

    @Option(
            names = {"-j", "--jobs"},
            paramLabel = "N",
            description = "Images worked on at a time (default: one per processor, at most 8).")
    private int jobs = Math.min(8, Runtime.getRuntime().availableProcessors());

    EvaluateCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        List<ModelRef> refs = new ArrayList<>();
        refs.add(ModelRef.parse(ref));
        against.stream().map(ModelRef::parse).forEach(refs::add);
        if (jobs < 1) {
            throw CliException.usage("--jobs: " + jobs + " (expected: >= 1)");
        }
        List<ClassMap.Same> pairs = pairs();
        LabelingWishes labeling = EvaluationRun.labeling(max);
        try (PrelabelAccess access = target.prelabels(session)) {
            List<PrelabelAccess.Model> models = refs.stream().map(access::model).toList();
            DataSetInput input = DataSetInput.of(dataSet, images, split, Optional.empty());
            FolderFiles imageFiles = input.images();
            LabelReader reader = input.reader(format, "--format");
            LabeledDataSet labels = reader.open(input.source());
            List<EvaluationRun.Version> versions = new ArrayList<>();
            for (PrelabelAccess.Model model : models) {
                versions.add(version(model, labels, pairs));
            }
            requireOneKind(versions);
            EvaluationRun run = new EvaluationRun(session, access, imageFiles, labels, versions, labeling, jobs);
            run.run();
            EvaluationReport report = EvaluationReport.of(dataSet.toString(), reader.id(), labels, run);
            return finish(report, run, imageFiles);
        } catch (DataSetException e) {
            throw CliException.failed(dataSet + ": " + e.getMessage(), e);
        }
    }

    private int finish(EvaluationReport report, EvaluationRun run, FolderFiles imageFiles) throws IOException {
        run.failed()
                .forEach(image ->
                        session.say("failed: " + image.path() + ": " + image.reason() + ": " + image.detail()));
        List<String> lines = new ArrayList<>(EvaluationText.of(report));
        if (out.isPresent()) {
            EvaluationFiles files = new EvaluationFiles(session, out.get());
            lines.add("");
            lines.add("-> " + files.write(report, run, imageFiles));
        }
        session.print(report, lines);
        return run.failed().isEmpty() ? ExitCode.OK : report.images() == 0 ? ExitCode.FAILED : ExitCode.SOME_FAILED;
    }

    private List<ClassMap.Same> pairs() {
        return same.stream()
                .map(text -> {
                    int at = text.indexOf('=');
                    if (at < 1 || at == text.length() - 1) {
                        throw CliException.usage("--map: " + text + " (expected: CLASS_OF_DATASET=CLASS_OF_MODEL)");
                    }
                    return new ClassMap.Same(
                            text.substring(0, at).strip(),
                            text.substring(at + 1).strip());
                })
                .toList();
    }

    private EvaluationRun.Version version(
            PrelabelAccess.Model model, LabeledDataSet labels, List<ClassMap.Same> pairs) {
        ClassMap classes;
        List<String> known = List.copyOf(model.thresholds().keySet());
        try {
            classes = ClassMap.of(labels.classes(), known, pairs);
        } catch (IllegalArgumentException e) {
            throw CliException.usage("--map: " + e.getMessage());
        }
        if (classes.groups().isEmpty()) {
            throw CliException.failed("no class of " + dataSet + " is one of " + model.version() + ": "
                    + some(labels.classes()) + " and " + some(known) + " (expected: --map A=B where names differ)");
        }
        return new EvaluationRun.Version(model, classes, compared(model, labels.kinds()));
    }

    private static String some(List<String> names) {
        return names.size() <= 8 ? names.toString() : names.subList(0, 8) + " and " + (names.size() - 8) + " more";
    }

    /// Empty for classifications.
    private Optional<Compared> compared(PrelabelAccess.Model model, Set<GeometryKind> kinds) {
        GeometryKind geometry = model.geometry().orElse(GeometryKind.BOX);
        Optional<Compared> wanted = compare.map(EvaluateCommand::compared);
        return switch (geometry) {
            case CLASSIFICATION -> {
                if (!kinds.equals(Set.of(GeometryKind.CLASSIFICATION))) {
                    throw mismatch(model, kinds, "a class for each image");
                }
                yield Optional.empty();
            }
            case POLYLINE ->
                throw CliException.failed(model.version() + ": finds " + geometry.id()
                        + ", which are not evaluated (expected: boxes, outlines, keypoints or classifications)");
            case KEYPOINTS -> {
                if (!kinds.contains(GeometryKind.KEYPOINTS) || kinds.contains(GeometryKind.CLASSIFICATION)) {
                    throw mismatch(model, kinds, "keypoints");
                }
                if (wanted.filter(Compared.SHAPES::equals).isPresent()) {
                    throw CliException.usage(
                            "--compare: shapes (expected: joints or boxes, of a version that finds" + " keypoints)");
                }
                yield Optional.of(wanted.orElse(Compared.JOINTS));
            }
            case BOX, ROTATED_BOX, POLYGON, MASK -> {
                if (kinds.contains(GeometryKind.CLASSIFICATION)
                        || kinds.contains(GeometryKind.KEYPOINTS)
                        || kinds.contains(GeometryKind.POLYLINE)) {
                    throw mismatch(model, kinds, "boxes or outlines");
                }
                if (wanted.filter(Compared.JOINTS::equals).isPresent()) {
                    throw CliException.usage("--compare: joints (expected: boxes or shapes, of a version that finds "
                            + geometry.id() + ")");
                }
                boolean both = OUTLINES.contains(geometry) && OUTLINES.containsAll(kinds);
                yield Optional.of(wanted.orElse(both ? Compared.SHAPES : Compared.BOXES));
            }
        };
    }

    private static CliException mismatch(PrelabelAccess.Model model, Set<GeometryKind> kinds, String expected) {
        return CliException.failed(
                "labels: " + kinds.stream().map(GeometryKind::id).sorted().toList() + " (expected: " + expected
                        + ", which is what " + model.version() + " finds)");
    }

    private static Compared compared(String text) {
        try {
            return Compared.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException _) {
            throw CliException.usage("--compare: " + text + " (expected: boxes, shapes or joints)");
        }
    }

    /// Figures of boxes and of shapes are not to be compared.
    private static void requireOneKind(List<EvaluationRun.Version> versions) {
        if (versions.stream().map(EvaluationRun.Version::compared).distinct().count() > 1) {
            throw CliException.usage("--against: the versions find different things (expected: --compare boxes)");
        }
    }
}
