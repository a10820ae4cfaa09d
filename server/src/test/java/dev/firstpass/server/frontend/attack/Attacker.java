package dev.firstpass.server.frontend.attack;

import dev.firstpass.server.e2e.JavaProcess;
import dev.firstpass.server.frontend.attack.Attack.Target;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// Attacks a server from a process of its own, so that what attackers collect and compile does not hold up the server's.
///
/// For one thread. Who starts it closes it.
final class Attacker implements AutoCloseable {
    private static final int PAUSE_MILLIS = 5;

    private final JavaProcess process;

    /// @param port of the server's data listener
    /// @param connections that an address may have
    /// @param err where the process' stderr goes
    Attacker(int port, int connections, Path err) throws IOException {
        List<String> command = JavaProcess.command(
                List.of(), Attacker.class.getName(), String.valueOf(port), String.valueOf(connections));
        process = JavaProcess.start(command, System.getenv(), err);
    }

    /// Again and again.
    ///
    /// @param clients how many do so at a time
    /// @return how often in all
    int attack(Attack attack, int clients, int seconds) throws IOException {
        process.write(clients + " " + seconds + " " + attack.name());
        return Integer.parseInt(process.read());
    }

    @Override
    public void close() {
        process.close();
    }

    /// Reads clients, seconds and the name of an attack from each line, and writes how often it ran then.
    ///
    /// @param arguments the port, and how many connections an address may have
    static void main(String[] arguments) throws IOException, InterruptedException {
        List<Attack> all = Stream.concat(Attacks.all().stream(), Stream.of(Attacks.busyNeighbour()))
                .toList();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] parts = line.split(" ", 3);
            Attack attack = all.stream()
                    .filter(one -> one.name().equals(parts[2]))
                    .findFirst()
                    .orElseThrow();
            Target target = new Target(
                    Integer.parseInt(arguments[0]),
                    Integer.parseInt(arguments[1]),
                    System.nanoTime() + TimeUnit.SECONDS.toNanos(Integer.parseInt(parts[1])));
            System.out.println(run(attack, Integer.parseInt(parts[0]), target));
        }
    }

    private static int run(Attack attack, int clients, Target target) throws IOException, InterruptedException {
        AtomicInteger times = new AtomicInteger();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                running.add(threads.submit(() -> {
                    while (!target.isOver()) {
                        var _ = attack.once().run(target);
                        times.incrementAndGet();
                        Thread.sleep(PAUSE_MILLIS);
                    }
                    return true;
                }));
            }
            for (Future<?> one : running) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw new IOException(attack.name(), e.getCause());
        }
        return times.get();
    }
}
