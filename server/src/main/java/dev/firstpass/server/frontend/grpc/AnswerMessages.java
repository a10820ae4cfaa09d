package dev.firstpass.server.frontend.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.UnsafeByteOperations;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.AnnotationIds;
import dev.firstpass.postprocess.annotation.AssetInfo;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint.Visibility;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.annotation.Provenance;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RunLengths;
import dev.firstpass.proto.v1.Asset;
import dev.firstpass.proto.v1.Box;
import dev.firstpass.proto.v1.Cache;
import dev.firstpass.proto.v1.Classification;
import dev.firstpass.proto.v1.Dropped;
import dev.firstpass.proto.v1.Failure;
import dev.firstpass.proto.v1.Formatted;
import dev.firstpass.proto.v1.Keypoint;
import dev.firstpass.proto.v1.Keypoints;
import dev.firstpass.proto.v1.Mask;
import dev.firstpass.proto.v1.ModelVersion;
import dev.firstpass.proto.v1.Point;
import dev.firstpass.proto.v1.Polygon;
import dev.firstpass.proto.v1.Polyline;
import dev.firstpass.proto.v1.PrelabelResponse;
import dev.firstpass.proto.v1.RotatedBox;
import dev.firstpass.proto.v1.Times;
import dev.firstpass.server.pipeline.CacheOutcome;
import dev.firstpass.server.pipeline.PrelabelAnswer;
import dev.firstpass.server.pipeline.StageTimes;
import java.util.Arrays;

/// Answers of the pipeline as messages.
final class AnswerMessages {
    private AnswerMessages() {}

    /// @param formatted whether the caller or its project asked for a label format
    static PrelabelResponse response(PrelabelAnswer answer, boolean formatted) {
        Prelabels prelabels = answer.prelabels();
        Provenance provenance = prelabels.provenance();
        PrelabelResponse.Builder response = PrelabelResponse.newBuilder()
                .setPrediction(provenance.prediction())
                .setModel(ModelVersion.newBuilder()
                        .setName(provenance.model())
                        .setVersion(provenance.version())
                        .setDigest(provenance.digest()))
                .setProject(provenance.specVersion())
                .setAsset(asset(prelabels.asset()))
                .setTimes(times(answer.times()))
                .setCache(cache(answer.cache()));
        prelabels
                .annotations()
                .forEach(annotation -> response.addAnnotations(annotation(annotation, provenance, prelabels.asset())));
        prelabels
                .dropped()
                .forEach(dropped -> response.addDropped(
                        Dropped.newBuilder().setReason(dropped.reason().name()).setCount(dropped.count())));
        if (formatted) {
            response.setFormatted(formatted(answer));
        }
        return response.build();
    }

    private static Cache cache(CacheOutcome outcome) {
        return switch (outcome) {
            case HIT -> Cache.CACHE_HIT;
            case MISS -> Cache.CACHE_MISS;
            case EMBEDDING -> Cache.CACHE_EMBEDDING;
            case SHARED -> Cache.CACHE_SHARED;
            case BYPASS -> Cache.CACHE_BYPASS;
        };
    }

    static Failure failure(dev.firstpass.server.failure.Failure failure, String requestId) {
        Failure.Builder message = Failure.newBuilder()
                .setReason(failure.reason().name())
                .setDetail(failure.detail())
                .setRetryable(failure.reason().retryable())
                .setRequestId(requestId);
        failure.field().ifPresent(message::setField);
        failure.retryAfter().ifPresent(wait -> message.setRetryAfter(duration(wait)));
        return message.build();
    }

    static Duration duration(java.time.Duration duration) {
        return Duration.newBuilder()
                .setSeconds(duration.getSeconds())
                .setNanos(duration.getNano())
                .build();
    }

    private static Asset asset(AssetInfo asset) {
        return Asset.newBuilder()
                .setId(asset.id())
                .setWidth(asset.size().width())
                .setHeight(asset.size().height())
                .setDigest(asset.digest())
                .build();
    }

    private static Formatted formatted(PrelabelAnswer answer) {
        return Formatted.newBuilder()
                .setBody(bytes(answer.body()))
                .setMediaType(answer.mediaType())
                .setFileName(answer.fileName())
                .putAllConverted(answer.report().converted())
                .putAllLeftOut(answer.report().leftOut())
                .build();
    }

