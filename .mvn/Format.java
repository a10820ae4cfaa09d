import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.ImportOrderer;
import com.palantir.javaformat.java.JavaFormatterOptions;
import com.palantir.javaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Checks that every Java source under the given root is formatted by palantir-java-format, or formats it.
///
/// Maven runs it in a JVM of its own on the build's toolchain JDK, because Maven's own JVM may be too old to parse
/// the sources: `java .mvn/Format.java check|fix ROOT`.
public final class Format {
    private static final Pattern DOC_LINE = Pattern.compile("(?m)^( *)(///.*)$");
    private static final Pattern ASIDE = Pattern.compile("// @aside(\\d+)@");

    public static void main(String[] args) throws IOException {
        boolean fix = args[0].equals("fix");
        Path root = Path.of(args[1]);
        Formatter formatter = Formatter.createFormatter(JavaFormatterOptions.builder()
                .style(JavaFormatterOptions.Style.PALANTIR)
                .build());
        List<Changed> wrong = sources(root).parallelStream()
                .flatMap(source -> changed(formatter, source).stream())
                .toList();
        for (Changed source : wrong) {
            if (fix) {
                Files.writeString(source.path(), source.formatted());
            }
        }
        wrong.forEach(source -> System.err.println((fix ? "formatted " : "not formatted: ") + source.path()));
        if (!fix && !wrong.isEmpty()) {
            System.err.println("Run: mvn -Pformat -N validate");
            System.exit(1);
        }
    }

    /// A source that is not formatted, and how it would be.
    private record Changed(Path path, String formatted) {}

    /// Empty if it is formatted.
    private static Optional<Changed> changed(Formatter formatter, Path source) {
        try {
            String before = Files.readString(source);
            String once = format(formatter, source, before);
            if (once.equals(before)) {
                return Optional.empty();
            }
            // Twice: what one pass breaks onto new lines, the next may join.
            String after = format(formatter, source, once);
            return after.equals(before) ? Optional.empty() : Optional.of(new Changed(source, after));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Formats all but the `///` lines, which the formatter would break in the middle: they are put aside and keep
    /// their text.
    private static String format(Formatter formatter, Path source, String text) {
        List<String> asides = new ArrayList<>();
        String code = DOC_LINE.matcher(text).replaceAll(line -> {
            asides.add(line.group(2));
            return line.group(1) + "// @aside" + (asides.size() - 1) + "@";
        });
        try {
            String formatted = formatter.formatSource(ImportOrderer.reorderImports(
                    RemoveUnusedImports.removeUnusedImports(code), JavaFormatterOptions.Style.PALANTIR));
            return ASIDE.matcher(formatted)
                    .replaceAll(line -> Matcher.quoteReplacement(asides.get(Integer.parseInt(line.group(1)))));
        } catch (FormatterException e) {
            throw new IllegalStateException(source + ": " + e.getMessage(), e);
        }
    }

    private static List<Path> sources(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.toString().contains("/target/"))
                    .sorted()
                    .toList();
        }
    }
}
