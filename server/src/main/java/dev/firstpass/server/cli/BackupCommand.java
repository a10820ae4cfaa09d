package dev.firstpass.server.cli;

import dev.firstpass.registry.store.Backup;
import dev.firstpass.server.ledger.PredictionLedger;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `backup`: copies the registry, also while servers use it. It reads the data directory, or the database and the bucket,
/// itself, so it runs where these are.
///
/// For one thread.
@Command(
        name = "backup",
        description = {
            "Copy the registry into a fresh folder: versions, aliases, rollouts and the audit, and the ledger of predictions",
            "of the data directory. Servers may go on using it; the copy is the registry as it was at one instant, and every",
            "file of it is held against what was registered. Where the environment has FIRSTPASS_REGISTRY_DATABASE and",
            "FIRSTPASS_REGISTRY_BUCKET, as a server that shares its registry, that one is copied."
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

    @Option(names = "--without-predictions", description = "Leave out this server's ledger of predictions.")
    private boolean isWithoutPredictions;

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
                progress -> Backup.write(
                        directory,
                        data.storage(session),
                        isWithoutPredictions ? List.of() : List.of(PredictionLedger.FILE),
                        target.toAbsolutePath(),
                        InstantSource.system(),
                        progress));
        return report.damaged().isEmpty() ? ExitCode.OK : ExitCode.FAILED;
    }
}
