package dev.firstpass.registry.audit;

import java.util.Optional;
import java.util.function.LongFunction;

/// Goes through an audit from its first line to its end. It needs nothing but the lines, so it can be done by who does
/// not trust the server that they are from.
///
/// For one thread.
public final class AuditCheck {
    private AuditHead reached = AuditHead.START;

    private AuditCheck() {}

    /// @param pages the lines after the one of that number, at least one of them if there are any, and the end at the same
    ///     instant; lines that are written meanwhile are looked at as well
    public static AuditVerdict of(LongFunction<AuditPage> pages) {
        return new AuditCheck().run(pages);
    }

    private AuditVerdict run(LongFunction<AuditPage> pages) {
        AuditPage page = pages.apply(0);
        while (!page.lines().isEmpty()) {
            for (AuditLine line : page.lines()) {
                Optional<AuditVerdict> broken = step(line);
                if (broken.isPresent()) {
                    return broken.get();
                }
            }
            page = pages.apply(reached.id());
        }
        return atEnd(page.head());
    }

    private AuditVerdict atEnd(AuditHead end) {
        if (reached.equals(end)) {
            return new AuditVerdict.Whole(end);
        }
        return reached.id() < end.id()
                ? new AuditVerdict.Broken(
                        reached.id() + 1, "it and all after it are missing (expected: lines up to " + end.id() + ")")
                : new AuditVerdict.Broken(
                        reached.id(), "it is not where the audit ends (expected: lines up to " + end.id() + ")");
    }

    private Optional<AuditVerdict> step(AuditLine line) {
        long expected = reached.id() + 1;
        if (line.id() != expected) {
            return Optional.of(new AuditVerdict.Broken(expected, "it is missing (found: line " + line.id() + ")"));
        }
        if (!line.after(reached).equals(line)) {
            return Optional.of(new AuditVerdict.Broken(
                    expected, "it is not as it was written, or does not follow the one before"));
        }
        reached = line.head();
        return Optional.empty();
    }
}
