package dev.firstpass.server.cli;

import dev.firstpass.registry.store.Backup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// What `backup` and `restore` print of a copy. The names are a promise to scripts.
///
/// Immutable.
record CopiedRegistry(
        String directory,
        int schema,
        int versions,
        int artifacts,
        long bytes,
        long auditLine,
        String auditHash,
        List<String> damaged) {
    /// Copies, shows how far that is, and prints what came of it.
    ///
    /// @param doing for instance `Copying`
    /// @param done for instance `copied to`
    /// @param to where the copy is then
    static Backup.Report copy(
            Session session, String doing, String done, Path to, Function<CopyProgress, Backup.Report> work) {
        try (CopyProgress progress = new CopyProgress(doing, session.progress())) {
            Backup.Report report = progress.during(() -> work.apply(progress));
            session.print(of(to, report), lines(done + " " + to, report));
            return report;
        }
    }

    private static CopiedRegistry of(Path directory, Backup.Report report) {
        return new CopiedRegistry(
                directory.toString(),
                report.schema(),
                report.versions(),
                report.artifacts(),
                report.bytes(),
                report.auditLine(),
                report.auditHash(),
                report.damaged());
    }

    private static List<String> lines(String what, Backup.Report report) {
        List<String> lines = new ArrayList<>();
        lines.add(what + ": " + report.versions() + " versions, " + report.bytes() + " bytes");
        if (report.auditLine() > 0) {
            lines.add("audit: line " + report.auditLine() + ", its hash is " + report.auditHash());
        }
        report.damaged().forEach(damaged -> lines.add("damaged: " + damaged));
        return lines;
    }
}
