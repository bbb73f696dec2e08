package dev.slipway.release.status;

import dev.slipway.http.Page;
import dev.slipway.http.Parameter;
import dev.slipway.http.ProblemException;
import dev.slipway.release.engine.ReleaseState;
import dev.slipway.release.status.StatusQuery.Filter;
import dev.slipway.release.status.StatusQuery.Summary;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.smallrye.mutiny.Multi;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestStreamElementType;

/** Shows releases. */
@Path("/api/v1/releases")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Releases")
public class StatusResource {

    private static final int MAX_PAGE = 200;
    private static final int PAGE = 50;

    private final StatusQuery statuses;
    private final ReleaseFeed feed;
    private final Request conditions;

    public StatusResource(StatusQuery statuses, ReleaseFeed feed, @Context Request conditions) {
        this.statuses = statuses;
        this.feed = feed;
        this.conditions = conditions;
    }

    @GET
    @RunOnVirtualThread
    @Operation(summary = "Releases, the newest first")
    public Response list(
            @QueryParam("application") Optional<String> application,
            @QueryParam("environment") Optional<String> environment,
            @QueryParam("state") Optional<String> state,
            @QueryParam("version") Optional<String> version,
            @QueryParam("from") Optional<String> from,
            @QueryParam("to") Optional<String> to,
            @QueryParam("limit") Optional<String> limit,
            @QueryParam("cursor") Optional<String> cursor) {
        var size = new Parameter("limit", limit)
                .number(1, MAX_PAGE)
                .map(Long::intValue)
                .orElse(PAGE);
        var filter = new Filter(
                new Parameter("application", application).text(),
                new Parameter("environment", environment).text(),
                new Parameter("state", state).oneOf(ReleaseState.class),
                new Parameter("version", version).text(),
                new Parameter("from", from).time(),
                new Parameter("to", to).time());
        var found = statuses.list(filter, Cursor.of(new Parameter("cursor", cursor)), size + 1);
        var page = Page.of(found, size, Summary::cursor);
        var tag = new EntityTag(
                UUID.nameUUIDFromBytes(page.toString().getBytes(StandardCharsets.UTF_8))
                        .toString(),
                true);
        return unlessKnown(tag, () -> page);
    }

    @GET
    @RunOnVirtualThread
    @Path("/{id}")
    @APIResponseSchema(ReleaseStatus.class)
    @Operation(summary = "The status of a release: phases, steps, evidence, and what it waits for")
    public Response status(@PathParam("id") String id) {
        var releaseId = id(id);
        // The tag is read first: should the release change in between, the next call finds the tag outdated.
        var tag = statuses.tag(releaseId).orElseThrow(() -> unknown(id));
        return unlessKnown(
                new EntityTag(tag, true), () -> statuses.status(releaseId).orElseThrow(() -> unknown(id)));
    }

    @GET
    @Blocking
    @Path("/{id}/stream")
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @RestStreamElementType(MediaType.APPLICATION_JSON)
    @Operation(summary = "What happens to a release, and how it stands then, as server-sent events, to its end")
    public Multi<OutboundSseEvent> stream(
            @PathParam("id") String id,
            @HeaderParam("Last-Event-ID") Optional<String> lastEventId,
            @Context Sse sse,
            @Context HttpServerRequest request) {
        var releaseId = id(id);
        var after = new Parameter("Last-Event-ID", lastEventId)
                .number(0, Long.MAX_VALUE)
                .orElse(-1L);
        if (!statuses.exists(releaseId)) {
            throw unknown(id);
        }
        return feed.listen(releaseId, after, () -> cut(request))
                .orElseThrow(() ->
                        ProblemException.unavailable("Too many listen already; try again later, or ask for the status"))
                .map(told -> event(sse, told));
    }

    /** The journal's numbers are the ids; that of the last entry is given to the status, lest it be skipped. */
    private static OutboundSseEvent event(Sse sse, Told told) {
        var event = sse.newEventBuilder();
        return switch (told) {
            case Told.Happened(var entry, var last) ->
                (last ? event : event.id(Long.toString(entry.seq())))
                        .name("entry")
                        .data(entry)
                        .build();
            case Told.Stands(var status) ->
                event.id(Long.toString(status.revision()))
                        .name("status")
                        .data(status)
                        .build();
            case Told.SignOfLife() -> event.comment("").build();
        };
    }

    /** Ends a connection, or the stream of one that has many, at once: nobody takes what is on its way. */
    private static void cut(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            request.response().reset();
        } else {
            // Vert.x' own ways to close it wait until all is sent.
            ((ConnectionBase) request.connection()).channelHandlerContext().close();
        }
    }

    /** Answers 304, and reads nothing, if the caller's {@code If-None-Match} has the tag. */
    private Response unlessKnown(EntityTag tag, Supplier<?> entity) {
        return Optional.ofNullable(conditions.evaluatePreconditions(tag))
                .orElseGet(() -> Response.ok(entity.get()).tag(tag))
                .build();
    }

    static ProblemException unknown(String id) {
        return ProblemException.notFound("There is no release " + id);
    }

    static UUID id(String id) {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            throw ProblemException.notFound("There is no release '%s'; an id is a UUID".formatted(id));
        }
    }
}
