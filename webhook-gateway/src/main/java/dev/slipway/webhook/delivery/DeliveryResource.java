package dev.slipway.webhook.delivery;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.event.WebhookEvent.Mode;
import dev.slipway.http.Parameter;
import dev.slipway.http.ProblemException;
import dev.slipway.http.Roles;
import dev.slipway.webhook.deadletter.DeadLetterStore;
import dev.slipway.webhook.deadletter.KeptDeadLetter;
import dev.slipway.webhook.delivery.DeliveryLookup.Stored;
import dev.slipway.webhook.delivery.DeliveryLookup.StoredWithBody;
import dev.slipway.webhook.outcome.Outcome;
import dev.slipway.webhook.outcome.Outcomes;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jboss.resteasy.reactive.RestQuery;

/** The deliveries that came, for operators. */
@Path("/api/v1/deliveries")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class DeliveryResource {

    private static final long DEFAULT_LIMIT = 50;
    private static final long MAX_LIMIT = 200;
    private static final int SHOWN = 100;
    private static final String WITHHELD =
            "Headers and payload are shown to tokens that have the role '%s', see slipway.api.roles"
                    .formatted(Roles.PAYLOAD);

    /** A line of what is stored: {@code name: value}. */
    private static final Pattern HEADER = Pattern.compile("^(.+?): (.*)$", Pattern.MULTILINE);

    /** Type and subtype, and parameters if there are any. */
    private static final Pattern CONTENT_TYPE = Pattern.compile("[\\w.+-]+/[\\w.+-]+(;[ -~]*)?");

    private final DeliveryLookup deliveries;
    private final Outcomes outcomes;
    private final DeadLetterStore deadLetters;
    private final SecurityIdentity caller;

    public DeliveryResource(
            DeliveryLookup deliveries, Outcomes outcomes, DeadLetterStore deadLetters, SecurityIdentity caller) {
        this.deliveries = deliveries;
        this.outcomes = outcomes;
        this.deadLetters = deadLetters;
        this.caller = caller;
    }

    /**
     * One delivery in a list.
     *
     * @param replayOf the delivery that it repeats, if it is a replay
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record DeliverySummary(
            UUID id,
            String source,
            String subject,
            String eventId,
            String type,
            Mode mode,
            Instant occurredAt,
            Instant receivedAt,
            DeliveryState state,
            Optional<UUID> replayOf) {}

    /**
     * One delivery with what it brought and what became of it.
     *
     * @param replayedBy who asked for it, if it is a replay
     * @param headers as they came, without what is secret
     * @param payload the body, if it is JSON
     * @param body the body, if it is not, in Base64
     * @param withheld why headers and payload are not shown
     * @param replays the deliveries that repeat it, the newest 100
     * @param outcomes the steps of releases that rest on it
     * @param deadLetters where it was given up, the newest 100
     * @param forwards where its forwards are listed
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record DeliveryDetails(
            @JsonUnwrapped DeliverySummary summary,
            Verified verification,
            Optional<String> replayedBy,
            Optional<List<Header>> headers,
            Optional<JsonNode> payload,
            Optional<byte[]> body,
            Optional<String> withheld,
            List<ReplaySummary> replays,
            List<Outcome> outcomes,
            List<KeptDeadLetter> deadLetters,
            String forwards) {}

    /**
     * How it proved to be its sender's; what does not is no delivery.
     *
     * @param result always {@code VERIFIED}
     */
    public record Verified(String result, String scheme) {}

    /** A header as it came. */
    public record Header(String name, String value) {}

    /**
     * A delivery that repeats another.
     *
     * @param by who asked for it
     */
    public record ReplaySummary(UUID id, Instant receivedAt, String by) {}

    /**
     * Part of a list.
     *
     * @param next the cursor of what follows, if anything does
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record DeliveryPage(List<DeliverySummary> items, Optional<UUID> next) {}

    @GET
    @Operation(
            summary = "Lists deliveries, newest first",
            description =
                    "Filters: source, type, state (ACCEPTED, PUBLISHED), eventId, mode (LIVE, TEST), replayOf (a delivery's id), from (inclusive) and to (exclusive) by time of arrival. At most `limit` (1 to 200) items; `next` is the cursor of the following page.")
    public DeliveryPage list(
            @RestQuery Optional<String> source,
            @RestQuery Optional<String> type,
            @RestQuery Optional<String> state,
            @RestQuery Optional<String> eventId,
            @RestQuery Optional<String> mode,
            @RestQuery Optional<UUID> replayOf,
            @RestQuery Optional<String> from,
            @RestQuery Optional<String> to,
            @RestQuery Optional<UUID> cursor,
            @RestQuery Optional<String> limit) {
        var filter = DeliveryFilter.read(source, type, state, eventId, mode, replayOf, from, to);
        var most = Math.toIntExact(
                new Parameter("limit", limit).number(1, MAX_LIMIT).orElse(DEFAULT_LIMIT));
        // One more than is answered tells whether a page follows.
        var found = deliveries.list(filter, cursor, most + 1);
        var items = found.stream().limit(most).map(DeliveryResource::summary).toList();
        return new DeliveryPage(
                items, found.size() > most ? Optional.of(items.getLast().id()) : Optional.empty());
    }

    @GET
    @Path("/{id}")
    @Operation(
            summary = "Shows one delivery and what became of it",
            description = "Headers and payload need the role `payload`.")
    public DeliveryDetails show(@PathParam("id") UUID id) {
        var found = find(id);
        var mayBeSeen = caller.hasRole(Roles.PAYLOAD);
        var payload = VerifiedEvents.json(found.body());
        return new DeliveryDetails(
                summary(found.stored()),
                new Verified("VERIFIED", found.stored().delivery().scheme()),
                found.replayedBy(),
                Optional.of(headers(found)).filter(shown -> mayBeSeen),
                payload.filter(shown -> mayBeSeen),
                Optional.of(found.body()).filter(shown -> mayBeSeen && payload.isEmpty()),
                mayBeSeen ? Optional.empty() : Optional.of(WITHHELD),
                deliveries.replays(id, SHOWN).stream()
                        .map(replay -> new ReplaySummary(replay.id(), Delivery.timeOf(replay.id()), replay.by()))
                        .toList(),
                outcomes.of(id),
                deadLetters.of(id, SHOWN),
                "/api/v1/deliveries/%s/forwards".formatted(id));
    }

    @GET
    @Path("/{id}/payload")
    @Produces(MediaType.WILDCARD)
    @RolesAllowed(Roles.PAYLOAD)
    @Operation(
            summary = "The body of a delivery, as it came",
            description = "Its bytes and its content type, to be downloaded. Needs the role `payload`.")
    public Response payload(@PathParam("id") UUID id) {
        var found = find(id);
        return Response.ok(found.body(), contentType(found))
                .header("X-Content-Type-Options", "nosniff")
                .header(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"%s\"".formatted(id))
                .build();
    }

    static ProblemException noSuchDelivery(UUID id) {
        return ProblemException.notFound(
                "There is no delivery %s; it may have been older than deliveries are kept.".formatted(id));
    }

    private StoredWithBody find(UUID id) {
        return deliveries.find(id).orElseThrow(() -> noSuchDelivery(id));
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
                stored.state(),
                delivery.replayOf());
    }

    private static List<Header> headers(StoredWithBody found) {
        return HEADER.matcher(found.headers())
                .results()
                .map(line -> new Header(line.group(1), line.group(2)))
                .toList();
    }

    /** What the sender said it is, if that can be said again. */
    private static String contentType(StoredWithBody found) {
        return headers(found).stream()
                .filter(header -> header.name().equalsIgnoreCase(HttpHeaders.CONTENT_TYPE))
                .map(Header::value)
                .filter(value -> CONTENT_TYPE.matcher(value).matches())
                .findFirst()
                .orElse(MediaType.APPLICATION_OCTET_STREAM);
    }
}
