package dev.firstpass.server.labelbox;

import dev.firstpass.registry.Sha256;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A file of rows, one JSON object a line, as `prelabel --format labelbox` writes it: looked through once, and cut into what goes
/// into one import each.
///
/// Immutable. In memory are a line at a time and the ids of one data row's rows.
///
/// @param problems of lines that Labelbox would refuse, the first ones
/// @param problemCount of all such lines
public record RowFile(Path path, List<Chunk> chunks, List<Problem> problems, long problemCount) {
    /// Annotations of one feature that a data row may have.
    static final int MOST_OF_A_FEATURE = 5000;

    /// Masks are pictures in a line.
    private static final int LONGEST_LINE = 64 << 20;

    private static final int PROBLEMS_SHOWN = 20;

    public RowFile {
        chunks = List.copyOf(chunks);
        problems = List.copyOf(problems);
    }

    /// A line that is not right.
    ///
    /// @param line from 1
    public record Problem(long line, String message) {}

    /// Looks through a file.
    ///
    /// @param mostRows of an import; a data row that has more is not divided
    /// @throws IOException if it cannot be read
    public static RowFile of(Path path, int mostRows) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(path), 1 << 16)) {
            return new Scan(path, mostRows, in).scan();
        }
    }

    public long rows() {
        return chunks.stream().mapToLong(Chunk::rows).sum();
    }

    /// How many data rows there are; one whose rows do not stand together counts for each place.
    public long dataRows() {
        return chunks.stream().mapToLong(Chunk::dataRows).sum();
    }

    /// A chunk's bytes. The caller closes it.
    InputStream open(Chunk chunk) {
        try {
            FileChannel channel = FileChannel.open(path);
            channel.position(chunk.offset());
            return new LimitedInput(new BufferedInputStream(Channels.newInputStream(channel), 1 << 16), chunk.bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Where rows stand.
    ///
    /// @return uuid -> line
    Map<String, Long> lines(Chunk chunk) throws IOException {
        Map<String, Long> lines = new HashMap<>();
        try (InputStream in = open(chunk)) {
            long number = chunk.firstLine();
            for (Line line = Line.read(in); !line.isEnd(); line = Line.read(in)) {
                if (!line.isBlank()) {
                    lines.put(Row.of(line.bytes()).uuid(), number);
                }
                number++;
            }
        } catch (RowException e) {
            throw new IOException("the file has changed: " + e.getMessage(), e);
        }
        return lines;
    }

    /// A line and how much of the file it takes.
    private record Line(byte[] bytes, long taken, boolean isTooLong) {
        /// The next one; nothing is taken at the end of the file.
        static Line read(InputStream in) throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream(512);
            long taken = 0;
            for (int b = in.read(); b >= 0; b = in.read()) {
                taken++;
                if (b == '\n') {
                    break;
                }
                if (taken <= LONGEST_LINE) {
                    line.write(b);
                }
            }
            return new Line(line.toByteArray(), taken, taken > LONGEST_LINE);
        }

        boolean isEnd() {
            return taken == 0;
        }

        boolean isBlank() {
            for (byte b : bytes) {
                if (b != ' ' && b != '\t' && b != '\r') {
                    return false;
                }
            }
            return true;
        }
    }

    /// For one thread, once.
    private static final class Scan {
        private final Path path;
        private final int mostRows;
        private final InputStream in;
        private final List<Chunk> chunks = new ArrayList<>();
        private final List<Problem> problems = new ArrayList<>();
        private long problemCount;

        /// Of the data row that is being read.
        private String dataRow = "";

        private final Set<String> uuids = new HashSet<>();
        private final Map<String, Integer> features = new HashMap<>();

        /// What is whole and not yet in a chunk, and after it the data row that is being read.
        private Part whole = Part.NONE;

        private Part open = Part.NONE;
        private long offset;
        private long chunkLine = 1;

        Scan(Path path, int mostRows, InputStream in) {
            this.path = path;
            this.mostRows = mostRows;
            this.in = in;
        }

        RowFile scan() throws IOException {
            long number = 1;
            for (Line line = Line.read(in); !line.isEnd(); line = Line.read(in)) {
                take(line, number++);
            }
            endDataRow();
            endChunk();
            return new RowFile(path, chunks, problems, problemCount);
        }

        private void take(Line line, long number) throws IOException {
            int rows = 0;
            if (!line.isBlank() || line.isTooLong()) {
                try {
                    if (line.isTooLong()) {
                        throw new RowException("it is too long (expected: at most " + LONGEST_LINE + " bytes)");
                    }
                    row(Row.of(line.bytes()));
                    rows = 1;
                } catch (RowException e) {
                    problemCount++;
                    if (problems.size() < PROBLEMS_SHOWN) {
                        problems.add(new Problem(number, String.valueOf(e.getMessage())));
                    }
                }
            }
            open = open.plus(new Part(line.taken(), 1, rows, 0));
        }

        private void row(Row row) throws IOException, RowException {
            if (!row.dataRow().equals(dataRow)) {
                endDataRow();
                dataRow = row.dataRow();
            }
            if (!uuids.add(row.uuid())) {
                throw new RowException("uuid: " + row.uuid() + " is another row's of the same data row");
            }
            if (features.merge(row.feature(), 1, Integer::sum) > MOST_OF_A_FEATURE) {
                throw new RowException("more than " + MOST_OF_A_FEATURE + " annotations called " + row.feature()
                        + " of one data row, which Labelbox does not take");
            }
        }

        private void endDataRow() throws IOException {
            if (open.rows > 0) {
                if (whole.rows > 0 && whole.rows + open.rows > mostRows) {
                    endChunk();
                }
                whole = whole.plus(new Part(0, 0, 0, 1));
            }
            whole = whole.plus(open);
            open = Part.NONE;
            uuids.clear();
            features.clear();
        }

        private void endChunk() throws IOException {
            if (whole.rows > 0) {
                chunks.add(new Chunk(
                        chunkLine, whole.rows, whole.dataRows, offset, whole.bytes, digestOf(offset, whole.bytes)));
            }
            offset += whole.bytes;
            chunkLine += whole.lines;
            whole = Part.NONE;
        }

        private String digestOf(long from, long bytes) throws IOException {
            MessageDigest sha = Sha256.begin();
            try (FileChannel channel = FileChannel.open(path)) {
                channel.position(from);
                InputStream part = new LimitedInput(Channels.newInputStream(channel), bytes);
                byte[] buffer = new byte[1 << 16];
                for (int read = part.read(buffer); read >= 0; read = part.read(buffer)) {
                    sha.update(buffer, 0, read);
                }
            }
            return Sha256.end(sha);
        }
    }

    /// A stretch of the file.
    private record Part(long bytes, long lines, int rows, int dataRows) {
        static final Part NONE = new Part(0, 0, 0, 0);

        Part plus(Part other) {
            return new Part(bytes + other.bytes, lines + other.lines, rows + other.rows, dataRows + other.dataRows);
        }
    }
}
