package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.asset.Asset;
import dev.firstpass.server.asset.AssetRef;
import dev.firstpass.server.call.CacheUse;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import java.util.Map;
import java.util.Optional;

/// One wish for pre-labels, the same from every door.
///
/// Immutable.
///
/// @param assetId the caller's name for the asset, where it gave one
/// @param format id of a label format
/// @param formatOptions options of that format, by name
/// @param deadline begun when the request came to its door
/// @param cache whether it may be answered from what is known, and remembered
/// @param requestId for logs and error reports
public record PrelabelRequest(
        ModelRef model,
        AssetRef asset,
        Optional<String> assetId,
        Prompt prompt,
        LabelingSpec labeling,
        String format,
        Map<String, String> formatOptions,
        Priority priority,
        Deadline deadline,
        CacheUse cache,
        Caller caller,
        String requestId) {
    public PrelabelRequest {
        formatOptions = Map.copyOf(formatOptions);
    }

    /// The same when the asset has been fetched.
    PrelabelRequest of(Asset fetched) {
        return new PrelabelRequest(
                model,
                new AssetRef.Fetched(fetched),
                assetId,
                prompt,
                labeling,
                format,
                formatOptions,
                priority,
                deadline,
                cache,
                caller,
                requestId);
    }

    /// The same for which nobody waits.
    PrelabelRequest asBulk() {
        return new PrelabelRequest(
                model,
                asset,
                assetId,
                prompt,
                labeling,
                format,
                formatOptions,
                Priority.BULK,
                deadline,
                cache,
                caller,
                requestId);
    }
}
