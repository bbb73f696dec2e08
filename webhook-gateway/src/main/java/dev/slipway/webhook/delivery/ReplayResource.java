package dev.slipway.webhook.delivery;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.slipway.http.Idempotency;
import dev.slipway.http.Idempotency.Answer;
import dev.slipway.http.ProblemException;
import dev.slipway.http.StrictJson;
import dev.slipway.webhook.delivery.Replays.Replayed;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** Repeats deliveries, for operators whose consumer lost what it did with them. */
@Path("/api/v1/deliveries")
@Consumes(MediaType.WILDCARD)
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class ReplayResource {

    private final Jdbi jdbi;
    private final Replays replays;
    private final ReplayConfig config;
    private final Idempotency idempotency;
    private final SecurityIdentity caller;

    public ReplayResource(
            Jdbi jdbi, Replays replays, ReplayConfig config, Idempotency idempotency, SecurityIdentity caller) {
        this.jdbi = jdbi;
        this.replays = replays;
        this.config = config;
        this.idempotency = idempotency;
        this.caller = caller;
    }

    /**
     * The delivery that repeats another.
     *
     * @param id its own id, also the CloudEvents id of its event
     */
    public record ReplayAccepted(UUID id, UUID replayOf) {}

    /**
     * Which deliveries to repeat: at least a source, an event or a time from which on.
     *
     * @param limit the most of them
     * @param cursor the {@code next} of the call before
     * @param dryRun only count them
     */
    public record ReplayRequest(
            Optional<String> source,
            Optional<String> type,
            Optional<String> state,
            Optional<String> eventId,
            Optional<String> mode,
            Optional<String> from,
            Optional<String> to,
            Optional<Integer> limit,
            Optional<UUID> cursor,
            Optional<Boolean> dryRun) {}

    /**
     * How many were repeated, or would be.
     *
     * @param next the cursor of those that remain, if any do
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record ReplaysAccepted(int count, boolean dryRun, Optional<UUID> next) {}

    @POST
    @Path("/{id}/replay")
    @Operation(
            summary = "Repeats one delivery",
            description =
                    "It becomes a new delivery with the same event and a new id, marked `replayOf`, and is published once more. Consumers act on it again.")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = ReplayAccepted.class)))
    public Response replay(@PathParam("id") UUID id, @HeaderParam("Idempotency-Key") Optional<String> key) {
        return answer(key, "replay " + id, handle -> {
            var copy = replays.replay(handle, id, by()).orElseThrow(() -> DeliveryResource.noSuchDelivery(id));
            return Answer.accepted(Optional.of("/api/v1/deliveries/" + copy), new ReplayAccepted(copy, id));
        });
    }

    @POST
    @Path("/replay")
    @Operation(
            summary = "Repeats the oldest deliveries that match and are no replays themselves",
            description =
                    "Asks for at least `source`, `eventId` or `from`. One call takes up to a maximum; when `next` is in the answer, call again with it as `cursor`. With `dryRun` nothing is repeated.")
    @RequestBody(content = @Content(schema = @Schema(implementation = ReplayRequest.class)))
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = ReplaysAccepted.class)))
    public Response replayAll(String body, @HeaderParam("Idempotency-Key") Optional<String> key)
            throws JsonProcessingException {
        var request = StrictJson.read(body, ReplayRequest.class);
        var filter = DeliveryFilter.read(
                request.source(),
                request.type(),
                request.state(),
                request.eventId(),
                request.mode(),
                Optional.empty(),
                request.from(),
                request.to());
        if (filter.source().isEmpty()
                && filter.eventId().isEmpty()
                && filter.from().isEmpty()) {
            throw ProblemException.badRequest(
                    "This would repeat every delivery there is. Name a source, an event or a time from which on.");
        }
        int limit = request.limit().orElse(config.most());
        if (limit < 1 || limit > config.most()) {
            throw ProblemException.badRequest("'limit' must be a whole number from 1 to %d".formatted(config.most()));
        }
        if (request.dryRun().orElse(false)) {
            var found = jdbi.inTransaction(handle -> replays.wouldReplay(handle, filter, request.cursor(), limit));
            return Response.ok(accepted(found, true)).build();
        }
        return answer(key, "replay\n" + body, handle -> {
            var replayed = replays.replay(handle, filter, request.cursor(), limit, by());
            return Answer.accepted(Optional.empty(), accepted(replayed, false));
        });
    }

    private Response answer(Optional<String> key, String request, Function<Handle, Answer> call) {
        return jdbi.inTransaction(handle -> idempotency.once(handle, by(), key, request, () -> call.apply(handle)))
                .response();
    }

    private String by() {
        return caller.getPrincipal().getName();
    }

    private static ReplaysAccepted accepted(Replayed replayed, boolean dryRun) {
        return new ReplaysAccepted(replayed.ids().size(), dryRun, replayed.next());
    }
}
