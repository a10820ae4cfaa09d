package dev.firstpass.server.frontend.cvat;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.frontend.OfferedModels;
import dev.firstpass.server.frontend.RequestRules;
import java.util.List;
import java.util.regex.Pattern;

/// How CVAT names a version of a model: `coco` for the one in production, `coco..canary` and `coco..3` for others; and one of the
/// server's projects with it: `coco..production..fields`, `coco..3..fields..2`. CVAT takes letters, digits, `_`, `-` and `.`, and
/// neither a model nor a project has two dots side by side in its name.
///
/// Pure functions.
final class FunctionName {
    private static final String SEPARATOR = "..";
    /// What stands in a reference before each part of a name.
    private static final List<String> BEFORE = List.of("", "@", "+", "@");

    private static final Pattern WELL_FORMED = Pattern.compile("[a-zA-Z0-9_.-]{1,200}");

    /// The last two of several dots: a name may end with one.
    private static final Pattern BETWEEN = Pattern.compile("\\.\\.(?!\\.)");

    private FunctionName() {}

    static String of(OfferedModels.Offered offered) {
        ModelRef.Aliased ref = offered.ref();
        boolean isBare =
                ref.alias().equals(ModelRef.PRODUCTION) && offered.project().isEmpty();
        return (isBare ? ref.name().value() : ref.name() + SEPARATOR + ref.alias())
                + offered.project().map(name -> SEPARATOR + name).orElse("");
    }

    /// The reference as [dev.firstpass.server.frontend.ServedRef#parse] reads it.
    ///
    /// @param field where the name stands
    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID if it is no such name
    static String reference(String field, String name) {
        if (!WELL_FORMED.matcher(name).matches()) {
            throw RequestRules.invalid(
                    field, field + ": no name of a function (expected: letters, digits, '_', '-', '.', at most 200)");
        }
        List<String> parts = List.of(BETWEEN.split(name, -1));
        if (parts.size() > BEFORE.size()) {
            throw RequestRules.invalid(
                    field,
                    field + ": " + parts.size() + " parts (expected: model..version..project..version, or less)");
        }
        StringBuilder reference = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            reference.append(BEFORE.get(i)).append(parts.get(i));
        }
        return reference.toString();
    }
}
