package dev.firstpass.postprocess.format;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// Keeps docs/formats.md what the formats do. With `-Dfirstpass.regenerate=true` it writes the page instead.
final class FormatsPageTest {
    private static final Path PAGE = Path.of("..", "docs", "formats.md");
    private static final String COMMAND = "mvn -pl postprocess test -Dtest=FormatsPageTest -Dfirstpass.regenerate=true";

    private static final String INTRODUCTION = """
            # Label formats

            What is written and read, and what becomes of each shape in each format. The tables are made by letting every format write
            one annotation of each kind and reading its report (`FormatMatrix`; FormatsPageTest holds this page against it, and
            `mvn -pl postprocess test -Dtest=FormatsPageTest -Dfirstpass.regenerate=true` writes it). `./firstpass formats` shows the same
            in brief, with `--json` in full.

            ## Turn one into another

            ```sh
            ./firstpass convert --to labelbox field-7/ field-7-labelbox            # the format of field-7 is found out
            ./firstpass convert --from voc --to coco VOC2012/ voc.json             # a format of one file, to that file
            ./firstpass convert --to yolo.segment task.json yolo.zip --images photos   # sizes are looked up in the images
            ```

            IN is the folder of a data set or its label file ([what is read of each](registry.md#evaluation)), OUT a folder, a `.zip`, or for
            a format of one file that file. `--images` says where the images are, `--split` which part is meant, `--format-option` sets an
            option of the format that is written. Images are looked into only where labels do not say how large they are.

            What is printed then is the loss table: which **rule** was applied to how many labels, how many were **left out** and why, and
            what the reader **noted** that is no label. The exit code is 0 with losses, too; `--strict` makes it 1 where anything was not
            said as it was. An image whose labels cannot be read, or whose size nobody knows, is listed on stderr, and the exit code is 3.

            Scores and attributes go along where there is a place for them. Ids are version 5 UUIDs of the image's name and the label's place
            among those of its image: converting again gives the same ones, and correcting a label moves no other's. Images are taken
            one at a time, and the labels stay in their file until it is their image's turn: a million of them go through every format,
            written and read, in a Java heap of 64 MB (`ManyLabelsTest` with `-Dfirstpass.long=true`).

            Boxes and polygons of one part go from `coco` to `labelbox` and back without a loss.

            ## What each can say
            """;

    /// What is met in the tables, and what a conversion counts beside.
    private static final Map<String, String> MEANINGS = meanings();

    private static Map<String, String> meanings() {
        Map<String, String> meanings = new LinkedHashMap<>();
        meanings.put("absent-joints-left-out", "joints that are not there are not written");
        meanings.put("box-to-mask", "the pixels whose centre is inside");
        meanings.put("box-to-polygon", "its four corners");
        meanings.put("box-to-rotated-box", "the same box, by an angle of 0");
        meanings.put("floored-to-pixels", "coordinates are cut to whole pixels, as the tool's own library does");
        meanings.put("keypoints-to-box", "the figure's own box, or else the bounds of its joints");
        meanings.put("keypoints-to-joints-in-box", "a rectangle and, in it, a point for each joint that is there");
        meanings.put("keypoints-to-points", "a point for each joint that is there, called as the joint");
        meanings.put("mask-to-box", "the bounds of its pixels");
        meanings.put("mask-to-polygon", "its outline along the edges of pixels, every corner kept");
        meanings.put("mask-to-rotated-box", "the rectangle of least area around it");
        meanings.put("polygon-holes-bridged", "holes are joined to the outer ring by a cut of no width");
        meanings.put("polygon-holes-filled", "holes are not there");
        meanings.put("polygon-parts-to-lines", "each part is a line of its own, and so a thing of its own");
        meanings.put("polygon-parts-to-regions", "each part is a region of its own, and so a thing of its own");
        meanings.put("polygon-to-box", "its bounds");
        meanings.put("polygon-to-mask", "the pixels whose centre is inside");
        meanings.put("polygon-to-rotated-box", "the rectangle of least area around it");
        meanings.put("polygon-with-holes-to-brush", "the pixels whose centre is inside");
        meanings.put("polygon-with-holes-to-mask", "the pixels whose centre is inside");
        meanings.put("polygon-with-holes-to-rle", "the pixels whose centre is inside");
        meanings.put("polyline-to-box", "its bounds");
        meanings.put("rotated-box-to-box", "its bounds");
        meanings.put("rotated-box-to-mask", "the pixels whose centre is inside");
        meanings.put("rotated-box-to-polygon", "its four corners");
        return meanings;
    }

