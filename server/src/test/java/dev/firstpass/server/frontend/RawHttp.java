package dev.firstpass.server.frontend;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// HTTP/1.1 by hand, for requests that no client library would send.
public final class RawHttp {
    private static final int PATIENCE_MILLIS = 10_000;

    private RawHttp() {}

    /// What came back.
    ///
    /// @param headers by lower-case name
    public record Answer(int status, Map<String, String> headers, String body) {
        public String header(String name) {
            return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
        }
    }

    /// `head` is a request line and header lines, to which `Host`, `Connection: close` and the body's length are
    /// added where they are missing.
    public static Answer send(int port, String head, byte[] body) {
        StringBuilder request = new StringBuilder(head.strip().replace("\n", "\r\n")).append("\r\n");
        String lower = head.toLowerCase(Locale.ROOT);
        if (!lower.contains("\nhost:")) {
            request.append("Host: localhost:").append(port).append("\r\n");
        }
        if (!lower.contains("\nconnection:")) {
            request.append("Connection: close\r\n");
        }
        if (!lower.contains("\ncontent-length:") && !lower.contains("\ntransfer-encoding:") && body.length > 0) {
            request.append("Content-Length: ").append(body.length).append("\r\n");
        }
        return exchange(port, concat(request.append("\r\n").toString().getBytes(StandardCharsets.UTF_8), body));
    }

    public static Answer send(int port, String head) {
        return send(port, head, new byte[0]);
    }

    /// Sends the bytes as they are and reads one answer, which may come, and end the connection, before all is sent.
    public static Answer exchange(int port, byte[] request) {
        try (Socket socket = connect(port)) {
            send(socket, request);
            boolean head = request[0] == 'H';
            return read(socket.getInputStream(), head);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void send(Socket socket, byte[] request) throws IOException {
        try {
            socket.getOutputStream().write(request);
        } catch (SocketException _) {
            // Whether there was an answer shows in reading it.
        }
    }

    public static Socket connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        return socket;
    }

    public static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /// Reads one answer and leaves what comes after it.
    ///
    /// @param head whether it answers a HEAD request, and so has no body
    public static Answer read(InputStream in, boolean head) throws IOException {
        String[] lines = readHead(in).split("\r\n", -1);
        Map<String, String> headers = new LinkedHashMap<>();
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            headers.put(
                    lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
                    lines[i].substring(colon + 1).strip());
        }
        byte[] body = head
                ? new byte[0]
                : "chunked".equals(headers.get("transfer-encoding"))
                        ? readChunks(in)
                        : in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
        return new Answer(
                Integer.parseInt(lines[0].split(" ", -1)[1]), headers, new String(body, StandardCharsets.UTF_8));
    }

    private static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("closed before an answer: " + head);
            }
            head.append((char) next);
        }
        return head.substring(0, head.length() - 4);
    }

    private static byte[] readChunks(InputStream in) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            StringBuilder line = new StringBuilder();
            while (line.indexOf("\r\n") < 0) {
                line.append((char) in.read());
            }
            int size = Integer.parseInt(line.toString().strip(), 16);
            body.writeBytes(in.readNBytes(size));
            in.readNBytes(2);
            if (size == 0) {
                return body.toByteArray();
            }
        }
    }
}
