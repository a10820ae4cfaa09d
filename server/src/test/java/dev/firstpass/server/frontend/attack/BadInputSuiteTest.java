package dev.firstpass.server.frontend.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.server.e2e.ErrorAnswers;
import dev.firstpass.server.failure.Reason;
import dev.firstpass.server.frontend.RawHttp;
import dev.firstpass.server.frontend.RawHttp.Answer;
import dev.firstpass.server.frontend.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The table of bad input: each line is sent as it stands there, answered as it says, with nothing of the server's insides, and a
/// good client beside it notices nothing. What other tests send is named with the test, whose source has to have it.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BadInputSuiteTest {
    private static final int LEAST = 250;

    private TestServer server;
    private Canary canary;

    @BeforeAll
    void start() {
        server = new TestServer();
        canary = new Canary(server.port(), 20);
    }

    @AfterAll
    void stop() throws InterruptedException {
        canary.close();
        server.close();
        assertEquals("", canary.failure());
    }

    static List<BadVector> sent() {
        return BadVector.all().stream().filter(vector -> !vector.isHeld()).toList();
    }

    static List<BadVector> held() {
        return BadVector.all().stream().filter(BadVector::isHeld).toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("sent")
    void vector_isAnsweredAsTheTableSays(BadVector vector) {
        byte[] request = vector.request();

        Answer answer = RawHttp.exchange(vector.isToManagement() ? server.managementPort() : server.port(), request);

        assertEquals(vector.status(), Integer.toString(answer.status()), answer::body);
        if (!vector.reason().equals("-")) {
            assertEquals(
                    Reason.valueOf(vector.reason()).name(),
                    TestServer.json(answer.body()).path("reason").asText(),
                    answer::body);
        }
        ErrorAnswers.assertTellsNothing(
                answer.headers() + answer.body(), new String(request, StandardCharsets.ISO_8859_1));
        assertEquals("", canary.failure());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("held")
    void vectorOfAnotherTest_standsThere(BadVector vector) throws IOException {
        String[] place = vector.what().split(": ", 2);
        try (Stream<Path> sources = Files.find(
                Path.of("..")
                        .resolve(place[0].substring(0, place[0].indexOf('/')))
                        .resolve("src/test/java"),
                20,
                (file, _) -> file.getFileName().toString().equals(place[0].substring(place[0].indexOf('/') + 1)))) {
            String source = Files.readString(sources.findFirst().orElseThrow());
            assertTrue(source.contains(place[1]), () -> place[1] + " in " + place[0]);
        }
    }

    @Test
    void table_isLarge_andHasNothingTwice() {
        List<BadVector> all = BadVector.all();
        System.out.println(sent().size() + " vectors of bad input sent, " + held().size() + " more named");
        assertTrue(sent().size() >= LEAST, () -> sent().size() + " vectors");
        assertEquals(all.size(), all.stream().map(BadVector::name).distinct().count());
        assertEquals(
                sent().size(),
                sent().stream().map(v -> v.kind() + v.what()).distinct().count());
    }
}
