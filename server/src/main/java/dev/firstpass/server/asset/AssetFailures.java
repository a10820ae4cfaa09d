package dev.firstpass.server.asset;

import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;

/// Why bytes are not had. What is said of a place is never more than the caller has said of it.
///
/// Immutable.
///
/// @param field of the request, or the setting, that names the place
record AssetFailures(String field) {
    static final AssetFailures OF_URI = new AssetFailures("asset.uri");

    FailureException forbidden(String why) {
        return of(Reason.ASSET_FORBIDDEN, why);
    }

    FailureException unreachable(String why) {
        return of(Reason.ASSET_UNREACHABLE, why);
    }

    FailureException tooLarge(int maxBytes) {
        return of(Reason.REQUEST_TOO_LARGE, "more than " + maxBytes + " bytes at its place");
    }

    private FailureException of(Reason reason, String why) {
        return Failure.ofField(reason, field, field + ": " + why).asException();
    }

    static FailureException late() {
        return Failure.of(Reason.DEADLINE_EXCEEDED, "the asset did not come before the deadline")
                .asException();
    }
}
