package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.dataset.DataSetSource;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The formats of data sets that Firstpass reads: those of [LabelFormats#STANDARD] that have a reader, and the few that are
/// only read. The first that recognises a data set reads it.
///
/// Immutable.
public final class LabelReaders {
    private static final List<LabelReader> ONLY_READ = List.of(
            new LabelFilesReader(
                    "voc.origin1",
                    "Pascal VOC: an .xml with boxes for each image, coordinates from 1",
                    new VocParser(1)),
            new ClassFolderReader());

    public static final List<LabelReader> STANDARD = Stream.concat(
                    LabelFormats.STANDARD.stream().flatMap(format -> format.reader().stream()), ONLY_READ.stream())
            .toList();

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
