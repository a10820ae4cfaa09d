package dev.firstpass.loadtest.gate;

/// Which version.
enum Arm {
    STABLE,
    CANDIDATE
}
