package dev.firstpass.registry.store;

import dev.firstpass.registry.audit.AuditLine;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// What an alias named before what it names now: as a browser's "back" goes, so that who rolls back twice comes to the
/// version before the one before, and what was rolled back from is not come to again.
///
/// Immutable.
///
/// @param before the versions to roll back to, the one to try first in front; without the present one, each once
record AliasHistory(List<Long> before) {
    AliasHistory {
        before = List.copyOf(before);
    }

    /// @param moves all of one alias, in order
    static AliasHistory of(List<AuditLine> moves) {
        Deque<Long> stack = new ArrayDeque<>();
        for (AuditLine move : moves) {
            long to = Long.parseLong(move.to());
            if (move.action().equals(AuditLine.ROLLBACK) && stack.contains(to)) {
                while (stack.getFirst() != to) {
                    stack.removeFirst();
                }
            } else {
                stack.addFirst(to);
            }
        }
        return new AliasHistory(stack.stream()
                .filter(version -> !version.equals(stack.peekFirst()))
                .distinct()
                .toList());
    }
}
