package dev.slipway.release.freeze;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.slipway.event.EventJson;
import dev.slipway.event.Subject;
import dev.slipway.http.Idempotency;
import dev.slipway.http.Idempotency.Answer;
import dev.slipway.http.Parameter;
import dev.slipway.http.ProblemException;
import dev.slipway.http.Roles;
import dev.slipway.http.StrictJson;
import dev.slipway.messaging.Ids;
import dev.slipway.release.freeze.Freeze.Kind;
import dev.slipway.release.freeze.Freeze.Lifted;
import dev.slipway.release.freeze.FreezeView.FreezeList;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestHeader;
import org.jboss.resteasy.reactive.RestPath;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** Freezes and stops of the line, as people set and lift them. */
@Path("/api/v1/freezes")
@Produces(MediaType.APPLICATION_JSON)
@Consumes({MediaType.APPLICATION_JSON, MediaType.WILDCARD})
@RunOnVirtualThread
@Tag(name = "Freezes")
public class FreezeResource {

    private static final int LONGEST_REASON = 1_000;
    private static final String KEY = "Idempotency-Key";

    private final Freezes freezes;
    private final Freezing freezing;
    private final Idempotency idempotency;
    private final Jdbi jdbi;
    private final SecurityIdentity caller;
    private final Clock clock;

    public FreezeResource(
            Freezes freezes,
            Freezing freezing,
            Idempotency idempotency,
            Jdbi jdbi,
            SecurityIdentity caller,
            Clock clock) {
        this.freezes = freezes;
        this.freezing = freezing;
        this.idempotency = idempotency;
        this.jdbi = jdbi;
        this.caller = caller;
        this.clock = clock;
    }

    /** What a freeze is set with. */
    public record Wanted(
            Optional<String> kind,
            Optional<String> application,
            Optional<String> environment,
            Optional<String> reason,
            Optional<String> from,
            Optional<String> to,
            Optional<String> zone,
            Optional<String> rule,
            Optional<String> until) {}

    /** Why a freeze is lifted. */
    public record Lifting(Optional<String> reason) {}

    @GET
    @Operation(
            summary = "All freezes that are neither lifted nor over, the oldest first",
            description = "With application and environment only those that are about them.")
    public FreezeList list(
            @QueryParam("application") Optional<String> application,
            @QueryParam("environment") Optional<String> environment) {
        var ofApplication = new Parameter("application", application).text();
        var inEnvironment = new Parameter("environment", environment).text();
        var now = clock.instant();
        return new FreezeList(jdbi.withHandle(handle -> freezes.standing(handle, now)).stream()
                .filter(it -> isAbout(it.application(), ofApplication) && isAbout(it.environment(), inEnvironment))
                .map(it -> FreezeView.of(it, now))
                .toList());
    }

    private static boolean isAbout(Optional<String> said, Optional<String> asked) {
        return said.isEmpty() || asked.isEmpty() || said.equals(asked);
    }

    @GET
    @Path("/{id}")
    @Operation(summary = "A freeze, be it lifted")
    public FreezeView show(@RestPath String id) {
        return FreezeView.of(
                jdbi.withHandle(handle -> freezes.find(handle, id(id))).orElseThrow(() -> unknown(id)),
                clock.instant());
    }

    @APIResponseSchema(value = FreezeView.class, responseCode = "201", responseDescription = "It holds from now on")
    @POST
    @RolesAllowed(Roles.FREEZES)
    @Operation(
            summary = "Freeze environments, or stop the line",
            description =
                    "{kind: WINDOW, application, environment, reason, from, to, zone, rule}: no release begins from 2026-12-20T00:00 to 2027-01-02T00:00 on the clock of the zone, and again whenever the RRULE says. {kind: STOP, application, environment, reason, until}: no release begins, and those that run are paused, until it is lifted. Without application or environment it is about all. A rollback is never held up.")
    public Response set(@RestHeader(KEY) Optional<String> key, String body) throws JsonProcessingException {
        var wanted = StrictJson.read(body, Wanted.class);
        var now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        var kind = new Parameter("kind", wanted.kind())
                .oneOf(Kind.class)
                .orElseThrow(() -> ProblemException.badRequest("'kind' is missing: WINDOW or STOP"));
        var freeze = new Freeze(
                Ids.next(),
                kind,
                name("application", wanted.application()),
                name("environment", wanted.environment()),
                reason(wanted.reason()),
                kind == Kind.WINDOW ? Optional.of(window(wanted)) : none(wanted),
                new Parameter("until", wanted.until()).time(),
                caller.getPrincipal().getName(),
                now,
                Optional.empty());
        if (kind == Kind.WINDOW && freeze.until().isPresent()) {
            throw ProblemException.badRequest("'until' is of a STOP; a WINDOW has 'from' and 'to'");
        }
        if (freeze.until().filter(it -> !it.isAfter(now)).isPresent()) {
            throw ProblemException.badRequest("'until' is over already");
        }
        if (kind == Kind.WINDOW && freeze.present(now).isEmpty()) {
            throw ProblemException.unprocessable("This window is over, and does not come again");
        }
        return once(key, body, handle -> {
            freezing.set(handle, freeze);
            var location = Optional.of("/api/v1/freezes/" + freeze.id());
            return new Answer(201, location, json(FreezeView.of(freeze, now)));
        });
    }

