package dev.firstpass.server.pipeline;

/// Who waits: a labeler in front of a screen, or nobody.
public enum Priority {
    INTERACTIVE,
    BULK
}
