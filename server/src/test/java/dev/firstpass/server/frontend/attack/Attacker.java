package dev.firstpass.server.frontend.attack;

import dev.firstpass.server.e2e.JavaProcess;
import dev.firstpass.server.frontend.attack.Attack.Target;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Attacks a server from a process of its own, so that what attackers collect and compile does not hold up the server's.
///
/// For one thread. Who starts it closes it.
final class Attacker implements AutoCloseable {
    private static final int PAUSE_MILLIS = 5;

    private final JavaProcess process;

    /// @param port of the server's data listener
    /// @param err where the process' stderr goes
    Attacker(int port, Path err) throws IOException {
        process = JavaProcess.start(
                JavaProcess.command(List.of(), Attacker.class.getName(), String.valueOf(port)), System.getenv(), err);
    }

    /// Again and again.
    ///
    /// @return how often
    int attack(Attack attack, int seconds) throws IOException {
        process.write(seconds + " " + attack.name());
        return Integer.parseInt(process.read());
    }

    @Override
    public void close() {
        process.close();
    }

    /// Reads seconds and the name of an attack from each line, and writes how often it ran then.
    ///
    /// @param arguments the port
    static void main(String[] arguments) throws IOException, InterruptedException {
        List<Attack> all = Stream.concat(Attacks.all().stream(), Stream.of(Attacks.busyNeighbour()))
                .toList();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] parts = line.split(" ", 2);
            Attack attack = all.stream()
                    .filter(one -> one.name().equals(parts[1]))
                    .findFirst()
                    .orElseThrow();
            Target target = new Target(
                    Integer.parseInt(arguments[0]),
                    System.nanoTime() + TimeUnit.SECONDS.toNanos(Integer.parseInt(parts[0])));
            System.out.println(run(attack, target));
        }
    }

    private static int run(Attack attack, Target target) throws IOException, InterruptedException {
        int times = 0;
        while (!target.isOver()) {
            var _ = attack.once().run(target);
            times++;
            Thread.sleep(PAUSE_MILLIS);
        }
        return times;
    }
}
