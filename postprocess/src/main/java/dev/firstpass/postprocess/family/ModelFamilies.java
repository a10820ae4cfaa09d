package dev.firstpass.postprocess.family;

import java.util.List;
import java.util.Optional;

/// The families that Firstpass knows: a new one is one file and one line here.
///
/// Immutable.
public final class ModelFamilies {
    public static final List<ModelFamily> STANDARD = List.of(
            new YoloFamily(),
            new YoloxFamily(),
            new SsdFamily(),
            new TextRegionsFamily(),
            new SalientFamily(),
            new DetrFamily(),
            new TorchvisionFamily(),
            new TfDetectionFamily(),
            new CenternetFamily(),
            new ClassificationFamily(),
            new SemanticFamily(),
            new KeypointsFamily(),
            new FacesFamily(),
            new PolylinesFamily(),
            new SamFamily());

    private ModelFamilies() {}

    public static Optional<ModelFamily> byId(String id) {
        return STANDARD.stream().filter(family -> family.id().equals(id)).findFirst();
    }
}
