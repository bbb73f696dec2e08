package dev.slipway.messaging;

import dev.slipway.event.Event;
import java.time.Instant;

/**
 * An event as it came from Kafka.
 *
 * @param id its CloudEvents id
 * @param source who published it; source and id together name it
 * @param subject what it is about: {@code application/environment}, or a webhook source
 * @param time when it happened, by the publisher's clock
 * @param trace the trace it belongs to; a new one if the publisher gave none
 */
public record ReceivedEvent(String id, String source, String subject, Instant time, TraceParent trace, Event event) {}
