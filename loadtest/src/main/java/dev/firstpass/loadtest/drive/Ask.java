package dev.firstpass.loadtest.drive;

import java.time.Duration;
import java.util.Optional;

/// One request.
///
/// Immutable; the image's bytes are not altered by anybody.
///
/// @param model reference, for instance `coco@3`
/// @param isBulk whether nobody waits for it
/// @param timeout after which the answer is of no use; empty leaves it to the server
public record Ask(String model, byte[] image, boolean isBulk, Optional<Duration> timeout) {}
