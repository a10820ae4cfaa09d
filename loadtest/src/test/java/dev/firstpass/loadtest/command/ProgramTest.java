package dev.firstpass.loadtest.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FileNotFoundException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Command;

final class ProgramTest {
    private final StringWriter err = new StringWriter();

    @Test
    void whatACallerCanMend_isSaidInOneLine() {
        assertEquals(7, run(new IllegalArgumentException("--rate: 0 (expected: > 0)")));
        assertEquals(7, run(new FileNotFoundException("gate.html")));
        assertEquals("try: --rate: 0 (expected: > 0)\ntry: gate.html\n", err.toString());
    }

    @Test
    void whatNobodyForesaw_isShownWithItsTrace() {
        assertEquals(7, run(new IllegalStateException("a door must not fail")));
        assertTrue(err.toString().contains("a door must not fail\n\tat "), err::toString);
    }

    @Test
    void exitCode_isTheCommands() {
        assertEquals(3, Program.line(new Try(() -> 3)).execute());
    }

    private int run(Exception failure) {
        Try command = new Try(() -> {
            throw failure;
        });
        return Program.line(command).setErr(new PrintWriter(err, true)).execute();
    }

    @Command(name = "try", exitCodeOnExecutionException = 7)
    private static final class Try implements Callable<Integer> {
        private final Callable<Integer> work;

        Try(Callable<Integer> work) {
            this.work = work;
        }

        @Override
        public Integer call() throws Exception {
            return work.call();
        }
    }
}
