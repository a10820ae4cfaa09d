package dev.firstpass.server.frontend;

import dev.firstpass.postprocess.format.FormatOption;
import dev.firstpass.postprocess.format.LabelFormat;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.server.call.TimeLimit;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What a request's options may be: the same at every door, and checked before anything is fetched or decoded.
/// Fields carry the names that users type.
///
/// Immutable.
public final class RequestRules {
    /// Of a request that names none.
    public static final String DEFAULT_FORMAT = "firstpass";

    public static final int MAX_ANNOTATIONS = 10_000;
    public static final double MAX_SIMPLIFY = 1000;
    public static final int MAX_CLICKS = 100;

    private static final int MAX_ASSET_ID = 512;
    private static final int MAX_URI = 2048;

    private final List<LabelFormat> formats;
    private final Limits limits;

    public RequestRules(List<LabelFormat> formats, Limits limits) {
        this.formats = List.copyOf(formats);
        this.limits = limits;
    }

    /// The format of that id, which takes all of `options`. Their values are checked by the format as it writes.
    ///
    /// @throws FailureException FORMAT_UNKNOWN, or ARGUMENT_INVALID for an option that the format does not have
    public LabelFormat format(String id, Map<String, String> options) {
        LabelFormat format = formats.stream()
                .filter(candidate -> candidate.id().equals(id))
                .findFirst()
                .orElseThrow(() -> unknownFormat(id));
        List<String> known = format.options().stream().map(FormatOption::name).toList();
        for (String option : options.keySet()) {
            if (!known.contains(option)) {
                throw invalid(
                        "format-options",
                        "format-options: " + Words.quoted(option) + " is no option of " + id + " (expected: "
                                + (known.isEmpty() ? "none" : String.join(", ", known)) + ")"
                                + Words.hint(option, known));
            }
        }
        return format;
    }

    private FailureException unknownFormat(String id) {
        List<String> known = formats.stream().map(LabelFormat::id).toList();
        return Failure.ofField(
                        Reason.FORMAT_UNKNOWN,
                        "format",
                        "format: " + Words.quoted(id) + " (expected: " + String.join(", ", known) + ")"
                                + Words.hint(id, known))
                .asException();
    }

    /// @throws FailureException ARGUMENT_INVALID for a label that the model never gives
    public static void classes(Set<String> wanted, ModelDescription model) {
        List<String> known = model.classes();
        for (String label : wanted) {
            if (!known.isEmpty() && !known.contains(label)) {
                throw invalid(
                        "classes",
                        "classes: " + Words.quoted(label) + " is no class of " + model.name()
                                + Words.hint(label, known));
            }
        }
    }

    public double threshold(double value) {
        return within("threshold", value, 0, 1);
    }

    public double simplify(double value) {
        return within("simplify", value, 0, MAX_SIMPLIFY);
    }

    /// @param value most annotations wanted
    public int max(long value) {
        if (value < 1 || value > MAX_ANNOTATIONS) {
            throw invalid("max", "max: " + value + " (expected: 1.." + MAX_ANNOTATIONS + ")");
        }
        return (int) value;
    }

    /// The timeout asked for.
    public TimeLimit timeout(Duration wanted) {
        if (!wanted.isPositive() || wanted.compareTo(limits.maxTimeout()) > 0) {
            throw invalid(
                    "timeout",
                    "timeout: " + wanted.toMillis() + "ms (expected: 1.."
                            + limits.maxTimeout().toMillis() + "ms)");
        }
        return new TimeLimit(wanted, true);
    }

    public TimeLimit timeout() {
        return new TimeLimit(limits.timeout(), false);
    }

    public String assetId(String id) {
        boolean plain = id.codePoints()
                .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE);
        if (id.isBlank() || id.length() > MAX_ASSET_ID || !plain) {
            throw invalid(
                    "asset-id",
                    "asset-id: " + Words.quoted(id) + " (expected: 1.." + MAX_ASSET_ID
                            + " characters, no control characters)");
        }
        return id;
    }

    /// A place to fetch from. Whether it may be fetched is the fetcher's to say.
    public String uri(String uri) {
        if (uri.isBlank() || uri.length() > MAX_URI || uri.chars().anyMatch(Character::isISOControl)) {
            throw invalid(
                    "asset.uri", "asset.uri: " + Words.quoted(uri) + " (expected: 1.." + MAX_URI + " characters)");
        }
        return uri;
    }

    /// The project in force, as a labeling spec names it. There are no projects yet, so every name is refused: an
    /// answer must not look as if a project's mapping and limits had been applied to it.
    ///
    /// @param name empty where none is named
    public String project(String name) {
        if (!name.isEmpty()) {
            throw invalid("project", "project: " + Words.quoted(name) + " (expected: none; no project is defined)");
        }
        return LabelingSpec.NONE.project();
    }

    /// A coordinate of a prompt.
    public double coordinate(String field, double value) {
        return within(field, value, -1e6, 1e6);
    }

    private static double within(String field, double value, double low, double high) {
        if (!(value >= low && value <= high)) {
            throw invalid(field, field + ": " + plain(value) + " (expected: " + plain(low) + ".." + plain(high) + ")");
        }
        return value;
    }

    private static String plain(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    public static FailureException invalid(String field, String detail) {
        return Failure.ofField(Reason.ARGUMENT_INVALID, field, detail).asException();
    }
}
