package dev.firstpass.loadtest.paced;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.firstpass.loadtest.command.Program;
import dev.firstpass.server.runtime.batch.schedule.Schedules;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `loadtest/paced-server.sh`: a server with virtual GPUs. When it serves it prints `ready URL`. It answers each line
/// `tally` on stdin with what the devices have done, as JSON, and ends when stdin does.
@Command(
        name = "paced-server.sh",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Starts a server on loopback whose GPUs are not there: models take as long as on a GPU, use no core and find"
                    + " nothing. For trying out load tests, the gate and the batcher.",
            "It ends when its standard input does (Ctrl-D)."
        })
public final class PacedServerCommand implements Callable<Integer> {
    @Option(names = "--devices", paramLabel = "N", description = "Virtual GPUs (default: ${DEFAULT-VALUE}).")
    private int devices = 1;

    @Option(
            names = "--model",
            paramLabel = "NAME=TIMES",
            description =
                    "A version of a model, and how many times as long as usual it takes, repeatable: --model coco=1"
                            + " --model coco=1.2 are coco@1 and coco@2 (default: paced=1).")
    private List<String> models = List.of("paced=1");

    @Option(
            names = "--queues",
            paramLabel = "KIND",
            description =
                    "Batches from queues instead of by deadline: one, sizes (a queue for each, and timeouts) or levels"
                            + " (the same with priority levels).")
    private String queues = "";

    @Option(
            names = "--largest",
            paramLabel = "ROWS",
            description = "Largest batch of queues (default: ${DEFAULT-VALUE}).")
    private int largest = 8;

    @Option(
            names = "--hold",
            paramLabel = "MILLIS",
            description = "How long queues hold a batch back that is not full (default: ${DEFAULT-VALUE}).")
    private int hold = 5;

    @Option(names = "--port", paramLabel = "PORT", description = "Port; 0, the default, takes any free one.")
    private int port;

    @Option(names = "--data", paramLabel = "DIR", description = "Data directory (default: a fresh temporary one).")
    private Path data = Path.of("");

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "One of the server's settings (docs/settings.md), repeatable.")
    private Map<String, String> settings = new LinkedHashMap<>();

    public static void main(String[] arguments) {
        Program.main(new PacedServerCommand(), arguments);
    }

    private Schedules schedules() {
        return queues.isEmpty()
                ? Schedules.BY_DEADLINE
                : new Queues(Queues.Kind.of(queues), largest, Duration.ofMillis(hold));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path folder = data.toString().isEmpty() ? Files.createTempDirectory("firstpass-paced-") : data;
        settings.putIfAbsent("port", Integer.toString(port));
        try (PacedServer server = PacedServer.start(folder, devices, settings, schedules());
                BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String model : models) {
                String[] parts = model.split("=", 2);
                server.register(parts[0], Pace.GPU.times(parts.length < 2 ? 1 : Double.parseDouble(parts[1])));
            }
            System.out.println("ready " + server.url());
            JsonMapper json = new JsonMapper();
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                if (order.equals("tally")) {
                    System.out.println(json.writeValueAsString(server.tally()));
                }
            }
        }
        return 0;
    }
}
