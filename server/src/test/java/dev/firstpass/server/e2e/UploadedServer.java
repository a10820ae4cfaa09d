package dev.firstpass.server.e2e;

import dev.firstpass.server.frontend.TestServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/// A server in a process of its own: it prints the port of its management listener, then for each line that it reads the
/// bytes of its heap that are in use after a collection, and ends with its input.
final class UploadedServer {
    private UploadedServer() {}

    public static void main(String[] arguments) throws IOException {
        try (TestServer server = new TestServer();
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            System.out.println(server.managementPort());
            while (in.readLine() != null) {
                System.gc();
                System.out.println(Runtime.getRuntime().totalMemory()
                        - Runtime.getRuntime().freeMemory());
            }
        }
    }
}
