package dev.firstpass.server.runtime.device.worker;

import dev.firstpass.postprocess.tensor.ModelSignature;
import dev.firstpass.postprocess.tensor.Tensor;
import dev.firstpass.postprocess.tensor.TensorInfo;
import dev.firstpass.server.runtime.engine.BatchTensor;
import dev.firstpass.server.runtime.engine.EngineException;
import dev.firstpass.server.runtime.engine.OutputMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// A session in one worker, as long as that lives.
///
/// For one thread at a time, apart from `interrupt` and `abort`. Who opened it closes it.
final class RemoteSession {
    private final WorkerProcess worker;
    private final int index;
    private final Slot slot;
    private final ModelSignature signature;
    private final LearnedSizes sizes = new LearnedSizes();
    /// The number of the run under way; 0 while there is none.
    private volatile int running;

    RemoteSession(WorkerProcess worker, int index, Slot slot, ModelSignature signature) {
        this.worker = worker;
        this.index = index;
        this.slot = slot;
        this.signature = signature;
    }

    ModelSignature signature() {
        return signature;
    }

    boolean isLost() {
        return worker.isLost();
    }

    /// Runs one batch, as `EngineSession.run` does.
    ///
    /// @param warmUp whether it may yield to other sessions' runs
    /// @throws WorkerLostException if the worker ended, or had to be ended; it touches no memory any more then
    List<BatchTensor> run(List<BatchTensor> inputs, OutputMemory memory, boolean warmUp) {
        try (Transfer transfer = worker.transfer()) {
            List<Order.Input> placed = inputs.stream()
                    .map(input ->
                            new Order.Input(input.name(), input.type(), input.shape(), transfer.input(input.data())))
                    .toList();
            List<MemorySegment> grants = new ArrayList<>();
            sizes.of(inputs).forEach(bytes -> grants.add(memory.allocate(bytes)));
            byte[] order = Messages.bytes(
                    new Order.Run(placed, grants.stream().map(transfer::output).toList(), warmUp));
            if (order.length > Slot.CAPACITY) {
                throw new EngineException("run: more inputs than a worker can be told of: " + inputs.size());
            }
            List<BatchTensor> outputs = run(order, grants, memory, transfer);
            sizes.learn(inputs, outputs);
            return outputs;
        } catch (ProtocolException e) {
            throw worker.endBecause(e);
        }
    }

    private List<BatchTensor> run(byte[] order, List<MemorySegment> grants, OutputMemory memory, Transfer transfer) {
        slot.send(order);
        running = slot.number();
        try {
            return outputs(grants, memory, transfer);
        } finally {
            running = 0;
        }
    }

    private List<BatchTensor> outputs(List<MemorySegment> grants, OutputMemory memory, Transfer transfer) {
        int most = grants.size() + 2 * signature.outputs().size();
        while (true) {
            switch (receive()) {
                case Reply.NeedMemory need -> slot.send(grant(need.bytes(), most, grants, memory, transfer));
                case Reply.Done done -> {
                    // Before they are looked at: where the caller's memory is not the worker's, they come only now.
                    transfer.complete();
                    return outputs(done, grants);
                }
                case Reply.Failed failed -> throw new EngineException(shown(failed.message()));
                case Reply.Ready _, Reply.Opened _, Reply.Refused _, Reply.Holds _ -> throw WorkerProcess.outOfTurn();
            }
        }
    }

    /// A model whose output shapes are not what they were is run again, so that memory may be asked for twice.
    ///
    /// @param most pieces of memory that the run may have
    private byte[] grant(long bytes, int most, List<MemorySegment> grants, OutputMemory memory, Transfer transfer) {
        if (bytes < 0 || bytes > worker.mostBytes() || grants.size() >= most) {
            throw new ProtocolException("output " + grants.size() + " of " + bytes + " bytes");
        }
        try {
            MemorySegment granted = memory.allocate(bytes);
            grants.add(granted);
            return Messages.bytes(new Order.Memory(transfer.output(granted)));
        } catch (RuntimeException | Error e) {
            giveUp();
            throw e;
        }
    }

    /// As `EngineSession.interrupt`.
    boolean interrupt() {
        int run = running;
        if (run != 0) {
            slot.askToEnd(run);
        }
        return run != 0;
    }

    /// As `EngineSession.abort`.
    void abort() {
        if (running != 0) {
            worker.end(Loss.HUNG);
        }
    }

    /// Ends the worker. It is gone when this returns.
    void endWorker(Loss reason) {
        worker.endNow(reason);
    }

    /// Has the worker leave the run, for it to be at rest when its memory is given back.
    private void giveUp() {
        slot.send(Messages.bytes(new Order.NoMemory()));
        switch (receive()) {
            case Reply.Failed _ -> {}
            case Reply.Done _, Reply.NeedMemory _, Reply.Ready _, Reply.Opened _, Reply.Refused _, Reply.Holds _ ->
                throw WorkerProcess.outOfTurn();
        }
    }

    private List<BatchTensor> outputs(Reply.Done done, List<MemorySegment> grants) {
        List<TensorInfo> declared = signature.outputs();
        if (done.outputs().size() != declared.size()) {
            throw new ProtocolException(done.outputs().size() + " outputs");
        }
        List<BatchTensor> outputs = new ArrayList<>(declared.size());
        for (int i = 0; i < declared.size(); i++) {
            outputs.add(output(declared.get(i), done.outputs().get(i), grants));
        }
        return outputs;
    }

    private static BatchTensor output(TensorInfo info, Reply.Output output, List<MemorySegment> grants) {
        if (output.grant() < 0 || output.grant() >= grants.size()) {
            throw new ProtocolException("output in memory that was not given: " + output.grant());
        }
        MemorySegment data = grants.get(output.grant());
        try {
            Tensor.check(info.type(), output.shape(), data);
        } catch (ArithmeticException | IllegalArgumentException | IllegalStateException e) {
            throw new ProtocolException("output of shape " + output.shape() + " in " + data.byteSize() + " bytes", e);
        }
        return new BatchTensor(info.name(), info.type(), output.shape(), data);
    }

    private Reply receive() {
        return Messages.reply(slot.receive(worker::isLost).orElseThrow(() -> new WorkerLostException("it ended")));
    }

    /// Words of a worker, fit for a log.
    static String shown(String message) {
        StringBuilder shown = new StringBuilder();
        message.codePoints().forEach(c -> shown.appendCodePoint(Character.isISOControl(c) ? ' ' : c));
        return shown.toString();
    }

    void close() {
        try {
            if (!isLost()) {
                closeThere();
            }
        } finally {
            worker.free(index);
        }
    }

    private void closeThere() {
        try {
            slot.send(Messages.bytes(new Order.Close()));
            switch (receive()) {
                case Reply.Done _ -> {}
                case Reply.Failed failed -> throw new EngineException(shown(failed.message()));
                case Reply.NeedMemory _, Reply.Ready _, Reply.Opened _, Reply.Refused _, Reply.Holds _ ->
                    throw WorkerProcess.outOfTurn();
            }
        } catch (WorkerLostException _) {
            // Its sessions went with it.
        } catch (ProtocolException e) {
            var _ = worker.endBecause(e);
        }
    }
}
