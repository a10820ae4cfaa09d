package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Annotation;
import dev.firstpass.postprocess.annotation.Candidate;
import dev.firstpass.postprocess.annotation.Keypoint;

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
}
