package dev.firstpass.postprocess.family;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Keypoint;
import dev.firstpass.postprocess.geometry.BitMask;
import dev.firstpass.postprocess.geometry.Contours;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.geometry.Point;
import dev.firstpass.postprocess.geometry.PolygonPart;
import dev.firstpass.postprocess.geometry.Rect;
import dev.firstpass.postprocess.geometry.Ring;
import dev.firstpass.postprocess.spec.Prompt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// `target/gallery/index.html`: what each family makes of the outputs that its tests have, drawn over the outline of the asset. The
/// library's own answer of a golden case is checked by [FamilyGoldenTest]; here a person sees whether shapes are what a family should
/// give.
final class FamilyGalleryTest {
    private static final List<String> COLORS =
            List.of("#0969da", "#cf222e", "#1a7f37", "#9a6700", "#8250df", "#bf3989", "#0b7285", "#bc4c00");

    private static final int MOST_SHAPES = 6;

    private static final String HEAD = """
            <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>Families of Firstpass</title><style>
            body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #1f2328; background: #fff }
            section { display: grid; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); gap: 1rem }
            h2 { margin: 2rem 0 .5rem; font-size: 1.1rem } figure { margin: 0 } figcaption { font-size: .85rem; color: #59636e }
            svg { width: 100%; height: auto; background: #f6f8fa; border: 1px solid #d1d9e0 } svg * { vector-effect: non-scaling-stroke }
            </style><h1>Families</h1>
            """;

    /// @param prompt what was pointed at, where the family takes that
    private record Figure(String name, ImageSize asset, List<Annotation> found, Prompt prompt) {}

    @Test
    void page_ofEveryFamily_showsWhatItFinds() throws IOException {
        Map<String, List<Figure>> figures = new LinkedHashMap<>();
        ModelFamilies.STANDARD.forEach(family -> figures.put(family.id(), new ArrayList<>()));
        for (FamilySample sample : FamilySample.ALL) {
            figures.getOrDefault(sample.family(), List.of())
                    .add(new Figure(
                            "drawn",
                            ModelFamilyContractTest.ASSET,
                            ModelFamilyContractTest.interpret(sample, sample.outputs()),
                            new Prompt.None()));
        }
        FamilyGoldenTest.cases()
                .forEach(one -> figures.getOrDefault(one.family(), List.of())
                        .add(new Figure(
                                one.name(), one.size("asset"), FamilyGoldenTest.found(one), new Prompt.None())));
        for (String name : List.of("click", "clicks", "box", "box-and-click")) {
            SamCase one = SamCase.read(name);
            figures.getOrDefault("sam", List.of())
                    .add(new Figure(name, one.asset(), List.of(SamFamilyTest.found(one)), one.prompt()));
        }

        long count = figures.values().stream().mapToLong(List::size).sum();
        StringBuilder page = new StringBuilder(HEAD)
                .append(
                        ("<p>%d figures: outputs of real exports with random weights, or drawn ones, as the tests have them."
                                        + " The %d surest shapes of each.</p>\n")
                                .formatted(count, MOST_SHAPES));
        figures.forEach((family, ofFamily) -> {
            assertFalse(ofFamily.isEmpty(), family);
            page.append("<h2>").append(family).append("</h2><section>\n");
            for (Figure figure : ofFamily) {
                assertFalse(figure.found().isEmpty(), family + "/" + figure.name());
                figure(page, figure);
            }
            page.append("</section>\n");
        });
        Path file = Files.createDirectories(Path.of("target", "gallery")).resolve("index.html");
        Files.writeString(file, page);
        assertEquals(count, Files.readString(file).split("</figure>", -1).length - 1);
    }

