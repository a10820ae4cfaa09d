package dev.firstpass.server.frontend.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The table of bad input: each line is sent as it stands there, answered as it says, with nothing of the server's insides, and a
/// good client beside it notices nothing. What other tests send is named with the test, which has to have such a method, or such a
/// case. [LongBadInputTest] does it a hundred times.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BadInputSuiteTest {
    private static final int LEAST = 250;
    private static final Pattern CASE = Pattern.compile("([\\w.]*)\\(?(\"[^\"]+\")");

    private static final Pattern TEST = Pattern.compile("@(Test|ParameterizedTest|Property)\\b");

    /// By their names: some take long to be made.
    private final Set<String> attacks = Attacks.all().stream().map(Attack::name).collect(Collectors.toSet());

    private final Map<String, String> sources = new HashMap<>();
    private BadInputServers servers;
    private Canary canary;

    @BeforeAll
    void start() {
        servers = new BadInputServers();
        canary = new Canary(servers.port(), 20);
    }

    @AfterAll
    void stop() throws InterruptedException {
        canary.close();
        servers.close();
        assertEquals("", canary.failure());
        System.out.printf(
                "good client beside all of it: %d requests, 0 failed, p99 %.1f ms%n",
                canary.asked(), canary.micros(0, 0.99) / 1000.0);
    }

    static List<BadVector> sent() {
        return BadVector.all().stream().filter(vector -> !vector.isHeld()).toList();
    }

    static List<BadVector> held() {
        return BadVector.all().stream().filter(BadVector::isHeld).toList();
    }

    /// Over HTTP/1.1 and HTTP/2 where it can be either.
    @ParameterizedTest(name = "{0}")
    @MethodSource("sent")
    void vector_isAnsweredAsTheTableSays(BadVector vector) {
        servers.send(vector);

        assertEquals("", canary.failure());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("held")
    void vectorOfAnotherTest_isAMethodOrACaseOfIt(BadVector vector) throws IOException {
        String[] place = vector.what().split(": ", 2);
        Matcher named = CASE.matcher(place[1]);
        if (place[0].endsWith("/Attacks.java")) {
            assertTrue(
                    attacks.contains(place[1].substring(1, place[1].length() - 1)),
                    () -> "no attack is called " + place[1]);
            return;
        }
        String source = source(place[0]);
        boolean isThere = named.matches() ? hasCase(source, named.group(1), named.group(2)) : hasTest(source, place[1]);
        assertTrue(isThere, () -> place[0] + " has no test and no case " + place[1]);
    }

    /// As the first argument of what makes a case.
    ///
    /// @param maker of cases; empty for any
    private static boolean hasCase(String source, String maker, String quoted) {
        return Pattern.compile("\\(\\s*" + Pattern.quote(quoted) + "\\s*[,+]")
                .matcher(source)
                .results()
                .anyMatch(found -> endsWith(source.substring(0, found.start()), maker));
    }

    private static boolean endsWith(String before, String maker) {
        int at = before.length() - maker.length() - 1;
        return maker.isEmpty()
                ? Character.isJavaIdentifierPart(before.charAt(at))
                : before.endsWith(maker) && !Character.isJavaIdentifierPart(before.charAt(at));
    }

    /// The annotations are what stands between a method and the empty line before it.
    private static boolean hasTest(String source, String method) {
        int at = source.indexOf(" void " + method + "(");
        return at >= 0
                && TEST.matcher(source.substring(source.lastIndexOf("\n\n", at), at))
                        .find();
    }

    /// Without comments.
    private String source(String moduleAndFile) throws IOException {
        String known = sources.get(moduleAndFile);
        String source = known == null ? read(moduleAndFile) : known;
        sources.put(moduleAndFile, source);
        return source;
    }

    private static String read(String moduleAndFile) throws IOException {
        String[] parts = moduleAndFile.split("/", 2);
        Path sources = Path.of("..").resolve(parts[0]).resolve("src/test/java");
        try (Stream<Path> found = Files.find(
                sources, 20, (file, _) -> file.getFileName().toString().equals(parts[1]))) {
            return Files.readString(found.findFirst().orElseThrow()).replaceAll("(?m)^[ \\t]*//.*$", "");
        }
    }

    @Test
    void table_isLarge_andHasNothingTwice() {
        List<BadVector> all = BadVector.all();
        System.out.println(sent().size() + " vectors of bad input sent, "
                + sent().stream()
                        .filter(vector -> vector.isHttp1() && vector.isHttp2())
                        .count()
                + " of them over HTTP/1.1 and HTTP/2, " + held().size() + " more named");
        assertTrue(sent().size() >= LEAST, () -> sent().size() + " vectors");
        assertEquals(all.size(), all.stream().map(BadVector::name).distinct().count());
        assertEquals(
                all.size(),
                all.stream().map(v -> v.kind() + v.what()).distinct().count());
    }

    @Test
    void table_hasEveryAttack() {
        Set<String> expected = attacks.stream()
                .map(attack -> "server/Attacks.java: \"" + attack + '"')
                .collect(Collectors.toSet());
        Set<String> named = held().stream()
                .map(BadVector::what)
                .filter(what -> what.startsWith("server/Attacks.java"))
                .collect(Collectors.toSet());
        assertEquals(expected, named);
    }
}