    /// What depends on the data, and so is in no table.
    private static final Map<String, String> OTHERS = others();

    private static Map<String, String> others() {
        Map<String, String> others = new LinkedHashMap<>();
        others.put("score-left-out", "there is no place for a score, and it is not the 1 of who is sure");
        others.put("attributes-left-out", "there is no place for attributes");
        others.put("joint-scores-left-out", "there is no place for the scores of joints");
        others.put(DataSetConversion.CROWD, "a crowd of things that nobody told apart is written as one thing");
        others.put(
                DataSetConversion.OWN_BOX,
                "a box beside an outline that is, by more than a pixel, not the outline's bounds");
        others.put(DataSetConversion.EMPTY_IMAGE, "the format lists labels, so that an image without any is not there");
        others.put(
                DataSetConversion.UNUSED_CLASS,
                "the format calls labels by their class and has no list of them, so that one without any is not there");
        others.put("file-name-taken", "two images would have the same file: the second one's ends in `-2`");
        others.put(
                "clipped-to-image",
                "what reaches out of the image is cut off along its border; a polygon may become several parts by it");
        others.put(
                "clamped-to-image", "points of a line, and joints, that are out of the image are moved to its border");
        others.put(
                "bounds-in-image",
                "a rotated box that reaches out too far is its bounds, as far as they are in the image");
        others.put(
                "no-area-in-image, no-pixel, outside-image, rotated-box-beyond-image", "nothing of it is in the image");
        others.put("no-joint-present", "a figure of which no joint is there");
        others.put(
                "other-joints-than-category, other-joints-than-data-set",
                "figures of other joints than the first one of its class, or of the data set");
        others.put("radio-has-one-answer, choice-is-single", "a second class of an image where one is taken");
        others.put("overlap-cut, overlap-hidden", "a pixel can be one thing's: the better score lies on top");
        others.put("united-with-class", "things of a class that are one area in a mask of classes");
        others.put("over-5000-per-name, over-65534-areas", "more than the tool, or the file, has room for");
        others.put("letter-not-in-xml", "a character that XML has no place for is replaced by U+FFFD");
        others.put(
                "box-among-keypoints, ...",
                "a file of detections holds one kind: that which the first annotation, or an option, says");
        return others;
    }

