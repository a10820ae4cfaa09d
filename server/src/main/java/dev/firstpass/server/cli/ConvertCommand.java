package dev.firstpass.server.cli;

import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.LabeledImage;
import dev.firstpass.postprocess.format.DataSetConversion;
import dev.firstpass.postprocess.format.FormatOptionException;
import dev.firstpass.postprocess.format.LabelFormat;
import dev.firstpass.postprocess.format.LabelFormats;
import dev.firstpass.postprocess.format.LabelReader;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.server.failure.Words;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `convert`: label files from one format to another, and what the other one could not say.
///
/// For one thread. In memory are a few dozen bytes for each label and image, and the labels of one image.
@Command(
        name = "convert",
        description = {
            "Turn labels of one format into another, and tell what the other one could not say.",
            "IN is the folder of a data set, or its label file. OUT is a folder, a .zip, or, for a format of one file,"
                    + " that file.",
            "What is converted by a rule, left out, or no label is counted by name; docs/formats.md says what each"
                    + " format can say. Images whose labels cannot be read, or whose size is not known, are listed on"
                    + " stderr and left out; the exit code is 3 then."
        },
        footer = {
            "",
            "Examples:",
            "  firstpass convert --to labelbox field-7/ field-7-labelbox",
            "  firstpass convert --from voc --to coco VOC2012/ voc.json",
            "  firstpass convert --to yolo.segment task.json yolo.zip --images photos"
        })
final class ConvertCommand implements Callable<Integer> {
    private final Session session;

    @Parameters(index = "0", paramLabel = "IN", description = "Folder of a labelled data set, or its label file.")
    private Path in = Path.of("");

    @Parameters(index = "1", paramLabel = "OUT", description = "Folder, .zip or file to write.")
    private Path out = Path.of("");

    @Option(
            names = "--from",
            paramLabel = "FORMAT",
            description = "Format of IN, as 'firstpass formats' lists them (default: what is there).")
    private Optional<String> from = Optional.empty();

    @Option(
            names = "--to",
            paramLabel = "FORMAT",
            required = true,
            description = "Format of OUT, as 'firstpass formats' lists them.")
    private String to = "";

    @Option(
            names = "--images",
            paramLabel = "DIR",
            description = "Where the images are, if not with the labels. They are looked into where labels do not say"
                    + " how large the image is.")
    private Optional<Path> images = Optional.empty();

    @Option(names = "--split", paramLabel = "NAME", description = "Part of the data set, for instance val.")
    private Optional<String> split = Optional.empty();

    @Option(
            names = "--format-option",
            paramLabel = "NAME=VALUE",
            description = "An option of the format of OUT, as 'firstpass formats --json' lists them; may be repeated.")
    private Map<String, String> formatOptions = new LinkedHashMap<>();

    @Option(names = "--strict", description = "Exit code 1 where anything was not said as it was.")
    private boolean strict;

    ConvertCommand(Session session) {
        this.session = session;
    }

    /// What is printed with `--json`.
    ///
    /// @param out folder or file
    /// @param converted rule -> count
    /// @param leftOut reason -> count
    /// @param notes what the reader met that is no label -> count
    record Result(
            String from,
            String to,
            String in,
            String out,
            long images,
            long labels,
            Map<String, Long> converted,
            Map<String, Long> leftOut,
            Map<String, Long> notes,
            long failedImages,
            List<DataSetConversion.Failed> failed,
            List<String> written) {}

    @Override
    public Integer call() throws IOException {
        LabelFormat format = format();
        requireElsewhere(DataSetInput.folder(in));
        DataSetInput input = DataSetInput.of(in, images, split, Optional.of(out));
        try {
            LabelReader reader = input.reader(from, "--from");
            LabeledDataSet labels = reader.open(input.source());
            DataSetConversion conversion =
                    new DataSetConversion(labels, format, formatOptions, image -> size(image, input.images()));
            try (DraftFiles files = files(format)) {
                DataSetConversion.Result result =
                        convert(conversion, files, labels.images().size());
                boolean isNothing = result.images() == 0 && result.failedImages() > 0;
                List<Path> written = isNothing ? List.of() : files.commit();
                return finish(reader, format, result, written);
            }
        } catch (FormatOptionException e) {
            throw DataSetFolder.wrong(e);
        } catch (DataSetException e) {
            throw CliException.failed(in + ": " + e.getMessage(), e);
        }
    }

