package dev.firstpass.server.cli;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.dataset.DataSetException;
import dev.firstpass.postprocess.dataset.LabeledDataSet;
import dev.firstpass.postprocess.dataset.LabeledImage;
import dev.firstpass.postprocess.dataset.TrueLabel;
import dev.firstpass.postprocess.evaluation.ClassMap;
import dev.firstpass.postprocess.evaluation.ClassificationEvaluation;
import dev.firstpass.postprocess.evaluation.Compared;
import dev.firstpass.postprocess.evaluation.DetectionEvaluation;
import dev.firstpass.postprocess.evaluation.Edits;
import dev.firstpass.postprocess.geometry.ImageSize;
import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// One evaluation: has every image labelled by each version, and holds the answers against the labels. An image that
/// fails for one version is left out for all, so that versions are compared on the same images.
///
/// For one thread, which is the one that reads labels and figures; images are sent by a few of its own. Keeps figures and
/// the worst images' labels, no image.
final class EvaluationRun {
    /// As pycocotools' users have it: the tail below moves no figure, but makes answers long.
    static final double LEAST_SCORE = 0.001;

    /// Images that are shown.
    private static final int MOST_WORST = 12;

    private static final Comparator<Worst> MOST_WORK_FIRST =
            Comparator.comparingLong((Worst image) -> image.edits().work()).reversed();

    private final Session session;
    private final PrelabelAccess access;
    private final FolderFiles files;
    private final LabeledDataSet labels;
    private final List<Judged> judged;
    private final LabelingWishes labeling;
    private final int jobs;
    private final List<FailedImage> failed = new ArrayList<>();
    private final List<Worst> worst = new ArrayList<>();
    private long images;
    private long labelCount;

    /// A version to be evaluated.
    ///
    /// @param compared empty for classifications
    record Version(PrelabelAccess.Model model, ClassMap classes, Optional<Compared> compared) {
        /// Whether people get to see it where a request names no threshold.
        boolean isShown(Annotation finding) {
            return finding.candidate().score()
                    >= model.thresholds().getOrDefault(finding.candidate().label(), 0.0);
        }
    }

    /// An image that is in no figure.
    record FailedImage(String path, String reason, String detail, boolean retryable) {}

    /// An image that needs many corrections.
    ///
    /// @param edits of the first version's findings
    /// @param shown findings of each version that people get to see
    record Worst(String file, Edits edits, List<Annotation> labels, List<List<Annotation>> shown) {}

    /// What one version's answers came to; one of the two evaluations is there.
    record Judged(
            Version version,
            Optional<DetectionEvaluation> detection,
            Optional<ClassificationEvaluation> classification) {
        static Judged of(Version version) {
            return new Judged(
                    version,
                    version.compared().map(compared -> new DetectionEvaluation(version.classes(), compared)),
                    version.compared().isPresent()
                            ? Optional.empty()
                            : Optional.of(new ClassificationEvaluation(version.classes())));
        }

        Edits add(ImageSize size, List<TrueLabel> labels, List<Annotation> findings) {
            return detection
                    .map(evaluation -> evaluation.add(size, labels, findings, version::isShown))
                    .or(() -> classification.map(evaluation -> evaluation.add(labels, findings, version::isShown)))
                    .orElse(Edits.NONE);
        }
    }

    /// What became of an image: an answer of each version, or why there is none.
    private record Outcome(List<Prelabels> answers, Optional<FailedImage> failure) {}

    EvaluationRun(
            Session session,
            PrelabelAccess access,
            FolderFiles files,
            LabeledDataSet labels,
            List<Version> versions,
            LabelingWishes labeling,
            int jobs) {
        this.session = session;
        this.access = access;
        this.files = files;
        this.labels = labels;
        this.judged = versions.stream().map(Judged::of).toList();
        this.labeling = labeling;
        this.jobs = jobs;
    }

    /// Asks for findings of any score, so that average precision can be told.
    static LabelingWishes labeling(int max) {
        try {
            return LabelingWishes.ofRequest(
                    Optional.of(LEAST_SCORE), Set.of(), OptionalInt.of(max), Optional.empty(), Optional.empty());
        } catch (IllegalArgumentException e) {
            throw CliException.usage("--" + e.getMessage());
        }
    }

