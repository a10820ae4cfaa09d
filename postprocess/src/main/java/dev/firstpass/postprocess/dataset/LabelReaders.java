package dev.firstpass.postprocess.dataset;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// The formats of data sets that Firstpass reads: a new one is one file and one line here. The first that recognises a
/// data set reads it.
///
/// Immutable.
public final class LabelReaders {
    public static final List<LabelReader> STANDARD =
            List.of(new CocoReader(), new YoloReader(), new FirstpassFolderReader(), new ClassFolderReader());

    private LabelReaders() {}

    public static Optional<LabelReader> byId(String id) {
        return STANDARD.stream().filter(reader -> reader.id().equals(id)).findFirst();
    }

    public static Optional<LabelReader> recognise(DataSetSource source) throws IOException {
        for (LabelReader reader : STANDARD) {
            if (reader.recognises(source)) {
                return Optional.of(reader);
            }
        }
        return Optional.empty();
    }
}
