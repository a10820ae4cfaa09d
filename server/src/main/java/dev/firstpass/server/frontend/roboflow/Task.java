package dev.firstpass.server.frontend.roboflow;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.server.frontend.ModelDescription;
import java.util.Optional;

/// What Roboflow calls a kind of model, and where its requests go.
enum Task {
    OBJECT_DETECTION("object-detection", "object_detection"),
    INSTANCE_SEGMENTATION("instance-segmentation", "instance_segmentation"),
    KEYPOINT_DETECTION("keypoint-detection", "keypoints_detection"),
    CLASSIFICATION("classification", "classification");

    private final String id;
    private final String path;

    Task(String id, String path) {
        this.id = id;
        this.path = path;
    }

    /// As it stands in the description of a model.
    String id() {
        return id;
    }

    /// The last part of the path that is asked.
    String path() {
        return path;
    }

    /// Empty for models that need a prompt or find what Roboflow has no name for.
    static Optional<Task> of(ModelDescription model) {
        return model.takesPrompt() ? Optional.empty() : of(model.geometry());
    }

    private static Optional<Task> of(GeometryKind geometry) {
        return switch (geometry) {
            case BOX, ROTATED_BOX -> Optional.of(OBJECT_DETECTION);
            case POLYGON, MASK -> Optional.of(INSTANCE_SEGMENTATION);
            case KEYPOINTS -> Optional.of(KEYPOINT_DETECTION);
            case CLASSIFICATION -> Optional.of(CLASSIFICATION);
            case POLYLINE -> Optional.empty();
        };
    }
}
