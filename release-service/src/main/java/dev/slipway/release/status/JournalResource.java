package dev.slipway.release.status;

import dev.slipway.http.Page;
import dev.slipway.http.Parameter;
import dev.slipway.release.lifecycle.Verification;
import dev.slipway.release.lifecycle.Verification.Verdict;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.StreamingOutput;
import java.util.Optional;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Shows the journal of a release: page by page, or as JSON Lines. */
@Path("/api/v1/releases/{id}/journal")
@RunOnVirtualThread
@Tag(name = "Journal")
public class JournalResource {

    private static final int MAX_PAGE = 500;

    private final StatusQuery statuses;
    private final JournalQuery journals;
    private final Verification verification;

    public JournalResource(StatusQuery statuses, JournalQuery journals, Verification verification) {
        this.statuses = statuses;
        this.journals = journals;
        this.verification = verification;
    }

    @GET
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(summary = "What happened to a release, the oldest first, page by page")
    public Page<JournalEntry> page(
            @PathParam("id") String id,
            @QueryParam("limit") Optional<String> limit,
            @QueryParam("cursor") Optional<String> cursor) {
        var size = new Parameter("limit", limit)
                .number(1, MAX_PAGE)
                .map(Long::intValue)
                .orElse(MAX_PAGE);
        var after = new Parameter("cursor", cursor).number(0, Long.MAX_VALUE).orElse(-1L);
        return Page.of(journals.page(existing(id), after, size + 1), size, JournalEntry::seq);
    }

    @GET
    @Produces({JsonLines.JSONL + ";qs=0.5", JsonLines.NDJSON + ";qs=0.5"})
    @Operation(summary = "What happened to a release, the oldest first, all of it as JSON Lines")
    public StreamingOutput lines(@PathParam("id") String id) {
        return JsonLines.of(journals.entries(existing(id)));
    }

    @GET
    @Path("/verification")
    @Produces(MediaType.APPLICATION_JSON)
    @Operation(summary = "Whether the journal of a release replays to its stored state, and where it does not")
    public Verdict verification(@PathParam("id") String id) {
        return verification.of(StatusResource.id(id)).orElseThrow(() -> StatusResource.unknown(id));
    }

    private UUID existing(String id) {
        var releaseId = StatusResource.id(id);
        if (!statuses.exists(releaseId)) {
            throw StatusResource.unknown(id);
        }
        return releaseId;
    }
}
