package dev.slipway.release.insight;

import dev.slipway.condition.Durations;
import dev.slipway.event.Subject;
import dev.slipway.http.Page;
import dev.slipway.http.Parameter;
import dev.slipway.http.ProblemException;
import dev.slipway.release.insight.Insights.Figures;
import dev.slipway.release.insight.Insights.Window;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Shows how well releasing goes. */
@Path("/api/v1/insights")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "Insights")
public class InsightResource {

    private static final int MAX_PAGE = 200;
    private static final int PAGE = 50;
    private static final Duration DEFAULT_WINDOW = Duration.ofDays(30);
    private static final Duration LONGEST_WINDOW = Duration.ofDays(36_500);

    private final Insights insights;
    private final Clock clock;

    public InsightResource(Insights insights, Clock clock) {
        this.insights = insights;
        this.clock = clock;
    }

    /**
     * Figures of a time.
     *
     * @param from the first moment of it
     * @param to the first moment after it
     * @param items those of each environment in which a release ended then, by its name
     * @param next the cursor of the next page; absent on the last
     */
    public record Report(Instant from, Instant to, List<Figures> items, Optional<String> next) {}

    @GET
    @Operation(summary = "DORA's figures of releases, by application and environment, for a time")
    public Report report(
            @QueryParam("application") Optional<String> application,
            @QueryParam("environment") Optional<String> environment,
            @QueryParam("from") Optional<String> from,
            @QueryParam("to") Optional<String> to,
            @QueryParam("window") Optional<String> window,
            @QueryParam("limit") Optional<String> limit,
            @QueryParam("cursor") Optional<String> cursor) {
        var size = new Parameter("limit", limit)
                .number(1, MAX_PAGE)
                .map(Long::intValue)
                .orElse(PAGE);
        var end = new Parameter("to", to).time().orElseGet(clock::instant);
        var start = start(new Parameter("from", from).time(), end, new Parameter("window", window));
        var asked = new Window(
                new Parameter("application", application).text(),
                new Parameter("environment", environment).text(),
                start,
                end);
        var page =
                Page.of(insights.of(asked, after(new Parameter("cursor", cursor)), size + 1), size, Figures::subject);
        return new Report(start, end, page.items(), page.next());
    }

    private static Instant start(Optional<Instant> from, Instant end, Parameter window) {
        if (from.isPresent() && window.given().isPresent()) {
            throw ProblemException.badRequest("'from' and 'window' say the same; give one of them");
        }
        var start = from.orElseGet(() -> end.minus(length(window)));
        if (!start.isBefore(end)) {
            throw ProblemException.badRequest("'from' must be before 'to'");
        }
        return start;
    }

    private static Duration length(Parameter window) {
        return window.given()
                .map(text -> {
                    try {
                        var length = Durations.parse(text);
                        if (length.isPositive() && length.compareTo(LONGEST_WINDOW) <= 0) {
                            return length;
                        }
                    } catch (IllegalArgumentException e) {
                        // Answered below.
                    }
                    throw window.wrong("be a duration of up to 36500d, such as 30d or 12h");
                })
                .orElse(DEFAULT_WINDOW);
    }

    private static Optional<Subject> after(Parameter cursor) {
        return cursor.given().map(text -> {
            try {
                return Subject.parse(text);
            } catch (IllegalArgumentException e) {
                throw cursor.wrong("be one that a page gave as 'next'");
            }
        });
    }
}
