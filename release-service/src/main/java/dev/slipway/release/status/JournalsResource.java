package dev.slipway.release.status;

import dev.slipway.http.Parameter;
import dev.slipway.release.lifecycle.Verification;
import dev.slipway.release.status.JournalQuery.Window;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.StreamingOutput;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Shows the journals of many releases, as JSON Lines: release by release, in the order of their requests. */
@Path("/api/v1/journal")
@Produces({JsonLines.JSONL, JsonLines.NDJSON})
@RunOnVirtualThread
@Tag(name = "Journal")
public class JournalsResource {

    private final JournalQuery journals;
    private final Verification verification;

    public JournalsResource(JournalQuery journals, Verification verification) {
        this.journals = journals;
        this.verification = verification;
    }

    /**
     * The last line of a verification: one that does not come to it was cut short.
     *
     * @param verified how many journals were
     * @param differing how many of them do not replay to the stored state
     */
    public record Tally(long verified, long differing) {}

    @GET
    @Operation(summary = "The journals of an application, an environment, a time, as JSON Lines")
    public StreamingOutput lines(
            @QueryParam("application") Optional<String> application,
            @QueryParam("environment") Optional<String> environment,
            @QueryParam("from") Optional<String> from,
            @QueryParam("to") Optional<String> to) {
        return JsonLines.of(journals.entries(window(application, environment, from, to)));
    }

    @GET
    @Path("/verification")
    @Operation(summary = "Whether journals replay to the stored states: a line for each release, and a tally")
    public StreamingOutput verification(
            @QueryParam("application") Optional<String> application,
            @QueryParam("environment") Optional<String> environment,
            @QueryParam("from") Optional<String> from,
            @QueryParam("to") Optional<String> to) {
        var verified = new AtomicLong();
        var differing = new AtomicLong();
        var verdicts = journals.releases(window(application, environment, from, to))
                .flatMap(id -> verification.of(id).stream())
                .peek(verdict -> {
                    verified.incrementAndGet();
                    differing.addAndGet(verdict.differences().isEmpty() ? 0 : 1);
                });
        return JsonLines.of(Stream.concat(
                verdicts,
                Stream.generate(() -> new Tally(verified.get(), differing.get()))
                        .limit(1)));
    }

    private static Window window(
            Optional<String> application, Optional<String> environment, Optional<String> from, Optional<String> to) {
        return new Window(
                new Parameter("application", application).text(),
                new Parameter("environment", environment).text(),
                new Parameter("from", from).time(),
                new Parameter("to", to).time());
    }
}