    private LabelFormat format() {
        List<String> ids = LabelFormats.STANDARD.stream().map(LabelFormat::id).toList();
        return LabelFormats.byId(to)
                .orElseThrow(() -> CliException.usage("--to: " + to
                        + Words.nearest(to, ids)
                                .map(near -> " (did you mean " + near + "?)")
                                .orElse(" (expected: one of " + String.join(", ", ids) + ")")));
    }

    /// Labels are read while others are written, and a data set that is its own source is none when it is cut off.
    private void requireElsewhere(Path folder) {
        Path target = out.toAbsolutePath().normalize();
        boolean isSource = target.equals(in.toAbsolutePath().normalize())
                || target.equals(folder.toAbsolutePath().normalize());
        if (isSource) {
            throw CliException.usage(out + ": holds the labels that are read (expected: another folder or file)");
        }
    }

    private DraftFiles files(LabelFormat format) throws IOException {
        String name = String.valueOf(out.getFileName()).toLowerCase(Locale.ROOT);
        if (name.endsWith(".zip")) {
            return new DraftZip(out);
        }
        boolean isOneFile = !format.isPerAsset() && !format.mediaType().equals("application/zip");
        return isOneFile && name.endsWith(format.fileExtension()) && !Files.isDirectory(out)
                ? DraftFolder.ofOne(out)
                : DraftFolder.of(out);
    }

    private DataSetConversion.Result convert(DataSetConversion conversion, DraftFiles files, int count)
            throws IOException {
        try (Progress.Task task = session.progress().begin("Converting " + in, count, Progress.Unit.PHOTOS)) {
            return conversion.run(InstantSource.system(), files, () -> task.advance(1));
        }
    }

    private ImageSize size(LabeledImage image, FolderFiles files) throws IOException {
        String file = image.file()
                .orElseThrow(() -> new DataSetException(
                        "no such image, and its labels do not say how large it is (expected: --images DIR)"));
        return session.parts().imageSize(Files.readAllBytes(files.path(file)));
    }

    private int finish(LabelReader reader, LabelFormat format, DataSetConversion.Result result, List<Path> written) {
        result.failed().forEach(image -> session.say("failed: " + image.image() + ": " + image.detail()));
        if (result.failedImages() > result.failed().size()) {
            session.say(
                    "failed: and " + (result.failedImages() - result.failed().size()) + " more");
        }
        session.print(
                new Result(
                        reader.id(),
                        format.id(),
                        in.toString(),
                        out.toString(),
                        result.images(),
                        result.labels(),
                        result.converted(),
                        result.leftOut(),
                        result.notes(),
                        result.failedImages(),
                        result.failed(),
                        written.stream().map(Path::toString).sorted().toList()),
                lines(reader, format, result, written));
        if (result.failedImages() > 0) {
            return result.images() == 0 ? ExitCode.FAILED : ExitCode.SOME_FAILED;
        }
        return strict && !result.isWithoutLoss() ? ExitCode.FAILED : ExitCode.OK;
    }

    private List<String> lines(
            LabelReader reader, LabelFormat format, DataSetConversion.Result result, List<Path> written) {
        List<String> lines = new ArrayList<>();
        lines.add(EvaluationTables.counted(result.labels(), "label") + " of "
                + EvaluationTables.counted(result.images(), "image") + ": " + reader.id() + " -> " + format.id()
                + (written.isEmpty() ? "" : ": " + (written.size() == 1 ? written.getFirst() : out)));
        if (result.isWithoutLoss()) {
            lines.add("All of it is said as it was.");
            return lines;
        }
        Table table = new Table();
        result.converted().forEach((rule, count) -> table.row("converted", Long.toString(count), rule));
        result.leftOut().forEach((reason, count) -> table.row("left out", Long.toString(count), reason));
        result.notes().forEach((what, count) -> table.row("noted", Long.toString(count), what));
        if (result.failedImages() > 0) {
            table.row("failed", Long.toString(result.failedImages()), "images");
        }
        lines.addAll(table.lines());
        return lines;
    }
}