    void run() throws IOException {
        String models = String.join(
                " and ",
                judged.stream()
                        .map(one -> one.version.model().version().toString())
                        .toList());
        try (Progress.Task task =
                session.progress().begin("Evaluating " + models, labels.images().size(), Progress.Unit.PHOTOS)) {
            SideBySide.run(labels.images(), jobs, "evaluate-", this::label, (image, outcome) -> {
                outcome.failure().ifPresent(failed::add);
                if (outcome.failure().isEmpty()) {
                    judge(image, outcome.answers());
                }
                task.advance(1);
            });
        }
    }

    List<Judged> judged() {
        return judged;
    }

    List<FailedImage> failed() {
        return List.copyOf(failed);
    }

    /// Those whose corrections are most, for the first version.
    List<Worst> worst() {
        return List.copyOf(worst);
    }

    /// Evaluated ones.
    long images() {
        return images;
    }

    /// Of the evaluated images, of whatever class.
    long labelCount() {
        return labelCount;
    }

    private Outcome label(LabeledImage image) {
        if (image.file().isEmpty()) {
            return failure(image.name(), "IMAGE_MISSING", "no such file", false);
        }
        String path = files.path(image.file().get()).toString();
        try {
            byte[] bytes = Files.readAllBytes(files.path(image.file().get()));
            List<Prelabels> answers = new ArrayList<>();
            for (Judged one : judged) {
                PrelabelAccess.Job job = new PrelabelAccess.Job(
                        one.version.model().version(),
                        bytes,
                        image.name(),
                        List.of("firstpass"),
                        Map.of(),
                        labeling,
                        true);
                answers.add(access.prelabel(job).prelabels().orElseThrow());
            }
            return new Outcome(answers, Optional.empty());
        } catch (FailureException e) {
            Failure failure = e.failure();
            if (PrelabelCommand.SAME_FOR_ALL.contains(failure.reason())) {
                throw e;
            }
            return failure(
                    path,
                    failure.reason().name(),
                    failure.detail(),
                    failure.reason().retryable());
        } catch (IOException e) {
            return failure(path, "IO", ErrorText.of(e), true);
        }
    }

    private static Outcome failure(String path, String reason, String detail, boolean retryable) {
        return new Outcome(List.of(), Optional.of(new FailedImage(path, reason, detail, retryable)));
    }

    private void judge(LabeledImage image, List<Prelabels> answers) throws IOException {
        ImageSize size = answers.getFirst().asset().size();
        List<TrueLabel> truth;
        try {
            truth = labels.labels(image, size);
        } catch (DataSetException e) {
            failed.add(new FailedImage(
                    files.path(image.file().orElse(image.name())).toString(),
                    "LABELS_UNREADABLE",
                    String.valueOf(e.getMessage()),
                    false));
            return;
        }
        List<Edits> edits = new ArrayList<>();
        for (int i = 0; i < judged.size(); i++) {
            edits.add(judged.get(i).add(size, truth, answers.get(i).annotations()));
        }
        images++;
        labelCount += truth.size();
        remember(image, edits.getFirst(), truth, answers);
    }

    private void remember(LabeledImage image, Edits edits, List<TrueLabel> truth, List<Prelabels> answers) {
        boolean isAmongThem =
                worst.size() < MOST_WORST || worst.getLast().edits().work() < edits.work();
        if (edits.work() == 0 || !isAmongThem) {
            return;
        }
        List<List<Annotation>> shown = new ArrayList<>();
        for (int i = 0; i < judged.size(); i++) {
            shown.add(answers.get(i).annotations().stream()
                    .filter(judged.get(i).version::isShown)
                    .toList());
        }
        worst.add(new Worst(
                image.file().orElseThrow(),
                edits,
                truth.stream().map(TrueLabel::annotation).toList(),
                shown));
        worst.sort(MOST_WORK_FIRST);
        if (worst.size() > MOST_WORST) {
            worst.removeLast();
        }
    }
}
