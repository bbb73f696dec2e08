package dev.slipway.release.plan;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Guesses what was meant by a name that does not exist. */
public final class Suggestion {

    private static final int FAR = 3;

    private Suggestion() {}

    /** A sentence that says that a name is unknown, and what may have been meant. */
    public static String unknown(String name, Collection<String> known) {
        return closest(name, known)
                .map(meant -> "'%s' is unknown; did you mean '%s'?".formatted(name, meant))
                .orElseGet(() -> "'%s' is unknown; there are: %s"
                        .formatted(
                                name,
                                String.join(
                                        ", ", known.stream().distinct().sorted().toList())));
    }

    private static Optional<String> closest(String name, Collection<String> known) {
        return known.stream()
                .filter(candidate -> distance(name, candidate) <= Math.min(FAR, candidate.length() / 2))
                .min(Comparator.comparingInt(candidate -> distance(name, candidate)));
    }

    /** The Levenshtein distance: how many letters to insert, delete or replace. */
    private static int distance(String a, String b) {
        var row = new int[b.length() + 1];
        for (var j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (var i = 1; i <= a.length(); i++) {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.length(); j++) {
                var replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replace, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
