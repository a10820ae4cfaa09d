package dev.firstpass.server.cli;

import dev.firstpass.postprocess.family.ModelFamilies;
import dev.firstpass.postprocess.family.ModelFamily;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `families`: the kinds of models that can be read.
///
/// For one thread.
@Command(
        name = "families",
        description = "List the model families that are understood, one line each.",
        footer = {"", "Examples:", "  firstpass families", "  firstpass families --json"})
final class FamiliesCommand implements Callable<Integer> {
    private final Session session;

    FamiliesCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        List<Row> rows = ModelFamilies.STANDARD.stream().map(Row::of).toList();
        Table table = new Table();
        rows.forEach(row -> table.row(row.id, row.geometry, row.description));
        session.print(new Listing(rows), table.lines());
        return ExitCode.OK;
    }

    record Listing(List<Row> families) {}

    record Row(String id, String description, String geometry) {
        static Row of(ModelFamily family) {
            return new Row(
                    family.id(), family.description(), family.nativeGeometry().id());
        }
    }
}
