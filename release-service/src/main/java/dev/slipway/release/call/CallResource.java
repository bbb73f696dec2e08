package dev.slipway.release.call;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.slipway.event.Event;
import dev.slipway.event.EventJson;
import dev.slipway.event.EventTypes;
import dev.slipway.event.ReleaseEvent.AbortRequested;
import dev.slipway.event.ReleaseEvent.ApprovalGiven;
import dev.slipway.event.ReleaseEvent.PauseRequested;
import dev.slipway.event.ReleaseEvent.ReleaseRequested;
import dev.slipway.event.ReleaseEvent.ResumeRequested;
import dev.slipway.event.ReleaseEvent.RetryRequested;
import dev.slipway.event.ReleaseEvent.RollbackRequested;
import dev.slipway.event.ReportEvent;
import dev.slipway.event.Subject;
import dev.slipway.http.Idempotency;
import dev.slipway.http.Idempotency.Answer;
import dev.slipway.http.ProblemException;
import dev.slipway.messaging.Ids;
import dev.slipway.messaging.TraceParent;
import dev.slipway.release.engine.Release;
import dev.slipway.release.engine.Release.Stage;
import dev.slipway.release.engine.ReleaseState;
import dev.slipway.release.engine.StepState;
import dev.slipway.release.lifecycle.ReleaseStore;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.PlanStore;
import dev.slipway.release.plan.Step;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.Step.OnFailure;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jdbi.v3.core.Handle;

/** What people and CI ask of releases. Each call is answered when it is durable, before it has its effect. */
@Path("/api/v1/releases")
@Consumes({MediaType.APPLICATION_JSON, MediaType.WILDCARD})
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "Releases")
public class CallResource {

    private static final int MAX_TEXT = 1_000;
    /** What PostgreSQL's jsonb cannot have: NUL, written as an escape, and unpaired surrogates. */
    private static final Pattern UNSTORABLE = Pattern.compile(
            "(?<!\\\\)(?:\\\\\\\\)*\\\\u0000|[\\uD800-\\uDBFF](?![\\uDC00-\\uDFFF])|(?<![\\uD800-\\uDBFF])[\\uDC00-\\uDFFF]");

    private static final int MAX_VERSION = 200;

    private final Calls calls;
    private final Idempotency idempotency;
    private final ReleaseStore releases;
    private final PlanStore plans;
    private final SecurityIdentity caller;
    private final Clock clock;
    private final UriInfo uri;
    private final HttpHeaders headers;

    public CallResource(
            Calls calls,
            Idempotency idempotency,
            ReleaseStore releases,
            PlanStore plans,
            SecurityIdentity caller,
            Clock clock,
            @Context UriInfo uri,
            @Context HttpHeaders headers) {
        this.calls = calls;
        this.idempotency = idempotency;
        this.releases = releases;
        this.plans = plans;
        this.caller = caller;
        this.clock = clock;
        this.uri = uri;
        this.headers = headers;
    }

    /** What the caller of an accepted call needs to follow it. */
    public record Accepted(UUID id, String application, String environment, String version, ReleaseState state) {

        static Accepted of(Release release) {
            return new Accepted(
                    release.id(),
                    release.subject().application(),
                    release.subject().environment(),
                    release.version(),
                    release.state());
        }
    }

    @POST
    @Operation(summary = "Ask for a release of a version, by the newest plan of its environment")
    public Response request(String body) {
        var request = object(body);
        var subject = subject(required(request, "application"), required(request, "environment"));
        var version = required(request, "version");
        if (version.length() > MAX_VERSION) {
            throw ProblemException.badRequest("'version' may have at most %d characters".formatted(MAX_VERSION));
        }
        var commit = optional(request, "commit");
        return answer(body, handle -> {
            var stored = plans.newest(handle, subject)
                    .orElseThrow(() -> ProblemException.unprocessable(
                            "There is no plan for %s; store one first: PUT /api/v1/plans/%s"
                                    .formatted(subject, subject)));
            var plan = plans.plan(handle, subject, stored.version());
            var release =
                    Release.requested(Ids.next(), plan, stored.version(), version, commit, name(), clock.instant());
            releases.add(handle, release);
            calls.accept(
                    handle,
                    release,
                    name(),
                    trace(),
                    new ReleaseRequested(
                            release.id(), version, commit, name(), stored.version(), plan.notifications()));
            return release;
        });
    }

