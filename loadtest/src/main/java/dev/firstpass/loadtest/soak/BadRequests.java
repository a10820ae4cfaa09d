package dev.firstpass.loadtest.soak;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// What breaks: images that are none, tensors that do not fit, requests that are none, callers whom nobody knows, and clients that
/// do not read or go away. Each is refused, or hung up on.
///
/// For one thread each: lanes share nothing that changes but the random numbers, which may be shared.
final class BadRequests {
    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final Duration SELDOM = Duration.ofSeconds(5);
    private static final int PATIENCE_MILLIS = 60_000;
    private static final int CROWD = 40;
    private static final int SIP = 16 << 10;
    private static final int SIPS = 100;
    private static final String HTTP2 = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    private final int port;
    private final String token;
    private final byte[] photo;
    private final Random random = new Random(3);

    /// @param token of a known caller
    /// @param photo a whole one
    BadRequests(int port, String token, byte[] photo) {
        this.port = port;
        this.token = token;
        this.photo = photo.clone();
    }

    List<Lane> lanes() {
        List<Lane.Call> bad = List.of(
                _ -> asked(post("/v1/models/coco/prelabels", token, "", truncated())),
                _ -> asked(post("/v1/models/salient/prelabels", token, "", noise("\u0089PNG\r\n\u001a\n"))),
                _ -> asked(post("/v1/models/coco/prelabels", token, "", new byte[0])),
                _ -> asked(post("/v1/models/coco/prelabels?threshold=often", token, "", photo)),
                turn -> asked(post("/v1/models/none-" + turn + "/prelabels", token, "", photo)),
                _ -> asked(post("/v1/models/coco/prelabels", "", "", photo)),
                _ -> asked(post("/v1/models/coco/prelabels", "fp_" + random.nextLong(), "", photo)),
                _ -> asked(tensors("[1,3,32,32]", "UINT8", 12288, 12288)),
                _ -> asked(tensors("[1,3,64,64]", "FP32", 12288, 12288)),
                _ -> asked(tensors("[1,3,64,64]", "UINT8", 12288, 100)),
                _ -> asked(tensors("[1,3,-64,64]", "UINT8", 12288, 12288)),
                _ -> asked(post("/v2/models/tiny64/infer", token, "", text("{\"inputs\":[{\"name\":"))),
                _ -> asked(text("GET\r\n\r\n")),
                _ -> asked(text("GET / HTTP/1.1\r\n\r\n")),
                _ -> asked(text("POST /v1/models/coco/prelabels HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
                        + "Content-Length: 2\r\n\r\nab")),
                _ -> asked(text("POST /v1/models/coco/prelabels HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                        + token + "\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")),
                _ -> asked(text("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(100_000) + "\r\n\r\n")),
                _ -> asked(whole(text(HTTP2), noise(""))),
                _ -> left(post("/v1/models/coco/prelabels", token, "", photo)));
        return List.of(
                new Lane(
                        "bad input",
                        PAUSE,
                        turn -> bad.get((int) (turn % bad.size())).send(turn)),
                new Lane("slow reader", SELDOM, this::slowReader));
    }

    private byte[] truncated() {
        return Arrays.copyOf(photo, 200 + random.nextInt(photo.length / 2));
    }

    private byte[] noise(String beginning) {
        byte[] noise = new byte[1000 + random.nextInt(10_000)];
        random.nextBytes(noise);
        return whole(beginning.getBytes(StandardCharsets.ISO_8859_1), noise);
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] whole(byte[]... parts) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            whole.writeBytes(part);
        }
        return whole.toByteArray();
    }

    private byte[] tensors(String shape, String type, int said, int sent) {
        String head = "{\"inputs\":[{\"name\":\"images\",\"shape\":" + shape + ",\"datatype\":\"" + type
                + "\",\"parameters\":{\"binary_data_size\":" + said + "}}]}";
        return post(
                "/v2/models/tiny64/infer",
                token,
                "Inference-Header-Content-Length: " + head.length() + "\r\n",
                whole(text(head), new byte[sent]));
    }

    private static byte[] post(String path, String token, String headers, byte[] body) {
        String authorization = token.isEmpty() ? "" : "Authorization: Bearer " + token + "\r\n";
        return whole(
                text("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + authorization + headers
                        + "Content-Type: application/octet-stream\r\nContent-Length: " + body.length + "\r\n\r\n"),
                body);
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        return socket;
    }

    /// Sends it, and reads what comes until the server hangs up.
    private Told asked(byte[] request) throws IOException {
        byte[] answer;
        try (Socket socket = connect()) {
            socket.getOutputStream().write(request);
            socket.shutdownOutput();
            answer = socket.getInputStream().readAllBytes();
        } catch (SocketException _) {
            // It did not wait for the end of what it refused.
            return Told.expected("hung up");
        }
        String text = new String(answer, StandardCharsets.ISO_8859_1);
        if (text.startsWith("HTTP/1.1 ")) {
            return Told.bad(Integer.parseInt(text.substring(9, 12)), text);
        }
        return Told.expected("hung up");
    }

    /// Goes away in the middle of its request.
    private Told left(byte[] request) throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(request, 0, request.length / 2);
        }
        return Told.expected("left");
    }

    /// Asks for more than it reads, reads it slowly, and goes away at last; or has been cut off by then.
    private Told slowReader(long turn) throws Exception {
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(SIP);
            socket.connect(address());
            socket.setSoTimeout(PATIENCE_MILLIS);
            OutputStream out = socket.getOutputStream();
            byte[] ask = text(
                    "GET /openapi.yaml HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\n\r\n");
            for (int i = 0; i < CROWD; i++) {
                out.write(ask);
            }
            InputStream in = socket.getInputStream();
            String first = new String(in.readNBytes(SIP), StandardCharsets.ISO_8859_1);
            if (!first.startsWith("HTTP/1.1 200")) {
                return Told.unexpected("slow answer", first.substring(0, Math.min(100, first.length())));
            }
            for (int i = 0; i < SIPS; i++) {
                if (in.readNBytes(SIP).length < SIP) {
                    return Told.expected("hung up");
                }
                Thread.sleep(turn % 2 == 0 ? 20 : 100);
            }
            return Told.expected("left");
        } catch (SocketException _) {
            return Told.expected("hung up");
        }
    }

    private InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }
}
