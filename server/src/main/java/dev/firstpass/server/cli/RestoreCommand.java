package dev.firstpass.server.cli;

import dev.firstpass.registry.Storage;
import dev.firstpass.registry.store.Backup;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `restore`: makes an empty data directory what `backup` copied.
///
/// For one thread.
@Command(
        name = "restore",
        description = {
            "Make an empty data directory the registry that was copied by 'firstpass backup'.",
            "All is read and checked before it counts: a copy that is incomplete, damaged or of a newer release is",
            "refused, and nothing is there then."
        },
        footer = {
            "",
            "Examples:",
            "  firstpass restore /mnt/backups/2026-11-26",
            "  firstpass restore /mnt/backups/2026-11-26 --data /srv/firstpass"
        })
final class RestoreCommand implements Callable<Integer> {
    private final Session session;

    @Mixin
    private BackupCommand.DataOption data = new BackupCommand.DataOption();

    @Parameters(paramLabel = "DIR", description = "The folder that 'firstpass backup' wrote.")
    private Path source = Path.of("");

    RestoreCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Inputs.requireExists(source);
        Path directory = data.directory(session);
        try (CopyProgress progress = new CopyProgress("Restoring", session.progress())) {
            Backup.Report report =
                    progress.during(() -> Backup.restore(source.toAbsolutePath(), directory, Storage.LOCAL, progress));
            session.print(
                    BackupCommand.Copied.of(directory, report),
                    BackupCommand.lines("restored into " + directory, report));
            return ExitCode.OK;
        }
    }
}
