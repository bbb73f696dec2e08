package dev.slipway.notify.notification;

import dev.slipway.event.Event;
import dev.slipway.event.HealthEvent;
import dev.slipway.event.ReleaseEvent;
import dev.slipway.event.ReleaseEvent.ReleaseRequested;
import dev.slipway.messaging.EventHandler;
import dev.slipway.messaging.Outbox;
import dev.slipway.messaging.ReceivedEvent;
import dev.slipway.notify.channel.Channels;
import dev.slipway.notify.message.Kind;
import dev.slipway.notify.message.Message;
import dev.slipway.notify.message.News;
import dev.slipway.notify.message.Tone;
import dev.slipway.notify.notification.Notification.Cause;
import dev.slipway.notify.notification.Notification.State;
import dev.slipway.notify.notification.Releases.Release;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;

/** Turns events into notifications, in the consumer's transaction. */
@Singleton
class Teller implements EventHandler {

    private final Releases releases;
    private final Notifications notifications;
    private final Channels channels;
    private final Sender sender;
    private final Outbox outbox;
    private final NotificationConfig config;
    private final Clock clock;

    Teller(
            Releases releases,
            Notifications notifications,
            Channels channels,
            Sender sender,
            Outbox outbox,
            NotificationConfig config,
            Clock clock) {
        this.releases = releases;
        this.notifications = notifications;
        this.channels = channels;
        this.sender = sender;
        this.outbox = outbox;
        this.config = config;
        this.clock = clock;
    }

    @Override
    public boolean wants(Event event) {
        return event instanceof ReleaseRequested || News.of(event).isPresent();
    }

    @Override
    public void handle(Handle handle, List<ReceivedEvent> events) {
        var known = new HashMap<UUID, Optional<Release>>();
        var told = events.stream()
                .flatMap(received -> notificationsOf(handle, received, known))
                .toList();
        var added = notifications.add(handle, told);
        outbox.publish(
                handle,
                told.stream()
                        .filter(it -> it.state() == State.FAILED && added.contains(it.id()))
                        .map(it -> Announcement.failed(it, it.reason().orElse(""), clock.instant()))
                        .toList());
        handle.afterCommit(sender::wake);
    }

    private Stream<Notification> notificationsOf(
            Handle handle, ReceivedEvent received, Map<UUID, Optional<Release>> known) {
        if (received.event() instanceof ReleaseRequested requested) {
            return remember(handle, received, requested, known);
        }
        var releaseId = releaseId(received.event());
        var release = releaseId.isPresent()
                ? known.computeIfAbsent(releaseId.get(), id -> releases.byId(handle, id))
                : releases.newest(handle, received.subject());
        if (release.isEmpty()) {
            releaseId.ifPresent(id -> releases.keepEarly(handle, id, received));
        }
        return tell(received, releaseId, release).stream();
    }

    private Stream<Notification> remember(
            Handle handle, ReceivedEvent received, ReleaseRequested requested, Map<UUID, Optional<Release>> known) {
        releases.add(handle, received, requested);
        var release = new Release(requested.releaseId(), requested.version(), requested.notifications());
        known.put(release.id(), Optional.of(release));
        return Stream.concat(
                Route.problems(release.rules(), channels).stream().map(it -> impossible(received, release, it)),
                releases.takeEarly(handle, release.id()).stream()
                        .flatMap(early -> tell(early, Optional.of(release.id()), Optional.of(release)).stream()));
    }

    private List<Notification> tell(ReceivedEvent received, Optional<UUID> releaseId, Optional<Release> release) {
        var news = News.of(received.event()).orElseThrow();
        var message = message(received, news, release);
        var cause = new Cause(received.source(), received.id());
        var told = new ArrayList<Notification>();
        for (var route : Route.of(news.kind(), release.map(Release::rules).orElse(List.of()), channels)) {
            told.add(
                    switch (route) {
                        case Route.To(var channel, var recipient) ->
                            Notification.pending(
                                    cause, channel, recipient, releaseId, message, received.trace(), clock.instant());
                        case Route.Nowhere nowhere -> impossible(received, release.orElseThrow(), nowhere);
                    });
        }
        return told;
    }

    /** Its cause is the release, whatever happened to it, so that there is one for each release. */
    private Notification impossible(ReceivedEvent received, Release release, Route.Nowhere nowhere) {
        var news = new News(
                Kind.RELEASE,
                Tone.ATTENTION,
                "Nobody is told on '%s'".formatted(nowhere.channel()),
                "The plan wants news of this release on this channel.",
                Optional.of(nowhere.reason() + "."));
        return Notification.impossible(
                new Cause("release", release.id().toString()),
                nowhere.channel(),
                nowhere.reason(),
                release.id(),
                message(received, news, Optional.of(release)),
                received.trace(),
                clock.instant());
    }

    private Message message(ReceivedEvent received, News news, Optional<Release> release) {
        return new Message(
                received.event().name(),
                news,
                received.subject(),
                release.map(Release::version),
                received.time(),
                release.map(it -> config.publicUrl().resolve("?release=" + it.id()))
                        .orElse(config.publicUrl()));
    }

    private static Optional<UUID> releaseId(Event event) {
        return switch (event) {
            case ReleaseEvent release -> Optional.of(release.releaseId());
            case HealthEvent health -> health.releaseId();
            default -> Optional.empty();
        };
    }
}
