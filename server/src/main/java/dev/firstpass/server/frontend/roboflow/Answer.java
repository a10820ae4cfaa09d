package dev.firstpass.server.frontend.roboflow;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AnnotationIds;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.geometry.CocoRle;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.RunLengths;
import dev.firstpass.server.frontend.Json;
import dev.firstpass.server.frontend.ModelDescription;
import dev.firstpass.server.frontend.ModelLabels;
import dev.firstpass.server.frontend.WireNumbers;
import dev.firstpass.server.pipeline.PrelabelAnswer;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// One image's findings as Roboflow's servers answer: boxes by their centre, in pixels of the upright image. A polygon of several
/// parts is told by the largest of them, and without its holes, since the protocol has one list of points; the runs of a mask
/// (`response_mask_format: rle`) are all of it.
///
/// Immutable.
record Answer(ModelDescription model, ModelLabels labels, MaskForm masks, Task task) {
    ObjectNode json(PrelabelAnswer answer) {
        Prelabels prelabels = answer.prelabels();
        ObjectNode json = Json.object();
        json.put("inference_id", prelabels.provenance().prediction());
        json.put("time", answer.times().totalNanos() / 1e9);
        json.putObject("image")
                .put("width", prelabels.asset().size().width())
                .put("height", prelabels.asset().size().height());
        ArrayNode predictions = json.putArray("predictions");
        for (Annotation annotation : prelabels.annotations()) {
            add(predictions, prelabels, annotation);
        }
        if (task == Task.CLASSIFICATION) {
            prelabels.annotations().stream().findFirst().ifPresentOrElse(best -> best(json, best.candidate()), () -> {
                json.put("top", "");
                json.put("confidence", 0.0);
            });
        }
        return json;
    }

    /// The findings come with the best first.
    private static void best(ObjectNode json, Candidate candidate) {
        json.put("top", candidate.label());
        json.put("confidence", WireNumbers.score(candidate.score()));
    }

    private void add(ArrayNode predictions, Prelabels prelabels, Annotation annotation) {
        Optional<Rect> bounds = annotation.bounds();
        if (bounds.isEmpty() && task != Task.CLASSIFICATION) {
            // A figure of which no joint was found.
            return;
        }
        ObjectNode prediction = predictions.addObject();
        bounds.ifPresent(box -> box(prediction, box));
        prediction.put("confidence", WireNumbers.score(annotation.candidate().score()));
        prediction.put("class", annotation.candidate().label());
        prediction.put("class_id", labels.number(model, annotation.candidate().label()));
        prediction.put(
                "detection_id",
                AnnotationIds.of(prelabels.provenance(), prelabels.asset(), annotation.candidate())
                        .toString());
        switch (annotation) {
            case Annotation.Polygon polygon -> polygon(prediction, polygon.parts());
            case Annotation.Mask mask -> runs(prediction, mask.runs());
            case Annotation.Keypoints keypoints -> keypoints(prediction, keypoints.points());
            case Annotation.Box _, Annotation.RotatedBox _, Annotation.Polyline _, Annotation.Classification _ -> {
                // All is said.
            }
        }
    }

    private static void box(ObjectNode prediction, Rect box) {
        prediction.put("x", WireNumbers.pixels(box.x() + box.width() / 2));
        prediction.put("y", WireNumbers.pixels(box.y() + box.height() / 2));
        prediction.put("width", WireNumbers.pixels(box.width()));
        prediction.put("height", WireNumbers.pixels(box.height()));
    }

    private static void polygon(ObjectNode prediction, List<PolygonPart> parts) {
        ArrayNode points = prediction.putArray("points");
        parts.stream()
                .max(Comparator.comparingDouble(PolygonPart::area))
                .ifPresent(part -> part.outer().points().forEach(point -> at(points.addObject(), point)));
    }

    private static void at(ObjectNode json, Point point) {
        json.put("x", WireNumbers.pixels(point.x()));
        json.put("y", WireNumbers.pixels(point.y()));
    }

    private void runs(ObjectNode prediction, RunLengths runs) {
        ObjectNode rle = prediction.putObject("rle");
        rle.putArray("size").add(runs.size().height()).add(runs.size().width());
        rle.put("counts", CocoRle.encode(runs));
        prediction.put("mask_format", masks.name().toLowerCase(Locale.ROOT));
    }

    private static void keypoints(ObjectNode prediction, List<Keypoint> joints) {
        ArrayNode list = prediction.putArray("keypoints");
        for (int i = 0; i < joints.size(); i++) {
            Keypoint joint = joints.get(i);
            if (joint.visibility() != Keypoint.Visibility.ABSENT) {
                ObjectNode json = list.addObject();
                at(json, joint.at());
                json.put("confidence", WireNumbers.score(joint.score()));
                json.put("class", joint.name());
                json.put("class_id", i);
            }
        }
    }
}
