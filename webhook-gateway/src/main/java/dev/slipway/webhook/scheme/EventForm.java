package dev.slipway.webhook.scheme;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.core.JsonPointer;
import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.webhook.scheme.Verification.Verified;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where a sender puts an event's id, type and time. Its events are {@link Mode#LIVE}: it does not mark those that are
 * only for tests.
 *
 * @param id texts that make the id together; without one of them, it is the hash of the body
 * @param type texts that make the type together, as far as they are there
 * @param typeOtherwise the type of an event that has none; without it, such a body is not an event of this sender
 * @param occurredAt places of which the first with a time counts; without one, it is the time of arrival
 */
record EventForm(List<Place> id, List<Place> type, Optional<String> typeOtherwise, List<Place> occurredAt) {

    /** Of a sender that nothing is known of, but perhaps where it puts an id. */
    static EventForm ofUnknown(Optional<Place> id) {
        return new EventForm(id.map(List::of).orElse(List.of()), List.of(), Optional.of("webhook"), List.of());
    }

    /** As a source's options {@code event-id}, {@code type} and {@code occurred-at} say, else as given here. */
    EventForm with(Options options) {
        return new EventForm(
                options.place("event-id").map(List::of).orElse(id),
                options.place("type").map(List::of).orElse(type),
                typeOtherwise,
                options.place("occurred-at").map(List::of).orElse(occurredAt));
    }

    /** Reads what the request of a sender says. */
    Verification read(Request request, Instant now) {
        var fields = fields(request);
        return fields.event(
                id(request, fields),
                type(request, fields).or(() -> typeOtherwise).orElse(null),
                Mode.LIVE,
                texts(occurredAt, request, fields)
                        .flatMap(text -> TimestampFormat.readAny(text).stream())
                        .findFirst()
                        .orElse(now));
    }

    private EventFields fields(Request request) {
        List<JsonPointer> pointers = Stream.of(id, type, occurredAt)
                .flatMap(List::stream)
                .flatMap(place -> place.pointer().stream())
                .toList();
        return pointers.isEmpty()
                ? EventFields.NONE
                : EventFields.read(request.body(), pointers).orElse(EventFields.NONE);
    }

    private String id(Request request, EventFields fields) {
        var parts = texts(id, request, fields).toList();
        return Optional.of(String.join("/", parts))
                .filter(Verified::isName)
                .filter(_ -> parts.size() == id.size())
                .orElseGet(request::bodyHash);
    }

    private Optional<String> type(Request request, EventFields fields) {
        return Optional.of(texts(type, request, fields).collect(joining("."))).filter(Verified::isName);
    }

    private static Stream<String> texts(List<Place> places, Request request, EventFields fields) {
        return places.stream().flatMap(place -> place.find(request, fields).stream());
    }
}
