package dev.slipway.release.call;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.slipway.event.Event;
import dev.slipway.event.EventJson;
import dev.slipway.event.EventTypes;
import dev.slipway.event.ReleaseEvent.AbortRequested;
import dev.slipway.event.ReleaseEvent.ApprovalGiven;
import dev.slipway.event.ReleaseEvent.ApprovalRejected;
import dev.slipway.event.ReleaseEvent.OptOutRequested;
import dev.slipway.event.ReleaseEvent.PauseRequested;
import dev.slipway.event.ReleaseEvent.Priority;
import dev.slipway.event.ReleaseEvent.ReleaseRequested;
import dev.slipway.event.ReleaseEvent.ResumeRequested;
import dev.slipway.event.ReleaseEvent.RetryRequested;
import dev.slipway.event.ReleaseEvent.RollbackRequested;
import dev.slipway.event.ReleaseEvent.SkipRequested;
import dev.slipway.event.ReportEvent;
import dev.slipway.event.Subject;
import dev.slipway.http.Idempotency;
import dev.slipway.http.Idempotency.Answer;
import dev.slipway.http.ProblemException;
import dev.slipway.http.Roles;
import dev.slipway.messaging.Ids;
import dev.slipway.messaging.TraceParent;
import dev.slipway.release.dryrun.DryRun;
import dev.slipway.release.dryrun.Explanation;
import dev.slipway.release.dryrun.Outlook;
import dev.slipway.release.dryrun.Outlook.Asked;
import dev.slipway.release.engine.Objections;
import dev.slipway.release.engine.Release;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.engine.ReleaseState;
import dev.slipway.release.lifecycle.Requests;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Plan.WhenTaken;
import dev.slipway.release.plan.PlanStore;
import dev.slipway.release.plan.PlanStore.StoredPlan;
import dev.slipway.release.plan.Step;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.Step.OnFailure;
import dev.slipway.release.plan.Template;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jdbi.v3.core.Handle;

/** What people and CI ask of releases. Each call is answered when it is durable, before it has its effect. */
@Path("/api/v1/releases")
@Consumes({MediaType.APPLICATION_JSON, MediaType.WILDCARD})
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "Releases")
public class CallResource {

    private static final String ACCEPTED = "It is durable, and on its way to the engine";
    private static final int MAX_VERSION = 200;
    /** How far a caller's clock may be ahead of ours. */
    private static final Duration SKEW = Duration.ofMinutes(5);

    private final Calls calls;
    private final Idempotency idempotency;
    private final PlanStore plans;
    private final Outlook outlook;
    private final DryRun dryRuns;
    private final SecurityIdentity identity;
    private final Clock clock;
    private final HttpHeaders headers;
    private final HttpServerRequest http;

