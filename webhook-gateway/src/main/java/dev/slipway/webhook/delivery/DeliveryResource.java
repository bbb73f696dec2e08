package dev.slipway.webhook.delivery;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.http.ProblemException;
import dev.slipway.webhook.delivery.DeliveryStore.DeliveryFilter;
import dev.slipway.webhook.delivery.DeliveryStore.Stored;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jboss.resteasy.reactive.RestQuery;

/** The deliveries that came, for operators. */
@Path("/api/v1/deliveries")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class DeliveryResource {

    private final DeliveryStore store;

    public DeliveryResource(DeliveryStore store) {
        this.store = store;
    }

    /** One delivery in a list. */
    public record DeliverySummary(
            UUID id,
            String source,
            String subject,
            String eventId,
            String type,
            Mode mode,
            Instant occurredAt,
            Instant receivedAt,
            DeliveryState state) {}

    /**
     * One delivery with what it brought.
     *
     * @param payload the body, if it is JSON
     * @param body the body, if it is not, in Base64
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record DeliveryDetails(
            UUID id,
            String source,
            String subject,
            String eventId,
            String type,
            Mode mode,
            Instant occurredAt,
            Instant receivedAt,
            DeliveryState state,
            Optional<JsonNode> payload,
            Optional<byte[]> body) {}

    /**
     * Part of a list.
     *
     * @param next the cursor of what follows, if anything does
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record DeliveryPage(List<DeliverySummary> items, Optional<String> next) {}

    @GET
    @Operation(
            summary = "Lists deliveries, newest first",
            description =
                    "Filters: source, type, state (ACCEPTED, PUBLISHED), eventId, from (inclusive) and to (exclusive) by time of arrival. At most `limit` (1 to 200) items; `next` is the cursor of the following page.")
    public DeliveryPage list(
            @RestQuery Optional<String> source,
            @RestQuery Optional<String> type,
            @RestQuery Optional<String> state,
            @RestQuery Optional<String> eventId,
            @RestQuery Optional<String> from,
            @RestQuery Optional<String> to,
            @RestQuery Optional<String> cursor,
            @RestQuery @DefaultValue("50") @Min(1) @Max(200) int limit) {
        var filter = new DeliveryFilter(
                source,
                type,
                parse("state", state, DeliveryState::valueOf, "one of " + Arrays.toString(DeliveryState.values())),
                eventId,
                parse("from", from, Instant::parse, "a time such as 2026-11-20T10:15:30Z"),
                parse("to", to, Instant::parse, "a time such as 2026-11-20T10:15:30Z"),
                parse("cursor", cursor, UUID::fromString, "the 'next' of an earlier page"));
        var found = store.list(filter, limit + 1);
        var items = found.stream().limit(limit).map(DeliveryResource::summary).toList();
        return new DeliveryPage(
                items, found.size() > limit ? Optional.of(items.getLast().id().toString()) : Optional.empty());
    }

    @GET
    @Path("/{id}")
    @Operation(summary = "Shows one delivery with its payload")
    public DeliveryDetails show(@PathParam("id") String id) {
        var uuid = parse("id", Optional.of(id), UUID::fromString, "a UUID").orElseThrow();
        var found = store.find(uuid)
                .orElseThrow(() -> ProblemException.notFound(
                        "There is no delivery %s; it may have been older than deliveries are kept.".formatted(uuid)));
        var summary = summary(found.stored());
        var payload = VerifiedEvents.json(found.body());
        return new DeliveryDetails(
                summary.id(),
                summary.source(),
                summary.subject(),
                summary.eventId(),
                summary.type(),
                summary.mode(),
                summary.occurredAt(),
                summary.receivedAt(),
                summary.state(),
                payload,
                payload.isPresent() ? Optional.empty() : Optional.of(found.body()));
    }

    private static DeliverySummary summary(Stored stored) {
        var delivery = stored.delivery();
        return new DeliverySummary(
                delivery.id(),
                delivery.source(),
                delivery.subject(),
                delivery.eventId(),
                delivery.type(),
                delivery.mode(),
                delivery.occurredAt(),
                delivery.receivedAt(),
                stored.state());
    }

    private static <T> Optional<T> parse(
            String name, Optional<String> value, Function<String, T> parser, String expected) {
        try {
            return value.map(parser);
        } catch (IllegalArgumentException | DateTimeParseException e) {
            throw ProblemException.badRequest("'%s' must be %s.".formatted(name, expected));
        }
    }
}
