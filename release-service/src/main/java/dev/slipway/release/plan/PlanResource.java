package dev.slipway.release.plan;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.slipway.event.Subject;
import dev.slipway.http.ProblemException;
import dev.slipway.http.Roles;
import dev.slipway.release.plan.PlanStore.StoredPlan;
import dev.slipway.release.plan.format.PlanFile;
import dev.slipway.release.plan.format.PlanReader;
import dev.slipway.release.plan.format.PlanReader.Reading;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/** Stores plans, and shows every version of them. */
@Path("/api/v1/plans")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "Plans")
public class PlanResource {

    private static final String YAML = "application/yaml";
    private static final long PAGE = 50;
    private static final long MAX_PAGE = 500;

    private final Jdbi jdbi;
    private final PlanStore plans;
    private final FragmentStore fragments;
    private final Operations operations;
    private final SecurityIdentity caller;

    public PlanResource(
            Jdbi jdbi, PlanStore plans, FragmentStore fragments, Operations operations, SecurityIdentity caller) {
        this.jdbi = jdbi;
        this.plans = plans;
        this.fragments = fragments;
        this.operations = operations;
        this.caller = caller;
    }

    /**
     * A stored version of a plan.
     *
     * @param fragments the texts of the stored fragments that it uses, as they were when it was stored
     */
    public record PlanVersion(
            String application,
            String environment,
            int version,
            Instant storedAt,
            String storedBy,
            String yaml,
            Map<String, String> fragments) {

        static PlanVersion of(StoredPlan plan) {
            return new PlanVersion(
                    plan.subject().application(),
                    plan.subject().environment(),
                    plan.version(),
                    plan.storedAt(),
                    plan.storedBy(),
                    plan.yaml(),
                    plan.fragments());
        }
    }

    @PUT
    @RolesAllowed(Roles.PLANS)
    @Path("/{application}/{environment}")
    @Consumes({YAML, "application/x-yaml", "text/yaml", "text/x-yaml", MediaType.TEXT_PLAIN, MediaType.WILDCARD})
    @Operation(summary = "Store a plan as the newest version, if it is valid")
    public PlanVersion put(
            @PathParam("application") String application, @PathParam("environment") String environment, String yaml) {
        var subject = subject(application, environment);
        return jdbi.inTransaction(handle -> {
            var valid = valid(handle, PlanFile.of(yaml).in(environment));
            if (!valid.plan().subject().equals(subject)) {
                throw ProblemException.unprocessable("The plan is for %s, but the address says %s; make them agree"
                        .formatted(valid.plan().subject(), subject));
            }
            plans.circle(handle, valid.plan()).ifPresent(way -> {
                throw ProblemException.unprocessable(
                        "Its releases would wait for each other, for each is part of the one before: %s. Leave out one of them"
                                .formatted(way.stream().map(Subject::toString).collect(joining(", "))));
            });
            return PlanVersion.of(plans.store(
                    handle,
                    subject,
                    yaml,
                    valid.fragments(),
                    caller.getPrincipal().getName()));
        });
    }

    private Reading.Valid valid(Handle handle, PlanFile file) {
        return switch (PlanReader.read(file.with(use -> fragments.used(handle, use)), operations)) {
            case Reading.Valid valid -> valid;
            case Reading.Invalid invalid ->
                throw ProblemException.invalid(
                        "The plan has %d error(s); nothing was stored. The first: line %d: %s"
                                .formatted(
                                        invalid.errors().size(),
                                        invalid.errors().getFirst().line(),
                                        invalid.errors().getFirst().described()),
                        invalid.errors());
        };
    }

    @GET
    @Path("/{application}/{environment}")
    @Produces({MediaType.APPLICATION_JSON, YAML})
    @Operation(
            summary = "The newest version of a plan, or the one asked for; as YAML if that is what is accepted; "
                    + "with diff, what is different from that version")
    @APIResponse(
            responseCode = "200",
            content = @Content(schema = @Schema(oneOf = {PlanVersion.class, PlanComparison.class})))
    public Response get(
            @PathParam("application") String application,
            @PathParam("environment") String environment,
            @QueryParam("version")
                    @Parameter(
                            description = "The version; the newest if none is named",
                            schema = @Schema(type = SchemaType.INTEGER, minimum = "1"))
                    Optional<String> version,
            @QueryParam("diff")
                    @Parameter(
                            description = "The version that it is compared with",
                            schema = @Schema(type = SchemaType.INTEGER, minimum = "1"))
                    Optional<String> diff,
            @HeaderParam("Accept") Optional<String> accept) {
        var subject = subject(application, environment);
        var number = number("version", version);
        var other = number("diff", diff);
        if (other.isPresent()) {
            return Response.ok(jdbi.withHandle(
                            handle -> PlanComparison.of(find(handle, subject, other), find(handle, subject, number))))
                    .type(MediaType.APPLICATION_JSON)
                    .build();
        }
        var plan = jdbi.withHandle(handle -> find(handle, subject, number));
        return accept.filter(it -> it.contains("yaml")).isPresent()
                ? Response.ok(plan.yaml(), YAML).build()
                : Response.ok(PlanVersion.of(plan)).build();
    }

    private StoredPlan find(Handle handle, Subject subject, Optional<Integer> version) {
        return (version.isPresent() ? plans.version(handle, subject, version.get()) : plans.newest(handle, subject))
                .orElseThrow(() -> ProblemException.notFound("There is no%s plan for %s; store one with PUT"
                        .formatted(
                                version.map(it -> " version " + it + " of the").orElse(""), subject)));
    }

    /** A version, without its text. */
    public record VersionSummary(int version, Instant storedAt, String storedBy) {}

    /**
     * Versions.
     *
     * @param next the cursor of the next page; absent on the last
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Versions(List<VersionSummary> items, Optional<String> next) {}

    @GET
    @Path("/{application}/{environment}/versions")
    @Operation(summary = "Every version of a plan that was ever stored, the newest first")
    public Versions versions(
            @PathParam("application") String application,
            @PathParam("environment") String environment,
            @QueryParam("limit")
                    @Parameter(
                            description = "How many at most",
                            schema =
                                    @Schema(
                                            type = SchemaType.INTEGER,
                                            minimum = "1",
                                            maximum = "500",
                                            defaultValue = "50"))
                    Optional<String> limit,
            @QueryParam("cursor") @Parameter(description = "The 'next' of the page before") Optional<String> cursor) {
        var subject = subject(application, environment);
        var size = new dev.slipway.http.Parameter("limit", limit)
                .number(1, MAX_PAGE)
                .orElse(PAGE)
                .intValue();
        var before = number("cursor", cursor).map(Integer::longValue).orElse(Long.MAX_VALUE);
        var found = jdbi.withHandle(handle -> plans.versions(handle, subject, before, size + 1));
        var items = found.stream()
                .limit(size)
                .map(plan -> new VersionSummary(plan.version(), plan.storedAt(), plan.storedBy()))
                .toList();
        return new Versions(
                items,
                found.size() > size ? Optional.of(String.valueOf(items.getLast().version())) : Optional.empty());
    }

    private static Optional<Integer> number(String name, Optional<String> given) {
        return new dev.slipway.http.Parameter(name, given)
                .number(1, Integer.MAX_VALUE)
                .map(Long::intValue);
    }

    private static Subject subject(String application, String environment) {
        try {
            return new Subject(application, environment);
        } catch (IllegalArgumentException e) {
            throw ProblemException.badRequest(String.valueOf(e.getMessage()));
        }
    }
}
