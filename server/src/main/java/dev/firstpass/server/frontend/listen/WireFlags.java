package dev.firstpass.server.frontend.listen;

import com.linecorp.armeria.common.FlagsProvider;

/// What of the wire library holds for the whole process; it finds this by `META-INF/services`.
///
/// It remembers which route a request's path leads to, and with it the whole head of that request, credential included. As
/// delivered it does so for 4,096 paths, which anybody fills who makes up names. The paths that are asked for again and
/// again are few.
///
/// Immutable.
public final class WireFlags implements FlagsProvider {
    private static final int PRIORITY = 10;
    private static final String FEW = "maximumSize=64";

    /// Above what is delivered, below what an option of the JVM says.
    @Override
    public int priority() {
        return PRIORITY;
    }

    @Override
    public String routeCacheSpec() {
        return FEW;
    }

    @Override
    public String routeDecoratorCacheSpec() {
        return FEW;
    }

    @Override
    public String parsedPathCacheSpec() {
        return FEW;
    }
}
