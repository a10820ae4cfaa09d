package dev.firstpass.server.pipeline;

import dev.firstpass.postprocess.format.FormatOption;
import dev.firstpass.postprocess.format.LabelFormat;
import dev.firstpass.registry.ProjectSpec;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.failure.Words;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// In which format an answer is written, and how: the same rules at every door and at the command line.
///
/// Immutable.
///
/// @param format a format's id
/// @param options of that format, by name
public record FormatChoice(String format, Map<String, String> options) {
    /// Where neither the request nor its project names one.
    public static final String USUAL = "firstpass";

    public FormatChoice {
        options = Map.copyOf(options);
    }

    /// What a request has: its own options over those of its project. A request that names another format than its
    /// project has none of the project's options.
    ///
    /// @param project that the request names
    /// @param asked the format that the request names
    /// @param options of the format, as the request has them
    public static FormatChoice of(Optional<ProjectSpec> project, Optional<String> asked, Map<String, String> options) {
        Optional<String> ofProject = project.flatMap(ProjectSpec::format);
        String format = asked.or(() -> ofProject).orElse(USUAL);
        Map<String, String> together = new HashMap<>();
        project.filter(_ -> ofProject.filter(format::equals).isPresent())
                .ifPresent(spec -> together.putAll(spec.formatOptions()));
        together.putAll(options);
        return new FormatChoice(format, together);
    }

    /// Looks whether a project's format, if it names one, is one that there is, and has all its options.
    ///
    /// @throws dev.firstpass.server.failure.FailureException as [#among]
    public static void require(ProjectSpec project, List<LabelFormat> formats) {
        project.format().ifPresent(id -> new FormatChoice(id, project.formatOptions()).among(formats));
    }

    /// The format itself, which takes all of the options. Their values are checked by the format as it writes.
    ///
    /// @throws dev.firstpass.server.failure.FailureException FORMAT_UNKNOWN, or ARGUMENT_INVALID for an option that the
    ///     format does not have
    public LabelFormat among(List<LabelFormat> formats) {
        LabelFormat found = formats.stream()
                .filter(candidate -> candidate.id().equals(format))
                .findFirst()
                .orElseThrow(() -> {
                    List<String> ids = formats.stream().map(LabelFormat::id).toList();
                    String detail = "format: " + Words.quoted(format) + " (expected: " + String.join(", ", ids) + ")"
                            + Words.hint(format, ids);
                    return Failure.ofField(Reason.FORMAT_UNKNOWN, "format", detail)
                            .asException();
                });
        List<String> known = found.options().stream().map(FormatOption::name).toList();
        for (String option : options.keySet()) {
            if (!known.contains(option)) {
                String detail = "format-options: " + Words.quoted(option) + " is no option of " + format
                        + " (expected: " + (known.isEmpty() ? "none" : String.join(", ", known)) + ")"
                        + Words.hint(option, known);
                throw Failure.ofField(Reason.ARGUMENT_INVALID, "format-options", detail)
                        .asException();
            }
        }
        return found;
    }
}
