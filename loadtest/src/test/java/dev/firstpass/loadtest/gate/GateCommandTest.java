package dev.firstpass.loadtest.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.loadtest.command.Program;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

final class GateCommandTest {
    private final StringWriter err = new StringWriter();

    @Test
    void server_thatIsNotThere_isTwoAndSaysSo() {
        assertEquals(
                2,
                gate(
                        "--target",
                        "http://127.0.0.1:1",
                        "--stable",
                        "m@1",
                        "--candidate",
                        "m@2",
                        "--slo",
                        "p95=1s",
                        "--rate",
                        "1"));
        assertTrue(err.toString().contains("http://127.0.0.1:1/ cannot be reached"), err::toString);
    }

    @Test
    void usage_thatIsWrong_isTwoAndSaysSo() {
        assertEquals(2, gate("--stable", "m@1"));
        assertTrue(err.toString().contains("--candidate"), err::toString);
        assertEquals(2, gate("--stable", "m@1", "--candidate", "m@2", "--slo", "95=1s", "--rate", "1"));
        assertTrue(err.toString().contains("'95=1s' (expected: for instance p95=300ms)"), err::toString);
        assertEquals(
                2,
                gate("--target", "ftp://x", "--stable", "m@1", "--candidate", "m@2", "--slo", "p95=1s", "--rate", "1"));
        assertEquals(2, gate("--stable", "m@1", "--candidate", "m@2", "--slo", "p95=1s", "--rate", "-1"));
        assertTrue(err.toString().contains("--rate: -1.0 (expected: > 0)"), err::toString);
    }

    @Test
    void help_isGiven() {
        StringWriter out = new StringWriter();
        assertEquals(
                0, Program.line(new GateCommand()).setOut(new PrintWriter(out)).execute("--help"));
        assertTrue(out.toString().contains("0   the candidate passes"), out::toString);
        assertTrue(out.toString().contains("for instance gate.html"), out::toString);
    }

    private int gate(String... arguments) {
        return Program.line(new GateCommand())
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }
}
