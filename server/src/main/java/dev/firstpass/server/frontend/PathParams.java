package dev.firstpass.server.frontend;

import com.linecorp.armeria.server.ServiceRequestContext;
import org.jspecify.annotations.Nullable;

/// The variable parts of a matched path, decoded.
public final class PathParams {
    private PathParams() {}

    /// @param name of a parameter that the route's own pattern has
    public static String get(ServiceRequestContext context, String name) {
        @Nullable String value = context.pathParam(name);
        if (value == null) {
            throw new IllegalStateException("path parameter " + name + " (expected: in "
                    + context.config().route() + ")");
        }
        return value;
    }
}
