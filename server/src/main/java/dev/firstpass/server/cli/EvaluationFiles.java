package dev.firstpass.server.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Writes what an evaluation came to into a folder: report.json, report.html, and failures.jsonl where images failed.
///
/// For one thread.
final class EvaluationFiles {
    private static final String FAILURES = "failures.jsonl";
    private static final int PICTURE_SIDE = 640;
    private static final JsonMapper JSON = new JsonMapper();

    private final Session session;
    private final Path out;

    EvaluationFiles(Session session, Path out) {
        this.session = session;
        this.out = out;
    }

    /// @return the page
    Path write(EvaluationReport report, EvaluationRun run, FolderFiles images) throws IOException {
        LabelFiles.write(out.resolve("report.json"), session.toJson(report).getBytes(StandardCharsets.UTF_8));
        List<EvaluationPage.Shown> shown = new ArrayList<>();
        for (EvaluationRun.Worst worst : run.worst()) {
            shown.add(shown(report, worst, images));
        }
        Path page = out.resolve("report.html");
        LabelFiles.write(page, EvaluationPage.of(report, shown).getBytes(StandardCharsets.UTF_8));
        if (run.failed().isEmpty()) {
            Files.deleteIfExists(out.resolve(FAILURES));
        } else {
            LabelFiles.write(out.resolve(FAILURES), lines(run.failed()).getBytes(StandardCharsets.UTF_8));
        }
        return page;
    }

    private EvaluationPage.Shown shown(EvaluationReport report, EvaluationRun.Worst worst, FolderFiles images)
            throws IOException {
        byte[] image = Files.readAllBytes(images.path(worst.file()));
        List<EvaluationPage.Picture> pictures = new ArrayList<>();
        pictures.add(new EvaluationPage.Picture("labels", paint(image, certain(worst.labels()))));
        for (int i = 0; i < worst.shown().size(); i++) {
            pictures.add(new EvaluationPage.Picture(
                    report.versions().get(i).model(), paint(image, worst.shown().get(i))));
        }
        return new EvaluationPage.Shown(worst.file(), worst.edits(), pictures);
    }

    private byte[] paint(byte[] image, List<Annotation> labels) {
        return session.parts().paintForPage(image, labels, PICTURE_SIDE);
    }

    /// Labels are drawn as surely as they are meant, without a score.
    private static List<Annotation> certain(List<Annotation> labels) {
        return labels.stream()
                .map(label -> label.withCandidate(new Candidate(
                        label.candidate().index(),
                        label.candidate().label(),
                        1,
                        label.candidate().attributes())))
                .toList();
    }

    private static String lines(List<EvaluationRun.FailedImage> failed) throws JsonProcessingException {
        StringBuilder lines = new StringBuilder();
        for (EvaluationRun.FailedImage image : failed) {
            lines.append(JSON.writeValueAsString(image)).append('\n');
        }
        return lines.toString();
    }
}
