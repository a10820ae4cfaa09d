package dev.firstpass.registry;

import dev.firstpass.registry.RegistryException.ArgumentInvalid;
import java.time.Instant;

/// Why a version must not be removed, whatever the retention says.
///
/// Immutable.
///
/// @param reason 1 to 200 characters on one line
/// @param since when it was given
public record Hold(String reason, Instant since) {
    private static final int LONGEST = 200;

    public Hold {
        boolean isText = !reason.isBlank()
                && reason.length() <= LONGEST
                && reason.chars().noneMatch(c -> Character.isISOControl(c) || c == 0x2028 || c == 0x2029);
        if (!isText) {
            throw new ArgumentInvalid(
                    "reason",
                    "reason: " + reason.length() + " characters (expected: 1 to " + LONGEST + ", on one line)");
        }
    }
}
