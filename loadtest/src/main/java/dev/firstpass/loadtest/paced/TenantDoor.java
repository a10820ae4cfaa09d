package dev.firstpass.loadtest.paced;

import dev.firstpass.loadtest.drive.Answer;
import dev.firstpass.loadtest.drive.Ask;
import dev.firstpass.loadtest.drive.Door;
import dev.firstpass.postprocess.spec.LabelingSpec;
import dev.firstpass.postprocess.spec.Prompt;
import dev.firstpass.registry.ModelRef;
import dev.firstpass.registry.Tenant;
import dev.firstpass.server.asset.AssetRef;
import dev.firstpass.server.call.CacheUse;
import dev.firstpass.server.call.Caller;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.call.TimeLimit;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.pipeline.FormatChoice;
import dev.firstpass.server.pipeline.PrelabelRequest;
import dev.firstpass.server.pipeline.Prelabeler;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Asks as somebody of a tenant, past the listeners, which know no tenants as long as nobody has to say who they are.
///
/// Thread-safe.
final class TenantDoor implements Door {
    private static final Duration USUAL = Duration.ofSeconds(60);

    private final Prelabeler prelabeler;
    private final Caller caller;

    TenantDoor(Prelabeler prelabeler, String tenant) {
        this.prelabeler = prelabeler;
        this.caller = new Caller(new Tenant(tenant), tenant, Caller.LOCAL.scopes());
    }

    @Override
    public CompletableFuture<Answer> send(Ask ask) {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        Thread.startVirtualThread(() -> answer.complete(answer(ask)));
        return answer;
    }

    private Answer answer(Ask ask) {
        try {
            var _ = prelabeler.prelabel(new PrelabelRequest(
                    ModelRef.parse(ask.model()),
                    new AssetRef.Inline(ask.image(), Optional.empty()),
                    Optional.empty(),
                    new Prompt.None(),
                    LabelingSpec.NONE,
                    Optional.of(new FormatChoice(FormatChoice.USUAL, Map.of())),
                    ask.isBulk() ? Priority.BULK : Priority.INTERACTIVE,
                    Deadline.of(
                            new TimeLimit(
                                    ask.timeout().orElse(USUAL), ask.timeout().isPresent()),
                            System::nanoTime),
                    CacheUse.FULL,
                    caller,
                    "tenant"));
            return Answer.GOOD;
        } catch (FailureException e) {
            return new Answer(
                    outcome(e.failure().reason()),
                    e.failure().reason().name() + ": " + e.failure().detail());
        } catch (RuntimeException e) {
            return new Answer(Answer.Outcome.FAILED, e.toString());
        }
    }

    private static Answer.Outcome outcome(Reason reason) {
        if (reason == Reason.OVERLOADED) {
            return Answer.Outcome.REFUSED;
        }
        return reason == Reason.DEADLINE_EXCEEDED ? Answer.Outcome.TOO_LATE : Answer.Outcome.FAILED;
    }

    @Override
    public void close() {}
}
