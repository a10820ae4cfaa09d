package dev.firstpass.server.cli;

import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectRef;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Gets pre-labels, from this process or from a server.
///
/// Thread-safe; calls block.
interface PrelabelAccess extends AutoCloseable {
    /// The version that a reference means now.
    ///
    /// @throws dev.firstpass.server.failure.FailureException if there is none
    Model model(ModelRef ref);

    /// @param classes by index
    /// @param geometry what it finds by nature; empty where a server does not say so
    /// @param thresholds labels that answers carry -> least score of each where a request names none
    record Model(
            ModelRef version, List<String> classes, Optional<GeometryKind> geometry, Map<String, Double> thresholds) {
        public Model {
            classes = List.copyOf(classes);
            thresholds = Collections.unmodifiableMap(new LinkedHashMap<>(thresholds));
        }
    }

    /// The version of a labeling project that a reference means now.
    ///
    /// @throws dev.firstpass.server.failure.FailureException if there is none
    Project project(ProjectRef ref);

    /// @throws dev.firstpass.server.failure.FailureException if this asset failed
    Answer prelabel(Job job);

    @Override
    void close();

    /// One asset to be labeled.
    ///
    /// @param image bytes of the image file; not changed by anyone
    /// @param assetId what label files call it
    /// @param formats ids of label formats, at least one
    /// @param wishes over those of the project; a server is not sent what only a project can wish
    /// @param project the version of a labeling project that holds where `wishes` leave something open
    /// @param wantPrelabels whether the pre-labels are needed as values too
    record Job(
            ModelRef model,
            byte[] image,
            String assetId,
            List<String> formats,
            Map<String, String> formatOptions,
            LabelingWishes wishes,
            Optional<Project> project,
            boolean wantPrelabels) {
        public Job {
            formats = List.copyOf(formats);
            formatOptions = Map.copyOf(formatOptions);
        }

        /// Without a project.
        public Job(
                ModelRef model,
                byte[] image,
                String assetId,
                List<String> formats,
                Map<String, String> formatOptions,
                LabelingWishes wishes,
                boolean wantPrelabels) {
            this(model, image, assetId, formats, formatOptions, wishes, Optional.empty(), wantPrelabels);
        }

        /// What holds for the answer.
        LabelingSpec labeling() {
            return project.map(named -> named.labeling(wishes)).orElseGet(() -> wishes.spec(""));
        }
    }

    /// @param model the version that answered, `coco@3`
    /// @param files format id -> label file
    /// @param prelabels present where they were wanted
    /// @param millis stage -> time spent in it, in the order of the walk, `total` last
    /// @param dropped how many findings were left out, by reason
    record Answer(
            String model,
            Map<String, LabelFile> files,
            Optional<Prelabels> prelabels,
            Map<String, Double> millis,
            Map<String, Integer> dropped) {}

    /// The labels of one asset in one format.
    ///
    /// @param extension with the dot
    record LabelFile(byte[] body, String extension) {}
}
