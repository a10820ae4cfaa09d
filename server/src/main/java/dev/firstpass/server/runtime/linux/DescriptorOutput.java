package dev.firstpass.server.runtime.linux;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/// Writes to an open file by its number.
///
/// For one thread at a time. Closing it closes the file.
public final class DescriptorOutput extends OutputStream {
    private final int descriptor;

    private DescriptorOutput(int descriptor) {
        this.descriptor = descriptor;
    }

    /// What stdout is now, whatever becomes of stdout afterwards.
    public static DescriptorOutput ofStdout() {
        return new DescriptorOutput((int) Kernel.call(SystemCall.DUP, 1));
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocate(length);
            MemorySegment.copy(bytes, offset, copy, ValueLayout.JAVA_BYTE, 0, length);
            long written = 0;
            while (written < length) {
                written += Kernel.call(SystemCall.WRITE, descriptor, copy.address() + written, length - written);
            }
        } catch (KernelException e) {
            throw new IOException(e);
        }
    }

    @Override
    public void close() {
        Descriptors.close(descriptor);
    }
}
