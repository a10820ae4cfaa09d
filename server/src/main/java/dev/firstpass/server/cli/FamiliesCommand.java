package dev.firstpass.server.cli;

import dev.firstpass.postprocess.family.FamilyParameter;
import dev.firstpass.postprocess.family.ModelFamilies;
import dev.firstpass.postprocess.family.ModelFamily;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `families`: the kinds of models that can be read.
///
/// For one thread.
@Command(
        name = "families",
        description = {
            "List the model families that are understood, one line each.",
            "Below it, what the manifest of such a model may say under 'parameters', with the default."
        },
        footer = {"", "Examples:", "  firstpass families", "  firstpass families --json"})
final class FamiliesCommand implements Callable<Integer> {
    private final Session session;

    FamiliesCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        List<Row> rows = ModelFamilies.STANDARD.stream().map(Row::of).toList();
        session.print(new Listing(rows), lines(rows));
        return ExitCode.OK;
    }

    /// The families in columns, and under each its parameters in columns of their own.
    private static List<String> lines(List<Row> rows) {
        Table families = new Table();
        Table parameters = new Table();
        for (Row row : rows) {
            families.row(row.id, row.takesPrompt ? row.geometry + ", prompted" : row.geometry, row.description);
            row.parameters.forEach(one -> parameters.row("  " + one.name(), one.byDefault(), one.description()));
        }
        Iterator<String> family = families.lines().iterator();
        Iterator<String> parameter = parameters.lines().iterator();
        List<String> lines = new ArrayList<>();
        for (Row row : rows) {
            lines.add(family.next());
            row.parameters.forEach(_ -> lines.add(parameter.next()));
        }
        return lines;
    }

    record Listing(List<Row> families) {}

    record Row(String id, String description, String geometry, boolean takesPrompt, List<FamilyParameter> parameters) {
        static Row of(ModelFamily family) {
            return new Row(
                    family.id(),
                    family.description(),
                    family.nativeGeometry().id(),
                    family.takesPrompt(),
                    family.parameters());
        }
    }
}
