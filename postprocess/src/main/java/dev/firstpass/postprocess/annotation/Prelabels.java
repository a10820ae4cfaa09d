package dev.firstpass.postprocess.annotation;

import java.util.List;

/// The answer for one asset: what was found, by whom, and what was left out.
///
/// Immutable.
public record Prelabels(AssetInfo asset, Provenance provenance, List<Annotation> annotations, List<Dropped> dropped) {
    public Prelabels {
        annotations = List.copyOf(annotations);
        dropped = List.copyOf(dropped);
    }
}
