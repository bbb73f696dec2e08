package dev.slipway.system;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/**
 * In what many ids are not, each once, those that they should be.
 *
 * @param missing those that are not there
 * @param surplus those that should not be there
 * @param repeated those that are there more than once
 */
record Difference(Set<String> missing, Set<String> surplus, Set<String> repeated) {

    static final Difference NONE = new Difference(Set.of(), Set.of(), Set.of());

    static Difference between(Collection<String> actual, Collection<String> expected) {
        var once = new TreeSet<String>();
        var repeated = new TreeSet<String>();
        for (var id : actual) {
            if (!once.add(id)) {
                repeated.add(id);
            }
        }
        var missing = new TreeSet<>(expected);
        missing.removeAll(once);
        once.removeAll(Set.copyOf(expected));
        return new Difference(missing, once, repeated);
    }
}
