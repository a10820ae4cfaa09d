package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.format.FormatReport;

/// The answer to one request: the pre-labels, and the same as bytes in the format asked for; no bytes, no name and no type
/// where none was.
///
/// Immutable by convention: the door that gets it owns the array.
///
/// @param fileName a name for the bytes if they are saved, for instance `dog.ndjson`
/// @param cache where the findings came from
public record PrelabelAnswer(
        Prelabels prelabels,
        byte[] body,
        String mediaType,
        String fileName,
        FormatReport report,
        StageTimes times,
        CacheOutcome cache) {}
