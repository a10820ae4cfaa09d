package dev.firstpass.postprocess.format;

import java.util.List;
import java.util.Optional;

/// The formats that Firstpass writes: a new one is one file and one line here.
///
/// Immutable.
public final class LabelFormats {
    public static final List<LabelFormat> STANDARD = List.of();

    private LabelFormats() {}

    public static Optional<LabelFormat> byId(String id) {
        return STANDARD.stream().filter(format -> format.id().equals(id)).findFirst();
    }
}
