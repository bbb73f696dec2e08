package dev.slipway.webhook.ingest;

import java.util.Locale;

/** What became of a request, as it is counted. */
enum Outcome {
    /** It is new, and durable. */
    ACCEPTED,
    /** Its event had come before. */
    DUPLICATE,
    /** Its sender asked whether somebody is there. */
    CHALLENGE,
    /** It is not the sender's, or no event. */
    REJECTED,
    /** There is no source of that name. */
    UNKNOWN_SOURCE,
    /** It is no POST. */
    METHOD_NOT_ALLOWED,
    /** Its body is larger than its source's may be. */
    TOO_LARGE,
    /** Its source or its sender sends more than it may. */
    RATE_LIMITED,
    /** Its body took too long. */
    TOO_SLOW,
    /** It could not be stored, or not be judged, for a reason of ours. */
    UNAVAILABLE;

    /** As a label of metrics. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
