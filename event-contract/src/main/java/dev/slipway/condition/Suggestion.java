package dev.slipway.condition;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** Guesses what was meant by a name that does not exist. */
public final class Suggestion {

    private static final int FAR = 3;
    /** Longer names are not compared, and of more names only the first: a file may be full of them. */
    private static final int LONGEST = 100;

    private static final int MOST_COMPARED = 500;
    private static final int MOST_TOLD = 30;

    private Suggestion() {}

    /** A sentence that says that a name is unknown, and what may have been meant. */
    public static String unknown(String name, Collection<String> known) {
        return nearest(name, known.stream().limit(MOST_COMPARED).filter(candidate -> isClose(name, candidate)))
                .map(meant -> "'%s' is unknown; did you mean '%s'?".formatted(name, meant))
                .orElseGet(() -> "'%s' is unknown; there %s".formatted(name, told(known)));
    }

    private static String told(Collection<String> known) {
        var names = known.stream().distinct().sorted().toList();
        var first = String.join(", ", names.stream().limit(MOST_TOLD).toList());
        if (names.isEmpty()) {
            return "are none";
        }
        return "are: " + first + (names.size() > MOST_TOLD ? ", … (%d in all)".formatted(names.size()) : "");
    }

    /** The name that takes the fewest letters to change into. */
    static Optional<String> nearest(String name, Stream<String> known) {
        return known.min(Comparator.comparingInt(candidate -> distance(name, candidate)));
    }

    private static boolean isClose(String name, String candidate) {
        var far = Math.min(FAR, candidate.length() / 2);
        return name.length() <= LONGEST
                && Math.abs(name.length() - candidate.length()) <= far
                && distance(name, candidate) <= far;
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
