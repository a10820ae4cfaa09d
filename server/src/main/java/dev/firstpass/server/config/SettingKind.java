package dev.firstpass.server.config;

import dev.firstpass.registry.RegistryException;
import dev.firstpass.registry.Tenant;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What may stand as the value of a setting, written as text.
///
/// Immutable.
///
/// @param expected what may stand there, for messages and for the page of settings
/// @param reader gives the value, or nothing where the text is none
record SettingKind<T>(String expected, Function<String, Optional<T>> reader) {
    private static final Pattern WHOLE = Pattern.compile("[0-9]{1,18}");
    private static final Pattern AMOUNT = Pattern.compile("([0-9]{1,12}) ?([A-Za-z]*)");
    private static final Map<String, Long> BYTE_UNITS = Map.of(
            "",
            1L,
            "B",
            1L,
            "kB",
            1_000L,
            "MB",
            1_000_000L,
            "GB",
            1_000_000_000L,
            "KiB",
            1L << 10,
            "MiB",
            1L << 20,
            "GiB",
            1L << 30);
    private static final Map<String, Long> MILLI_UNITS = Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L);

    static final SettingKind<Boolean> FLAG = new SettingKind<>(
            "true or false",
            text -> text.equals("true") || text.equals("false") ? Optional.of(text.equals("true")) : Optional.empty());
    static final SettingKind<String> TEXT =
            new SettingKind<>("text", text -> Optional.of(text).filter(Predicate.not(String::isBlank)));
    static final SettingKind<Tenant> TENANT = new SettingKind<>("a tenant's name", SettingKind::tenant);
    static final SettingKind<Path> PATH = new SettingKind<>("a path", SettingKind::path);

    /// Several values: a list in YAML, with commas in between in a variable.
    static final SettingKind<List<String>> WORDS =
            new SettingKind<>("a list, or text with commas", text -> Optional.of(words(text)));

    private static Optional<Tenant> tenant(String text) {
        try {
            return Optional.of(new Tenant(text));
        } catch (RegistryException.ArgumentInvalid _) {
            return Optional.empty();
        }
    }

    static SettingKind<Integer> whole(int low, int high) {
        return new SettingKind<>(
                "a whole number from " + low + " to " + high,
                text -> number(text)
                        .filter(value -> value >= low && value <= high)
                        .map(Long::intValue));
    }

    static SettingKind<Long> count(long low, long high) {
        return new SettingKind<>(
                "a whole number from " + low + " to " + high,
                text -> number(text).filter(value -> value >= low && value <= high));
    }

    /// @param low text of the least amount, as a user would write it
    static SettingKind<Long> bytes(String low, String high) {
        long least = amount(low, BYTE_UNITS).orElseThrow();
        long most = amount(high, BYTE_UNITS).orElseThrow();
        return new SettingKind<>(
                "bytes from " + low + " to " + high + ", for instance 512MiB",
                text -> amount(text, BYTE_UNITS).filter(value -> value >= least && value <= most));
    }

    /// @param low text of the least duration, as a user would write it
    static SettingKind<Duration> duration(String low) {
        long least = amount(low, MILLI_UNITS).orElseThrow();
        return new SettingKind<>(
                "a duration from " + low + " to 24h, for instance 500ms, 30s or 10m",
                text -> amount(text, MILLI_UNITS)
                        .filter(millis ->
                                millis >= least && millis <= Duration.ofDays(1).toMillis())
                        .map(Duration::ofMillis));
    }

    private static Optional<Long> number(String text) {
        return WHOLE.matcher(text).matches() ? Optional.of(Long.valueOf(text)) : Optional.empty();
    }

    private static Optional<Long> amount(String text, Map<String, Long> units) {
        Matcher parts = AMOUNT.matcher(text);
        if (!parts.matches()) {
            return Optional.empty();
        }
        long amount = Long.parseLong(parts.group(1));
        return Optional.ofNullable(units.get(parts.group(2)))
                .filter(unit -> amount <= Long.MAX_VALUE / unit)
                .map(unit -> amount * unit);
    }

    private static Optional<Path> path(String text) {
        try {
            return text.isBlank() ? Optional.empty() : Optional.of(Path.of(text));
        } catch (InvalidPathException _) {
            return Optional.empty();
        }
    }

    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        for (String word : text.split(",", -1)) {
            if (!word.isBlank()) {
                words.add(word.strip());
            }
        }
        return List.copyOf(words);
    }
}
