package dev.firstpass.server.rollout;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.server.pipeline.Answered;
import dev.firstpass.server.pipeline.StageTimes;
import java.util.List;
import java.util.Optional;

/// What shadows are run with.
///
/// @implSpec thread-safe
public interface ShadowRuntime {
    /// The version, if it may serve and is loaded; else it is loaded where there is room for it.
    Optional<ModelVersion> ready(ModelRef.Numbered ref);

    /// Whether live requests wait.
    boolean isBusy();

    /// Has a version do what was done for an answer. Blocks.
    ///
    /// @throws RuntimeException whatever prevents it
    Found run(Answered answer, ModelVersion version);

    record Found(List<Annotation> annotations, StageTimes times) {
        public Found {
            annotations = List.copyOf(annotations);
        }
    }
}
