package dev.firstpass.server.call;

/// Who waits: a labeler in front of a screen, or nobody.
public enum Priority {
    INTERACTIVE,
    BULK
}
