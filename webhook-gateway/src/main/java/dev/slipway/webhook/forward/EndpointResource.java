package dev.slipway.webhook.forward;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.slipway.condition.Durations;
import dev.slipway.http.Parameter;
import dev.slipway.http.ProblemException;
import dev.slipway.http.Roles;
import dev.slipway.webhook.forward.EndpointOverview.EndpointStatus;
import dev.slipway.webhook.forward.EndpointStates.Circuit;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jboss.resteasy.reactive.RestQuery;
import org.jdbi.v3.core.Jdbi;

/** The endpoints of a source, and how they are, for operators. */
@Path("/api/v1/sources/{source}/endpoints")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class EndpointResource {

    private static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");

    private final Jdbi jdbi;
    private final ForwardStore store;
    private final EndpointStates states;
    private final EndpointOverview overview;
    private final Endpoints endpoints;
    private final Forwarder forwarder;
    private final SecurityIdentity caller;
    private final Clock clock;

    public EndpointResource(
            Jdbi jdbi,
            ForwardStore store,
            EndpointStates states,
            EndpointOverview overview,
            Endpoints endpoints,
            Forwarder forwarder,
            SecurityIdentity caller,
            Clock clock) {
        this.jdbi = jdbi;
        this.store = store;
        this.states = states;
        this.overview = overview;
        this.endpoints = endpoints;
        this.forwarder = forwarder;
        this.caller = caller;
        this.clock = clock;
    }

    /**
     * An endpoint, and how it is.
     *
     * @param url in full only for the role {@code sources}
     * @param failures how many attempts in a row have failed
     * @param pausedUntil when it is called again, at the earliest, if that lies ahead
     * @param goneSince when it answered 410
     * @param pending how many deliveries wait for it
     * @param oldestPendingSeconds for how long the first of them has
     * @param givenUp how many are not attempted any more
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record EndpointView(
            String name,
            URI url,
            String signing,
            List<String> schedule,
            String timeout,
            boolean ordered,
            int concurrency,
            List<String> types,
            Circuit state,
            int failures,
            Optional<Instant> pausedUntil,
            Optional<Instant> goneSince,
            long pending,
            Optional<Long> oldestPendingSeconds,
            long givenUp) {}

    /** All endpoints of a source. */
    public record EndpointList(List<EndpointView> items) {}

    /**
     * What was asked to be tried again.
     *
     * @param forwards how many
     */
    public record Retried(int forwards) {}

    @GET
    @Operation(
            summary = "Lists the endpoints of a source, and how they are",
            description =
                    "`state` is CLOSED when deliveries are sent, OPEN when they wait because it keeps failing, GONE when they wait because it answered 410.")
    public EndpointList list(@PathParam("source") String source) {
        if (!endpoints.bySource().containsKey(source)) {
            throw missing(source, "There is no such source; those that there are are listed at /api/v1/sources.");
        }
        return new EndpointList(overview.all().stream()
                .filter(status -> status.ref().source().equals(source))
                .map(this::view)
                .toList());
    }

    @POST
    @Path("/{endpoint}/enable")
    @Operation(
            summary = "Sends deliveries to an endpoint again that answered 410, or that keeps failing",
            description = "What waits for it is sent as it falls due.")
    public EndpointView enable(@PathParam("source") String source, @PathParam("endpoint") String endpoint) {
        var ref = require(source, endpoint);
        jdbi.useHandle(handle -> states.enable(handle, ref));
        forwarder.wake();
        return overview.all().stream()
                .filter(status -> status.ref().equals(ref))
                .map(this::view)
                .findFirst()
                .orElseThrow();
    }

    @POST
    @Path("/{endpoint}/retry")
    @Operation(
            summary = "Sends all deliveries again that were given up",
            description =
                    "Those that arrived from `from` (inclusive) to `to` (exclusive), or all. For each the schedule begins anew.")
    public Retried retry(
            @PathParam("source") String source,
            @PathParam("endpoint") String endpoint,
            @RestQuery Optional<String> from,
            @RestQuery Optional<String> to) {
        var ref = require(source, endpoint);
        var first = new Parameter("from", from).time().orElse(Instant.EPOCH);
        var end = new Parameter("to", to).time().orElse(LAST);
        var retried = jdbi.withHandle(handle -> store.retryGivenUp(handle, ref, first, end, clock.instant()));
        forwarder.wake();
        return new Retried(retried);
    }

    private EndpointRef require(String source, String endpoint) {
        return endpoints.bySource().getOrDefault(source, List.of()).stream()
                .filter(it -> it.name().equals(endpoint))
                .findFirst()
                .map(it -> new EndpointRef(source, it.name()))
                .orElseThrow(
                        () -> missing(
                                source,
                                "There is no such endpoint; those of a source are listed at /api/v1/sources/<source>/endpoints."));
    }

    private ProblemException missing(String source, String detail) {
        return endpoints
                .problem(source)
                .map(ProblemException::conflict)
                .orElseGet(() -> ProblemException.notFound(detail));
    }

    private EndpointView view(EndpointStatus status) {
        var endpoint = status.endpoint();
        var state = status.state();
        var now = clock.instant();
        return new EndpointView(
                endpoint.name(),
                caller.hasRole(Roles.SOURCES) ? endpoint.url() : endpoint.maskedUrl(),
                endpoint.signing().label(),
                endpoint.schedule().stream().map(Durations::format).toList(),
                Durations.format(endpoint.timeout()),
                endpoint.ordered(),
                endpoint.concurrency(),
                endpoint.types(),
                state.circuit(),
                state.failures(),
                state.pausedUntil().filter(now::isBefore),
                state.goneSince(),
                status.backlog().pending(),
                status.backlog()
                        .oldest()
                        .map(oldest -> Duration.between(oldest, now).toSeconds()),
                status.backlog().givenUp());
    }
}
