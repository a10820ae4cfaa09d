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
import java.util.Optional;

/// One wish for pre-labels, the same from every door.
///
/// Immutable.
///
/// @param assetId the caller's name for the asset, where it gave one
/// @param written in which format the answer is written; empty where whoever asks reads what was found, and wants no bytes
/// @param deadline begun when the request came to its door
/// @param cache whether it may be answered from what is known, and remembered
/// @param requestId for logs and error reports
/// @param stages hears where its time goes
public record PrelabelRequest(
        ModelRef model,
        AssetRef asset,
        Optional<String> assetId,
        Prompt prompt,
        LabelingSpec labeling,
        Optional<FormatChoice> written,
        Priority priority,
        Deadline deadline,
        CacheUse cache,
        Caller caller,
        String requestId,
        StageListener stages) {
    /// One whose stages nobody listens to.
    public PrelabelRequest(
            ModelRef model,
            AssetRef asset,
            Optional<String> assetId,
            Prompt prompt,
            LabelingSpec labeling,
            Optional<FormatChoice> written,
            Priority priority,
            Deadline deadline,
            CacheUse cache,
            Caller caller,
            String requestId) {
        this(
                model,
                asset,
                assetId,
                prompt,
                labeling,
                written,
                priority,
                deadline,
                cache,
                caller,
                requestId,
                StageListener.NONE);
    }

    /// The same whose stages somebody listens to.
    public PrelabelRequest with(StageListener listener) {
        return listener.equals(stages)
                ? this
                : new PrelabelRequest(
                        model, asset, assetId, prompt, labeling, written, priority, deadline, cache, caller, requestId,
                        listener);
    }

    /// The same when the asset has been fetched.
    PrelabelRequest of(Asset fetched) {
        return new PrelabelRequest(
                model,
                new AssetRef.Fetched(fetched),
                assetId,
                prompt,
                labeling,
                written,
                priority,
                deadline,
                cache,
                caller,
                requestId,
                stages);
    }

    /// The same for which nobody waits.
    PrelabelRequest asBulk() {
        return new PrelabelRequest(
                model, asset, assetId, prompt, labeling, written, Priority.BULK, deadline, cache, caller, requestId);
    }
}
