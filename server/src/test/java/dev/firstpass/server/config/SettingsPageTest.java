package dev.firstpass.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Keeps docs/settings.md what the code says. With `-Dfirstpass.regenerate=true` it writes the page instead.
class SettingsPageTest {
    private static final Path PAGE = Path.of("..", "docs", "settings.md");
    private static final String COMMAND =
            "mvn -pl server -am test -Dtest=SettingsPageTest -Dsurefire.failIfNoSpecifiedTests=false"
                    + " -Dfirstpass.regenerate=true";

    private static final String EXAMPLE = """
            host: 0.0.0.0
            insecure: true                # nobody is asked who they are: a network of your own must stand around it
            host-names: [labels.example.org]
            runtime:
              cpu-permits: 8
              cache-bytes: 256MiB
            limits:
              timeout: 10s
            drain:
              delay: 5s                   # a load balancer needs that long to see that /readyz says no
            """;

    private static final String INTRODUCTION = """
            # Settings of the server

            `firstpass serve --config FILE` reads a YAML file. Every key is a `FIRSTPASS_...` variable as well, and `data`,
            `host`, `port`, `admin-port`, `grpc-port`, `insecure`, `model-dir`, `model-name`, `isolation`, `sandbox` and
            `devices` are options of `serve`, too. **The command line stands above the environment, that above the file,
            and the file above the defaults.** A key or variable that is not known, and a value that cannot be read, refuse the
            start: exit code 2 and one line with the name, the value and what was expected.

            ```yaml
            %s```

            Durations have a unit (`500ms`, `30s`, `10m`, `1h`), bytes may have one (`512MiB`, `2GiB`, `200MB`). A list is
            `a,b` in a variable. An empty variable says nothing; paths are relative to the folder that the server was started
            in. `FIRSTPASS_CONFIG` names the file where `--config` does not. The variables that Kubernetes puts beside a Service
            called `firstpass` (`FIRSTPASS_SERVICE_HOST`, `FIRSTPASS_PORT=tcp://...`) are passed over.

            **Other commands find a running server by its data directory**, so give them the same `FIRSTPASS_DATA` or `--data`, or
            `--server http://127.0.0.1:8081` for `models` and `http://127.0.0.1:8080` for `prelabel`. Where they do the work
            themselves, without a server, they read `registry.*` as it would, from the file that `FIRSTPASS_CONFIG` names and from
            `FIRSTPASS_REGISTRY_...`; `backup` and `restore` always do, and `tune` reads `runtime.*` and `devices` as well.

            Requests are answered under loopback's names, the address in `host`, and those in `host-names`; any other `Host` is
            refused. With `host: 0.0.0.0` name the machine's names and addresses, for probes and Prometheus as well, or let those
            send `Host: localhost`.

            `./firstpass` gives Java 40 %% of the memory for its heap, models get half of it, and rows and results 1 GiB: in a
            container of little memory set `runtime.memory`, and the heap by `FIRSTPASS_JAVA_OPTS=-Xmx...`.

            SIGTERM and Ctrl-C drain the server: `/readyz` says no, requests are still taken for `drain.delay`, then new ones
            are refused as DRAINING and those under way have `drain.limit` to end. Clients are asked to go elsewhere: GOAWAY over
            HTTP/2, `Connection: close` over HTTP/1. The process then ends with 0, or with 1 if requests were left unanswered, which
            it says how many of. A second signal ends it at once, with 1 and the number of requests that were under way.

            This page is made from `ServerSettings`; SettingsPageTest says how.

            | key | variable | value | default | what it is for |
            |---|---|---|---|---|
            """.formatted(EXAMPLE);

    private static String page() {
        StringBuilder page = new StringBuilder(INTRODUCTION);
        for (Setting<?> setting : ServerSettings.KNOWN) {
            String byDefault = setting.byDefault().isEmpty()
                    ? setting.unset().isEmpty() ? "none" : setting.unset()
                    : "`" + setting.byDefault() + "`";
            page.append("| `%s` | `%s` | %s | %s | %s |\n"
                    .formatted(
                            setting.key(),
                            setting.variable(),
                            setting.kind().expected(),
                            byDefault,
                            setting.purpose()));
        }
        return page.toString();
    }

    @Test
    void page_isWhatTheCodeSays() throws IOException {
        if (Boolean.getBoolean("firstpass.regenerate")) {
            Files.writeString(PAGE, page());
        }
        String found = Files.exists(PAGE) ? Files.readString(PAGE) : "";

        assertEquals(page(), found, "docs/settings.md is not what ServerSettings says; run: " + COMMAND);
    }

    @Test
    void example_ofThePage_isRead(@TempDir Path temp) throws IOException {
        Path file = Files.writeString(temp.resolve("firstpass-settings.yaml"), EXAMPLE);

        assertTrue(ServerSettings.read(Optional.of(file), Map.of(), Map.of(), 2)
                .listening()
                .insecure());
    }
}
