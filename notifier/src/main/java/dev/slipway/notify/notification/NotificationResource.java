package dev.slipway.notify.notification;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.slipway.http.ProblemException;
import dev.slipway.notify.notification.Notification.State;
import dev.slipway.notify.notification.Notifications.Filter;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jdbi.v3.core.Jdbi;

/** What people were told, or are to be told, or could not be told. */
@Path("/api/v1/notifications")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class NotificationResource {

    private static final int DEFAULT_LIMIT = 50;
    private static final int MAX_LIMIT = 200;

    private final Jdbi jdbi;
    private final Notifications notifications;

    NotificationResource(Jdbi jdbi, Notifications notifications) {
        this.jdbi = jdbi;
        this.notifications = notifications;
    }

    /**
     * A notification.
     *
     * @param recipient the address; absent where the channel leads to one place
     * @param about the name of the event it tells
     * @param subject {@code application/environment}
     * @param state {@code PENDING}, {@code SENT} or {@code FAILED}
     * @param reason why it failed, or why the last attempt did
     * @param sentAt when the channel took it
     * @param text what it says
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record NotificationView(
            UUID id,
            String channel,
            Optional<String> recipient,
            String about,
            String subject,
            Optional<UUID> releaseId,
            String state,
            int attempts,
            Optional<String> reason,
            Instant createdAt,
            Optional<Instant> sentAt,
            String text) {}

    /**
     * Some notifications.
     *
     * @param next the cursor of the page that follows, if one does
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record NotificationPage(List<NotificationView> items, Optional<String> next) {}

    /**
     * Notifications, the newest first.
     *
     * @param limit at most so many; from 1 to 200, 50 when left out
     * @param cursor the {@code next} of the page before
     */
    @GET
    public NotificationPage list(
            @QueryParam("releaseId") Optional<String> releaseId,
            @QueryParam("channel") Optional<String> channel,
            @QueryParam("state") Optional<String> state,
            @QueryParam("limit") Optional<String> limit,
            @QueryParam("cursor") Optional<String> cursor) {
        var filter = new Filter(
                read("releaseId", "a release's id", releaseId, UUID::fromString),
                channel,
                read("state", "one of " + Arrays.toString(State.values()), state, State::valueOf));
        var from = read("cursor", "the 'next' of an earlier page", cursor, UUID::fromString);
        int most = read("limit", "a number from 1 to " + MAX_LIMIT, limit, NotificationResource::limit)
                .orElse(DEFAULT_LIMIT);
        // One more than is answered tells whether a page follows.
        var found = jdbi.withHandle(handle -> notifications.page(handle, filter, from, most + 1));
        var page = found.subList(0, Math.min(most, found.size()));
        return new NotificationPage(
                page.stream().map(NotificationResource::view).toList(),
                found.size() > most ? Optional.of(page.getLast().id().toString()) : Optional.empty());
    }

    private static NotificationView view(Notification it) {
        return new NotificationView(
                it.id(),
                it.channel(),
                Optional.of(it.recipient()).filter(recipient -> !recipient.isEmpty()),
                it.message().about(),
                it.message().subject(),
                it.releaseId(),
                it.state().name(),
                it.attempts(),
                it.reason(),
                it.createdAt(),
                it.sentAt(),
                it.message().text());
    }

    private static int limit(String text) {
        var limit = Integer.parseInt(text);
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("Out of range");
        }
        return limit;
    }

    private static <T> Optional<T> read(
            String parameter, String meaning, Optional<String> value, Function<String, T> reader) {
        try {
            return value.map(reader);
        } catch (IllegalArgumentException e) {
            throw ProblemException.badRequest("%s '%s' is not %s".formatted(parameter, value.orElse(""), meaning));
        }
    }
}
