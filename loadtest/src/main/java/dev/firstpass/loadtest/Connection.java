package dev.firstpass.loadtest;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// One connection that posts image after image and blocks for each answer. It does what a client must and no more: the
/// JDK's own client takes one and a half milliseconds on the way, which would be mistaken for the server's.
///
/// For one thread. Who opens it closes it.
final class Connection implements AutoCloseable {
    private final URI target;
    private final Socket socket = new Socket();
    private final InputStream in;
    private final OutputStream out;

    Connection(URI target) throws IOException {
        this.target = target;
        try {
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(target.getHost(), target.getPort()));
            this.in = new BufferedInputStream(socket.getInputStream());
            this.out = socket.getOutputStream();
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /// @throws IOException if the answer is another than 200
    Answer post(byte[] image) throws IOException {
        out.write("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n"
                .formatted(target.getRawPath(), target.getRawAuthority(), image.length)
                .getBytes(StandardCharsets.US_ASCII));
        out.write(image);
        String status = line();
        Map<String, String> headers = new HashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            String[] parts = line.split(":", 2);
            headers.put(parts[0].toLowerCase(Locale.ROOT), parts[1].strip());
        }
        byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
        if (!status.startsWith("HTTP/1.1 200")) {
            throw new IOException(status + ": " + new String(body, StandardCharsets.UTF_8));
        }
        return new Answer(headers);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the server hung up");
            }
            line.append((char) next);
        }
        return line.toString().strip();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /// What came back.
    ///
    /// @param headers by names in lower case
    record Answer(Map<String, String> headers) {
        /// Where the server says that the time went: `Server-Timing`, milliseconds by name.
        Map<String, Double> millis() {
            Map<String, Double> millis = new HashMap<>();
            for (String metric : headers.getOrDefault("server-timing", "").split(", ", -1)) {
                String[] parts = metric.split(";dur=", 2);
                if (parts.length == 2) {
                    millis.put(parts[0], Double.parseDouble(parts[1]));
                }
            }
            return millis;
        }
    }
}