    public CallResource(
            Calls calls,
            Idempotency idempotency,
            PlanStore plans,
            Outlook outlook,
            DryRun dryRuns,
            SecurityIdentity identity,
            Clock clock,
            @Context HttpHeaders headers,
            HttpServerRequest http) {
        this.calls = calls;
        this.idempotency = idempotency;
        this.plans = plans;
        this.outlook = outlook;
        this.dryRuns = dryRuns;
        this.identity = identity;
        this.clock = clock;
        this.headers = headers;
        this.http = http;
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
    @Operation(
            summary = "Ask for a release of a version, by the newest plan of its environment; "
                    + "with dryRun=true only say what would happen")
    @APIResponse(
            responseCode = "202",
            description = "It was asked for; Location is where its status is",
            content = @Content(schema = @Schema(implementation = Accepted.class)))
    @APIResponse(
            responseCode = "200",
            description = "What would happen; nothing was done, and nothing stored",
            content = @Content(schema = @Schema(implementation = Explanation.class)))
    @Parameter(
            name = "dryRun",
            in = ParameterIn.QUERY,
            description = "Only say what would happen",
            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "false"))
    public Response request(String body) throws InterruptedException {
        // As it was written: a parameter without a value would be lost on its way, and a release begun.
        var isDryRun = new dev.slipway.http.Parameter("dryRun", Optional.ofNullable(http.getParam("dryRun"))).flag();
        var request = CallBody.read(body);
        var subject = request.subject();
        var version = request.required("version");
        if (version.length() > MAX_VERSION) {
            throw ProblemException.badRequest("'version' may have at most %d characters".formatted(MAX_VERSION));
        }
        var commit = request.optional("commit");
        if (!Template.isPlain(version)
                || commit.filter(it -> !Template.isPlain(it)).isPresent()) {
            throw ProblemException.badRequest(
                    "'version' and 'commit' may have no '${', and no '$' at their end: it could be taken for a reference");
        }
        var said = request.values("inputs");
        var committedAt = request.time("committedAt");
        if (committedAt.filter(clock.instant().plus(SKEW)::isBefore).isPresent()) {
            throw ProblemException.badRequest("'committedAt' is in the future; it is when the commit was made");
        }
        var reason = request.optional("reason");
        var optOut = request.optional("optOut");
        optOut.ifPresent(it -> require(Roles.FREEZES, "To let a release pass freezes"));
        var priority = new dev.slipway.http.Parameter("priority", request.optional("priority")).oneOf(Priority.class);
        priority.filter(Priority.HOTFIX::equals)
                .ifPresent(it -> require(Roles.CONTROLS, "To ask for a hotfix, which has its turn before others"));
        if (isDryRun) {
            var wanted = calls.jdbi().withHandle(handle -> {
                var stored = newestPlan(handle, subject);
                var plan = plans.plan(handle, subject, stored.version());
                requireFit(plan, said, body);
                requireRoom(handle, plan, priority);
                return outlook.of(
                        handle,
                        plan,
                        Optional.of(stored.version()),
                        new Asked(Optional.of(version), commit, said, priority, optOut));
            });
            return Response.ok(dryRuns.explain(wanted, header(HttpHeaders.AUTHORIZATION)))
                    .build();
        }
        return answer(body, handle -> {
            var stored = newestPlan(handle, subject);
            var plan = plans.plan(handle, subject, stored.version());
            requireFit(plan, said, body);
            requireRoom(handle, plan, priority);
            return calls.ask(
                    handle,
                    subject,
                    new ReleaseRequested(
                            Ids.next(),
                            version,
                            commit,
                            committedAt,
                            name(),
                            reason,
                            stored.version(),
                            plan.notifications(),
                            Optional.of(said),
                            priority,
                            optOut,
                            Optional.empty()),
                    caller());
        });
    }

    private void require(String role, String purpose) {
        if (!identity.hasRole(role)) {
            throw ProblemException.forbidden(
                    "%s, a token needs the role '%s'; '%s' has not".formatted(purpose, role, name()));
        }
    }

    private void requireRoom(Handle handle, Plan plan, Optional<Priority> priority) {
        if (plan.queue().whenTaken() == WhenTaken.REFUSE
                && priority.filter(Priority.HOTFIX::equals).isEmpty()) {
            calls.ahead(handle, plan.subject()).ifPresent(other -> {
                throw ProblemException.conflict(Requests.refusal(other)
                        + "; ask again when that has ended, or with the priority HOTFIX"
                        + lacking(Roles.CONTROLS));
            });
        }
    }

    /** What to add to an advice that needs a role: whether the caller cannot follow it. */
    private String lacking(String role) {
        return identity.hasRole(role) ? "" : ": that needs the role '%s', which '%s' has not".formatted(role, name());
    }

    private StoredPlan newestPlan(Handle handle, Subject subject) {
        return plans.newest(handle, subject)
                .orElseThrow(() -> ProblemException.unprocessable(
                        "There is no plan for %s; store one first: PUT /api/v1/plans/%s".formatted(subject, subject)));
    }

