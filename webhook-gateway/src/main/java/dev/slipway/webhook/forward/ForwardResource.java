package dev.slipway.webhook.forward;

import dev.slipway.http.ProblemException;
import dev.slipway.http.Roles;
import dev.slipway.webhook.forward.ForwardStore.Stored;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jdbi.v3.core.Jdbi;

/** What became of a delivery at the endpoints that it is forwarded to, for operators. */
@Path("/api/v1/deliveries/{id}/forwards")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class ForwardResource {

    private final Jdbi jdbi;
    private final ForwardStore store;
    private final Forwarder forwarder;
    private final SecurityIdentity caller;
    private final Clock clock;

    public ForwardResource(Jdbi jdbi, ForwardStore store, Forwarder forwarder, SecurityIdentity caller, Clock clock) {
        this.jdbi = jdbi;
        this.store = store;
        this.forwarder = forwarder;
        this.caller = caller;
        this.clock = clock;
    }

    /** All forwards of a delivery. */
    public record ForwardList(List<Stored> items) {}

    @GET
    @Operation(
            summary = "Shows what became of a delivery at each endpoint",
            description =
                    "With every attempt: when, how long it took, and the status and the first KiB of the answer, or why there was none. The answer may repeat what was sent: it is shown to the role `payload`.")
    public ForwardList list(@PathParam("id") UUID id) {
        return new ForwardList(find(id));
    }

    @POST
    @Path("/{endpoint}/retry")
    @Operation(
            summary = "Sends a delivery to an endpoint again, now",
            description =
                    "For one that is given up, or waits for its next attempt. The schedule begins anew. One that was delivered is not sent again: replay the delivery instead. While an attempt is being made, the answer is 409.")
    public Stored retry(@PathParam("id") UUID id, @PathParam("endpoint") String endpoint) {
        var before = jdbi.inTransaction(handle -> store.retry(handle, id, endpoint, clock.instant()))
                .orElseThrow(() -> ProblemException.notFound(
                        "The delivery %s is not forwarded to such an endpoint; its forwards are at /api/v1/deliveries/%s/forwards."
                                .formatted(id, id)));
        if (before.isUnderWay()) {
            throw ProblemException.conflict(
                    "An attempt is being made just now. See what becomes of it, and retry then if need be.");
        }
        if (before.state() == ForwardState.DELIVERED) {
            throw ProblemException.conflict(
                    "The application has this delivery. If it shall get it once more, replay the delivery.");
        }
        forwarder.wake();
        return find(id).stream()
                .filter(forward -> forward.endpoint().equals(endpoint))
                .findFirst()
                .orElseThrow();
    }

    private List<Stored> find(UUID id) {
        var forwards = jdbi.withHandle(handle -> store.ofDelivery(handle, id))
                .orElseThrow(() -> ProblemException.notFound(
                        "There is no delivery %s; it may have been older than deliveries are kept.".formatted(id)));
        return caller.hasRole(Roles.PAYLOAD)
                ? forwards
                : forwards.stream().map(Stored::withoutResponses).toList();
    }
}
