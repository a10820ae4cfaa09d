package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Prelabels;
import java.util.Comparator;
import java.util.List;

/// The labels that hold for an asset as a whole, for formats that say all of them in one place.
final class Classifications {
    private Classifications() {}

    /// The best score first; equal ones in the model's order.
    static List<Candidate> bestFirst(Prelabels prelabels) {
        return prelabels.annotations().stream()
                .filter(Annotation.Classification.class::isInstance)
                .map(Annotation::candidate)
                .sorted(Comparator.comparingDouble(Candidate::score).reversed())
                .toList();
    }
}
