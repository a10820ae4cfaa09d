package dev.firstpass.server.cli;

import dev.firstpass.postprocess.format.FormatOption;
import dev.firstpass.postprocess.format.LabelFormat;
import dev.firstpass.postprocess.format.LabelFormats;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `formats`: the label formats that can be written.
///
/// For one thread.
@Command(
        name = "formats",
        description = "List the label formats that can be written, one line each.",
        footer = {"", "Examples:", "  firstpass formats", "  firstpass formats --json"})
final class FormatsCommand implements Callable<Integer> {
    private final Session session;

    FormatsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        List<Row> rows = LabelFormats.STANDARD.stream().map(Row::of).toList();
        Table table = new Table();
        rows.forEach(row -> table.row(row.id, row.extension, row.description));
        session.print(new Listing(rows), table.lines());
        return ExitCode.OK;
    }

    record Listing(List<Row> formats) {}

    record Row(String id, String description, String mediaType, String extension, List<FormatOption> options) {
        static Row of(LabelFormat format) {
            return new Row(
                    format.id(), format.description(), format.mediaType(), format.fileExtension(), format.options());
        }
    }
}