    @APIResponseSchema(value = FreezeView.class, responseCode = "200", responseDescription = "It is lifted")
    @POST
    @RolesAllowed(Roles.FREEZES)
    @Path("/{id}/lift")
    @Operation(
            summary = "Lift a freeze, or start the line again",
            description = "{reason}; it must be there. Releases that a stop has paused are resumed one by one.")
    public Response lift(@RestPath String id, @RestHeader(KEY) Optional<String> key, String body)
            throws JsonProcessingException {
        var lifted = new Lifted(
                caller.getPrincipal().getName(),
                clock.instant().truncatedTo(ChronoUnit.MICROS),
                reason(StrictJson.read(body, Lifting.class).reason()));
        return once(key, id + "\n" + body, handle -> {
            var freeze = freezes.find(handle, id(id)).orElseThrow(() -> unknown(id));
            if (!freezing.lift(handle, freeze, lifted)) {
                throw ProblemException.conflict(
                        "It was lifted already; GET /api/v1/freezes/%s says by whom".formatted(id));
            }
            var after = freezes.find(handle, freeze.id()).orElseThrow();
            return new Answer(200, Optional.empty(), json(FreezeView.of(after, clock.instant())));
        });
    }

    private Response once(Optional<String> key, String request, Function<Handle, Answer> call) {
        return jdbi.inTransaction(handle -> idempotency.once(
                        handle, caller.getPrincipal().getName(), key, request, () -> call.apply(handle)))
                .response();
    }

    private static String json(FreezeView view) {
        try {
            return EventJson.mapper().writeValueAsString(view);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("The answer cannot be written as JSON", e);
        }
    }

    private static Window window(Wanted wanted) {
        try {
            return new Window(
                    local("from", wanted.from()),
                    local("to", wanted.to()),
                    Window.zone(required("zone", wanted.zone())),
                    new Parameter("rule", wanted.rule()).text());
        } catch (IllegalArgumentException e) {
            throw ProblemException.unprocessable(String.valueOf(e.getMessage()));
        }
    }

    private static Optional<Window> none(Wanted wanted) {
        if (wanted.from().or(wanted::to).or(wanted::zone).or(wanted::rule).isPresent()) {
            throw ProblemException.badRequest("A STOP has no 'from', 'to', 'zone' or 'rule': it begins now");
        }
        return Optional.empty();
    }

    private static LocalDateTime local(String name, Optional<String> given) {
        try {
            return LocalDateTime.parse(required(name, given)).truncatedTo(ChronoUnit.SECONDS);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "'%s' must be a time on the clock of the zone, such as 2026-12-20T16:00".formatted(name), e);
        }
    }

    private static String required(String name, Optional<String> given) {
        return given.orElseThrow(() -> ProblemException.badRequest("'%s' is missing".formatted(name)));
    }

    private static Optional<String> name(String field, Optional<String> given) {
        return given.map(name -> {
            if (!Subject.NAME.matcher(name).matches()) {
                throw ProblemException.badRequest(
                        "'%s' must be 1 to 63 lower-case letters, digits, dots, dashes or underscores; leave it out for all"
                                .formatted(field));
            }
            return name;
        });
    }

    private static String reason(Optional<String> given) {
        var reason = required("reason", given);
        if (reason.isBlank() || reason.length() > LONGEST_REASON || reason.indexOf('\0') >= 0) {
            throw ProblemException.badRequest(
                    "'reason' must be a text of 1 to %d characters".formatted(LONGEST_REASON));
        }
        return reason;
    }

    private static ProblemException unknown(String id) {
        return ProblemException.notFound("There is no freeze " + id);
    }

    private static UUID id(String id) {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            throw unknown(id);
        }
    }
}
