package dev.firstpass.server.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.annotation.Dropped;
import dev.firstpass.postprocess.format.FormatContext;
import dev.firstpass.postprocess.format.LabelFormat;
import dev.firstpass.postprocess.format.LabelFormats;
import dev.firstpass.postprocess.spec.GeometryWish;
import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.registry.ProjectSpec;
import dev.firstpass.server.cli.Inputs.Photo;
import dev.firstpass.server.cli.PrelabelAccess.Answer;
import dev.firstpass.server.cli.PrelabelAccess.Job;
import dev.firstpass.server.cli.PrelabelAccess.LabelFile;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.pipeline.FormatChoice;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `prelabel`: files and folders of photos to label files.
///
/// For one thread; a few threads of its own each read, send and write one photo at a time, so memory is bounded by
/// `--jobs` photos.
@Command(
        name = "prelabel",
        description = {
            "Pre-label photos and folders of photos.",
            "Formats that tools import as one data set (coco, labelbox, label-studio) give one file 'labels' over all photos;"
                    + " firstpass gives a file for each, named after it.",
            "Photos that fail are listed on stderr and in failures.jsonl in the output folder; the rest is written and the"
                    + " exit code is 3."
        },
        footer = {
            "",
            "Examples:",
            "  firstpass prelabel coco street.jpg --out -   prints the labels",
            "  firstpass prelabel coco photos/ --recursive --format coco --out labels   labels/labels.json",
            "  firstpass prelabel text@2 scans/ --overlay --threshold 0.5"
        })
final class PrelabelCommand implements Callable<Integer> {
    /// What is wrong with the request itself, and so with every photo: the first one ends the run.
    static final Set<Reason> SAME_FOR_ALL = Set.of(
            Reason.ARGUMENT_INVALID,
            Reason.UNAUTHENTICATED,
            Reason.PERMISSION_DENIED,
            Reason.MODEL_NOT_FOUND,
            Reason.VERSION_NOT_FOUND,
            Reason.PROJECT_NOT_FOUND,
            Reason.FORMAT_UNKNOWN,
            Reason.GEOMETRY_UNSUPPORTED,
            Reason.METHOD_NOT_ALLOWED,
            Reason.ROUTE_NOT_FOUND);

    private static final String STDOUT = "-";
    private static final String FIRSTPASS = "firstpass";

    private static final String FAILURES = "failures.jsonl";
    private static final JsonMapper JSON = new JsonMapper();

    private final Session session;

    @Mixin
    private Target target = new Target();

