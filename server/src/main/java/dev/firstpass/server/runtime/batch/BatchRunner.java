package dev.firstpass.server.runtime.batch;

import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.call.Priority;
import dev.firstpass.server.failure.Failure;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Failures;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.runtime.device.Region;
import dev.firstpass.server.runtime.device.Row;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.RunLostException;
import dev.firstpass.server.runtime.supervision.CrashLoop;
import dev.firstpass.server.runtime.supervision.FailingInputs;
import dev.firstpass.server.runtime.supervision.Quarantine;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs batches on a session and tells each row what became of it, whatever goes wrong. What failed in company is run
/// again row by row, so that only the row at fault fails; what was in a worker that ended is run again without other
/// sessions in the worker beside, so that the row at fault is known if it happens again; and what fails after others have
/// failed one by one is run again in another worker.
///
/// For one thread; owns the session's time limit.
final class BatchRunner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BatchRunner.class);

    /// How long after its deadline an answer is worked on still: most are nearly done by then.
    private static final Duration LATE = Duration.ofSeconds(1);

    private final EngineSession session;
    private final int maxBatch;
    private final Region results;
    private final Supervision supervision;
    private final CrashLoop crashes;
    private final RunTally tally;
    private final OtherLanes others;
    private final RunLimit limit;
    private final FailingInputs failing = new FailingInputs();
    private final Punctuality punctuality = new Punctuality();
    private final LongSupplier nanoClock;
    private Ran ran = Ran.NOTHING;

    /// Of the last run, without what was waited for.
    private long deviceNanos;

    /// @param session used by the calling thread alone; not closed
    /// @param maxBatch most rows in one run
    /// @param results where outputs, and inputs of more than one row, are put
    /// @param crashes of the version that the session is of
    /// @param tally is told of runs and of rows that are too old for one
    /// @param others are offered what cannot be run here
    BatchRunner(
            EngineSession session,
            int maxBatch,
            Region results,
            Supervision supervision,
            CrashLoop crashes,
            RunTally tally,
            OtherLanes others,
            LongSupplier nanoClock) {
        this.session = session;
        this.maxBatch = maxBatch;
        this.results = results;
        this.supervision = supervision;
        this.crashes = crashes;
        this.tally = tally;
        this.others = others;
        this.limit = new RunLimit(session, supervision.runLimit(), supervision.watchdog(), nanoClock);
        this.nanoClock = nanoClock;
    }

    /// Runs rows together, as far as they may run so. They have ended when it returns.
    ///
    /// @return the last run that ended well
    Ran run(List<Ticket> batch) {
        ran = Ran.NOTHING;
        List<Ticket> left = batch;
        while (!left.isEmpty()) {
            left = runLikeFirst(left);
        }
        return ran;
    }

    /// @return those that cannot run with the first
    private List<Ticket> runLikeFirst(List<Ticket> batch) {
        Row first = batch.getFirst().item().row();
        if (areLike(first, batch)) {
            attempt(batch, Attempt.FIRST);
            return List.of();
        }
        Map<Boolean, List<Ticket>> alike = batch.stream()
                .collect(Collectors.partitioningBy(ticket -> ticket.item().row().runsWith(first)));
        attempt(alike.getOrDefault(true, List.of()), Attempt.FIRST);
        return alike.getOrDefault(false, List.of());
    }

    /// Whether all may run together, as nearly all batches may.
    private static boolean areLike(Row first, List<Ticket> batch) {
        for (int i = 1; i < batch.size(); i++) {
            if (!batch.get(i).item().row().runsWith(first)) {
                return false;
            }
        }
        return true;
    }

    /// How runs kept deadlines so far.
    Punctuality punctuality() {
        return punctuality;
    }

    /// Makes the session ready before there are rows for it.
    ///
    /// @throws RuntimeException if the session cannot be had now
    void prepare() {
        crashes.check();
        SecondTry.run(session, crashes, session::prepare);
    }

    private void attempt(List<Ticket> batch, Attempt attempt) {
        try {
            crashes.check();
            runOnce(batch);
            crashes.worked();
        } catch (CutShortException e) {
            cutShort(batch, e.cut);
        } catch (RunLostException e) {
            lost(batch, attempt, e);
        } catch (FailureException e) {
            refused(batch, attempt, e);
        } catch (EngineException e) {
            modelFailed(batch, attempt, e);
        } catch (RuntimeException | Error e) {
            LOG.error("{}: batch of {} failed", Thread.currentThread().getName(), batch.size(), e);
            fail(batch, e);
        }
    }

    private void modelFailed(List<Ticket> batch, Attempt attempt, EngineException e) {
        LOG.warn("{}: {}", Thread.currentThread().getName(), e.getMessage());
        if (batch.size() == 1 && isInAnotherProcess(batch.getFirst())) {
            attempt(batch, attempt);
        } else {
            failed(batch, new FailureException(Failure.of(Reason.MODEL_FAILED, "the model failed on this input"), e));
        }
    }

    /// Whether the row that the model has failed on is the one too many, and the next run has a process that has not
    /// failed.
    private boolean isInAnotherProcess(Ticket ticket) {
        boolean renewed = failing.failed(ticket.item().input()) && session.renew();
        if (renewed) {
            LOG.warn(
                    "{}: one input after the other failed, so its process is another now",
                    Thread.currentThread().getName());
            failing.renewed();
        }
        return renewed;
    }

    /// What has no process to run in may run on another lane.
    private void refused(List<Ticket> batch, Attempt attempt, FailureException failure) {
        boolean isUnrun = attempt == Attempt.FIRST && failure.failure().reason() == Reason.WORKER_LOST;
        if (!isUnrun || !others.take(stillWanted(batch), true)) {
            failed(batch, failure);
        }
    }

    /// A model that fails on one of the rows; or no room for all of them at once. A worker that does not start fails
    /// them all.
    private void failed(List<Ticket> batch, FailureException failure) {
        if (batch.size() > 1 && failure.failure().reason() != Reason.WORKER_LOST) {
            oneByOne(batch);
        } else {
            fail(batch, failure);
        }
    }

    private void cutShort(List<Ticket> batch, RunLimit.Cut cut) {
        if (batch.size() > 1) {
            oneByOne(batch);
            return;
        }
        if (cut == RunLimit.Cut.HUNG) {
            LOG.warn(
                    "{}: a run reached its limit and was ended",
                    Thread.currentThread().getName());
            var _ = supervision.quarantine().suspect(batch.getFirst().item().input());
        }
        fail(
                batch,
                Failure.of(Reason.DEADLINE_EXCEEDED, "the model took too long on this input")
                        .asException());
    }

    private void lost(List<Ticket> batch, Attempt attempt, RunLostException e) {
        switch (attempt) {
            case FIRST -> {
                List<Ticket> wanted = stillWanted(batch);
                if (!others.take(wanted, false)) {
                    wanted.forEach(this::again);
                }
            }
            case AGAIN_IN_COMPANY -> fail(batch, new FailureException(Failures.of(e), e));
            case AGAIN_ALONE -> {
                crashes.lost();
                if (e.isBegun()) {
                    fail(batch, new FailureException(quarantined(batch.getFirst()), e));
                } else {
                    fail(batch, new FailureException(Failures.of(e), e));
                }
            }
        }
    }

    /// Runs a row a second time: alone in the worker, so that the row is known to be at fault if it is lost again. Where
    /// others keep the worker busy for long it runs beside them, and nobody is blamed.
    private void again(Ticket ticket) {
        Optional<EngineSession.Turn> alone = session.alone();
        if (alone.isEmpty()) {
            attempt(List.of(ticket), Attempt.AGAIN_IN_COMPANY);
            return;
        }
        try (EngineSession.Turn _ = alone.get()) {
            attempt(List.of(ticket), Attempt.AGAIN_ALONE);
        }
    }

    private Failure quarantined(Ticket ticket) {
        Quarantine.Key input = ticket.item().input();
        LOG.warn("{}: quarantined: {}", Thread.currentThread().getName(), input);
        supervision.quarantine().hold(input);
        return Quarantine.refusal();
    }

    private void oneByOne(List<Ticket> batch) {
        for (Ticket ticket : batch) {
            if (!isOver(ticket)) {
                attempt(List.of(ticket), Attempt.FIRST);
            }
        }
    }

    /// Getting ready may have taken long: whom nobody waits for any more is left out.
    private void runOnce(List<Ticket> batch) {
        session.prepare();
        List<Ticket> wanted = stillWanted(batch);
        if (!wanted.isEmpty()) {
            runReady(wanted);
        }
    }

    private List<Ticket> stillWanted(List<Ticket> batch) {
        return batch.stream().filter(ticket -> !isOver(ticket)).toList();
    }

    private boolean isOver(Ticket ticket) {
        if (!ticket.isOver()) {
            return false;
        }
        if (ticket.future().isCancelled()) {
            tally.cancelled();
        } else {
            tally.expired();
        }
        return true;
    }

    private void runReady(List<Ticket> batch) {
        long start = nanoClock.getAsLong();
        // Once the first of them is over they are run one by one, as far as they are still of use.
        RunMemory memory = new RunMemory(results, earliestDeadline(batch));
        List<SharedOutputs> shares = new ArrayList<>();
        try {
            List<BatchTensor> outputs = outputs(batch, memory);
            SharedBlock shared = memory.share(batch.size());
            for (int i = 0; i < batch.size(); i++) {
                shares.add(SharedOutputs.of(outputs, i, batch.size(), shared));
            }
        } catch (RuntimeException | Error e) {
            memory.close();
            throw e;
        }
        failing.worked();
        long inferNanos = nanoClock.getAsLong() - start;
        ran = new Ran(batch.size(), deviceNanos);
        for (int i = 0; i < batch.size(); i++) {
            Ticket ticket = batch.get(i);
            ticket.complete(new RowOutputs(shares.get(i), start - ticket.submittedNanos(), inferNanos, batch.size()));
        }
    }

    private static Deadline earliestDeadline(List<Ticket> batch) {
        Deadline earliest = batch.getFirst().item().waiter().deadline();
        for (int i = 1; i < batch.size(); i++) {
            Deadline other = batch.get(i).item().waiter().deadline();
            earliest = other.atNanos() - earliest.atNanos() < 0 ? other : earliest;
        }
        return earliest;
    }

    private static Deadline latestDeadline(List<Ticket> batch) {
        return batch.stream()
                .map(ticket -> ticket.item().waiter().deadline())
                .max(Comparator.comparingLong(Deadline::remainingNanos))
                .orElseThrow();
    }

    private List<BatchTensor> outputs(List<Ticket> batch, RunMemory memory) {
        while (true) {
            try {
                return limited(batch, inputs(batch, memory), memory);
            } catch (RunMemory.NoRoom missing) {
                memory.waitForAll(missing);
            }
        }
    }

    private List<BatchTensor> limited(List<Ticket> batch, List<BatchTensor> inputs, RunMemory memory) {
        limit.begin(wanted(batch));
        try {
            long start = nanoClock.getAsLong();
            List<BatchTensor> outputs = session.run(inputs, limit.unlimited(memory));
            long end = nanoClock.getAsLong();
            deviceNanos = end - start;
            punctuality.ran(batch, start, end);
            tally.ran(batch.size(), maxBatch);
            var _ = limit.end();
            return outputs;
        } catch (RuntimeException | Error e) {
            RunLimit.Cut cut = limit.end();
            if (cut == RunLimit.Cut.NONE) {
                throw e;
            }
            throw new CutShortException(cut, e);
        }
    }

    /// How long there is somebody who wants the answer.
    private static Duration wanted(List<Ticket> batch) {
        return batch.stream().allMatch(ticket -> ticket.item().waiter().priority() == Priority.INTERACTIVE)
                ? Duration.ofNanos(latestDeadline(batch).remainingNanos()).plus(LATE)
                : RunLimit.FOR_EVER;
    }

    /// The rows as a batch: in place where there is one, each input's side by side in lent memory otherwise.
    private static List<BatchTensor> inputs(List<Ticket> batch, RunMemory memory) {
        Row first = batch.getFirst().item().row();
        if (batch.size() == 1) {
            return first.tensors();
        }
        List<BatchTensor> inputs = new ArrayList<>(first.tensors().size());
        for (int input = 0; input < first.tensors().size(); input++) {
            inputs.add(joined(batch, input, memory));
        }
        return inputs;
    }

    private static BatchTensor joined(List<Ticket> batch, int input, RunMemory memory) {
        BatchTensor first = batch.getFirst().item().row().tensors().get(input);
        // Rows of strings differ in size.
        List<MemorySegment> rows = batch.stream()
                .map(ticket -> ticket.item().row().tensors().get(input).data())
                .toList();
        MemorySegment joined =
                memory.allocate(rows.stream().mapToLong(MemorySegment::byteSize).sum());
        long at = 0;
        for (MemorySegment row : rows) {
            MemorySegment.copy(row, 0, joined, at, row.byteSize());
            at += row.byteSize();
        }
        return new BatchTensor(first.name(), first.type(), first.shape().withBatch(batch.size()), joined);
    }

    /// Fails rows of which none was run, because the session cannot be made ready.
    static void refuse(List<Ticket> batch, Throwable failure) {
        fail(
                batch,
                failure instanceof FailureException ? failure : new FailureException(Failures.of(failure), failure));
    }

    private static void fail(List<Ticket> batch, Throwable failure) {
        batch.forEach(ticket -> ticket.fail(failure));
    }

    /// Ends the watch over the session. No run is under way.
    @Override
    public void close() {
        limit.close();
    }

    /// What else runs rows of the same queue.
    @FunctionalInterface
    interface OtherLanes {
        /// Takes rows over if the session cannot be had again and somebody else can run them.
        ///
        /// @param isGone whether it is known that the session cannot be had
        /// @return whether they are no longer the caller's
        boolean take(List<Ticket> rows, boolean isGone);
    }

    /// A run that has ended well.
    ///
    /// @param nanos it took on the device
    record Ran(int rows, long nanos) {
        static final Ran NOTHING = new Ran(0, 0);
    }

    private enum Attempt {
        FIRST,
        /// After a loss, without other sessions' runs in the worker.
        AGAIN_ALONE,
        /// After a loss, beside other sessions' runs.
        AGAIN_IN_COMPANY
    }

    /// A run was cut short. Nobody sees it but this class.
    private static final class CutShortException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final RunLimit.Cut cut;

        CutShortException(RunLimit.Cut cut, Throwable cause) {
            super(cause);
            this.cut = cut;
        }
    }
}
