package dev.firstpass.server.cli;

import dev.firstpass.registry.store.Backup;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
        Backup.Report report = CopiedRegistry.copy(
                session,
                "Copying",
                "copied to",
                target,
                progress -> Backup.write(directory, target.toAbsolutePath(), InstantSource.system(), progress));
        return report.damaged().isEmpty() ? ExitCode.OK : ExitCode.FAILED;
    }
}
