import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.ImportOrderer;
import com.palantir.javaformat.java.JavaFormatterOptions;
import com.palantir.javaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
        List<Path> wrong = new ArrayList<>();
        for (Path source : sources(root)) {
            String before = Files.readString(source);
            // Twice: what one pass breaks onto new lines, the next may join.
            String after = format(formatter, source, format(formatter, source, before));
            if (!after.equals(before)) {
                wrong.add(source);
                if (fix) {
                    Files.writeString(source, after);
                }
            }
        }
        wrong.forEach(source -> System.err.println((fix ? "formatted " : "not formatted: ") + source));
        if (!fix && !wrong.isEmpty()) {
            System.err.println("Run: mvn -Pformat -N validate");
            System.exit(1);
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
