package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Dropped;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.AppliedLabeling;
import java.util.List;

/// What one version found on one asset under one labeling spec: all of an answer that does not depend on who asks,
/// so it may be kept and given again.
///
/// Immutable.
record Findings(ImageSize size, List<Annotation> annotations, List<Dropped> dropped) {
    Findings {
        annotations = List.copyOf(annotations);
        dropped = List.copyOf(dropped);
    }

    static Findings of(AppliedLabeling labeling, ImageSize size) {
        return new Findings(size, labeling.annotations(), labeling.dropped());
    }
}
