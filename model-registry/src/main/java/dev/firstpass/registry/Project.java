package dev.firstpass.registry;

import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.LabelingWishes;
import java.time.Instant;
import java.util.OptionalLong;

/// One version of a labeling project. It never changes; saying something else of the project makes the next one, and
/// the newest is the one that a bare name means.
///
/// Immutable.
///
/// @param number counts from 1, without gaps
/// @param digest `sha256:` and the digest of what it says, in its canonical form
public record Project(ProjectName name, long number, String digest, ProjectSpec spec, Instant createdAt) {
    /// `name@3`: what answers name it by.
    public ProjectRef ref() {
        return new ProjectRef(name, OptionalLong.of(number));
    }

    /// What holds for an answer by this version.
    ///
    /// @param asked what the request itself wishes, over what the project does
    public LabelingSpec labeling(LabelingWishes asked) {
        return asked.over(spec.labeling()).spec(ref().toString());
    }
}
