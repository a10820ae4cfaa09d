package dev.firstpass.server.cli;

import dev.firstpass.registry.audit.AuditCheck;
import dev.firstpass.registry.audit.AuditLine;
import dev.firstpass.registry.audit.AuditPage;
import dev.firstpass.registry.audit.AuditVerdict;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `models audit`.
///
/// For one thread.
@Command(
        name = "audit",
        description = {
            "Show who changed what in the registry, the oldest first.",
            "With --verify, go through all of it and find whether a line was edited, dropped or moved."
        },
        footer = {
            "",
            "Each line is chained to the one before by a hash. Who keeps the last hash elsewhere, and finds it again later,",
            "knows that nothing before it was rewritten.",
            "",
            "Examples:",
            "  firstpass models audit",
            "  firstpass models audit --after 120 --json",
            "  firstpass models audit --verify"
        })
final class AuditCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private Target target = new Target();

    @Option(names = "--after", paramLabel = "N", description = "Show the lines after this one.")
    private long after;

    @Option(names = "--verify", description = "Check every line; exit code 1 if the audit was altered.")
    private boolean verify;

    AuditCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        try (RegistryAccess registry = target.registry(session)) {
            return verify ? check(registry) : show(registry);
        }
    }

    private int check(RegistryAccess registry) {
        return switch (AuditCheck.of(registry::audit)) {
            case AuditVerdict.Whole whole -> {
                session.print(
                        new Checked(true, whole.head().id(), whole.head().hash(), ""),
                        List.of("whole: " + whole.head().id() + " lines, the last one's hash is "
                                + whole.head().hash()));
                yield ExitCode.OK;
            }
            case AuditVerdict.Broken broken -> {
                session.print(
                        new Checked(false, broken.line(), "", broken.problem()),
                        List.of("altered: line " + broken.line() + ": " + broken.problem()));
                yield ExitCode.FAILED;
            }
        };
    }

    private int show(RegistryAccess registry) {
        List<AuditLine> lines = new ArrayList<>();
        AuditPage page = registry.audit(after);
        while (!page.lines().isEmpty()) {
            lines.addAll(page.lines());
            page = registry.audit(lines.getLast().id());
        }
        session.print(new Shown(lines), table(lines));
        return ExitCode.OK;
    }

    private static List<String> table(List<AuditLine> lines) {
        Table table = new Table().row("LINE", "AT", "WHO", "WHAT", "OF", "FROM", "TO", "RESULT");
        for (AuditLine line : lines) {
            table.row(
                    Long.toString(line.id()),
                    line.at().toString(),
                    line.principal(),
                    line.action(),
                    line.name() + "@" + line.subject(),
                    line.from(),
                    line.to(),
                    line.result());
        }
        return table.lines();
    }

    record Shown(List<AuditLine> lines) {}

    /// @param line the last one, or the first one that is not as it was written
    /// @param hash of the last line; empty where the audit was altered
    record Checked(boolean whole, long line, String hash, String problem) {}
}
