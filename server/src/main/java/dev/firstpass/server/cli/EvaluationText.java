package dev.firstpass.server.cli;

import java.util.ArrayList;
import java.util.List;

/// A report for the terminal.
///
/// Pure functions.
final class EvaluationText {
    private EvaluationText() {}

    static List<String> of(EvaluationReport report) {
        List<String> lines = new ArrayList<>();
        lines.add(EvaluationTables.headline(report));
        for (EvaluationTables.Named named : EvaluationTables.of(report)) {
            lines.add("");
            lines.add(named.title());
            Table table = new Table();
            named.rows().forEach(row -> table.row(row.toArray(String[]::new)));
            lines.addAll(table.lines());
        }
        List<String> notes = EvaluationTables.notes(report);
        if (!notes.isEmpty()) {
            lines.add("");
            lines.addAll(notes);
        }
        return lines;
    }
}
