package dev.firstpass.postprocess.family;

import dev.firstpass.postprocess.spec.ModelSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The parameters of a model, checked against those that its family declares and read as what they are. A family reads
/// all of them in [ModelFamily#check], so that what cannot be read is refused when the version is registered.
///
/// Each complaint is an [IllegalArgumentException] that begins with the manifest's key, `parameters.NAME`, and says the
/// value and what was expected.
///
/// Immutable.
final class FamilyParameters {
    private static final Pattern WHOLE = Pattern.compile("[+-]?[0-9]{1,18}");
    private static final Pattern DECIMAL = Pattern.compile("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]{1,3})?");
    private static final int LONGEST_SHOWN = 60;

    private final Map<String, String> given;
    private final Map<String, String> defaults;

    private FamilyParameters(Map<String, String> given, Map<String, String> defaults) {
        this.given = Map.copyOf(given);
        this.defaults = Map.copyOf(defaults);
    }

    /// @throws IllegalArgumentException if a parameter is unknown to the family or blank
    static FamilyParameters of(ModelFamily family, ModelSpec spec) {
        Map<String, String> defaults = new HashMap<>();
        family.parameters().forEach(parameter -> defaults.put(parameter.name(), parameter.byDefault()));
        // In order, so that of several faults the same one is named each time.
        for (String name : new TreeSet<>(spec.parameters().keySet())) {
            if (!defaults.containsKey(name)) {
                throw refusal(name, "unknown", known(family));
            }
            if (spec.parameters().getOrDefault(name, "").isBlank()) {
                throw refusal(name, "empty", "a value");
            }
        }
        return new FamilyParameters(spec.parameters(), defaults);
    }

    private static String known(ModelFamily family) {
        return family.parameters().isEmpty()
                ? "no parameter"
                : family.parameters().stream().map(FamilyParameter::name).collect(Collectors.joining(", "));
    }

    /// The value given, if one was.
    Optional<String> given(String name) {
        return Optional.ofNullable(given.get(name));
    }

    /// The value given, else the default.
    ///
    /// @throws IllegalArgumentException if there is neither
    String text(String name) {
        return valueOf(name, "a value");
    }

    /// The constant of `choices` that the value names in lower case, with `-` for `_`.
    ///
    /// @throws IllegalArgumentException if there is none
    <E extends Enum<E>> E choice(String name, Class<E> choices) {
        String expected = Arrays.stream(choices.getEnumConstants())
                .map(FamilyParameters::word)
                .collect(Collectors.joining(" or "));
        String text = valueOf(name, expected);
        for (E choice : choices.getEnumConstants()) {
            if (word(choice).equals(text)) {
                return choice;
            }
        }
        throw refusal(name, text, expected);
    }

    static String word(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// A whole number from `least` to `most`, both included.
    ///
    /// @throws IllegalArgumentException if the value is none
    int whole(String name, int least, int most) {
        String expected = "a whole number from " + least + " to " + most;
        String text = valueOf(name, expected);
        if (WHOLE.matcher(text).matches()) {
            long number = Long.parseLong(text);
            if (number >= least && number <= most) {
                return (int) number;
            }
        }
        throw refusal(name, text, expected);
    }

    /// A number from `least` to `most`, both included.
    ///
    /// @throws IllegalArgumentException if the value is none
    double decimal(String name, double least, double most) {
        String expected = "a number from " + least + " to " + most;
        String text = valueOf(name, expected);
        if (DECIMAL.matcher(text).matches()) {
            double number = Double.parseDouble(text);
            if (number >= least && number <= most) {
                return number;
            }
        }
        throw refusal(name, text, expected);
    }

    /// The texts between the commas, without blanks around them; none where nothing is given and the default is empty.
    ///
    /// @throws IllegalArgumentException if one of several is empty
    List<String> list(String name) {
        String text = given.getOrDefault(name, byDefault(name));
        if (text.isEmpty()) {
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            if (part.isBlank()) {
                throw refusal(name, text, "texts with one comma between them");
            }
            texts.add(part.strip());
        }
        return List.copyOf(texts);
    }

    /// The same as numbers from `least` to `most`, both included.
    ///
    /// @throws IllegalArgumentException if one is none
    List<Double> decimals(String name, double least, double most) {
        return decimals(name, list(name), least, most);
    }

    /// The same of texts.
    static List<Double> decimals(String name, List<String> texts, double least, double most) {
        List<Double> numbers = new ArrayList<>();
        for (String text : texts) {
            double number = DECIMAL.matcher(text).matches() ? Double.parseDouble(text) : Double.NaN;
            if (!(number >= least && number <= most)) {
                throw refusal(name, text, "numbers from " + least + " to " + most);
            }
            numbers.add(number);
        }
        return List.copyOf(numbers);
    }

    private String valueOf(String name, String expected) {
        String text = given.getOrDefault(name, byDefault(name));
        if (text.isEmpty()) {
            throw refusal(name, "missing", expected);
        }
        return text;
    }

    private String byDefault(String name) {
        String byDefault = defaults.get(name);
        if (byDefault == null) {
            throw new IllegalStateException("parameter: " + name + " (expected: one that the family declares)");
        }
        return byDefault;
    }

    private static IllegalArgumentException refusal(String name, String found, String expected) {
        String shown = found.length() <= LONGEST_SHOWN ? found : found.substring(0, LONGEST_SHOWN - 3) + "...";
        return new IllegalArgumentException("parameters." + name + ": " + shown + " (expected: " + expected + ")");
    }
}
