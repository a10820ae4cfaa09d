package dev.firstpass.server.frontend.http;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Lets tests of other packages see what this door is made of.
public final class StaticNames {
    private StaticNames() {}

    /// The paths at which the files of a page folder are served.
    public static Set<String> of(String folder) {
        return StaticFiles.ofClassPath(folder).byName().keySet().stream()
                .map(name -> name.equals("index.html") ? "/" : "/" + name)
                .collect(Collectors.toSet());
    }

    public static List<String> queryOptions() {
        return PrelabelReader.QUERY_OPTIONS;
    }
}
