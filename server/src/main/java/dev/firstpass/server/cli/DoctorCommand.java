package dev.firstpass.server.cli;

import dev.firstpass.server.cli.DoctorCheck.Finding;
import dev.firstpass.server.cli.DoctorCheck.Verdict;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `doctor`: tries what Firstpass needs, asks a server that runs how it stands, and says what to do about what is missing.
///
/// For one thread.
@Command(
        name = "doctor",
        description = {
            "Try what Firstpass needs on this machine: one line each, with what to do where something is missing.",
            "A server that runs on the data directory is asked how it stands: models, queues, memory, walls.",
            "Exit code 1 where something is missing without which it cannot work."
        },
        footer = {"", "Examples:", "  firstpass doctor", "  firstpass doctor --json --port 9090"})
final class DoctorCommand implements Callable<Integer> {
    private final Session session;

    @Option(names = "--data", paramLabel = "DIR", description = DataDirectory.DESCRIPTION)
    private Optional<Path> data = Optional.empty();

    @Option(names = "--port", paramLabel = "PORT", description = "Port to try (default: ${DEFAULT-VALUE}).")
    private int port = 8080;

    @Option(names = "--admin-port", paramLabel = "PORT", description = "Port to try (default: ${DEFAULT-VALUE}).")
    private int adminPort = 8081;

    DoctorCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Path directory = DataDirectory.resolve(data, session.console().environment());
        List<DoctorCheck> checks = new ArrayList<>(
                new MachineChecks(directory, port, adminPort, session.console().environment()).all());
        checks.addAll(new ServerChecks(directory).all());
        checks.addAll(session.parts().engineChecks());
        List<Row> rows = checks.stream().map(DoctorCommand::row).toList();
        Table table = new Table();
        for (Row row : rows) {
            table.row(row.verdict, row.name, row.detail + (row.mend.isEmpty() ? "" : "  ->  " + row.mend));
        }
        boolean healthy = rows.stream().noneMatch(row -> row.verdict.equals("fail"));
        session.print(new Result(healthy, rows), table.lines());
        return healthy ? ExitCode.OK : ExitCode.FAILED;
    }

    private static Row row(DoctorCheck check) {
        Finding finding;
        try {
            finding = check.trial().get();
        } catch (RuntimeException | LinkageError e) {
            finding = new Finding(
                    Verdict.FAIL, e.getClass().getSimpleName() + ": " + e.getMessage(), "report this, with --json");
        }
        return new Row(
                check.name(), finding.verdict().name().toLowerCase(Locale.ROOT), finding.detail(), finding.mend());
    }

    record Result(boolean healthy, List<Row> checks) {}

    record Row(String name, String verdict, String detail, String mend) {}
}
