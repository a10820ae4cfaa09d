package dev.firstpass.server;

import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.ProgressListener;
import dev.firstpass.registry.validation.ValidationReport;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.ValidationAdmin;
import dev.firstpass.server.validation.ReportPages;
import java.time.Duration;
import java.util.Optional;

/// Reports of versions that were tried out, as the doors see them.
///
/// Thread-safe; owns nothing.
final class ValidationBackend implements ValidationAdmin {
    private static final Duration LONGEST_DRAWING = Duration.ofSeconds(30);

    private final ServerRuntime runtime;
    private final ReportPages pages;

    ValidationBackend(ServerRuntime runtime) {
        this.runtime = runtime;
        this.pages = new ReportPages(runtime.rows());
    }

    @Override
    public Optional<ValidationReport> report(ModelRef.Numbered ref) {
        return runtime.registry().validation(ref);
    }

    @Override
    public ValidationReport validate(ModelRef.Numbered ref) {
        return runtime.validate(ref, ProgressListener.NONE);
    }

    @Override
    public Optional<String> page(ModelRef.Numbered ref) {
        Optional<ValidationReport> report = report(ref);
        if (report.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(pages.page(
                    runtime.registry().resolve(ref), report.get(), Deadline.after(LONGEST_DRAWING, System::nanoTime)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailureException(Failure.of(Reason.CANCELLED, "the request was cancelled"), e);
        }
    }
}