    private static void figure(StringBuilder page, Figure figure) {
        page.append("<figure><svg viewBox=\"0 0 %d %d\">"
                .formatted(figure.asset().width(), figure.asset().height()));
        List<String> labels = figure.found().stream()
                .map(annotation -> annotation.candidate().label())
                .distinct()
                .toList();
        List<Annotation> shown = surest(figure.found());
        for (Annotation annotation : shown) {
            int color = labels.indexOf(annotation.candidate().label()) % COLORS.size();
            page.append("<g fill=\"%1$s\" fill-opacity=\".12\" stroke=\"%1$s\" stroke-width=\"1.5\">"
                    .formatted(COLORS.get(color)));
            shape(page, annotation, figure.asset(), shown.indexOf(annotation));
            page.append("</g>");
        }
        prompt(page, figure.prompt());
        String what = figure.found().stream()
                .collect(Collectors.groupingBy(
                        annotation -> annotation.kind().id(), LinkedHashMap::new, Collectors.counting()))
                .entrySet()
                .stream()
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(Collectors.joining(", "));
        page.append("</svg><figcaption>%s: %s</figcaption></figure>\n".formatted(figure.name(), what));
    }

    /// As many as a person can tell apart: random weights find a hundred things anywhere.
    private static List<Annotation> surest(List<Annotation> found) {
        return found.stream()
                .sorted(Comparator.comparingDouble(
                        (Annotation annotation) -> -annotation.candidate().score()))
                .limit(MOST_SHAPES)
                .toList();
    }

    /// @param row for what has no place in the image
    private static void shape(StringBuilder page, Annotation annotation, ImageSize asset, int row) {
        switch (annotation) {
            case Annotation.Box box -> rect(page, box.box());
            case Annotation.RotatedBox box -> path(page, Stream.of(box.box().corners()), true);
            case Annotation.Polygon polygon -> parts(page, polygon.parts());
            case Annotation.Mask mask -> {
                BitMask pixels = mask.runs().toBitMask();
                assertEquals(asset, pixels.size());
                parts(page, Contours.of(pixels));
            }
            case Annotation.Polyline line -> path(page, Stream.of(line.points()), false);
            case Annotation.Keypoints joints -> {
                joints.box().ifPresent(box -> rect(page, box));
                for (Keypoint joint : joints.points()) {
                    if (joint.visibility() != Keypoint.Visibility.ABSENT) {
                        dot(page, joint.at(), "currentColor");
                    }
                }
            }
            case Annotation.Classification _ ->
                page.append("<text x=\"4\" y=\"%d\" font-size=\"%d\" stroke=\"none\" fill-opacity=\"1\">%s</text>"
                        .formatted(
                                (row + 1) * asset.height() / (MOST_SHAPES + 1),
                                asset.height() / 10,
                                annotation.candidate().label()));
        }
    }

    private static void prompt(StringBuilder page, Prompt prompt) {
        switch (prompt) {
            case Prompt.None _ -> {
                // Nothing was pointed at.
            }
            case Prompt.Points points -> clicks(page, points.clicks());
            case Prompt.Box box -> {
                page.append("<g fill=\"none\" stroke=\"#1f2328\" stroke-dasharray=\"4 3\">");
                rect(page, box.box());
                page.append("</g>");
                clicks(page, box.clicks());
            }
        }
    }

    private static void clicks(StringBuilder page, List<Prompt.Click> clicks) {
        clicks.forEach(click -> dot(page, click.at(), click.foreground() ? "#1a7f37" : "#cf222e"));
    }

    private static void dot(StringBuilder page, Point at, String color) {
        page.append(String.format(
                Locale.ROOT, "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"1.5\" fill=\"%s\"/>", at.x(), at.y(), color));
    }

    private static void rect(StringBuilder page, Rect box) {
        page.append(String.format(
                Locale.ROOT,
                "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"/>",
                box.x(),
                box.y(),
                box.width(),
                box.height()));
    }

    private static void parts(StringBuilder page, List<PolygonPart> parts) {
        path(
                page,
                parts.stream()
                        .flatMap(part -> Stream.concat(Stream.of(part.outer()), part.holes().stream()))
                        .map(Ring::points),
                true);
    }

    private static void path(StringBuilder page, Stream<List<Point>> lines, boolean isClosed) {
        String steps = lines.map(points -> points.stream()
                        .map(point -> String.format(Locale.ROOT, "%.2f %.2f", point.x(), point.y()))
                        .collect(Collectors.joining("L", "M", isClosed ? "Z" : "")))
                .collect(Collectors.joining());
        page.append("<path fill-rule=\"evenodd\" d=\"%s\"%s/>".formatted(steps, isClosed ? "" : " fill=\"none\""));
    }
}
