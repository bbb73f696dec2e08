package dev.slipway.webhook.deadletter;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.event.EventJson;
import dev.slipway.http.Idempotency;
import dev.slipway.http.Idempotency.Answer;
import dev.slipway.http.Parameter;
import dev.slipway.http.ProblemException;
import dev.slipway.http.Roles;
import dev.slipway.http.StrictJson;
import dev.slipway.messaging.DeadLetter;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.jboss.resteasy.reactive.RestQuery;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** What services gave up of {@code slipway.webhooks}, for operators who mended the fault. */
@Path("/api/v1/dead-letters")
@Consumes(MediaType.WILDCARD)
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class DeadLetterResource {

    private static final long DEFAULT_LIMIT = 50;
    private static final long MAX_LIMIT = 200;
    private static final String WITHHELD =
            "The data is shown to tokens that have the role '%s', see slipway.api.roles".formatted(Roles.PAYLOAD);

    private final Jdbi jdbi;
    private final DeadLetterStore store;
    private final DeadLetterConfig config;
    private final Idempotency idempotency;
    private final SecurityIdentity caller;

    public DeadLetterResource(
            Jdbi jdbi,
            DeadLetterStore store,
            DeadLetterConfig config,
            Idempotency idempotency,
            SecurityIdentity caller) {
        this.jdbi = jdbi;
        this.store = store;
        this.config = config;
        this.idempotency = idempotency;
        this.caller = caller;
    }

    /**
     * One dead letter with what it brought.
     *
     * @param headers as they came, and its own
     * @param data its value, if that is JSON
     * @param value its value, if that is not, in Base64
     * @param withheld why data and value are not shown
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record DeadLetterDetails(
            @JsonUnwrapped KeptDeadLetter summary,
            Optional<String> key,
            Map<String, String> headers,
            Optional<JsonNode> data,
            Optional<byte[]> value,
            Optional<String> withheld) {}

    /**
     * Part of a list.
     *
     * @param next the cursor of what follows, if anything does
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record DeadLetterPage(List<KeptDeadLetter> items, Optional<UUID> next) {}

    /**
     * Which dead letters to redrive: at least a service, a delivery or a time from which on.
     *
     * @param limit the most of them
     * @param dryRun only count them
     */
    public record RedriveRequest(
            Optional<String> service,
            Optional<UUID> deliveryId,
            Optional<String> from,
            Optional<String> to,
            Optional<Integer> limit,
            Optional<Boolean> dryRun) {}

    /**
     * How many were redriven, or would be.
     *
     * @param more whether others remain that match
     */
    public record RedrivesAccepted(int count, boolean dryRun, boolean more) {}

    @GET
    @Operation(
            summary = "Lists dead letters, newest first",
            description =
                    "Filters: service (who gave them up), deliveryId, state (DEAD, REDRIVEN), from (inclusive) and to (exclusive) by when they were given up. At most `limit` (1 to 200) items; `next` is the cursor of the following page.")
    public DeadLetterPage list(
            @RestQuery Optional<String> service,
            @RestQuery Optional<UUID> deliveryId,
            @RestQuery Optional<String> state,
            @RestQuery Optional<String> from,
            @RestQuery Optional<String> to,
            @RestQuery Optional<UUID> cursor,
            @RestQuery Optional<String> limit) {
        var filter = DeadLetterFilter.read(service, deliveryId, state, from, to);
        var most = Math.toIntExact(
                new Parameter("limit", limit).number(1, MAX_LIMIT).orElse(DEFAULT_LIMIT));
        // One more than is answered tells whether a page follows.
        var found = store.list(filter, cursor, most + 1);
        var items = found.stream().limit(most).toList();
        return new DeadLetterPage(
                items, found.size() > most ? Optional.of(items.getLast().id()) : Optional.empty());
    }

    @GET
    @Path("/{id}")
    @Operation(summary = "Shows one dead letter with its cause", description = "Its data needs the role `payload`.")
    public DeadLetterDetails show(@PathParam("id") UUID id) {
        return jdbi.withHandle(
                handle -> details(find(handle, id), store.letter(handle, id).orElseThrow(() -> noSuchDeadLetter(id))));
    }

    @POST
    @Path("/{id}/redrive")
    @Operation(
            summary = "Sends one dead letter once more to the service that gave it up",
            description =
                    "Other services drop it. It can be done once; what fails again becomes another dead letter, which names this one as `redriveOf`.")
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = KeptDeadLetter.class)))
    public Response redrive(@PathParam("id") UUID id, @HeaderParam("Idempotency-Key") Optional<String> key) {
        return answer(key, "redrive " + id, handle -> {
            if (!store.redrive(handle, id, by())) {
                throw ProblemException.conflict(
                        "%s was redriven already, see 'redriven'. If it failed again, there is a newer dead letter that names it as 'redriveOf'."
                                .formatted(find(handle, id).id()));
            }
            return Answer.accepted(Optional.of("/api/v1/dead-letters/" + id), find(handle, id));
        });
    }

    @POST
    @Path("/redrive")
    @Operation(
            summary = "Sends the oldest dead letters once more that match and were not redriven",
            description =
                    "Asks for at least `service`, `deliveryId` or `from`. One call takes up to a maximum; when `more` is true, call again. With `dryRun` nothing is sent.")
    @RequestBody(content = @Content(schema = @Schema(implementation = RedriveRequest.class)))
    @APIResponse(responseCode = "202", content = @Content(schema = @Schema(implementation = RedrivesAccepted.class)))
    public Response redriveAll(String body, @HeaderParam("Idempotency-Key") Optional<String> key)
            throws JsonProcessingException {
        var request = StrictJson.read(body, RedriveRequest.class);
        var filter = DeadLetterFilter.read(
                request.service(), request.deliveryId(), Optional.empty(), request.from(), request.to());
        if (filter.service().isEmpty()
                && filter.deliveryId().isEmpty()
                && filter.from().isEmpty()) {
            throw ProblemException.badRequest(
                    "This would redrive every dead letter there is. Name a service, a delivery or a time from which on.");
        }
        int limit = request.limit().orElse(config.most());
        if (limit < 1 || limit > config.most()) {
            throw ProblemException.badRequest("'limit' must be a whole number from 1 to %d".formatted(config.most()));
        }
        if (request.dryRun().orElse(false)) {
            int found = jdbi.withHandle(handle -> store.count(handle, filter, limit + 1));
            return Response.ok(new RedrivesAccepted(Math.min(found, limit), true, found > limit))
                    .build();
        }
        return answer(key, "redrive\n" + body, handle -> {
            var count = store.redrive(handle, filter, limit, by());
            return Answer.accepted(
                    Optional.empty(), new RedrivesAccepted(count, false, store.count(handle, filter, 1) > 0));
        });
    }

    private KeptDeadLetter find(Handle handle, UUID id) {
        return store.find(handle, id).orElseThrow(() -> noSuchDeadLetter(id));
    }

    private static ProblemException noSuchDeadLetter(UUID id) {
        return ProblemException.notFound(
                "There is no dead letter %s; it may have been older than dead letters are kept.".formatted(id));
    }

    private DeadLetterDetails details(KeptDeadLetter kept, DeadLetter letter) {
        var mayBeSeen = caller.hasRole(Roles.PAYLOAD);
        var data = letter.value().flatMap(DeadLetterResource::json);
        return new DeadLetterDetails(
                kept,
                letter.key(),
                letter.headers().keySet().stream()
                        .collect(toMap(identity(), name -> letter.header(name).orElse(""))),
                data.filter(shown -> mayBeSeen),
                letter.value().filter(shown -> mayBeSeen && data.isEmpty()),
                mayBeSeen ? Optional.empty() : Optional.of(WITHHELD));
    }

    private static Optional<JsonNode> json(byte[] value) {
        try {
            return Optional.of(EventJson.mapper().readTree(value)).filter(tree -> !tree.isMissingNode());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private Response answer(Optional<String> key, String request, Function<Handle, Answer> call) {
        return jdbi.inTransaction(handle -> idempotency.once(handle, by(), key, request, () -> call.apply(handle)))
                .response();
    }

    private String by() {
        return caller.getPrincipal().getName();
    }
}
