package dev.firstpass.server.cli;

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
    private DataOption data = new DataOption();

    @Parameters(paramLabel = "DIR", description = "The folder that 'firstpass backup' wrote.")
    private Path source = Path.of("");

    RestoreCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        Inputs.requireExists(source);
        Path directory = data.directory(session);
        var _ = CopiedRegistry.copy(
                session,
                "Restoring",
                "restored into",
                directory,
                progress -> Backup.restore(source.toAbsolutePath(), directory, progress));
        return ExitCode.OK;
    }
}
