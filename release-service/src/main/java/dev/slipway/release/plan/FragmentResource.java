package dev.slipway.release.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.slipway.http.Parameter;
import dev.slipway.http.ProblemException;
import dev.slipway.http.Roles;
import dev.slipway.release.plan.FragmentStore.StoredFragment;
import dev.slipway.release.plan.format.FragmentReader;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jdbi.v3.core.Jdbi;

/** Stores pieces that plans use. */
@Path("/api/v1/fragments")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "Plans")
public class FragmentResource {

    private static final long PAGE = 50;
    private static final long MAX_PAGE = 500;

    private final Jdbi jdbi;
    private final FragmentStore fragments;
    private final SecurityIdentity caller;

    public FragmentResource(Jdbi jdbi, FragmentStore fragments, SecurityIdentity caller) {
        this.jdbi = jdbi;
        this.fragments = fragments;
        this.caller = caller;
    }

    /** A fragment's newest version, without its text. */
    public record FragmentSummary(String name, int version, Instant storedAt, String storedBy) {}

    /**
     * Fragments.
     *
     * @param next the cursor of the next page; absent on the last
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record StoredFragments(List<FragmentSummary> items, Optional<String> next) {}

    @GET
    @Operation(summary = "The fragments that are stored, by name, each in its newest version")
    public StoredFragments list(
            @QueryParam("limit") Optional<String> limit, @QueryParam("cursor") Optional<String> cursor) {
        var size =
                new Parameter("limit", limit).number(1, MAX_PAGE).orElse(PAGE).intValue();
        var after = new Parameter("cursor", cursor).text().orElse("");
        var found = jdbi.withHandle(handle -> fragments.newest(handle, after, size + 1));
        var items = found.stream()
                .limit(size)
                .map(it -> new FragmentSummary(it.name(), it.version(), it.storedAt(), it.storedBy()))
                .toList();
        return new StoredFragments(
                items, found.size() > size ? Optional.of(items.getLast().name()) : Optional.empty());
    }

    @PUT
    @RolesAllowed(Roles.PLANS)
    @Path("/{name}")
    @Consumes({"application/yaml", "application/x-yaml", "text/yaml", MediaType.TEXT_PLAIN, MediaType.WILDCARD})
    @Operation(summary = "Store a fragment as the newest version; plans that are stored keep the one they have")
    public StoredFragment put(@PathParam("name") String name, String yaml) {
        var errors = FragmentReader.check(yaml, name);
        if (!errors.isEmpty()) {
            throw ProblemException.invalid(
                    "The fragment has %d error(s); nothing was stored. The first: line %d: %s"
                            .formatted(
                                    errors.size(),
                                    errors.getFirst().line(),
                                    errors.getFirst().described()),
                    errors);
        }
        return jdbi.inTransaction(handle ->
                fragments.store(handle, name, yaml, caller.getPrincipal().getName()));
    }

    @GET
    @Path("/{name}")
    @Operation(summary = "The newest version of a fragment, or the one asked for")
    public StoredFragment get(@PathParam("name") String name, @QueryParam("version") Optional<String> version) {
        var called = new Parameter("name", Optional.of(name)).text().orElseThrow();
        var number =
                new Parameter("version", version).number(1, Integer.MAX_VALUE).map(Long::intValue);
        return jdbi.withHandle(handle -> fragments.find(handle, called, number))
                .orElseThrow(() -> ProblemException.notFound("There is no%s fragment '%s'; store one with PUT"
                        .formatted(
                                number.map(it -> " version " + it + " of the").orElse(""), name)));
    }
}
