package dev.firstpass.server.failure;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// Helps error texts along: shows what a caller sent, and guesses what was meant.
public final class Words {
    private static final int MAX_SHOWN = 64;

    private Words() {}

    /// A caller's text in quotes, safe in any log or answer: cut at 64 characters, without control characters and
    /// lone surrogates.
    public static String quoted(String text) {
        String head = text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "...";
        StringBuilder shown = new StringBuilder("'");
        head.codePoints().forEach(c -> shown.appendCodePoint(isPlain(c) ? c : '?'));
        return shown.append('\'').toString();
    }

    private static boolean isPlain(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }

    /// `; did you mean 'threshold'?` where a known word is near enough to be a slip of the keys, else nothing.
    public static String hint(String word, Collection<String> known) {
        return nearest(word, known)
                .map(near -> "; did you mean '" + near + "'?")
                .orElse("");
    }

    /// The known word with the fewest edits from `word`, if those are at most a third of its length, or two.
    public static Optional<String> nearest(String word, Collection<String> known) {
        if (word.length() > MAX_SHOWN) {
            return Optional.empty();
        }
        return known.isEmpty()
                ? Optional.empty()
                : Optional.of(closest(word, known))
                        .filter(candidate -> distance(word, candidate) <= Math.max(2, candidate.length() / 3));
    }

    /// The known word with the fewest edits from `word`, however many; `known` is not empty.
    public static String closest(String word, Collection<String> known) {
        return known.stream()
                .min(Comparator.comparingInt((String candidate) -> distance(word, candidate))
                        .thenComparing(Comparator.naturalOrder()))
                .orElseThrow(() -> new IllegalArgumentException("known: none (expected: >= 1)"));
    }

    /// Levenshtein's distance: insertions, deletions and substitutions of one character.
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(substituted, 1 + Math.min(previous[j], current[j - 1]));
            }
            previous = current;
        }
        return previous[b.length()];
    }
}
