package dev.slipway.release.status;

import dev.slipway.http.Problem;
import dev.slipway.http.ProblemException;
import dev.slipway.release.engine.Decision.Change;
import dev.slipway.release.engine.Input;
import dev.slipway.release.engine.ReleaseState;
import dev.slipway.release.journal.Journal;
import dev.slipway.release.status.StatusQuery.Filter;
import dev.slipway.release.status.StatusQuery.Summary;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.smallrye.mutiny.Multi;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestStreamElementType;

/** Shows releases. */
@Path("/api/v1/releases")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Releases")
public class StatusResource {

    private static final int MAX_PAGE = 200;
    private static final int JOURNAL_PAGE = 500;

    private final StatusQuery statuses;
    private final ReleaseFeed feed;

    public StatusResource(StatusQuery statuses, ReleaseFeed feed) {
        this.statuses = statuses;
        this.feed = feed;
    }

    /**
     * A page of a list.
     *
     * @param next the cursor of the next page; absent on the last
     */
    public record Page<T>(List<T> items, Optional<String> next) {}

    /** A journal entry as it is shown. */
    public record JournalEntry(
            long seq,
            Instant at,
            String actor,
            String eventSource,
            String eventId,
            String trace,
            Input input,
            List<Change> changes) {

        static JournalEntry of(Journal.Entry entry) {
            return new JournalEntry(
                    entry.seq(),
                    entry.at(),
                    entry.actor(),
                    entry.eventSource(),
                    entry.eventId(),
                    entry.trace().value(),
                    entry.input(),
                    entry.changes());
        }
    }

    @GET
    @RunOnVirtualThread
    @Operation(summary = "Releases, the newest first")
    public Page<Summary> list(
            @QueryParam("application") Optional<String> application,
            @QueryParam("environment") Optional<String> environment,
            @QueryParam("state") Optional<String> state,
            @QueryParam("limit") Optional<String> limit,
            @QueryParam("cursor") Optional<String> cursor) {
        var size = limit.map(it -> number("limit", it, 1, MAX_PAGE)).orElse(50L).intValue();
        var items = statuses.list(new Filter(
                application,
                environment,
                state.map(StatusResource::state),
                cursor.map(StatusResource::cursor),
                size + 1));
        return items.size() <= size
                ? new Page<>(items, Optional.empty())
                : new Page<>(
                        items.subList(0, size),
                        Optional.of(items.get(size - 1).id().toString()));
    }

    @GET
    @RunOnVirtualThread
    @Path("/{id}")
    @Operation(summary = "The status of a release: phases, steps, evidence, and what it waits for")
    public ReleaseStatus status(@PathParam("id") String id) {
        return statuses.status(id(id)).orElseThrow(() -> unknown(id));
    }

    @GET
    @RunOnVirtualThread
    @Path("/{id}/journal")
    @Operation(summary = "What happened to a release, the oldest first")
    public Page<JournalEntry> journal(
            @PathParam("id") String id,
            @QueryParam("limit") Optional<String> limit,
            @QueryParam("cursor") Optional<String> cursor) {
        var size = limit.map(it -> number("limit", it, 1, JOURNAL_PAGE))
                .orElse((long) JOURNAL_PAGE)
                .intValue();
        var after = cursor.map(it -> number("cursor", it, 0, Long.MAX_VALUE)).orElse(0L);
        var entries = statuses.journal(id(id), after, size + 1).orElseThrow(() -> unknown(id));
        var items = entries.stream().limit(size).map(JournalEntry::of).toList();
        return new Page<>(
                items,
                entries.size() <= size
                        ? Optional.empty()
                        : Optional.of(Long.toString(items.getLast().seq())));
    }

    @GET
    @Blocking
    @Path("/{id}/stream")
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @RestStreamElementType(MediaType.APPLICATION_JSON)
    @Operation(summary = "The status of a release at each change, as server-sent events, to its end")
    public Multi<OutboundSseEvent> stream(
            @PathParam("id") String id, @HeaderParam("Last-Event-ID") Optional<String> lastEventId, @Context Sse sse) {
        var release = id(id);
        var now = statuses.status(release).orElseThrow(() -> unknown(id));
        if (!feed.hasRoom()) {
            throw new ProblemException(Problem.of(
                    503, "Too many listeners", "Too many listen already; try again later, or ask for the status"));
        }
        var after = lastEventId
                .map(it -> number("Last-Event-ID", it, 0, Long.MAX_VALUE))
                .orElse(-1L);
        if (now.state().ended() && now.revision() <= after) {
            // The listener knows the end already, and no change would follow to let it go.
            return Multi.createFrom().empty();
        }
        return feed.of(release, after)
                .map(status -> status.map(it -> event(sse, it))
                        .orElseGet(() -> sse.newEventBuilder().comment("").build()));
    }

    private static OutboundSseEvent event(Sse sse, ReleaseStatus status) {
        return sse.newEventBuilder()
                .name("status")
                .id(Long.toString(status.revision()))
                .data(status)
                .build();
    }

    private static ProblemException unknown(String id) {
        return ProblemException.notFound("There is no release " + id);
    }

    private static UUID id(String id) {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            throw ProblemException.notFound("There is no release '%s'; an id is a UUID".formatted(id));
        }
    }

    private static UUID cursor(String cursor) {
        try {
            return UUID.fromString(cursor);
        } catch (IllegalArgumentException e) {
            throw ProblemException.badRequest("'cursor' is not one that a page gave as 'next'");
        }
    }

    private static ReleaseState state(String state) {
        return Arrays.stream(ReleaseState.values())
                .filter(it -> it.name().equals(state))
                .findFirst()
                .orElseThrow(() -> ProblemException.badRequest(
                        "'%s' is not a state; there are: %s".formatted(state, Arrays.toString(ReleaseState.values()))));
    }

    private static long number(String name, String text, long min, long max) {
        try {
            var number = Long.parseLong(text);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Answered below.
        }
        throw ProblemException.badRequest("'%s' must be a whole number from %d to %d".formatted(name, min, max));
    }
}
