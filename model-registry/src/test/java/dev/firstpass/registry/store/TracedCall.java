package dev.firstpass.registry.store;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One system call as strace wrote it down, in the order in which calls ended.
///
/// Immutable.
///
/// @param begun how many calls had ended when it began
/// @param arguments what stood between the parentheses, split at commas outside strings and brackets
/// @param result below zero if it failed
record TracedCall(int begun, String name, List<String> arguments, long result) {
    private static final Pattern WHOLE = Pattern.compile("^(\\d+) +(\\w+)\\((.*)\\) += (-?\\d+|\\?|0x[0-9a-f]+).*$");
    private static final Pattern BEGUN = Pattern.compile("^(\\d+) +(\\w+)\\((.*?),? *<unfinished \\.\\.\\.>$");
    private static final Pattern ENDED = Pattern.compile("^(\\d+) +<\\.\\.\\. (\\w+) resumed>,? ?(.*)$");

    TracedCall {
        arguments = List.copyOf(arguments);
    }

    private record Unfinished(int begun, String text) {}

    /// All calls of a log.
    static List<TracedCall> read(Path log) throws IOException {
        List<TracedCall> calls = new ArrayList<>();
        Map<String, Unfinished> unfinished = new HashMap<>();
        try (BufferedReader reader = Files.newBufferedReader(log, StandardCharsets.ISO_8859_1)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                Matcher begun = BEGUN.matcher(line);
                if (begun.matches() && begun.group(2).equals("close")) {
                    // The number is free from then on, and may be another file's before this ends.
                    calls.add(new TracedCall(calls.size(), "close", split(begun.group(3)), 0));
                    continue;
                }
                if (begun.matches()) {
                    unfinished.put(begun.group(1), new Unfinished(calls.size(), begun.group(2) + "(" + begun.group(3)));
                    continue;
                }
                Matcher ended = ENDED.matcher(line);
                int since = calls.size();
                String text = line;
                if (ended.matches() && ended.group(2).equals("close")) {
                    continue;
                }
                if (ended.matches()) {
                    Unfinished first = Objects.requireNonNull(unfinished.remove(ended.group(1)), line);
                    since = first.begun();
                    String rest = ended.group(3);
                    boolean needsComma = !rest.startsWith(")") && !first.text().endsWith("(");
                    text = ended.group(1) + " " + first.text() + (needsComma ? ", " : "") + rest;
                }
                Matcher whole = WHOLE.matcher(text);
                if (whole.matches()) {
                    calls.add(new TracedCall(since, whole.group(2), split(whole.group(3)), number(whole.group(4))));
                }
            }
        }
        return calls;
    }

    private static long number(String result) {
        return result.equals("?") ? -1 : Long.decode(result);
    }

    private static List<String> split(String arguments) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        boolean isText = false;
        int start = 0;
        for (int i = 0; i < arguments.length(); i++) {
            char c = arguments.charAt(i);
            if (c == '"') {
                isText = !isText;
            } else if (!isText && (c == '[' || c == '{' || c == '(')) {
                depth++;
            } else if (!isText && (c == ']' || c == '}' || c == ')')) {
                depth--;
            } else if (!isText && depth == 0 && c == ',') {
                parts.add(arguments.substring(start, i).strip());
                start = i + 1;
            }
        }
        parts.add(arguments.substring(start).strip());
        return parts;
    }

    boolean failed() {
        return result < 0;
    }

    String argument(int index) {
        return arguments.get(index);
    }

    long number(int index) {
        return Long.decode(arguments.get(index));
    }

    int descriptor(int index) {
        return argument(index).equals("AT_FDCWD") ? -1 : Integer.parseInt(argument(index));
    }

    String text(int index) {
        return new String(bytes(index), StandardCharsets.UTF_8);
    }

    /// The bytes of a string, or those of all strings of a list of buffers one after the other.
    byte[] bytes(int index) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        String given = argument(index);
        int at = given.indexOf('"');
        while (at >= 0) {
            int end = given.indexOf('"', at + 1);
            for (int i = at + 1; i < end; i += 4) {
                bytes.write(Integer.parseInt(given, i + 2, i + 4, 16));
            }
            if (given.startsWith("...", end + 1)) {
                throw new IllegalStateException("the trace has cut what was written short");
            }
            at = given.indexOf('"', end + 1);
        }
        return bytes.toByteArray();
    }
}
