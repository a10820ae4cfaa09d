package dev.firstpass.server.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/// One run of the command line: what commands print with and work with.
///
/// For one thread, but for [#progress()], which is thread-safe.
final class Session {
    private static final JsonMapper JSON = JsonMapper.builder()
            .addModule(new Jdk8Module())
            .addModule(new SimpleModule().addSerializer(Instant.class, ToStringSerializer.instance))
            .enable(SerializationFeature.INDENT_OUTPUT)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_ABSENT, JsonInclude.Include.ALWAYS))
            .build();

    private final Console console;
    private final Parts parts;
    private final RootCommand root;

    Session(Console console, Parts parts, RootCommand root) {
        this.console = console;
        this.parts = parts;
        this.root = root;
    }

    Console console() {
        return console;
    }

    Parts parts() {
        return parts;
    }

    boolean json() {
        return root.json;
    }

    /// Prints a result: `value` as JSON if that was asked for, else `lines`.
    void print(Object value, List<String> lines) {
        if (!json()) {
            lines.forEach(console.out()::println);
            return;
        }
        console.out().println(toJson(value));
    }

    /// A result as it is printed with `--json`.
    String toJson(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("result: cannot be written as JSON", e);
        }
    }

    /// Tells a person something that is no result.
    void say(String line) {
        console.err().println(line);
    }

    Progress progress() {
        return console.terminal()
                ? new BarProgress(console.err(), console.columns())
                : new LineProgress(console.err(), InstantSource.system());
    }
}