    @POST
    @Path("/{id}/events")
    @Operation(summary = "Report work that was done for a release: MigrationDone, BackupDone, …")
    public Response report(@PathParam("id") String id, String body) {
        var request = object(body);
        var type = required(request, "type");
        var name = EventTypes.nameOf(type).orElse(type);
        if (!EventTypes.NAME.matcher(name).matches()) {
            throw ProblemException.badRequest(
                    "'type' must be an event's name, letters and digits with a capital first: MigrationDone");
        }
        if (EventTypes.byName(name)
                .filter(it -> !ReportEvent.class.isAssignableFrom(it))
                .isPresent()) {
            throw ProblemException.unprocessable(
                    "%s is told by Slipway itself; only reports of work can be posted".formatted(name));
        }
        var data = Optional.ofNullable(request.get("data")).filter(it -> !it.isNull());
        if (data.isPresent() && !data.get().isObject()) {
            throw ProblemException.badRequest("'data' must be an object");
        }
        return act(id, body, (release, plan) -> {
            var awaited = new TreeSet<>(awaited(plan));
            if (!awaited.contains(name)) {
                throw ProblemException.unprocessable("No step of this release's plan awaits %s; it awaits %s"
                        .formatted(name, awaited.isEmpty() ? "no reports" : String.join(", ", awaited)));
            }
            var fields = data.map(it -> (ObjectNode) it.deepCopy())
                    .orElseGet(() -> EventJson.mapper().createObjectNode());
            fields.put("releaseId", release.id().toString());
            try {
                return EventJson.read(name, EventJson.mapper().writeValueAsBytes(fields));
            } catch (IOException e) {
                throw ProblemException.badRequest(
                        "'data' cannot be read as that of %s: %s".formatted(name, e.getMessage()));
            }
        });
    }

    @POST
    @Path("/{id}/approve")
    @Operation(summary = "Approve the step that awaits approval")
    public Response approve(@PathParam("id") String id, String body) {
        var request = object(body);
        var step = optional(request, "step");
        return act(id, body, (release, plan) -> {
            var waiting = release.steps().stream()
                    .filter(it -> it.state() == StepState.WAITING && it.stage() == Stage.APPROVAL)
                    .map(it -> it.ref())
                    .filter(ref -> step.map(name -> name.equals(ref.step()) || name.equals(ref.toString()))
                            .orElse(true))
                    .findFirst()
                    .orElseThrow(() ->
                            ProblemException.conflict(step.map("The step %s does not await approval now"::formatted)
                                            .orElse("No step awaits approval now")
                                    + "; the release's status says what it waits for"));
            return new ApprovalGiven(release.id(), name(), Optional.of(waiting.toString()), comment(request));
        });
    }

    @POST
    @Path("/{id}/pause")
    @Operation(summary = "Start no further step until the release is resumed")
    public Response pause(@PathParam("id") String id, String body) {
        var request = object(body);
        return act(id, body, (release, plan) -> {
            requireState(release, "paused", ReleaseState.RUNNING);
            return new PauseRequested(release.id(), name(), comment(request));
        });
    }

    @POST
    @Path("/{id}/resume")
    @Operation(summary = "Go on with a paused release")
    public Response resume(@PathParam("id") String id, String body) {
        object(body);
        return act(id, body, (release, plan) -> {
            requireState(release, "resumed", ReleaseState.PAUSED);
            if (undecided(release, plan).findAny().isPresent()) {
                throw ProblemException.conflict(
                        "A failed step waits for a decision: retry it, or abort or roll back the release");
            }
            return new ResumeRequested(release.id(), name());
        });
    }

    @POST
    @Path("/{id}/retry")
    @Operation(summary = "Try the failed step again that a paused release waits for a decision about")
    public Response retry(@PathParam("id") String id, String body) {
        var step = optional(object(body), "step");
        return act(id, body, (release, plan) -> {
            if (release.state() != ReleaseState.PAUSED
                    || undecided(release, plan).findAny().isEmpty()) {
                throw ProblemException.conflict(
                        "No failed step waits for a decision; a step that does has 'on-failure: ask' in the plan");
            }
            step.filter(name -> undecided(release, plan)
                            .map(it -> it.ref())
                            .noneMatch(ref -> name.equals(ref.step()) || name.equals(ref.toString())))
                    .ifPresent(name -> {
                        throw ProblemException.conflict("The step %s does not wait for a decision".formatted(name));
                    });
            return new RetryRequested(release.id(), name(), step);
        });
    }

    @POST
    @Path("/{id}/abort")
    @Operation(summary = "End the release where it stands, without a way back")
    public Response abort(@PathParam("id") String id, String body) {
        var request = object(body);
        return act(id, body, (release, plan) -> new AbortRequested(release.id(), name(), comment(request)));
    }

