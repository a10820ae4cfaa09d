package dev.firstpass.registry.audit;

import java.util.List;

/// Some lines of the audit, and its end at the same instant.
///
/// Immutable.
///
/// @param lines in order
public record AuditPage(List<AuditLine> lines, AuditHead head) {
    public AuditPage {
        lines = List.copyOf(lines);
    }
}
