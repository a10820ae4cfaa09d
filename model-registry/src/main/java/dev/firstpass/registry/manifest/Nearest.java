package dev.firstpass.registry.manifest;

import java.util.Collection;
import java.util.Comparator;

/// Finds the word that a mistyped one was probably meant to be. Pure.
final class Nearest {
    private Nearest() {}

    /// The known word with the least edit distance to `word`, the first of several; `known` is not empty. Costs
    /// O(known * length squared).
    static String of(String word, Collection<String> known) {
        return known.stream()
                .min(Comparator.comparingInt(candidate -> distance(word, candidate)))
                .orElseThrow(() -> new IllegalArgumentException("known: none (expected: >= 1)"));
    }

    /// Levenshtein's distance, by two rows of the usual table.
    private static int distance(String a, String b) {
        int[] above = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            above[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, 1 + Math.min(above[j], row[j - 1]));
            }
            above = row;
        }
        return above[b.length()];
    }
}
