package dev.firstpass.server.frontend.cvat;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.server.frontend.RequestRules;
import java.util.regex.Pattern;

/// How CVAT names a version of a model: `coco` for the one in production, `coco..canary` and `coco..3` for others. CVAT takes
/// letters, digits, `_`, `-` and `.`, and no model has two dots side by side in its name.
///
/// Pure functions.
final class FunctionName {
    private static final String SEPARATOR = "..";
    private static final Pattern WELL_FORMED = Pattern.compile("[a-zA-Z0-9_.-]{1,128}");

    private FunctionName() {}

    static String of(ModelRef.Aliased ref) {
        return ref.alias().equals(ModelRef.PRODUCTION) ? ref.name().value() : ref.name() + SEPARATOR + ref.alias();
    }

    /// @param field where the name stands
    /// @throws dev.firstpass.server.failure.FailureException ARGUMENT_INVALID if it is no such name
    /// @throws dev.firstpass.registry.RegistryException.ArgumentInvalid the same, of one of its parts
    static ModelRef parse(String field, String name) {
        if (!WELL_FORMED.matcher(name).matches()) {
            throw RequestRules.invalid(
                    field, field + ": no name of a function (expected: letters, digits, '_', '-', '.', at most 128)");
        }
        int at = name.lastIndexOf(SEPARATOR);
        return ModelRef.parse(at < 0 ? name : name.substring(0, at) + "@" + name.substring(at + SEPARATOR.length()));
    }
}
