package dev.firstpass.server.frontend.attack;

import dev.firstpass.server.frontend.attack.Attack.Target;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
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

    private final Process process;
    private final BufferedReader out;

    /// @param port of the server's data listener
    Attacker(int port) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Attacker.class.getName(),
                String.valueOf(port));
        process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        out = process.inputReader(StandardCharsets.UTF_8);
    }

    /// Again and again.
    ///
    /// @return how often
    int attack(Attack attack, int seconds) throws IOException {
        OutputStream in = process.getOutputStream();
        in.write((seconds + " " + attack.name() + "\n").getBytes(StandardCharsets.UTF_8));
        in.flush();
        String times = out.readLine();
        if (times == null) {
            throw new IllegalStateException("the attackers' process has ended");
        }
        return Integer.parseInt(times);
    }

    @Override
    public void close() {
        process.destroyForcibly();
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