    private static String page() {
        List<FormatMatrix.Row> rows =
                LabelFormats.STANDARD.stream().map(FormatMatrix::of).toList();
        StringBuilder page = new StringBuilder(INTRODUCTION);
        page.append(
                "\n| format | for | read | score | attributes | scores of joints | image without labels | class without |\n");
        page.append("|---|---|---|---|---|---|---|---|\n");
        for (int i = 0; i < rows.size(); i++) {
            FormatMatrix.Row row = rows.get(i);
            page.append("| `%s` | %s | %s | %s | %s | %s | %s | %s |\n"
                    .formatted(
                            row.format(),
                            LabelFormats.STANDARD.get(i).description().replace("|", "\\|"),
                            yes(row.isRead()),
                            yes(row.saysScores()),
                            yes(row.saysAttributes()),
                            row.saysJointScores().map(FormatsPageTest::yes).orElse("-"),
                            yes(row.saysEmptyImages()),
                            yes(row.saysUnusedClasses())));
        }
        LabelReaders.STANDARD.stream()
                .filter(reader -> LabelFormats.byId(reader.id()).isEmpty())
                .forEach(reader -> page.append("| `%s` | only read: %s | yes | - | - | - | - | - |\n"
                        .formatted(reader.id(), reader.description())));
        page.append(
                "\n\"As it is\" is **=**; a name is the rule that converts it; what is left out is *in italics*, with why.\n\n");
        page.append("| format |");
        for (FormatMatrix.Shape shape : FormatMatrix.Shape.values()) {
            page.append(' ').append(shape.title()).append(" |");
        }
        page.append("\n|---|")
                .append("---|".repeat(FormatMatrix.Shape.values().length))
                .append('\n');
        for (FormatMatrix.Row row : rows) {
            page.append("| `").append(row.format()).append("` |");
            for (FormatMatrix.Shape shape : FormatMatrix.Shape.values()) {
                page.append(' ').append(cell(row.of(shape))).append(" |");
            }
            page.append('\n');
        }
        page.append("\n## Options\n\n`--format-option NAME=VALUE`; over HTTP `format-options=NAME:VALUE`.\n\n");
        page.append("| format | option | what it does | default |\n|---|---|---|---|\n");
        for (LabelFormat format : LabelFormats.STANDARD) {
            for (FormatOption option : format.options()) {
                page.append("| `%s` | `%s` | %s | %s |\n"
                        .formatted(
                                format.id(),
                                option.name(),
                                option.description().replace("|", "\\|"),
                                option.byDefault().isEmpty() ? "none" : "`" + option.byDefault() + "`"));
            }
        }
        page.append("\n## Rules and reasons\n\n| rule | what is there then |\n|---|---|\n");
        for (String rule : rules(rows)) {
            page.append("| `%s` | %s |\n".formatted(rule, MEANINGS.getOrDefault(rule, "")));
        }
        page.append("\nThese depend on the labels:\n\n| counted as | |\n|---|---|\n");
        OTHERS.forEach((names, meaning) -> page.append("| %s | %s |\n"
                .formatted(
                        List.of(names.split(", ")).stream()
                                .map(name -> name.equals("...") ? name : "`" + name + "`")
                                .collect(Collectors.joining(", ")),
                        meaning)));
        return page.toString();
    }

    private static String yes(boolean is) {
        return is ? "yes" : "no";
    }

    private static String cell(FormatMatrix.Said said) {
        return switch (said) {
            case FormatMatrix.Said.AsItIs _ -> "=";
            case FormatMatrix.Said.ByRules(List<String> rules) ->
                rules.stream().map(rule -> "`" + rule + "`").collect(Collectors.joining(", "));
            case FormatMatrix.Said.LeftOut(String reason) -> "*" + reason + "*";
        };
    }

    private static SortedSet<String> rules(List<FormatMatrix.Row> rows) {
        TreeSet<String> rules = new TreeSet<>();
        for (FormatMatrix.Row row : rows) {
            for (FormatMatrix.Shape shape : FormatMatrix.Shape.values()) {
                if (row.of(shape) instanceof FormatMatrix.Said.ByRules(List<String> names)) {
                    rules.addAll(names);
                }
            }
        }
        return rules;
    }

    @Test
    void rules_inTheTables_haveTheirMeanings() {
        SortedSet<String> without =
                rules(LabelFormats.STANDARD.stream().map(FormatMatrix::of).toList());
        without.removeAll(MEANINGS.keySet());

        assertEquals(List.of(), List.copyOf(without), "rules whose meaning is to be said here");
    }

    @Test
    void page_isWhatTheFormatsDo() throws IOException {
        if (Boolean.getBoolean("firstpass.regenerate")) {
            Files.writeString(PAGE, page());
        }
        String found = Files.exists(PAGE) ? Files.readString(PAGE) : "";

        assertEquals(page(), found, "docs/formats.md is not what the formats do; run: " + COMMAND);
    }
}
