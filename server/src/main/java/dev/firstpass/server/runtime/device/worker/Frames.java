package dev.firstpass.server.runtime.device.worker;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// Messages on a pipe, each with its length before it.
///
/// For one thread at a time.
final class Frames {
    /// A signature carries a model file's metadata, class names for instance.
    private static final int LONGEST = 16 << 20;

    private final DataInputStream in;
    private final DataOutputStream out;

    /// Takes neither.
    Frames(InputStream in, OutputStream out) {
        this.in = new DataInputStream(in);
        this.out = new DataOutputStream(out);
    }

    void send(byte[] message) throws IOException {
        out.writeInt(message.length);
        out.write(message);
        out.flush();
    }

    /// @throws EOFException if the other side has closed the pipe
    /// @throws ProtocolException if its length is none
    byte[] receive() throws IOException {
        int length = in.readInt();
        if (length < 0 || length > LONGEST) {
            throw new ProtocolException("a message of " + length + " bytes");
        }
        byte[] message = in.readNBytes(length);
        if (message.length < length) {
            throw new EOFException("the pipe ended within a message");
        }
        return message;
    }
}
