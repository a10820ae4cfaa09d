package dev.firstpass.server.frontend;

import dev.firstpass.postprocess.format.LabelFormat;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.LabelingWishes;
import dev.firstpass.registry.Project;
import dev.firstpass.registry.ProjectRef;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.call.TimeLimit;
import dev.firstpass.server.config.Limits;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import dev.firstpass.server.pipeline.FormatChoice;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// What a request's options may be: the same at every door, and checked before anything is fetched or decoded.
/// Fields carry the names that users type.
///
/// Immutable.
public final class RequestRules {
    public static final int MAX_ANNOTATIONS = 10_000;
    public static final double MAX_SIMPLIFY = 1000;
    public static final int MAX_CLICKS = 100;

    private static final int MAX_ASSET_ID = 512;
    private static final int MAX_URI = 2048;
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

    private final List<LabelFormat> formats;
    private final Limits limits;
    private final ProjectListing projects;

    public RequestRules(FrontendContext context) {
        this.formats = List.copyOf(context.backend().formats());
        this.limits = context.limits();
        this.projects = context.backend().registry().projects();
    }

    /// What an answer is to be like, and how it is written.
    ///
    /// @param format of one that there is
    public record Wanted(LabelingSpec labeling, FormatChoice format) {}

    /// What a request wants: its own wishes over those of the project that it names, if it names one.
    ///
    /// @param tenant who asks
    /// @param project `name` or `name@version`, as the request has it
    /// @param asked the request's own wishes
    /// @param format that the request names
    /// @param options of the format, as the request has them
    /// @throws FailureException FORMAT_UNKNOWN, or ARGUMENT_INVALID for an option that the format does not have
    /// @throws dev.firstpass.registry.RegistryException.ProjectNotFound if there is no such project
    public Wanted wanted(
            Tenant tenant,
            Optional<String> project,
            LabelingWishes asked,
            Optional<String> format,
            Map<String, String> options) {
        Optional<Project> named = project.map(name -> projects.project(ProjectRef.parse(tenant, name)));
        FormatChoice choice = FormatChoice.of(named.map(Project::spec), format, options);
        var _ = choice.among(formats);
        return new Wanted(named.map(version -> version.labeling(asked)).orElseGet(() -> asked.spec("")), choice);
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
        return threshold("threshold", value);
    }

    /// @param field as the protocol calls it
    public double threshold(String field, double value) {
        return within(field, value, 0, 1);
    }

    public double simplify(double value) {
        return within("simplify", value, 0, MAX_SIMPLIFY);
    }

    /// @param value most annotations wanted
    public int max(long value) {
        return max("max", value);
    }

    /// @param field as the protocol calls it
    /// @param value most annotations wanted
    public int max(String field, long value) {
        if (value < 1 || value > MAX_ANNOTATIONS) {
            throw invalid(field, field + ": " + value + " (expected: 1.." + MAX_ANNOTATIONS + ")");
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

    /// How long a client waits that says so, but no longer than is allowed.
    public TimeLimit atMost(Duration wanted) {
        return new TimeLimit(wanted.compareTo(limits.maxTimeout()) < 0 ? wanted : limits.maxTimeout(), true);
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

    /// The digest of an asset, as answers have it.
    public String digest(String digest) {
        if (!DIGEST.matcher(digest).matches()) {
            throw invalid(
                    "asset.digest",
                    "asset.digest: " + Words.quoted(digest)
                            + " (expected: sha256: and 64 hex digits, as an answer has it)");
        }
        return digest;
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
