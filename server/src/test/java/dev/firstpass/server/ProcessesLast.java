package dev.firstpass.server;

import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.ClassDescriptor;
import org.junit.jupiter.api.ClassOrderer;
import org.junit.jupiter.api.ClassOrdererContext;

/// Tests that start many processes come once [QuickWorkers] has made ready what these start from; the longest of them do not come
/// last, where the others would wait for them.
///
/// Immutable.
public final class ProcessesLast implements ClassOrderer {
    private static final List<String> PACKAGES = List.of("page", "runtime.device", "e2e");

    @Override
    public void orderClasses(ClassOrdererContext context) {
        context.getClassDescriptors()
                .sort(Comparator.comparingInt(ProcessesLast::rank)
                        .thenComparing(one -> one.getTestClass().getName()));
    }

    /// Those of no such package are first.
    private static int rank(ClassDescriptor test) {
        String name = test.getTestClass().getPackageName();
        return PACKAGES.stream()
                        .filter(each -> name.startsWith("dev.firstpass.server." + each))
                        .mapToInt(PACKAGES::indexOf)
                        .findFirst()
                        .orElse(-1)
                + 1;
    }
}
