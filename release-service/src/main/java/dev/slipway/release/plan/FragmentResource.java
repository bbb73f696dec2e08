package dev.slipway.release.plan;

import dev.slipway.http.ProblemException;
import dev.slipway.release.plan.FragmentStore.StoredFragment;
import dev.slipway.release.plan.format.FragmentReader;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
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

    private final Jdbi jdbi;
    private final FragmentStore fragments;
    private final SecurityIdentity caller;

    public FragmentResource(Jdbi jdbi, FragmentStore fragments, SecurityIdentity caller) {
        this.jdbi = jdbi;
        this.fragments = fragments;
        this.caller = caller;
    }

    @GET
    @Operation(summary = "The newest version of each fragment")
    public List<StoredFragment> list() {
        return jdbi.withHandle(fragments::all);
    }

    @PUT
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
    public StoredFragment get(@PathParam("name") String name, @QueryParam("version") Optional<Integer> version) {
        return jdbi.withHandle(handle -> fragments.find(handle, name, version))
                .orElseThrow(() -> ProblemException.notFound("There is no%s fragment '%s'; store one with PUT"
                        .formatted(
                                version.map(it -> " version " + it + " of the").orElse(""), name)));
    }
}
