package dev.firstpass.server.validation;

import dev.firstpass.registry.ModelVersion;
import dev.firstpass.registry.validation.GoldenResult;
import dev.firstpass.registry.validation.ValidationReport;
import dev.firstpass.server.call.Deadline;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Makes pages of reports, with pictures of the first golden samples, those that are not as expected before the others.
///
/// Thread-safe; owns nothing. Takes as long as drawing does: a few seconds at most.
public final class ReportPages {
    private static final int MOST_PICTURES = 12;
    private static final int MAX_SIDE = 800;

    private final SamplePictures pictures;

    /// @param rows decodes the images
    public ReportPages(RowMaker rows) {
        this.pictures = new SamplePictures(rows, MAX_SIDE);
    }

    public String page(ModelVersion version, ValidationReport report, Deadline deadline) throws InterruptedException {
        List<GoldenResult> shown = report.golden().stream()
                .sorted((a, b) -> Boolean.compare(a.isMet(), b.isMet()))
                .limit(MOST_PICTURES)
                .toList();
        Map<String, List<SamplePictures.Drawn>> drawn = new HashMap<>();
        for (GoldenResult result : shown) {
            drawn.put(result.image(), pictures.of(version, result, deadline));
        }
        return ReportPage.of(version, report, drawn);
    }
}
