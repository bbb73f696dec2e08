package dev.slipway.webhook.rejection;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.slipway.http.Parameter;
import dev.slipway.http.Roles;
import dev.slipway.webhook.rejection.RejectionStore.Count;
import dev.slipway.webhook.rejection.RejectionStore.Refused;
import dev.slipway.webhook.rejection.RejectionStore.RejectionFilter;
import dev.slipway.webhook.rejection.RejectionStore.Span;
import dev.slipway.webhook.scheme.Reason;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jboss.resteasy.reactive.RestQuery;

/** The requests that were refused, for operators who set up a source, or are under attack. */
@Path("/api/v1/rejections")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class RejectionResource {

    private static final long DEFAULT_LIMIT = 50;
    private static final long MAX_LIMIT = 200;

    /** The last count of a page: its time in seconds, its source, its reason. */
    private static final Pattern CURSOR = Pattern.compile("(\\d{1,12})~([^~\\x00]{1,63})~([A-Z_]{1,50})");

    private final RejectionStore store;

    public RejectionResource(RejectionStore store) {
        this.store = store;
    }

    /**
     * How many requests were refused in a span of time.
     *
     * @param at its beginning
     * @param explanation what is wrong, and what to look at
     */
    public record RejectionCount(Instant at, String source, Reason reason, long count, String explanation) {}

    /**
     * Part of a list.
     *
     * @param next the cursor of what follows, if anything does
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record RejectionPage(List<RejectionCount> items, Optional<String> next) {}

    /**
     * A refused request, as far as it is kept.
     *
     * @param address the sender's
     * @param headers names, and the values that are known to be harmless; {@code ***} for the others
     * @param body its first 2 KiB as text; nothing if it was not refused for what it is
     * @param bodySize of the whole body, in bytes; 0 if it was not refused for what it is
     */
    public record RejectionSample(
            UUID id,
            Instant at,
            String source,
            Reason reason,
            String address,
            List<String> headers,
            String body,
            int bodySize) {}

    /**
     * Part of a list.
     *
     * @param next the cursor of what follows, if anything does
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record RejectionSamplePage(List<RejectionSample> items, Optional<UUID> next) {}

    @GET
    @Operation(
            summary = "Counts refused requests by source and reason, newest first",
            description =
                    "One count for each `span` (MINUTE, HOUR, DAY; UTC), source and reason. Filters: source, reason, from (inclusive) and to (exclusive), by the minute. At most `limit` (1 to 200) items; `next` is the cursor of the following page.")
    public RejectionPage counts(
            @RestQuery Optional<String> source,
            @RestQuery Optional<String> reason,
            @RestQuery Optional<String> from,
            @RestQuery Optional<String> to,
            @RestQuery Optional<String> span,
            @RestQuery Optional<String> cursor,
            @RestQuery Optional<String> limit) {
        var filter = filter(source, reason, from, to);
        var each = new Parameter("span", span).oneOf(Span.class).orElse(Span.MINUTE);
        var most = limit(limit);
        // One more than is answered tells whether a page follows.
        var found = store.counts(filter, each, cursor.map(RejectionResource::last), most + 1);
        var items = found.stream().limit(most).toList();
        return new RejectionPage(
                items.stream()
                        .map(it -> new RejectionCount(
                                it.at(),
                                it.source(),
                                it.reason(),
                                it.count(),
                                it.reason().explanation()))
                        .toList(),
                found.size() > most ? Optional.of(cursor(items.getLast())) : Optional.empty());
    }

    @GET
    @Path("/samples")
    @RolesAllowed(Roles.PAYLOAD)
    @Operation(
            summary = "Shows samples of refused requests, newest first",
            description =
                    "The newest of each source and reason. Filters: source, reason, from (inclusive) and to (exclusive). At most `limit` (1 to 200) items; `next` is the cursor of the following page. Needs the role `payload`.")
    public RejectionSamplePage samples(
            @RestQuery Optional<String> source,
            @RestQuery Optional<String> reason,
            @RestQuery Optional<String> from,
            @RestQuery Optional<String> to,
            @RestQuery Optional<UUID> cursor,
            @RestQuery Optional<String> limit) {
        var most = limit(limit);
        var found = store.samples(filter(source, reason, from, to), cursor, most + 1);
        var items = found.stream().limit(most).map(RejectionResource::sample).toList();
        return new RejectionSamplePage(
                items, found.size() > most ? Optional.of(items.getLast().id()) : Optional.empty());
    }

    private static RejectionFilter filter(
            Optional<String> source, Optional<String> reason, Optional<String> from, Optional<String> to) {
        return new RejectionFilter(
                new Parameter("source", source).text(),
                new Parameter("reason", reason).oneOf(Reason.class),
                new Parameter("from", from).time(),
                new Parameter("to", to).time());
    }

    private static int limit(Optional<String> limit) {
        return Math.toIntExact(
                new Parameter("limit", limit).number(1, MAX_LIMIT).orElse(DEFAULT_LIMIT));
    }

    private static String cursor(Count last) {
        return "%d~%s~%s".formatted(last.at().getEpochSecond(), last.source(), last.reason());
    }

    private static Count last(String cursor) {
        var parts = CURSOR.matcher(cursor);
        var reason = parts.matches() ? parts.group(3) : "";
        if (Arrays.stream(Reason.values()).noneMatch(it -> it.name().equals(reason))) {
            throw new Parameter("cursor", Optional.of(cursor)).wrong("be the 'next' of an earlier page");
        }
        return new Count(
                Instant.ofEpochSecond(Long.parseLong(parts.group(1))), parts.group(2), Reason.valueOf(reason), 0);
    }

    private static RejectionSample sample(Refused refused) {
        var sample = refused.sample();
        return new RejectionSample(
                refused.id(),
                refused.at(),
                refused.source(),
                refused.reason(),
                sample.address(),
                sample.headers().lines().toList(),
                new String(sample.body(), UTF_8),
                sample.bodySize());
    }
}
