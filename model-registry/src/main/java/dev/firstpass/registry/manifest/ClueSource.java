package dev.firstpass.registry.manifest;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One kind of exporter, and what its notes mean. A new one is one file and one line in [#STANDARD].
///
/// Implementations are thread-safe and keep nothing.
@FunctionalInterface
interface ClueSource {
    /// The strongest first: a later one is heard where those before it are silent.
    List<ClueSource> STANDARD = List.of(
            new MetadataClues(), new UltralyticsClues(), new TransformersClues(), new TimmClues(), new BesideClues());

    /// What the notes tell in this exporter's way; nothing where there are none of it.
    Clues of(ExporterNotes notes);

    /// What all of [#STANDARD] tell. Files that are not what their names say are questions under these names.
    static Clues all(ExporterNotes notes) {
        Clues all = STANDARD.stream().map(source -> source.of(notes)).reduce(Clues.NONE, Clues::over);
        Map<String, String> questions = new LinkedHashMap<>(all.questions());
        notes.problems().forEach((file, problem) -> questions.put(file, problem + ", so nothing was taken from it"));
        return new Clues(all.document(), questions, all.family());
    }
}
