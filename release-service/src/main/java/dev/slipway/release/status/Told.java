package dev.slipway.release.status;

/** What a listener is told of a release. */
sealed interface Told {

    /**
     * What happened.
     *
     * @param last whether the status that it led to is told next
     */
    record Happened(JournalEntry entry, boolean last) implements Told {}

    /** How it stands now. */
    record Stands(ReleaseStatus status) implements Told {}

    /** Nothing new: without it, proxies cut a silent connection, and a listener that is gone is never noticed. */
    record SignOfLife() implements Told {}
}
