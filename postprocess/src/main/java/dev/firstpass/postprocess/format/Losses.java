package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;
import java.util.List;

/// What of an annotation that is written a format has no place for, by the names that reports have for it.
final class Losses {
    private Losses() {}

    /// `score-left-out`, where it is not the 1 that readers take for none.
    static void score(Tally tally, Candidate candidate) {
        if (candidate.score() != 1) {
            tally.converted("score-left-out");
        }
    }

    /// `attributes-left-out`, where there are some.
    static void attributes(Tally tally, Candidate candidate) {
        if (!candidate.attributes().isEmpty()) {
            tally.converted("attributes-left-out");
        }
    }

    /// `joint-scores-left-out`, where they are not what readers take for none: 1, and 0 of an absent joint.
    static void jointScores(Tally tally, Annotation.Keypoints keypoints) {
        boolean isSaid = keypoints.points().stream()
                .anyMatch(joint -> joint.score() != (joint.visibility() == Keypoint.Visibility.ABSENT ? 0 : 1));
        if (isSaid) {
            tally.converted("joint-scores-left-out");
        }
    }

    /// The joints that are there, for formats that have no way to say of one that it is not: `absent-joints-left-out`, and of
    /// all scores `joint-scores-left-out`. None, and the figure left out as `no-joint-present`, where there are none.
    static List<Keypoint> presentJoints(Tally tally, Annotation.Keypoints keypoints) {
        List<Keypoint> present = keypoints.points().stream()
                .filter(joint -> joint.visibility() != Keypoint.Visibility.ABSENT)
                .toList();
        if (present.isEmpty()) {
            tally.leftOut("no-joint-present");
            return present;
        }
        if (present.size() < keypoints.points().size()) {
            tally.converted("absent-joints-left-out");
        }
        if (present.stream().anyMatch(joint -> joint.score() != 1)) {
            tally.converted("joint-scores-left-out");
        }
        return present;
    }
}
