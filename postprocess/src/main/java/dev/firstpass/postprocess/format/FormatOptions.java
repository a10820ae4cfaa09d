package dev.firstpass.postprocess.format;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// The options that a caller gave to a format, checked against those it knows.
///
/// Immutable.
final class FormatOptions {
    private final Map<String, String> given;
    private final Map<String, String> defaults;

    private FormatOptions(Map<String, String> given, Map<String, String> defaults) {
        this.given = Map.copyOf(given);
        this.defaults = Map.copyOf(defaults);
    }

    /// @throws FormatOptionException if an option is unknown or empty
    static FormatOptions of(LabelFormat format, Map<String, String> given) {
        Map<String, String> defaults = new HashMap<>();
        format.options().forEach(option -> defaults.put(option.name(), option.byDefault()));
        // In order, so that of several faults the same one is named each time.
        for (String name : new TreeSet<>(given.keySet())) {
            if (!defaults.containsKey(name)) {
                throw new FormatOptionException(
                        name,
                        "format option " + name + ": unknown to " + format.id() + " (expected: " + known(format) + ")");
            }
            if (given.getOrDefault(name, "").isBlank()) {
                throw new FormatOptionException(name, "format option " + name + ": empty (expected: a value)");
            }
        }
        return new FormatOptions(given, defaults);
    }

    private static String known(LabelFormat format) {
        return format.options().isEmpty()
                ? "no option"
                : format.options().stream().map(FormatOption::name).collect(Collectors.joining(", "));
    }

    /// The value given, if one was.
    Optional<String> given(String name) {
        return Optional.ofNullable(given.get(name));
    }

    /// The value given, else the default.
    String text(String name) {
        String byDefault = defaults.get(name);
        if (byDefault == null) {
            throw new IllegalArgumentException("option: " + name + " (expected: one that the format declares)");
        }
        return given.getOrDefault(name, byDefault);
    }

    /// The constant of `choices` whose name in lower case is the value.
    ///
    /// @throws FormatOptionException if there is none
    <E extends Enum<E>> E choice(String name, Class<E> choices) {
        String text = text(name);
        for (E choice : choices.getEnumConstants()) {
            if (idOf(choice).equals(text)) {
                return choice;
            }
        }
        throw new FormatOptionException(
                name,
                "format option " + name + ": " + text + " (expected: "
                        + Arrays.stream(choices.getEnumConstants())
                                .map(FormatOptions::idOf)
                                .collect(Collectors.joining(" or "))
                        + ")");
    }

    private static String idOf(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT);
    }

    /// A whole number, at least 1.
    ///
    /// @throws FormatOptionException if the value is none
    long number(String name) {
        String text = text(name);
        try {
            long number = Long.parseLong(text);
            if (number >= 1) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Refused below, with the numbers that are too small.
        }
        throw new FormatOptionException(name, "format option " + name + ": " + text + " (expected: a number >= 1)");
    }
}
