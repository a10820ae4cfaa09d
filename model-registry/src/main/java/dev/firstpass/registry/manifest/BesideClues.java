package dev.firstpass.registry.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Class names that people keep beside a model: `names` of a `data.yaml` or `metadata.yaml`, or a text file with one
/// name a line. The line is the index; where every line begins with its own number, as Teachable Machine writes them,
/// the numbers are left out.
///
/// Pure but for the files.
final class BesideClues implements ClueSource {
    private static final List<String> MAPPINGS = List.of("metadata.yaml", "data.yaml");
    private static final List<String> LISTS = List.of("classes.txt", "names.txt", "labels.txt", "obj.names");
    private static final Pattern NUMBERED = Pattern.compile("(?<index>[0-9]{1,5})(?:\\s+|\\s*[:,]\\s*)(?<name>\\S.*)");

    @Override
    public Clues of(ExporterNotes notes) {
        Clues clues = Clues.NONE;
        for (String file : MAPPINGS) {
            Optional<JsonNode> names = notes.yaml(file).flatMap(tree -> Optional.ofNullable(tree.get("names")));
            if (names.isPresent()) {
                clues = clues.over(new Clues.Builder(notes)
                        .classes(names.get(), file + " names")
                        .build());
            }
        }
        for (String file : LISTS) {
            Optional<List<String>> lines = notes.lines(file).filter(found -> !found.isEmpty());
            if (lines.isPresent()) {
                clues = clues.over(ofLines(file, lines.get(), notes));
            }
        }
        return clues;
    }

    private static Clues ofLines(String file, List<String> lines, ExporterNotes notes) {
        ArrayNode plain = JsonNodeFactory.instance.arrayNode();
        ArrayNode named = JsonNodeFactory.instance.arrayNode();
        for (String line : lines) {
            plain.add(line);
            Matcher numbered = NUMBERED.matcher(line);
            if (numbered.matches() && Integer.parseInt(numbered.group("index")) == named.size()) {
                named.add(numbered.group("name"));
            }
        }
        boolean isNumbered = named.size() == plain.size();
        return new Clues.Builder(notes)
                .classes(isNumbered ? named : plain, isNumbered ? file + ", without its numbers" : file)
                .build();
    }
}
