package dev.firstpass.server.config;

import dev.firstpass.server.failure.Words;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// What was said of settings, in three places, the later standing above the earlier: a file, the environment, the
/// command line. What is not known is refused by name, wherever it stands.
///
/// Immutable.
final class SettingValues {
    /// Of the launcher and of the command line, and so no settings.
    private static final List<String> OTHER_VARIABLES = List.of(
            "FIRSTPASS_CONFIG",
            "FIRSTPASS_JAVA_OPTS",
            "FIRSTPASS_NO_BUILD",
            "FIRSTPASS_NO_AOT",
            "FIRSTPASS_GPU",
            "FIRSTPASS_TOKEN",
            "FIRSTPASS_TOKEN_FILE",
            "FIRSTPASS_CA_FILE");

    /// Kubernetes puts such variables into every pod beside a Service called `firstpass` or `firstpass-...`; nobody
    /// means them as settings.
    private static final Pattern SERVICE_LINK =
            Pattern.compile("FIRSTPASS_(.+_)?(SERVICE_(HOST|PORT(_.+)?)|PORT_[0-9]+_(TCP|UDP|SCTP)(_.+)?)");

    private static final Pattern SERVICE_LINK_PORT = Pattern.compile("FIRSTPASS_(.+_)?PORT");
    private static final Pattern SERVICE_LINK_VALUE = Pattern.compile("(tcp|udp|sctp)://.*");

    private record Given(String text, String place) {}

    private final Map<String, Given> given;

    private SettingValues(Map<String, Given> given) {
        this.given = Map.copyOf(given);
    }

    /// @param file YAML, or none
    /// @param environment variables that do not begin with `FIRSTPASS_` are left alone, and so are empty ones
    /// @param options key -> what stands on the command line, where it is called `--key`
    /// @throws SettingsException if one is unknown, or the file cannot be read
    static SettingValues of(
            List<Setting<?>> known, Optional<Path> file, Map<String, String> environment, Map<String, String> options) {
        Map<String, Given> given = new LinkedHashMap<>();
        file.ifPresent(path -> addFile(given, known, path));
        addEnvironment(given, known, environment);
        options.forEach((key, text) -> given.put(key, new Given(text, "--" + key)));
        return new SettingValues(given);
    }

    private static void addFile(Map<String, Given> given, List<Setting<?>> known, Path file) {
        List<String> keys = known.stream().<String>map(Setting::key).toList();
        SettingsFile.read(file).forEach((key, text) -> {
            if (!keys.contains(key)) {
                throw new SettingsException(
                        file + ": " + key + ": unknown key (the nearest known one is " + nearest(key, keys, ".") + ")");
            }
            given.put(key, new Given(text, file + ": " + key));
        });
    }

    private static void addEnvironment(
            Map<String, Given> given, List<Setting<?>> known, Map<String, String> environment) {
        Map<String, String> keys = new TreeMap<>();
        known.forEach(setting -> keys.put(setting.variable(), setting.key()));
        new TreeMap<>(environment).forEach((name, text) -> {
            String key = keys.get(name);
            if (!name.startsWith(Setting.PREFIX) || isOfAnother(name, text)) {
                return;
            }
            if (key == null) {
                throw new SettingsException(name + ": unknown variable (the nearest known one is "
                        + nearest(name, List.copyOf(keys.keySet()), "_") + ")");
            }
            given.put(key, new Given(text.strip(), name));
        });
    }

    private static boolean isOfAnother(String name, String text) {
        return text.isBlank()
                || OTHER_VARIABLES.contains(name)
                || SERVICE_LINK.matcher(name).matches()
                || (SERVICE_LINK_PORT.matcher(name).matches()
                        && SERVICE_LINK_VALUE.matcher(text).matches());
    }

    /// A known key that lacks, or has, a level less comes first; then the one with the fewest edits.
    private static String nearest(String name, List<String> known, String separator) {
        String end = separator + (separator.equals("_") ? name.substring(Setting.PREFIX.length()) : name);
        return known.stream()
                .filter(candidate -> candidate.endsWith(end)
                        || candidate.startsWith(name + separator)
                        || name.startsWith(candidate + separator))
                .min(Comparator.naturalOrder())
                .orElseGet(() -> Words.closest(name, known));
    }

    /// The value that counts.
    ///
    /// @throws SettingsException if what was said is no such value
    <T> T get(Setting<T> setting) {
        return find(setting)
                .orElseGet(() -> setting.kind()
                        .reader()
                        .apply(setting.byDefault())
                        .orElseThrow(() -> new IllegalStateException(
                                setting.key() + ": " + setting.byDefault() + " (expected: a default that is one)")));
    }

    /// The value that was said, if one was.
    ///
    /// @throws SettingsException if what was said is no such value
    <T> Optional<T> find(Setting<T> setting) {
        return Optional.ofNullable(given.get(setting.key()))
                .map(value -> setting.kind().reader().apply(value.text).orElseThrow(() -> refusal(setting, value)));
    }

    private static SettingsException refusal(Setting<?> setting, Given value) {
        String shown = value.text.isEmpty() ? "nothing" : Words.quoted(value.text);
        return new SettingsException(
                value.place + ": " + shown + " (expected: " + setting.kind().expected() + ")");
    }

    /// The same complaint about a value that is one, but does not go with another.
    ///
    /// @param expected what would
    SettingsException refusal(Setting<?> setting, String expected) {
        Given value = given.getOrDefault(setting.key(), new Given(setting.byDefault(), setting.key()));
        return new SettingsException(value.place + ": " + Words.quoted(value.text) + " (expected: " + expected + ")");
    }
}
