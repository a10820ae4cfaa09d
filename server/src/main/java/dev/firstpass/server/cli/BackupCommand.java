package dev.firstpass.server.cli;

import dev.firstpass.registry.Storage;
import dev.firstpass.registry.store.Backup;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `backup`: copies the registry, also while a server uses it. It reads the data directory itself, so it runs where
/// that is.
///
/// For one thread.
@Command(
        name = "backup",
        description = {
            "Copy the registry into a fresh folder: versions, aliases, rollouts and the audit.",
            "A server may go on using it; the copy is the registry as it was at one instant, and every file of it is",
            "held against what was registered."
        },
        footer = {
            "",
            "Exit code 1 also if a version was damaged already, and so left out.",
            "",
            "Examples:",
            "  firstpass backup /mnt/backups/2026-11-26",
            "  firstpass backup /mnt/backups/2026-11-26 --data /srv/firstpass --json"
        })
final class BackupCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private DataOption data = new DataOption();

    @Parameters(paramLabel = "DIR", description = "A folder that is empty or not there yet.")
    private Path target = Path.of("");

    BackupCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Path directory = data.directory(session);
        try (CopyProgress progress = new CopyProgress("Copying", session.progress())) {
            Backup.Report report = progress.during(() -> Backup.write(
                    directory, Storage.LOCAL, List.of(), target.toAbsolutePath(), InstantSource.system(), progress));
            session.print(Copied.of(target, report), lines("copied to " + target, report));
            return report.damaged().isEmpty() ? ExitCode.OK : ExitCode.FAILED;
        }
    }

    static List<String> lines(String what, Backup.Report report) {
        List<String> lines = new ArrayList<>();
        lines.add(what + ": " + report.versions() + " versions, " + report.bytes() + " bytes");
        if (report.auditLine() > 0) {
            lines.add("audit: line " + report.auditLine() + ", its hash is " + report.auditHash());
        }
        report.damaged().forEach(damaged -> lines.add("damaged: " + damaged));
        return lines;
    }

    /// What `--json` prints of a copy.
    record Copied(
            String directory,
            int schema,
            int versions,
            int artifacts,
            long bytes,
            long auditLine,
            String auditHash,
            List<String> damaged) {
        static Copied of(Path directory, Backup.Report report) {
            return new Copied(
                    directory.toString(),
                    report.schema(),
                    report.versions(),
                    report.artifacts(),
                    report.bytes(),
                    report.auditLine(),
                    report.auditHash(),
                    report.damaged());
        }
    }

    /// `--data` alone, for commands that work on files.
    ///
    /// For one thread. picocli fills it.
    static final class DataOption {
        @Option(names = "--data", paramLabel = "DIR", description = DataDirectory.DESCRIPTION)
        private Optional<Path> data = Optional.empty();

        Path directory(Session session) {
            return DataDirectory.resolve(data, session.console().environment());
        }
    }
}