    private static void requireFit(Plan plan, Map<String, String> said, String body) {
        var problems = plan.given(said).problems();
        if (!problems.isEmpty()) {
            throw ProblemException.invalid(
                    "The inputs are not what the plan wants; nothing was begun. "
                            + problems.entrySet().stream()
                                    .map(problem -> "%s: %s".formatted(problem.getKey(), problem.getValue()))
                                    .collect(joining("; ")),
                    problems.entrySet().stream()
                            .map(problem -> JsonPlaces.error(body, "inputs", problem.getKey(), problem.getValue()))
                            .toList());
        }
    }

    @APIResponseSchema(value = Accepted.class, responseCode = "202", responseDescription = ACCEPTED)
    @POST
    @Path("/{id}/events")
    @Operation(summary = "Report work that was done for a release: MigrationDone, BackupDone, …")
    public Response report(@PathParam("id") String id, String body) {
        var request = CallBody.read(body);
        var type = request.required("type");
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
        var data = request.object("data");
        return act(id, body, (release, plan) -> {
            var awaited = new TreeSet<>(awaited(plan));
            if (!awaited.contains(name)) {
                throw ProblemException.unprocessable("No step of this release's plan awaits %s; it awaits %s"
                        .formatted(name, awaited.isEmpty() ? "no reports" : String.join(", ", awaited)));
            }
            var fields = data.map(ObjectNode::deepCopy)
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

    @APIResponseSchema(value = Accepted.class, responseCode = "202", responseDescription = ACCEPTED)
    @POST
    @Path("/{id}/approve")
    @Operation(
            summary = "Approve the step that awaits approval",
            description = "{step, comment}. The caller's token needs the role that the plan names: approve.by. "
                    + "Who asked for the release may not, unless the plan says self-approval: true. "
                    + "While the release is paused an approval counts, and the step acts when the release goes on.")
    public Response approve(@PathParam("id") String id, String body) {
        var request = CallBody.read(body);
        return act(id, body, (release, plan) -> {
            var waiting = awaitingApproval(release, plan, request.optional("step"));
            var step = waiting.stream()
                    .filter(it ->
                            Objections.toApproval(release, plan, it, name()).isEmpty())
                    .findFirst()
                    .orElseThrow(() ->
                            ProblemException.conflict(Objections.toApproval(release, plan, waiting.getFirst(), name())
                                    .orElseThrow()));
            return new ApprovalGiven(
                    release.id(), name(), Optional.of(step.ref().toString()), request.comment());
        });
    }

    @APIResponseSchema(value = Accepted.class, responseCode = "202", responseDescription = ACCEPTED)
    @POST
    @Path("/{id}/reject")
    @Operation(
            summary = "Say no to the step that awaits approval: it fails",
            description = "{step, comment}; a comment must be there. It needs the same role as an approval.")
    public Response reject(@PathParam("id") String id, String body) {
        var request = CallBody.read(body);
        var comment = request.requiredComment();
        return act(id, body, (release, plan) -> {
            var step = awaitingApproval(release, plan, request.optional("step")).getFirst();
            return new ApprovalRejected(
                    release.id(), name(), Optional.of(step.ref().toString()), Optional.of(comment));
        });
    }

    /** The steps that await an approval which the caller may give, at least one. */
    private List<StepProgress> awaitingApproval(Release release, Plan plan, Optional<String> step) {
        var waiting = release.steps().stream()
                .filter(it -> it.isAwaitingApproval() && it.isMeant(step))
                .toList();
        if (waiting.isEmpty()) {
            throw ProblemException.conflict(step.map("The step %s does not await approval now"::formatted)
                            .orElse("No step awaits approval now")
                    + "; the release's status says what it waits for");
        }
        var theirs = waiting.stream()
                .filter(it -> identity.hasRole(approvers(plan, it)))
                .toList();
        if (theirs.isEmpty()) {
            throw ProblemException.forbidden(
                    "The approval of %s is for %s; the token '%s' has no such role. SLIPWAY_API_ROLES_<NAME> gives it one."
                            .formatted(waiting.getFirst().ref(), approvers(plan, waiting.getFirst()), name()));
        }
        return theirs;
    }

    private static String approvers(Plan plan, StepProgress step) {
        return plan.step(step.ref()).approval().orElseThrow().by();
    }

    @APIResponseSchema(value = Accepted.class, responseCode = "202", responseDescription = ACCEPTED)
    @POST
    @Path("/{id}/pause")
    @Operation(summary = "Start no further step until the release is resumed")
    public Response pause(@PathParam("id") String id, String body) {
        var request = CallBody.read(body);
        return act(id, body, (release, plan) -> {
            requireState(release, "paused", ReleaseState.RUNNING);
            return new PauseRequested(release.id(), name(), request.comment());
        });
    }

    @APIResponseSchema(value = Accepted.class, responseCode = "202", responseDescription = ACCEPTED)
    @POST
    @RolesAllowed(Roles.CONTROLS)
    @Path("/{id}/resume")
    @Operation(summary = "Go on with a paused release")
    public Response resume(@PathParam("id") String id, String body) {
        var request = CallBody.read(body);
        return act(id, body, (handle, release, plan) -> {
            requireState(release, "resumed", ReleaseState.PAUSED);
            requireLine(handle, release);
            if (undecided(release, plan).findAny().isPresent()) {
                throw ProblemException.conflict(
                        "A failed step waits for a decision: retry or skip it, or abort or roll back the release");
            }
            return new ResumeRequested(release.id(), name(), request.comment());
        });
    }

    @APIResponseSchema(value = Accepted.class, responseCode = "202", responseDescription = ACCEPTED)
    @POST
    @RolesAllowed(Roles.CONTROLS)
    @Path("/{id}/retry")
    @Operation(summary = "Try the failed step again that a paused release waits for a decision about")
    public Response retry(@PathParam("id") String id, String body) {
        var request = CallBody.read(body);
        var step = request.optional("step");
        return act(id, body, (handle, release, plan) -> {
            if (release.state() != ReleaseState.PAUSED
                    || undecided(release, plan).findAny().isEmpty()) {
                throw ProblemException.conflict(
                        "No failed step waits for a decision; a step that does has 'on-failure: ask' in the plan");
            }
            requireLine(handle, release);
            step.filter(name -> undecided(release, plan)
                            .map(it -> it.ref())
                            .noneMatch(ref -> name.equals(ref.step()) || name.equals(ref.toString())))
                    .ifPresent(name -> {
                        throw ProblemException.conflict("The step %s does not wait for a decision".formatted(name));
                    });
            return new RetryRequested(release.id(), name(), step, request.comment());
        });
    }

    @APIResponseSchema(value = Accepted.class, responseCode = "202", responseDescription = ACCEPTED)
    @POST
    @RolesAllowed(Roles.CONTROLS)
    @Path("/{id}/skip")
    @Operation(
            summary = "Go on without a step",
            description = "{step, reason}; both must be there. A step that needs an approval it does not have, and an "
                    + "operation that is under way, cannot be skipped.")
    public Response skip(@PathParam("id") String id, String body) {
        var request = CallBody.read(body);
        var name = request.required("step");
        var reason = request.requiredComment();
        return act(id, body, (handle, release, plan) -> {
            var meant = release.steps().stream()
                    .filter(it -> it.isMeant(Optional.of(name)))
                    .toList();
            if (meant.size() != 1) {
                throw ProblemException.unprocessable(
                        meant.isEmpty()
                                ? "This release's plan has no step '%s'".formatted(name)
                                : "Several steps are called '%s'; say which: %s"
                                        .formatted(
                                                name,
                                                meant.stream()
                                                        .map(it -> it.ref().toString())
                                                        .collect(joining(", "))));
            }
            var step = meant.getFirst();
            Objections.toSkip(release, plan, step).ifPresent(why -> {
                throw ProblemException.conflict("The step %s cannot be skipped: %s".formatted(step.ref(), why));
            });
            if (step.state().unsuccessful()) {
                requireLine(handle, release);
            }
            return new SkipRequested(release.id(), name(), step.ref().toString(), reason);
        });
    }

    @APIResponseSchema(value = Accepted.class, responseCode = "202", responseDescription = ACCEPTED)
    @POST
    @RolesAllowed(Roles.FREEZES)
    @Path("/{id}/opt-out")
    @Operation(
            summary = "Let the release pass freezes, and go on though the line is stopped",
            description = "{reason}; it must be there.")
    public Response optOut(@PathParam("id") String id, String body) {
        var reason = CallBody.read(body).requiredComment();
        return act(id, body, (release, plan) -> new OptOutRequested(release.id(), name(), reason));
    }

    @APIResponseSchema(value = Accepted.class, responseCode = "202", responseDescription = ACCEPTED)
    @POST
    @RolesAllowed(Roles.CONTROLS)
    @Path("/{id}/abort")
    @Operation(summary = "End the release where it stands, without a way back")
    public Response abort(@PathParam("id") String id, String body) {
        var request = CallBody.read(body);
        return act(id, body, (release, plan) -> new AbortRequested(release.id(), name(), request.comment()));
    }

    @APIResponseSchema(value = Accepted.class, responseCode = "202", responseDescription = ACCEPTED)
    @POST
    @Path("/{id}/rollback")
    @Operation(
            summary = "Roll the release back",
            description = "{reason}. At any time once it has begun, also after its end, as long as no other release "
                    + "has begun in its environment since.")
    public Response rollback(@PathParam("id") String id, String body) {
        var request = CallBody.read(body);
        return act(id, body, true, (handle, release, plan) -> {
            Objections.toRollback(release, plan)
                    .or(() -> calls.hindrance(handle, release))
                    .ifPresent(why -> {
                        throw ProblemException.conflict("The release cannot be rolled back: " + why);
                    });
            return new RollbackRequested(release.id(), name(), request.comment());
        });
    }

    // ---- how a call is answered ----

    /** What a call asks of a release. */
    private interface Asking {

        /** Looks at the release and says what to publish, or throws what is answered instead. */
        Event of(Handle handle, Release release, Plan plan);
    }

    private Response act(String id, String body, BiFunction<Release, Plan, Event> event) {
        return act(id, body, (handle, release, plan) -> event.apply(release, plan));
    }

    private Response act(String id, String body, Asking asking) {
        return act(id, body, false, asking);
    }

    private Response act(String id, String body, boolean afterItsEnd, Asking asking) {
        var releaseId = id(id);
        return answer(
                body,
                handle -> calls.accept(
                        handle,
                        releaseId,
                        caller(),
                        afterItsEnd,
                        it -> asking.of(handle, it, plans.plan(handle, it.subject(), it.planVersion()))));
    }

    private Response answer(String body, Function<Handle, Release> call) {
        var answer = calls.jdbi()
                .inTransaction(handle ->
                        idempotency.once(handle, name(), header("Idempotency-Key"), http.uri() + "\n" + body, () -> {
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

    /** Nothing goes on by hand where the line is stopped, unless it was let pass. */
    private void requireLine(Handle handle, Release release) {
        calls.stop(handle, release).ifPresent(stop -> {
            throw ProblemException.conflict(
                    "The line is stopped by %s: %s. Start it again (POST /api/v1/freezes/%s/lift), or let this release pass (POST /api/v1/releases/%s/opt-out)%s"
                            .formatted(stop.setBy(), stop.reason(), stop.id(), release.id(), lacking(Roles.FREEZES)));
        });
    }

    private String name() {
        return identity.getPrincipal().getName();
    }

    private Optional<String> header(String name) {
        return Optional.ofNullable(headers.getHeaderString(name));
    }

    private Caller caller() {
        return new Caller(
                name(),
                http.remoteAddress().hostAddress(),
                header("traceparent").flatMap(TraceParent::parse).orElseGet(TraceParent::start));
    }

    private static UUID id(String id) {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            throw ProblemException.notFound("There is no release '%s'; an id is a UUID".formatted(id));
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
