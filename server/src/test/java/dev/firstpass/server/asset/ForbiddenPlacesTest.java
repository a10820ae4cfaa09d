package dev.firstpass.server.asset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.firstpass.server.call.Deadline;
import dev.firstpass.server.failure.FailureException;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.security.PinnedTransport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Servers listen at the forbidden addresses of this machine, and nobody comes to them, whatever is asked for: through the transport that
/// the server has, over real sockets.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ForbiddenPlacesTest {
    private static final String LISTED = "images.example.org";
    private static final String PHOTO = "photo";

    /// PORT is the trap's, OPEN that of a server which may be asked.
    private static final List<String> SPELLINGS = List.of(
            "http://127.0.0.1:PORT/",
            "http://127.1:PORT/",
            "http://127.0.1:PORT/",
            "http://127.0.0.2:PORT/",
            "http://2130706433:PORT/",
            "http://017700000001:PORT/",
            "http://0177.0.0.1:PORT/",
            "http://0x7f000001:PORT/",
            "http://0x7f.0.0.1:PORT/",
            "http://0x7F.0x0.0x0.0x1:PORT/",
            "http://127.000.000.001:PORT/",
            "http://127.0.0.1.:PORT/",
            "http://127.0.0.1%00:PORT/",
            "http://127%2e0%2e0%2e1:PORT/",
            "http://0:PORT/",
            "http://0.0.0.0:PORT/",
            "http://00.00.00.00:PORT/",
            "http://[::]:PORT/",
            "http://[::1]:PORT/",
            "http://[0:0:0:0:0:0:0:1]:PORT/",
            "http://[0000::0001]:PORT/",
            "http://[::127.0.0.1]:PORT/",
            "http://[::ffff:127.0.0.1]:PORT/",
            "http://[::ffff:7f00:1]:PORT/",
            "http://[::1%25lo]:PORT/",
            "http://localhost:PORT/",
            "http://LOCALHOST:PORT/",
            "http://localhost.:PORT/",
            "http://localhost.localdomain:PORT/",
            "http://ip6-localhost:PORT/",
            "http://\uFF11\uFF12\uFF17.0.0.1:PORT/",
            "http://127\u30020\u30020\u30021:PORT/",
            "http://\u2460\u2461\u2466.\u24EA.\u24EA.\u2460:PORT/",
            "http://images.example.org@127.0.0.1:PORT/",
            "http://images.example.org:PORT@127.0.0.1:PORT/",
            "http://127.0.0.1:OPEN@127.0.0.1:PORT/",
            "http://127.0.0.1:PORT\\@images.example.org:PORT/",
            "http://127.0.0.1:PORT#@images.example.org:PORT/",
            "http://127.0.0.1:PORT?@images.example.org:PORT/",
            "http://127.0.0.1:PORT;@images.example.org:PORT/",
            "http://127.0.0.1:OPEN:PORT/",
            "http://127.0.0.1 :PORT/",
            "http://127.0.0.1:PORT\r\nHost: images.example.org/",
            "http:127.0.0.1:PORT/",
            "http:/127.0.0.1:PORT/",
            "http:///127.0.0.1:PORT/",
            "http:\\\\127.0.0.1:PORT\\",
            "//127.0.0.1:PORT/",
            "HTTP://127.0.0.1:PORT/",
            "https://127.0.0.1:PORT/",
            "ftp://127.0.0.1:PORT/",
            "gopher://127.0.0.1:PORT/_GET%20/",
            "dict://127.0.0.1:PORT/",
            "ldap://127.0.0.1:PORT/",
            "ws://127.0.0.1:PORT/",
            "jar:http://127.0.0.1:PORT/a!/b",
            "url:http://127.0.0.1:PORT/",
            "file://127.0.0.1:PORT/",
            "file:///proc/self/environ",
            "s3://127.0.0.1:PORT/");

    private final PinnedTransport transport = new PinnedTransport();
    private final Trap trap;
    private final HttpServer open;
    private final Optional<InetAddress> allowed;
    private final List<HttpServer> servers = new ArrayList<>();

    /// What the name on the list leads to, one answer after the other; the last one stays.
    private final Deque<List<InetAddress>> answers = new ArrayDeque<>();

    private int lookUps;
    private int fetched;

    ForbiddenPlacesTest() throws IOException {
        trap = Trap.open();
        open = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        servers.add(open);
        allowed = Trap.allowed();
        if (allowed.isPresent()) {
            servers.add(HttpServer.create(new InetSocketAddress(allowed.get(), trap.port()), 0));
        }
    }

    @BeforeAll
    void start() {
        servers.forEach(server -> {
            server.createContext("/", ForbiddenPlacesTest::answer);
            server.start();
        });
    }

    /// `/to?PLACE` redirects there.
    private static void answer(HttpExchange exchange) throws IOException {
        Optional<String> to = Optional.ofNullable(exchange.getRequestURI().getRawQuery())
                .map(query -> URLDecoder.decode(query, StandardCharsets.UTF_8));
        to.ifPresent(place -> exchange.getResponseHeaders().add("Location", place));
        byte[] body = PHOTO.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(to.isPresent() ? 302 : 200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @AfterAll
    void stop() throws IOException {
        System.out.println(fetched + " fetches, " + trap.visits() + " visits to " + trap.addresses());
        transport.close();
        servers.forEach(server -> server.stop(0));
        trap.close();
    }

    @AfterEach
    void nobodyCame() {
        assertEquals(0, trap.visits());
    }

    private InetAddress[] resolve(String host) throws UnknownHostException {
        if (!host.equals(LISTED)) {
            return InetAddress.getAllByName(host);
        }
        lookUps++;
        return (answers.size() > 1 ? answers.remove() : answers.element()).toArray(new InetAddress[0]);
    }

    private String fetch(String uri) {
        fetched++;
        AssetConfig config = new AssetConfig(
                Stream.of("http://" + LISTED + ":" + trap.port(), at(open, ""))
                        .map(text -> Origin.parse(text).orElseThrow())
                        .toList(),
                List.of(),
                AssetBuckets.NONE,
                Optional.empty(),
                Optional.empty(),
                64);
        Asset asset = new AssetFetcher(config, transport, this::resolve, HeldAssets.none())
                .fetch(
                        new AssetRef.Uri(uri),
                        Optional.empty(),
                        "local",
                        Deadline.after(Duration.ofSeconds(2), System::nanoTime));
        return new String(asset.bytes(), StandardCharsets.UTF_8);
    }

    private Reason refusal(String uri) {
        return assertThrows(FailureException.class, () -> fetch(uri), uri)
                .failure()
                .reason();
    }

    private String place(String spelling) {
        return spelling.replace("PORT", Integer.toString(trap.port()))
                .replace("OPEN", Integer.toString(open.getAddress().getPort()));
    }

    private static String at(HttpServer server, String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    private String listed(String path) {
        return "http://" + LISTED + ":" + trap.port() + path;
    }

    private String redirecting(String to) {
        return at(open, "/to?" + URLEncoder.encode(to, StandardCharsets.UTF_8));
    }

    private List<List<InetAddress>> forbiddenAnswers() throws UnknownHostException {
        List<List<InetAddress>> all = new ArrayList<>();
        InetAddress good = InetAddress.getByName("10.0.0.1");
        for (InetAddress address : trap.addresses()) {
            all.add(List.of(address));
            all.add(List.of(good, address));
        }
        for (String other : List.of("0.0.0.0", "::", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::")) {
            all.add(List.of(InetAddress.getByName(other)));
        }
        return all;
    }

    /// Whoever calls there is counted, so that no visits mean something.
    @Test
    void trap_countsWhoComes() throws Exception {
        try (Trap other = Trap.open()) {
            for (InetAddress address : other.addresses()) {
                int before = other.visits();
                try (Socket socket = new Socket(address, other.port())) {
                    assertEquals(-1, socket.getInputStream().read());
                } catch (SocketException _) {
                    // It hung up; it has counted before.
                }
                assertEquals(before + 1, other.visits(), address::toString);
            }
            WebTransport.Call call = new WebTransport.Call(
                    URI.create("http://127.0.0.1:" + other.port() + "/"),
                    new Origin("http", "127.0.0.1", other.port()),
                    InetAddress.getByName("0.0.0.0"),
                    Map.of(),
                    Optional.empty());
            int before = other.visits();
            assertThrows(IOException.class, () -> transport.send(call, 64, Duration.ofSeconds(2)));
            assertTrue(other.visits() > before, "the transport's visit was not counted");
        }
        assertEquals(PHOTO, fetch(at(open, "/")));
        assertEquals(PHOTO, fetch(redirecting(at(open, "/"))));
    }

    @Test
    void spellingsOfForbiddenPlaces_areNotCalled() {
        for (String spelling : SPELLINGS) {
            assertEquals(Reason.ASSET_FORBIDDEN, refusal(place(spelling)), spelling);
        }
        for (InetAddress address : trap.addresses()) {
            assertEquals(Reason.ASSET_FORBIDDEN, refusal("http://" + Trap.written(address) + ":" + trap.port() + "/"));
        }
    }

    @Test
    void redirectsToThem_areNotFollowed() {
        for (String spelling : SPELLINGS) {
            String place = place(spelling);
            if (place.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
                assertTrue(
                        Set.of(Reason.ASSET_FORBIDDEN, Reason.ASSET_UNREACHABLE).contains(refusal(redirecting(place))),
                        spelling);
            }
        }
    }

    @Test
    void listedNamesThatLeadThere_areNotCalled() throws UnknownHostException {
        for (List<InetAddress> answer : forbiddenAnswers()) {
            answers.clear();
            answers.add(answer);
            assertEquals(Reason.ASSET_FORBIDDEN, refusal(listed("/")), answer::toString);
            assertEquals(Reason.ASSET_FORBIDDEN, refusal(redirecting(listed("/"))), answer::toString);
        }
    }

    /// A name server that answers something good to whoever looks, and leads there whoever asks again.
    @Test
    void nameThatChangesItsAddress_isLookedUpOnceAndCalledThere_andCheckedAnewNextTime() throws UnknownHostException {
        // Where this machine has no address but forbidden ones, nobody is at the good one.
        InetAddress good = allowed.orElse(InetAddress.getByName("10.255.255.254"));
        for (List<InetAddress> bad : forbiddenAnswers()) {
            answers.clear();
            answers.add(List.of(good));
            answers.add(bad);
            lookUps = 0;
            if (allowed.isPresent()) {
                assertEquals(PHOTO, fetch(listed("/")));
            } else {
                refusal(listed("/"));
            }
            assertEquals(1, lookUps);
            assertEquals(Reason.ASSET_FORBIDDEN, refusal(listed("/")), bad::toString);
            assertEquals(2, lookUps);
        }
    }

    /// What leads away from a good address, by a redirect to the very same name, is looked up and looked at again.
    @Test
    void nameThatChangesItsAddressAcrossARedirect_isCheckedAgain() throws UnknownHostException {
        for (List<InetAddress> bad : forbiddenAnswers()) {
            answers.clear();
            allowed.ifPresent(good -> answers.add(List.of(good)));
            answers.add(bad);
            lookUps = 0;
            String uri = allowed.isPresent()
                    ? listed("/to?" + URLEncoder.encode("/", StandardCharsets.UTF_8))
                    : redirecting(listed("/"));

            assertEquals(Reason.ASSET_FORBIDDEN, refusal(uri), bad::toString);
            assertEquals(allowed.isPresent() ? 2 : 1, lookUps);
        }
    }
}
