package dev.firstpass.postprocess.format;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// A format that labeling tools import and export. One asset over HTTP is a data set of one.
///
/// Thread-safe; the writers it makes are for one thread each.
public interface LabelFormat {
    /// The name that users type, for instance `label-studio`; variants have a dot, for instance `coco.results`.
    String id();

    /// Media type of the only entry, or `application/zip` where a data set has several.
    String mediaType();

    /// File name ending of the only entry, with the dot, for instance `.ndjson`.
    String fileExtension();

    /// Whether tools take a file for each asset, as a folder of them; else one data set holds them all.
    default boolean isPerAsset() {
        return false;
    }

    /// One line for `firstpass formats`.
    String description();

    /// The options it understands, with what each does; others are refused with their name.
    List<FormatOption> options();

    /// Reads what it writes, and what the format's tools write; empty for a format that is only written. Its id is the
    /// format's.
    default Optional<LabelReader> reader() {
        return Optional.empty();
    }

    /// Begins a data set. What the format cannot express is converted by a named rule or reported in
    /// [DataSetWriter#report()], never dropped silently.
    ///
    /// @param sink receives the entries; not closed
    /// @throws FormatOptionException if an option is unknown or its value cannot be read
    DataSetWriter begin(FormatContext context, EntrySink sink) throws IOException;
}
