package dev.slipway.webhook.source;

import java.util.Set;

/** Where deliveries are kept, for as long as their sources say. */
@FunctionalInterface
public interface Retentions {

    /**
     * Makes it possible to store deliveries that are kept for so long, if it is not yet.
     *
     * @param days each a number of days
     */
    void keep(Set<Integer> days);
}