    @POST
    @Path("/{id}/rollback")
    @Operation(summary = "Roll the release back")
    public Response rollback(@PathParam("id") String id, String body) {
        var request = object(body);
        return act(id, body, (release, plan) -> {
            requireState(release, "rolled back", ReleaseState.RUNNING, ReleaseState.PAUSED);
            if (plan.rollback().isEmpty()) {
                throw ProblemException.conflict(
                        "This release's plan has no way back; abort it, and add 'rollback' to the plan for the next one");
            }
            return new RollbackRequested(release.id(), name(), comment(request));
        });
    }

    // ---- how a call is answered ----

    private Response act(String id, String body, BiFunction<Release, Plan, Event> event) {
        var releaseId = id(id);
        return answer(
                body,
                handle -> calls.accept(
                        handle,
                        releaseId,
                        name(),
                        trace(),
                        it -> event.apply(it, plans.plan(handle, it.subject(), it.planVersion()))));
    }

    private Response answer(String body, Function<Handle, Release> call) {
        var answer = calls.jdbi()
                .inTransaction(handle ->
                        idempotency.once(handle, name(), header("Idempotency-Key"), uri.getPath() + "\n" + body, () -> {
                            var release = call.apply(handle);
                            return new Answer(
                                    202, Optional.of("/api/v1/releases/" + release.id()), json(Accepted.of(release)));
                        }));
        var response = Response.status(answer.status()).entity(answer.body());
        answer.location().ifPresent(location -> response.location(URI.create(location)));
        return response.build();
    }

    // ---- what is so ----

    private static Stream<String> events(Step step) {
        return Stream.concat(
                step.action() instanceof Action.Await await
                        ? Stream.of(await.event().event())
                        : Stream.empty(),
                step.until().stream().map(Step.Awaited::event));
    }

    private static List<String> awaited(Plan plan) {
        return plan.steps().stream()
                .map(plan::step)
                .flatMap(CallResource::events)
                .distinct()
                .toList();
    }

    private static Stream<Release.StepProgress> undecided(Release release, Plan plan) {
        return release.steps().stream()
                .filter(step -> step.state().unsuccessful()
                        && plan.step(step.ref())
                                .onFailure()
                                .filter(OnFailure.ASK::equals)
                                .isPresent());
    }

    private static void requireState(Release release, String what, ReleaseState... states) {
        if (!Set.of(states).contains(release.state())) {
            throw ProblemException.conflict("The release is %s, so it cannot be %s".formatted(release.state(), what));
        }
    }

    private String name() {
        return caller.getPrincipal().getName();
    }

    private Optional<String> header(String name) {
        return Optional.ofNullable(headers.getHeaderString(name));
    }

    private TraceParent trace() {
        return header("traceparent").flatMap(TraceParent::parse).orElseGet(TraceParent::start);
    }

    // ---- reading bodies ----

    private static UUID id(String id) {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            throw ProblemException.notFound("There is no release '%s'; an id is a UUID".formatted(id));
        }
    }

    private static JsonNode object(String body) {
        if (body.isBlank()) {
            return EventJson.mapper().createObjectNode();
        }
        try {
            var json = EventJson.mapper().readTree(body);
            if (!json.isObject()) {
                throw ProblemException.badRequest("The body must be a JSON object");
            }
            if (UNSTORABLE.matcher(json.toString()).find()) {
                throw ProblemException.badRequest(
                        "The body has a NUL character or half of a surrogate pair; leave it out");
            }
            return json;
        } catch (JsonProcessingException e) {
            throw ProblemException.badRequest("The body is not JSON: line %d, column %d: %s"
                    .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr(), e.getOriginalMessage()));
        }
    }

    private static String required(JsonNode request, String field) {
        return optional(request, field)
                .orElseThrow(() -> ProblemException.badRequest("'%s' is missing".formatted(field)));
    }

    private static Optional<String> optional(JsonNode request, String field) {
        var value = request.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isTextual() || value.asText().isBlank() || value.asText().length() > MAX_TEXT) {
            throw ProblemException.badRequest("'%s' must be a text of 1 to %d characters".formatted(field, MAX_TEXT));
        }
        return Optional.of(value.asText());
    }

    private static Optional<String> comment(JsonNode request) {
        return optional(request, "comment").or(() -> optional(request, "reason"));
    }

    private static Subject subject(String application, String environment) {
        try {
            return new Subject(application, environment);
        } catch (IllegalArgumentException e) {
            throw ProblemException.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private static String json(Object value) {
        try {
            return EventJson.mapper().writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("The answer cannot be written as JSON", e);
        }
    }
}
