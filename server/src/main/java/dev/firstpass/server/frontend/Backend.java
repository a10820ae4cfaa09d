package dev.firstpass.server.frontend;

import dev.firstpass.postprocess.family.ModelFamily;
import dev.firstpass.postprocess.format.LabelFormat;
import dev.firstpass.registry.token.TokenSecret;
import dev.firstpass.registry.token.Tokens;
import dev.firstpass.server.ledger.PredictionListing;
import dev.firstpass.server.observe.Metrics;
import dev.firstpass.server.pipeline.Prelabeler;
import dev.firstpass.server.pipeline.TensorModels;
import dev.firstpass.server.upload.UploadStore;
import java.util.List;

/// What lies behind the doors. Nothing of it is closed by them.
///
/// Immutable.
///
/// @param tokens that callers may show, where they are to show any
/// @param owner the one token that is this server's alone, and ends with it
public record Backend(
        Prelabeler prelabeler,
        TensorModels tensors,
        ModelListing models,
        RegistryAdmin registry,
        UploadStore uploads,
        ReadinessProbe readiness,
        StatusSource status,
        PredictionListing predictions,
        List<LabelFormat> formats,
        List<ModelFamily> families,
        Metrics metrics,
        Tokens tokens,
        TokenSecret owner) {
    public Backend {
        formats = List.copyOf(formats);
        families = List.copyOf(families);
    }
}
