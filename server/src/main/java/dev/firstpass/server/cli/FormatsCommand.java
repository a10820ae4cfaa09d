package dev.firstpass.server.cli;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.format.FormatMatrix;
import dev.firstpass.postprocess.format.FormatOption;
import dev.firstpass.postprocess.format.LabelFormat;
import dev.firstpass.postprocess.format.LabelFormats;
import dev.firstpass.postprocess.format.LabelReader;
import dev.firstpass.postprocess.format.LabelReaders;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

/// `formats`: the label formats that are written and read, and what each can say.
///
/// For one thread.
@Command(
        name = "formats",
        description = {
            "List the label formats, one line each: written and read, or one of the two; and which geometry stands there"
                    + " as it is.",
            "What becomes of the rest is in docs/formats.md, and with --json."
        },
        footer = {"", "Examples:", "  firstpass formats", "  firstpass formats --json"})
final class FormatsCommand implements Callable<Integer> {
    private final Session session;

    FormatsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        List<Row> rows =
                new ArrayList<>(LabelFormats.STANDARD.stream().map(Row::of).toList());
        LabelReaders.STANDARD.stream()
                .filter(reader -> LabelFormats.byId(reader.id()).isEmpty())
                .map(Row::of)
                .forEach(rows::add);
        Table table = new Table();
        rows.forEach(row -> table.row(row.id, row.use(), String.join(" ", row.kinds), row.description));
        session.print(new Listing(rows), table.lines());
        return ExitCode.OK;
    }

    record Listing(List<Row> formats) {}

    /// @param kinds of geometry that stand there as they are; none for a format that is only read
    /// @param shapes what becomes of each: `as it is`, the rules' names, or `left out: ` and why
    record Row(
            String id,
            String description,
            boolean written,
            boolean read,
            Optional<String> mediaType,
            Optional<String> extension,
            List<String> kinds,
            Map<String, String> shapes,
            List<FormatOption> options) {
        static Row of(LabelFormat format) {
            FormatMatrix.Row row = FormatMatrix.of(format);
            Map<String, String> shapes = new LinkedHashMap<>();
            for (FormatMatrix.Shape shape : FormatMatrix.Shape.values()) {
                shapes.put(shape.title(), words(row.of(shape)));
            }
            return new Row(
                    format.id(),
                    format.description(),
                    true,
                    row.isRead(),
                    Optional.of(format.mediaType()),
                    Optional.of(format.fileExtension()),
                    row.kinds().stream().map(GeometryKind::id).toList(),
                    shapes,
                    format.options());
        }

        static Row of(LabelReader reader) {
            return new Row(
                    reader.id(),
                    reader.description(),
                    false,
                    true,
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    Map.of(),
                    List.of());
        }

        private static String words(FormatMatrix.Said said) {
            return switch (said) {
                case FormatMatrix.Said.AsItIs _ -> "as it is";
                case FormatMatrix.Said.ByRules(List<String> rules) ->
                    rules.stream().collect(Collectors.joining(", "));
                case FormatMatrix.Said.LeftOut(String reason) -> "left out: " + reason;
            };
        }

        private String use() {
            return written ? read ? "written, read" : "written" : "read";
        }
    }
}
