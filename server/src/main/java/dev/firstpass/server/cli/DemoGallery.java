package dev.firstpass.server.cli;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.server.cli.DemoKit.DemoModel;
import dev.firstpass.server.cli.DemoKit.DemoPhoto;
import dev.firstpass.server.page.Html;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// The demo's index.html: every photo beside what each model found on it, with links to the label files. One file
/// without scripts, with relative links, so it can be opened from disk, copied or served from anywhere.
///
/// Immutable.
final class DemoGallery {
    /// Labels named on a card; the rest is counted.
    private static final int SHOWN_LABELS = 6;

    private final List<DemoModel> models;
    private final List<DemoPhoto> photos;
    private final List<Cell> cells;

    /// @param cells in any order; a photo without a cell for a model has an empty place
    DemoGallery(List<DemoModel> models, List<DemoPhoto> photos, List<Cell> cells) {
        this.models = List.copyOf(models);
        this.photos = List.copyOf(photos);
        this.cells = List.copyOf(cells);
    }

    /// What one model found on one photo.
    ///
    /// @param model its name
    /// @param photo its file name
    /// @param version that answered, `coco@1`
    /// @param picture path of the overlay relative to the page, forward slashes
    /// @param labels format id -> path of the label file relative to the page
    /// @param millis stage -> time spent in it
    record Cell(
            String model,
            String photo,
            String version,
            String picture,
            Map<String, String> labels,
            Prelabels prelabels,
            Map<String, Double> millis) {
        Cell {
            labels = new LinkedHashMap<>(labels);
            millis = new LinkedHashMap<>(millis);
        }
    }

    String html() {
        return resource("gallery.html")
                .formatted(
                        resource("gallery.css"),
                        Html.escaped(summary()),
                        models.stream().map(DemoGallery::legend).collect(Collectors.joining()),
                        photos.stream().map(this::contents).collect(Collectors.joining()),
                        photos.stream().map(this::section).collect(Collectors.joining()));
    }

    private String summary() {
        int found = cells.stream()
                .mapToInt(cell -> cell.prelabels.annotations().size())
                .sum();
        return counted(photos.size(), "photo") + ", " + counted(models.size(), "model") + ", "
                + counted(found, "pre-label");
    }

    private static String legend(DemoModel model) {
        return """
                <div><dt>%s</dt><dd>%s <small>%s</small></dd></div>
                """.formatted(Html.escaped(model.name()), Html.escaped(model.summary()), Html.escaped(model.source()));
    }

    private String contents(DemoPhoto photo) {
        return """
                <a href="#%s"><img src="photos/%s" alt="" loading="lazy">%s</a>
                """.formatted(anchor(photo), link(photo.fileName()), Html.escaped(photo.title()));
    }

    private String section(DemoPhoto photo) {
        String cards = models.stream()
                .flatMap(model -> cells.stream()
                        .filter(cell -> cell.model.equals(model.name()) && cell.photo.equals(photo.fileName())))
                .map(cell -> card(cell, photo))
                .collect(Collectors.joining());
        return """
                <section id="%s">
                <h2>%s <small><a href="photos/%s">photo</a> &middot; %s</small></h2>
                <div class="cards">
                %s</div>
                </section>
                """.formatted(
                        anchor(photo),
                        Html.escaped(photo.title()),
                        link(photo.fileName()),
                        Html.escaped(photo.credit()),
                        cards);
    }

    private String card(Cell cell, DemoPhoto photo) {
        var size = cell.prelabels.asset().size();
        int found = cell.prelabels.annotations().size();
        return """
                <article>
                <a class="picture" href="%s"><img src="%s" width="%d" height="%d" loading="lazy" alt="%s"></a>
                <h3>%s <small>%s</small></h3>
                %s
                <p class="files">%s</p>
                <p class="times">%s</p>
                </article>
                """.formatted(
                        link(cell.picture),
                        link(cell.picture),
                        size.width(),
                        size.height(),
                        Html.escaped(photo.title() + ", with what " + cell.model + " found on it"),
                        Html.escaped(cell.version),
                        counted(found, "pre-label"),
                        found == 0 ? "<p class=\"none\">Nothing found above the threshold.</p>" : labels(cell),
                        files(cell),
                        times(cell.millis));
    }

    /// Each label once, most frequent first, with its best score as a bar.
    private static String labels(Cell cell) {
        Map<String, List<Double>> scores = new LinkedHashMap<>();
        for (Annotation annotation : cell.prelabels.annotations()) {
            scores.computeIfAbsent(annotation.candidate().label(), _ -> new ArrayList<>())
                    .add(annotation.candidate().score());
        }
        record Line(String label, int count, double best) {}
        List<Line> lines = scores.entrySet().stream()
                .map(entry -> new Line(
                        entry.getKey(),
                        entry.getValue().size(),
                        entry.getValue().stream()
                                .mapToDouble(score -> score)
                                .max()
                                .orElse(0)))
                .sorted(Comparator.comparingDouble(Line::best).reversed().thenComparing(Line::label))
                .toList();
        String items = lines.stream()
                .limit(SHOWN_LABELS)
                .map(line -> """
                        <li><span>%s%s</span><meter min="0" max="1" value="%s"></meter><b>%s</b></li>
                        """.formatted(
                                Html.escaped(line.label),
                                line.count == 1 ? "" : " <i>&times; " + line.count + "</i>",
                                figure("%.3f", line.best),
                                figure("%.2f", line.best)))
                .collect(Collectors.joining());
        int more = lines.size() - SHOWN_LABELS;
        return "<ul>\n" + items + (more > 0 ? "<li class=\"none\">and " + more + " more</li>\n" : "") + "</ul>";
    }

    private static String files(Cell cell) {
        return cell.labels.entrySet().stream()
                .map(file -> "<a href=\"%s\">%s</a>".formatted(link(file.getValue()), Html.escaped(file.getKey())))
                .collect(Collectors.joining("\n"));
    }

    private static String times(Map<String, Double> millis) {
        return millis.entrySet().stream()
                .filter(time -> time.getValue() >= 0.05)
                .map(time -> Html.escaped(time.getKey()) + "&nbsp;" + figure("%.1f", time.getValue()))
                .collect(Collectors.joining(" &middot; ", "", millis.isEmpty() ? "" : "&nbsp;ms"));
    }

    private static String counted(int count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }

    private static String figure(String pattern, double value) {
        return String.format(Locale.ROOT, pattern, value);
    }

    private String anchor(DemoPhoto photo) {
        return "photo-" + (photos.indexOf(photo) + 1);
    }

    /// A relative path as it stands in an attribute: each segment percent-encoded.
    static String link(String path) {
        return Arrays.stream(path.split("/", -1))
                .map(segment ->
                        URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20"))
                .collect(Collectors.joining("/"));
    }

    private static String resource(String name) {
        try (InputStream in = DemoGallery.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + ": missing (expected: beside this class)");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
