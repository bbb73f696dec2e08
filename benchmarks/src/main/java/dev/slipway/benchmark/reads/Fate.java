package dev.slipway.benchmark.reads;

import java.util.random.RandomGenerator;

/** What becomes of a release that is made up. */
enum Fate {
    SUCCEEDS(88),
    /** Its health degrades in the soak, and it is rolled back. */
    DEGRADES(5),
    /** It degrades, and what it is rolled back to does not serve. */
    IS_LOST(1),
    /** It fails before anything was changed. */
    FAILS(4),
    /** Somebody aborts it instead of approving. */
    IS_ABORTED(2),
    /** It waits for a report or an approval. */
    GOES_ON(0),
    /** It waits for its turn. */
    QUEUES(0);

    private final int ofAHundred;

    Fate(int ofAHundred) {
        this.ofAHundred = ofAHundred;
    }

    /** One by which a release ends. */
    static Fate ofOneThatEnds(RandomGenerator random) {
        var pick = random.nextInt(100);
        for (var fate : values()) {
            pick -= fate.ofAHundred;
            if (pick < 0) {
                return fate;
            }
        }
        throw new IllegalStateException("The parts are a hundred together");
    }
}