    @Parameters(index = "0", paramLabel = "REF", description = "The model: coco@3, coco@production, or coco.")
    private String ref = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "PATH", description = "Photos and folders of photos.")
    private List<Path> paths = List.of();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "Label format, as 'firstpass formats' lists them (default: the project's, else firstpass).")
    private Optional<String> givenFormat = Optional.empty();

    /// What is written: known when the project is.
    private String format = FIRSTPASS;

    @Option(
            names = "--format-option",
            paramLabel = "NAME=VALUE",
            description = "An option of the format, as 'firstpass formats --json' lists them; may be repeated.")
    private Map<String, String> formatOptions = new LinkedHashMap<>();

    @Option(
            names = "--project",
            paramLabel = "PROJECT",
            description = "Labeling project whose wishes hold where no option says otherwise: fields, or fields@3;"
                    + " 'firstpass projects list' shows them.")
    private Optional<String> project = Optional.empty();

    @Option(
            names = {"-o", "--out"},
            paramLabel = "DIR",
            description = "Where label files go; '-' writes the labels of one photo to stdout (default:"
                    + " ${DEFAULT-VALUE}).")
    private String out = "firstpass-labels";

    @Option(names = "--overlay", description = "Also write a PNG of each photo with its labels drawn over it.")
    private boolean overlay;

    @Option(
            names = {"-r", "--recursive"},
            description = "Also take the photos in folders within the folders.")
    private boolean recursive;

    @Option(
            names = "--threshold",
            paramLabel = "SCORE",
            description = "Least score of a label, 0 to 1 (default: the model's own).")
    private Optional<Double> threshold = Optional.empty();

    @Option(
            names = "--classes",
            split = ",",
            paramLabel = "CLASS",
            description = "Only these classes, separated by commas.")
    private Set<String> classes = Set.of();

    @Option(
            names = "--max",
            paramLabel = "N",
            description = "Most labels per photo (default: the project's, else 300).")
    private Optional<Integer> max = Optional.empty();

    @Option(
            names = "--geometry",
            paramLabel = "KIND",
            description = "native, box, rotated-box, polygon or mask (default: the project's, else native).")
    private Optional<String> geometry = Optional.empty();

    @Option(
            names = "--simplify",
            paramLabel = "PIXELS",
            description = "Tolerance for outlines, in pixels of the photo.")
    private Optional<Double> simplify = Optional.empty();

    @Option(
            names = {"-j", "--jobs"},
            paramLabel = "N",
            description = "Photos worked on at a time (default: one per processor, at most 8).")
    private int jobs = Math.min(8, Runtime.getRuntime().availableProcessors());

    PrelabelCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws IOException {
        ModelRef model = ModelRef.parse(ref);
        givenFormat.ifPresent(PrelabelCommand::requireKnownFormat);
        Optional<ProjectRef> named = project.map(ProjectRef::parse);
        LabelingWishes wishes = wishes();
        if (jobs < 1) {
            throw CliException.usage("--jobs: " + jobs + " (expected: >= 1)");
        }
        boolean toStdout = out.equals(STDOUT);
        Path folder = Path.of(toStdout ? "." : out);
        List<Photo> photos = Inputs.photos(paths, recursive, toStdout ? Path.of(STDOUT) : folder);
        if (photos.isEmpty()) {
            throw CliException.failed("no photo found in " + paths + (recursive ? "" : " (--recursive looks deeper)"));
        }
        if (toStdout && (photos.size() > 1 || overlay || session.json())) {
            throw CliException.usage("--out -: takes one photo, without --overlay and --json");
        }
        try (PrelabelAccess access = target.prelabels(session)) {
            // One version of it for all photos, whatever is said of the project meanwhile.
            Optional<Project> chosen = named.map(access::project);
            chooseFormat(chosen.map(Project::spec));
            Run run = new Run(access, model, wishes, chosen, folder, photos);
            if (toStdout) {
                return run.toStdout(photos.getFirst());
            }
            return LabelFormats.byId(format)
                            .filter(known -> !known.isPerAsset())
                            .isPresent()
                    ? run.toDataSet(LabelFormats.byId(format).orElseThrow())
                    : run.toFolder();
        }
    }

    /// As a server chooses it.
    private void chooseFormat(Optional<ProjectSpec> spec) {
        FormatChoice choice = FormatChoice.of(spec, givenFormat, formatOptions);
        format = choice.format();
        requireKnownFormat(format);
        formatOptions = choice.options();
    }

    /// Formats are checked here where they are known here; a server may know more.
    private static void requireKnownFormat(String format) {
        if (LabelFormats.STANDARD.isEmpty() || LabelFormats.byId(format).isPresent()) {
            return;
        }
        List<String> ids = LabelFormats.STANDARD.stream().map(LabelFormat::id).toList();
        throw CliException.usage("--format: " + format
                + Words.nearest(format, ids)
                        .map(near -> " (did you mean " + near + "?)")
                        .orElse(" (expected: one of " + String.join(", ", ids) + ")"));
    }

    private LabelingWishes wishes() {
        Optional<GeometryWish> kind = geometry.map(id -> GeometryWish.ofId(id)
                .orElseThrow(() -> CliException.usage(
                        "--geometry: " + id + " (expected: native, box, rotated-box, polygon or mask)")));
        try {
            return LabelingWishes.ofRequest(
                    threshold, classes, max.map(OptionalInt::of).orElseGet(OptionalInt::empty), kind, simplify);
        } catch (IllegalArgumentException e) {
            throw CliException.usage("--" + e.getMessage());
        }
    }

    /// What is printed with `--json`.
    ///
    /// @param labeled how many photos
    /// @param written label files, overlays not among them
    /// @param dropped how many findings were left out, by reason
    record Result(
            String model,
            String format,
            String out,
            int labeled,
            List<String> written,
            Map<String, Integer> dropped,
            List<FailedPhoto> failed) {}

    /// One line of failures.jsonl.
    record FailedPhoto(String path, String reason, String detail, boolean retryable) {}

    /// Takes the answers in the order of the photos.
    @FunctionalInterface
    private interface Sink {
        void write(Photo photo, Answer answer) throws IOException;
    }

    /// One run over all photos.
    private final class Run {
        private final PrelabelAccess access;
        private final AtomicInteger labeled = new AtomicInteger();
        private ModelRef model;

        /// The format that answers are asked for in.
        private String asked = format;

        private final LabelingWishes wishes;
        private final Optional<Project> chosen;
        private final Path folder;
        private final List<Photo> photos;
        private final LabelFiles names;
        private final List<Path> written = Collections.synchronizedList(new ArrayList<>());
        private final List<FailedPhoto> failed = Collections.synchronizedList(new ArrayList<>());
        private final AtomicReference<String> version;

        /// Over all photos, by reason.
        private final Map<String, Integer> dropped = new TreeMap<>();

        Run(
                PrelabelAccess access,
                ModelRef model,
                LabelingWishes wishes,
                Optional<Project> chosen,
                Path folder,
                List<Photo> photos) {
            this.access = access;
            this.model = model;
            this.wishes = wishes;
            this.chosen = chosen;
            this.folder = folder;
            this.photos = photos;
            this.names = new LabelFiles(folder, photos);
            this.version = new AtomicReference<>(model.toString());
        }

        int toStdout(Photo photo) throws IOException {
            Answer answer = access.prelabel(job(photo, Files.readAllBytes(photo.file())));
            session.console().out().write(file(answer).body());
            session.console().out().flush();
            count(answer);
            tellDropped();
            return ExitCode.OK;
        }

        /// A file for each photo.
        int toFolder() throws IOException {
            labelAll((photo, answer) -> {
                LabelFile labels = file(answer);
                Path path = names.path(photo, labels.extension());
                LabelFiles.write(path, labels.body());
                written.add(path);
            });
            return finish();
        }

        /// One data set over all photos, of one version whatever its alias does meanwhile. The answers are asked for in
        /// the firstpass format, which can be read back, since a server writes data sets of one.
        int toDataSet(LabelFormat dataSetFormat) throws IOException {
            PrelabelAccess.Model known = access.model(model);
            model = known.version();
            asked = FIRSTPASS;
            FormatContext context = new FormatContext(known.classes(), formatOptions, InstantSource.system());
            try (DataSetFolder dataSet = new DataSetFolder(folder, dataSetFormat, context)) {
                labelAll((_, answer) -> {
                    dataSet.write(answer.prelabels().orElseThrow());
                });
                if (labeled.get() > 0) {
                    written.addAll(dataSet.end());
                    tell("converted", dataSet.report().converted());
                    tell("left out", dataSet.report().leftOut());
                }
            }
            return finish();
        }

        private void count(Answer answer) {
            answer.dropped().forEach((reason, count) -> dropped.merge(reason, count, Integer::sum));
        }

        /// But for the threshold, below which most of what a model finds is of no use to anybody.
        private void tellDropped() {
            Map<String, Integer> told = new TreeMap<>(dropped);
            told.remove(Dropped.Reason.BELOW_THRESHOLD.name());
            tell("left out", told);
        }

        private void tell(String what, Map<String, Integer> counts) {
            new TreeMap<>(counts).forEach((rule, count) -> session.say(what + ": " + rule + ": " + count));
        }

        private int finish() throws IOException {
            writeFailures();
            tellDropped();
            report();
            return failed.isEmpty() ? ExitCode.OK : labeled.get() == 0 ? ExitCode.FAILED : ExitCode.SOME_FAILED;
        }

        private void labelAll(Sink sink) throws IOException {
            try (Progress.Task task =
                    session.progress().begin("Labeling with " + model, photos.size(), Progress.Unit.PHOTOS)) {
                labelAll(sink, task);
            }
        }

        private void labelAll(Sink sink, Progress.Task task) throws IOException {
            SideBySide.run(photos, jobs, "prelabel-", this::label, (photo, answer) -> {
                if (answer.isPresent()) {
                    sink.write(photo, answer.get());
                    count(answer.get());
                    labeled.incrementAndGet();
                }
                task.advance(1);
            });
        }

        /// @return nothing where the photo failed, which is noted
        private Optional<Answer> label(Photo photo) {
            try {
                byte[] image = Files.readAllBytes(photo.file());
                Answer answer = access.prelabel(job(photo, image));
                version.set(answer.model());
                if (overlay) {
                    byte[] picture = session.parts()
                            .paintOverlay(
                                    image, answer.prelabels().orElseThrow().annotations());
                    LabelFiles.write(names.path(photo, ".overlay.png"), picture);
                }
                return Optional.of(answer);
            } catch (FailureException e) {
                Failure failure = e.failure();
                if (SAME_FOR_ALL.contains(failure.reason())) {
                    throw e;
                }
                failed.add(new FailedPhoto(
                        photo.file().toString(),
                        failure.reason().name(),
                        failure.detail(),
                        failure.reason().retryable()));
            } catch (IOException e) {
                failed.add(new FailedPhoto(photo.file().toString(), "IO", ErrorText.of(e), true));
            }
            return Optional.empty();
        }

        private Job job(Photo photo, byte[] image) {
            String id = photo.relative().toString().replace('\\', '/');
            boolean isDataSet = !asked.equals(format);
            return new Job(
                    model,
                    image,
                    id,
                    List.of(asked),
                    isDataSet ? Map.of() : formatOptions,
                    wishes,
                    chosen,
                    overlay || isDataSet);
        }

        private LabelFile file(Answer answer) {
            LabelFile labels = answer.files().get(format);
            if (labels == null) {
                throw new IllegalStateException("answer: no " + format + " (expected: what was asked for)");
            }
            return labels;
        }

        /// Leaves no list of failures of an earlier run behind.
        private void writeFailures() throws IOException {
            failed.sort(Comparator.comparing(FailedPhoto::path));
            if (failed.isEmpty()) {
                Files.deleteIfExists(folder.resolve(FAILURES));
                return;
            }
            StringBuilder lines = new StringBuilder();
            for (FailedPhoto photo : failed) {
                lines.append(JSON.writeValueAsString(photo)).append('\n');
                session.say("failed: " + photo.path + ": " + photo.reason + ": " + photo.detail);
            }
            LabelFiles.write(folder.resolve(FAILURES), lines.toString().getBytes(StandardCharsets.UTF_8));
        }

        private void report() {
            List<String> files = written.stream().map(Path::toString).sorted().toList();
            session.print(
                    new Result(version.get(), format, folder.toString(), labeled.get(), files, dropped, failed),
                    List.of(LineProgress.amount(labeled.get(), Progress.Unit.PHOTOS)
                            + " labeled by " + version.get()
                            + (failed.isEmpty() ? "" : ", " + failed.size() + " failed")
                            + " -> " + (asked.equals(format) || files.size() != 1 ? folder : files.getFirst())));
        }
    }
}
