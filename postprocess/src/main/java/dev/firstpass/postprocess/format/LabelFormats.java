package dev.firstpass.postprocess.format;

import dev.firstpass.postprocess.annotation.Prelabels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The formats that Firstpass writes: a new one is one file and one line here.
///
/// Immutable.
public final class LabelFormats {
    public static final List<LabelFormat> STANDARD = List.of(
            new FirstpassFormat(),
            new LabelboxFormat(),
            new CocoFormat(),
            new CocoResultsFormat(),
            new CocoPanopticFormat(),
            new LabelStudioFormat(),
            new YoloFormat(YoloTask.DETECT),
            new YoloFormat(YoloTask.SEGMENT),
            new YoloFormat(YoloTask.OBB),
            new YoloFormat(YoloTask.POSE),
            new VocFormat(),
            new PngFormat(false),
            new PngFormat(true),
            new CvatXmlFormat(),
            new SuperviselyFormat(),
            new DarwinFormat(),
            new EncordFormat(),
            new LabelMeFormat(),
            new GeoJsonFormat(),
            new CreateMlFormat(),
            // An empty array is one of its files: behind all others.
            new CvatFormat());

    private LabelFormats() {}

    public static Optional<LabelFormat> byId(String id) {
        return STANDARD.stream().filter(format -> format.id().equals(id)).findFirst();
    }

    /// Writes a whole data set to memory: for answers of one or a few assets. Bigger ones are streamed to a sink.
    ///
    /// @throws FormatOptionException if an option of `context` is unknown to the format, its value cannot be read, or
    ///     it names one asset and there are several
    public static WrittenDataSet write(LabelFormat format, FormatContext context, List<Prelabels> assets) {
        Map<String, ByteArrayOutputStream> entries = new HashMap<>();
        EntrySink memory = name -> {
            ByteArrayOutputStream entry = new ByteArrayOutputStream();
            entries.put(name, entry);
            return entry;
        };
        try (DataSetWriter writer = format.begin(context, memory)) {
            for (Prelabels prelabels : assets) {
                writer.write(prelabels);
            }
            writer.end();
            Map<String, byte[]> bytes = new HashMap<>();
            entries.forEach((name, entry) -> bytes.put(name, entry.toByteArray()));
            return new WrittenDataSet(bytes, writer.report());
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
    }
}
