package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.annotation.Prelabels;
import dev.firstpass.postprocess.format.DataSetWriter;
import dev.firstpass.postprocess.format.FormatContext;
import dev.firstpass.postprocess.format.FormatReport;
import dev.firstpass.postprocess.format.LabelFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// One asset's pre-labels in a label format: a data set of one, as bytes. A format with several entries gives a zip.
///
/// Immutable by convention: nobody writes to the array.
///
/// @param isOfItsTime whether other bytes may be written of the same at another time
record Rendering(byte[] body, String mediaType, String fileName, FormatReport report, boolean isOfItsTime) {
    /// Where nothing was to be written.
    static final Rendering NONE = new Rendering(new byte[0], "", "", FormatReport.NOTHING, false);

    /// The first that a zip can say: the same labels are the same bytes.
    private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    /// @throws dev.firstpass.postprocess.format.FormatOptionException if the format does not take an option
    static Rendering of(
            Prelabels prelabels,
            LabelFormat format,
            List<String> classes,
            Map<String, String> options,
            InstantSource clock) {
        Map<String, ByteArrayOutputStream> entries = new LinkedHashMap<>();
        AskedClock asked = new AskedClock(clock);
        try (DataSetWriter writer =
                format.begin(new FormatContext(classes, options, asked), name -> open(entries, name))) {
            writer.write(prelabels);
            writer.end();
            String stem = stem(prelabels.asset().id());
            return entries.size() == 1
                    ? new Rendering(
                            entries.values().iterator().next().toByteArray(),
                            format.mediaType(),
                            stem + format.fileExtension(),
                            writer.report(),
                            asked.wasAsked)
                    : new Rendering(zip(entries), "application/zip", stem + ".zip", writer.report(), true);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory does not fail", e);
        }
    }

    /// The same with other bytes.
    Rendering withBody(byte[] other) {
        return new Rendering(other, mediaType, fileName, report, isOfItsTime);
    }

    PrelabelAnswer answer(Prelabels prelabels, StageTimes times, CacheOutcome cache) {
        return new PrelabelAnswer(prelabels, body, mediaType, fileName, report, times, cache);
    }

    private static OutputStream open(Map<String, ByteArrayOutputStream> entries, String name) {
        ByteArrayOutputStream entry = new ByteArrayOutputStream();
        entries.put(name, entry);
        return entry;
    }

    private static byte[] zip(Map<String, ByteArrayOutputStream> entries) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, ByteArrayOutputStream> entry : entries.entrySet()) {
                ZipEntry named = new ZipEntry(entry.getKey());
                named.setTimeLocal(NO_TIME);
                zip.putNextEntry(named);
                entry.getValue().writeTo(zip);
                zip.closeEntry();
            }
        }
        return bytes.toByteArray();
    }

    /// A clock that tells whether somebody looked at it.
    ///
    /// For one thread.
    private static final class AskedClock implements InstantSource {
        private final InstantSource clock;
        private boolean wasAsked;

        AskedClock(InstantSource clock) {
            this.clock = clock;
        }

        @Override
        public Instant instant() {
            wasAsked = true;
            return clock.instant();
        }
    }

    /// The last part of an id without its ending: `photos/dog.jpg` -> `dog`.
    private static String stem(String id) {
        String name = id.substring(Math.max(id.lastIndexOf('/'), id.lastIndexOf('\\')) + 1);
        int dot = name.lastIndexOf('.');
        String stem = dot > 0 ? name.substring(0, dot) : name;
        return stem.replaceAll("[^A-Za-z0-9._-]", "_");
    }
}
