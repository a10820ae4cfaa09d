package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Dropped;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.AppliedLabeling;
import dev.firstpass.server.ledger.LabelsDigest;
import java.util.List;

/// What one version found on one asset under one labeling spec: all of an answer that does not depend on who asks,
/// so it may be kept and given again.
///
/// Immutable.
///
/// @param labelsDigest of the annotations, so that it is computed once however often they are given
record Findings(ImageSize size, List<Annotation> annotations, List<Dropped> dropped, String labelsDigest) {
    Findings {
        annotations = List.copyOf(annotations);
        dropped = List.copyOf(dropped);
    }

    Findings(ImageSize size, List<Annotation> annotations, List<Dropped> dropped) {
        this(size, annotations, dropped, LabelsDigest.of(annotations));
    }

    static Findings of(AppliedLabeling labeling, ImageSize size) {
        return new Findings(size, labeling.annotations(), labeling.dropped());
    }
}