    /// The door owns the answer's array, and nobody writes to it any more.
    private static ByteString bytes(byte[] body) {
        return UnsafeByteOperations.unsafeWrap(body);
    }

    private static Times times(StageTimes times) {
        return Times.newBuilder()
                .setFetchNanos(times.fetchNanos())
                .setDecodeNanos(times.decodeNanos())
                .setQueueNanos(times.queueNanos())
                .setInferNanos(times.inferNanos())
                .setPostprocessNanos(times.postprocessNanos())
                .setWriteNanos(times.writeNanos())
                .setTotalNanos(times.totalNanos())
                .build();
    }

    private static dev.firstpass.proto.v1.Annotation annotation(
            Annotation annotation, Provenance provenance, AssetInfo asset) {
        Candidate candidate = annotation.candidate();
        dev.firstpass.proto.v1.Annotation.Builder message = dev.firstpass.proto.v1.Annotation.newBuilder()
                .setId(AnnotationIds.of(provenance, asset, candidate).toString())
                .setLabel(candidate.label())
                .setScore(candidate.score())
                .putAllAttributes(candidate.attributes());
        annotation.bounds().ifPresent(bounds -> message.setBounds(box(bounds)));
        switch (annotation) {
            case Annotation.Box box -> message.setBox(box(box.box()));
            case Annotation.RotatedBox box -> message.setRotatedBox(rotatedBox(box.box()));
            case Annotation.Polygon polygon -> message.setPolygon(polygon(polygon));
            case Annotation.Mask mask -> message.setMask(mask(mask.runs()));
            case Annotation.Polyline line -> message.setPolyline(polyline(line));
            case Annotation.Keypoints keypoints -> message.setKeypoints(keypoints(keypoints));
            case Annotation.Classification _ -> message.setClassification(Classification.getDefaultInstance());
        }
        return message.build();
    }

    private static Box box(Rect box) {
        return Box.newBuilder()
                .setX(box.x())
                .setY(box.y())
                .setWidth(box.width())
                .setHeight(box.height())
                .build();
    }

    private static RotatedBox rotatedBox(RotatedRect box) {
        return RotatedBox.newBuilder()
                .setCx(box.cx())
                .setCy(box.cy())
                .setWidth(box.width())
                .setHeight(box.height())
                .setAngle(box.angle())
                .build();
    }

    private static Polygon polygon(Annotation.Polygon polygon) {
        Polygon.Builder message = Polygon.newBuilder();
        polygon.parts().forEach(part -> {
            Polygon.Part.Builder partMessage = message.addPartsBuilder().setOuter(ring(part.outer()));
            part.holes().forEach(hole -> partMessage.addHoles(ring(hole)));
        });
        return message.build();
    }

    private static Polygon.Ring ring(Ring ring) {
        Polygon.Ring.Builder message = Polygon.Ring.newBuilder();
        ring.points().forEach(point -> message.addPoints(point(point)));
        return message.build();
    }

    private static Mask mask(RunLengths runs) {
        Mask.Builder message = Mask.newBuilder()
                .setWidth(runs.size().width())
                .setHeight(runs.size().height());
        Arrays.stream(runs.counts()).forEach(message::addCounts);
        return message.build();
    }

    private static Polyline polyline(Annotation.Polyline line) {
        Polyline.Builder message = Polyline.newBuilder();
        line.points().forEach(point -> message.addPoints(point(point)));
        return message.build();
    }

    private static Keypoints keypoints(Annotation.Keypoints keypoints) {
        Keypoints.Builder message = Keypoints.newBuilder();
        keypoints
                .points()
                .forEach(point -> message.addPoints(Keypoint.newBuilder()
                        .setName(point.name())
                        .setX(point.at().x())
                        .setY(point.at().y())
                        .setVisibility(visibility(point.visibility()))
                        .setScore(point.score())));
        return message.build();
    }

    private static Keypoint.Visibility visibility(Visibility visibility) {
        return switch (visibility) {
            case VISIBLE -> Keypoint.Visibility.VISIBILITY_VISIBLE;
            case OCCLUDED -> Keypoint.Visibility.VISIBILITY_OCCLUDED;
            case ABSENT -> Keypoint.Visibility.VISIBILITY_ABSENT;
        };
    }

    private static Point point(dev.firstpass.postprocess.geometry.Point point) {
        return Point.newBuilder().setX(point.x()).setY(point.y()).build();
    }
}
