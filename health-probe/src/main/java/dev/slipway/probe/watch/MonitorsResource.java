package dev.slipway.probe.watch;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.slipway.event.EventJson;
import dev.slipway.http.ProblemException;
import dev.slipway.probe.watch.MonitorStatus.Position;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jboss.resteasy.reactive.RestQuery;

/** The monitors that run now. */
@Path("/api/v1/monitors")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class MonitorsResource {

    private static final String LIMIT = "limit must be 1 to 500";

    private final Watches watches;

    public MonitorsResource(Watches watches) {
        this.watches = watches;
    }

    /**
     * One page.
     *
     * @param next the cursor of the next page; absent on the last
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Page(List<MonitorStatus> items, Optional<String> next) {}

    /**
     * Lists the monitors of running watches, at most a second behind.
     *
     * @param application only of this application
     * @param environment only of this environment
     * @param limit how many on a page, 1 to 500
     * @param cursor {@code next} of the page before
     */
    @GET
    public Page list(
            @RestQuery Optional<String> application,
            @RestQuery Optional<String> environment,
            @RestQuery @DefaultValue("100") @Min(value = 1, message = LIMIT) @Max(value = 500, message = LIMIT)
                    int limit,
            @RestQuery Optional<String> cursor) {
        var found = watches.list(application, environment, cursor.map(MonitorsResource::position), limit + 1);
        return found.size() > limit
                ? new Page(
                        found.subList(0, limit),
                        Optional.of(cursor(found.get(limit - 1).position())))
                : new Page(found, Optional.empty());
    }

    private static String cursor(Position position) {
        try {
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(EventJson.mapper().writeValueAsBytes(position));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Position position(String cursor) {
        try {
            return EventJson.mapper().readValue(Base64.getUrlDecoder().decode(cursor), Position.class);
        } catch (IOException | IllegalArgumentException e) {
            throw ProblemException.badRequest(
                    "The cursor is not one that this list gave; leave it out to begin at the start");
        }
    }
}
