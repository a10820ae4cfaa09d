package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.postprocess.format.LabelFormat;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import java.util.List;

/// The families and formats that this server knows, by their ids.
///
/// Immutable.
public record Vocabulary(List<ModelFamily> families, List<LabelFormat> formats) {
    public Vocabulary {
        families = List.copyOf(families);
        formats = List.copyOf(formats);
    }

    /// @throws dev.firstpass.server.failure.FailureException FORMAT_UNKNOWN
    LabelFormat format(String id) {
        return formats.stream()
                .filter(format -> format.id().equals(id))
                .findFirst()
                .orElseThrow(() -> Failure.ofField(
                                Reason.FORMAT_UNKNOWN,
                                "format",
                                "no such label format (expected: one of "
                                        + formats.stream().map(LabelFormat::id).toList() + ")")
                        .asException());
    }

    /// @throws dev.firstpass.server.failure.FailureException MODEL_FAILED, since registration checks the family
    ModelFamily family(String id) {
        return families.stream()
                .filter(family -> family.id().equals(id))
                .findFirst()
                .orElseThrow(() -> Failure.of(Reason.MODEL_FAILED, "this release does not know the model's family")
                        .asException());
    }
}
