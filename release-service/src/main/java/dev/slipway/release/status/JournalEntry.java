package dev.slipway.release.status;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A journal entry as it is shown: as it is stored, also what an older version wrote.
 *
 * @param seq the revision that the release had after it; 0 is the request
 * @param at when it had its effect
 * @param actor who caused it
 * @param origin from where: the address of the client that called, or {@code kafka/} and the source of an event that was
 *     published directly
 * @param reason why, if somebody said
 * @param eventSource the source of the event that brought it
 * @param eventId the id of that event
 * @param trace the W3C trace that it belongs to
 * @param input what happened
 * @param changes what that changed, in order
 */
public record JournalEntry(
        UUID releaseId,
        String application,
        String environment,
        long seq,
        Instant at,
        String actor,
        String origin,
        Optional<String> reason,
        String eventSource,
        String eventId,
        String trace,
        JsonNode input,

        JsonNode changes) {}
