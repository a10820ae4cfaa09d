package dev.firstpass.loadtest.overload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.firstpass.loadtest.command.Program;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

final class TablesTest {
    @Test
    void tables_areForOneAndForFourGpus_whereNothingElseIsSaid() {
        assertEquals(List.of("1: 3 x 6.0 s", "4: 3 x 6.0 s"), said());
        assertEquals(
                List.of("2: 5 x 0.5 s", "8: 5 x 0.5 s"), said("--devices", "2,8", "--runs", "5", "--seconds", "0.5"));
    }

    @Test
    void help_hasTheDefaultsOfEachCommand() {
        assertTrue(help(new TenantsCommand()).contains("Of each run (default: 10.0)."));
        String rivals = help(new RivalsCommand());
        assertTrue(rivals.contains("Of each run (default: 6.0)."), rivals);
        assertTrue(rivals.contains("Of each (default: 3)."), rivals);
    }

    private static List<String> said(String... arguments) {
        Try command = new Try();
        assertEquals(0, Program.line(command).execute(arguments));
        return command.said;
    }

    private static String help(Callable<Integer> command) {
        StringWriter out = new StringWriter();
        assertEquals(0, Program.line(command).setOut(new PrintWriter(out, true)).execute("--help"));
        return out.toString();
    }

    @Command(name = "try")
    private static final class Try implements Callable<Integer> {
        private final List<String> said = new ArrayList<>();

        @Mixin
        private Tables tables = new Tables();

        @Override
        public Integer call() throws Exception {
            return tables.each(count -> said.add(count + ": " + tables.runs() + " x " + tables.seconds() + " s"));
        }
    }
}
