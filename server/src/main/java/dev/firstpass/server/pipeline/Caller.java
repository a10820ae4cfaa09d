package dev.firstpass.server.pipeline;

import java.util.Set;

/// Who asks: part of every key, queue and table. Until authentication is on, everybody is [#LOCAL].
///
/// Immutable.
public record Caller(String tenant, String principal, Set<String> scopes) {
    public static final Caller LOCAL = new Caller("local", "local", Set.of("*"));

    public Caller {
        scopes = Set.copyOf(scopes);
    }
}
