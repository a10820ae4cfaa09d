package dev.firstpass.server.frontend;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.GeometryKind;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.format.LabelFormats;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.geometry.RotatedRect;
import dev.firstpass.postprocess.geometry.RunLengths;
import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.config.Authentication;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.pipeline.RenderedAnswers;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A server with one model for each geometry, named after what it finds, whose findings are the same on every image of 40 x 30
/// pixels; `pointed` takes a prompt. Answers are written by the real label formats.
///
/// Pure functions.
public final class ShapedModels {
    public static final ImageSize SIZE = new ImageSize(40, 30);

    private ShapedModels() {}

    /// Who starts it closes it.
    public static TestServer start() {
        return start(Limits.STANDARD);
    }

    public static TestServer start(Limits limits) {
        return start(limits, Authentication.NONE);
    }

    /// That lets in nobody without a token.
    public static TestServer guarded() {
        return start(Limits.STANDARD, Authentication.TOKENS);
    }

    private static TestServer start(Limits limits, Authentication authentication) {
        TestServer server = TestServer.ofFormats(limits, LabelFormats.STANDARD, authentication);
        server.backend.furtherModels = models();
        server.backend.behaviour = request -> RenderedAnswers.answer(
                request,
                TestVersions.version("coco", 2).manifest().spec(),
                FakeBackend.DIGEST,
                SIZE,
                found(request.model().name().value()));
        return server;
    }

    private static List<ModelDescription> models() {
        return Stream.of(
                        model("boxes", GeometryKind.BOX, "ssd", false),
                        model("turned", GeometryKind.ROTATED_BOX, "yolo", false),
                        model("outlines", GeometryKind.POLYGON, "text-regions", false),
                        model("blobs", GeometryKind.MASK, "semantic", false),
                        model("rings", GeometryKind.MASK, "semantic", false),
                        model("joints", GeometryKind.KEYPOINTS, "keypoints", false),
                        model("lines", GeometryKind.POLYLINE, "polylines", false),
                        model("tags", GeometryKind.CLASSIFICATION, "classification", false),
                        model("pointed", GeometryKind.MASK, "sam", true))
                .toList();
    }

    private static ModelDescription model(String name, GeometryKind geometry, String family, boolean takesPrompt) {
        return new ModelDescription(
                Tenant.LOCAL,
                name,
                2,
                FakeBackend.DIGEST,
                List.of(1L, 2L),
                Map.of("production", 2L),
                family,
                geometry,
                takesPrompt,
                takesPrompt ? List.of() : List.of("cat", "dog"),
                Map.of(),
                0.5,
                takesPrompt ? Map.of() : Map.of("cat", 0.5, "dog", 0.5),
                ModelVersion.State.AVAILABLE);
    }

    private static List<Annotation> found(String model) {
        Candidate dog = new Candidate(7, "dog", 0.875);
        Candidate cat = new Candidate(2, "cat", 0.75);
        return switch (model) {
            case "coco", "boxes" ->
                List.of(
                        new Annotation.Box(dog, new Rect(10.25, 5.5, 20.125, 15.3333)),
                        new Annotation.Box(cat, new Rect(0, 0, 40, 30)));
            case "turned" -> List.of(new Annotation.RotatedBox(dog, new RotatedRect(20.5, 14.25, 12.5, 6.25, 30)));
            case "outlines" ->
                List.of(new Annotation.Polygon(
                        dog,
                        List.of(
                                part(2.5, 3, 9.5, 3, 9.5, 8.25, 2.5, 8.25),
                                part(20, 10, 35.75, 10, 30, 25.5, 22.25, 22))));
            case "blobs" -> List.of(new Annotation.Mask(dog, RunLengths.of(blobs())));
            case "salient", "rings", "pointed" -> List.of(new Annotation.Mask(dog, RunLengths.of(ring())));
            case "joints" ->
                List.of(new Annotation.Keypoints(
                        dog,
                        List.of(
                                joint("nose", 12.5, 8.25, Keypoint.Visibility.VISIBLE),
                                joint("tail", 30.75, 20, Keypoint.Visibility.OCCLUDED),
                                joint("ear", 0, 0, Keypoint.Visibility.ABSENT))));
            case "lines" ->
                List.of(new Annotation.Polyline(
                        dog, List.of(new Point(1.5, 2), new Point(20, 10.25), new Point(39, 29))));
            case "tags" -> List.of(new Annotation.Classification(dog), new Annotation.Classification(cat));
            default -> throw new IllegalArgumentException(model);
        };
    }

    private static Keypoint joint(String name, double x, double y, Keypoint.Visibility visibility) {
        return new Keypoint(name, new Point(x, y), visibility, 0.5);
    }

    private static PolygonPart part(double... xy) {
        List<Point> points = Stream.iterate(0, i -> i + 2)
                .limit(xy.length / 2)
                .map(i -> new Point(xy[i], xy[i + 1]))
                .toList();
        return new PolygonPart(new Ring(points), List.of());
    }

    /// Two pieces, the second of which reaches the last column and row.
    private static BitMask blobs() {
        BitMask mask = new BitMask(SIZE);
        for (int y = 3; y < 9; y++) {
            mask.setRun(y, 4, 12);
        }
        for (int y = 15; y < 30; y++) {
            mask.setRun(y, 20 + (y - 15) / 3, 40);
        }
        return mask;
    }

    private static BitMask ring() {
        BitMask mask = new BitMask(SIZE);
        for (int y = 5; y < 25; y++) {
            mask.setRun(y, 8, 30);
        }
        BitMask holed = new BitMask(SIZE);
        for (int y = 0; y < SIZE.height(); y++) {
            for (int x = 0; x < SIZE.width(); x++) {
                boolean isHole = x >= 14 && x < 20 && y >= 10 && y < 16;
                if (mask.get(x, y) && !isHole) {
                    holed.set(x, y);
                }
            }
        }
        return holed;
    }
}
