package dev.slipway.release.status;

import dev.slipway.http.Parameter;
import dev.slipway.release.status.JournalQuery.Window;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.StreamingOutput;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Shows the journals of many releases, as JSON Lines: release by release, in the order of their requests. */
@Path("/api/v1/journal")
@Produces({JsonLines.JSONL, JsonLines.NDJSON})
@RunOnVirtualThread
@Tag(name = "Journal")
public class JournalsResource {

    private final JournalQuery journals;

    public JournalsResource(JournalQuery journals) {
        this.journals = journals;
    }

    @GET
    @Operation(summary = "The journals of an application, an environment, a time, as JSON Lines")
    public StreamingOutput lines(
            @QueryParam("application") Optional<String> application,
            @QueryParam("environment") Optional<String> environment,
            @QueryParam("from") Optional<String> from,
            @QueryParam("to") Optional<String> to) {
        return JsonLines.of(journals.entries(new Window(
                new Parameter("application", application).text(),
                new Parameter("environment", environment).text(),
                new Parameter("from", from).time(),
                new Parameter("to", to).time())));
    }
}
