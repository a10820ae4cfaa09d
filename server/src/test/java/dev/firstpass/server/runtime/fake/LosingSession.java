package dev.firstpass.server.runtime.fake;

import dev.firstpass.postprocess.tensor.ElementType;
import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineSession;
import dev.firstpass.server.runtime.engine.OutputMemory;
import dev.firstpass.server.runtime.engine.RunLostException;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/// A session that doubles floats and whose worker ends when a test says so. It remembers its runs: `2` is one of two
/// rows, `1 alone` one without other sessions beside.
///
/// For one thread at a time once a test has said what shall happen.
public final class LosingSession implements EngineSession {
    private final FakeSession fake = new FakeSession();
    private final CountDownLatch held = new CountDownLatch(1);
    private final List<String> runs = new CopyOnWriteArrayList<>();
    private final Set<Float> deadly = new HashSet<>();
    private int toLose;
    private boolean openingFails;
    private boolean othersRun;
    private boolean alone;
    private Runnable whenLost = () -> {};

    /// Lets runs begin; they wait for it.
    public void letGo() {
        held.countDown();
    }

    /// Loses the next runs, whatever they are of.
    public void loseNext(int count) {
        toLose = count;
    }

    /// Loses every run with one of these in it.
    public void deadly(float... values) {
        for (float value : values) {
            deadly.add(value);
        }
    }

    public void deadlyToOpen() {
        openingFails = true;
    }

    /// Others never leave the process to this session alone.
    public void keepOthersRunning() {
        othersRun = true;
    }

    public void whenLost(Runnable then) {
        whenLost = then;
    }

    public List<String> runs() {
        return List.copyOf(runs);
    }

    @Override
    public void prepare() {
        if (openingFails) {
            throw new RunLostException("test", false, new IllegalStateException());
        }
    }

    @Override
    public Optional<Turn> alone() {
        alone = !othersRun;
        return alone ? Optional.of(() -> alone = false) : Optional.empty();
    }

    @Override
    public ModelSignature signature() {
        return fake.signature();
    }

    @Override
    public List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory) {
        await();
        BatchTensor input = inputs.getFirst();
        long rows = input.shape().extent(0);
        runs.add(rows + (alone ? " alone" : ""));
        boolean isDeadly = false;
        for (int i = 0; i < rows; i++) {
            isDeadly |= deadly.contains(input.data().getAtIndex(ValueLayout.JAVA_FLOAT, i));
        }
        if (isDeadly || toLose-- > 0) {
            whenLost.run();
            throw new RunLostException("test", true, new IllegalStateException());
        }
        var output = memory.allocate(input.data().byteSize());
        for (int i = 0; i < rows; i++) {
            output.setAtIndex(ValueLayout.JAVA_FLOAT, i, 2 * input.data().getAtIndex(ValueLayout.JAVA_FLOAT, i));
        }
        return List.of(new BatchTensor("y", ElementType.FLOAT32, input.shape(), output));
    }

    private void await() {
        try {
            held.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    @Override
    public void close() {}
}
