package dev.slipway.notify.notification;

import dev.slipway.event.NotificationEvent;
import dev.slipway.event.NotificationEvent.NotificationFailed;
import dev.slipway.event.NotificationEvent.NotificationSent;
import dev.slipway.messaging.Ids;
import dev.slipway.messaging.OutgoingEvent;
import java.time.Instant;

/** What the other services are told of a notification. */
final class Announcement {

    private Announcement() {}

    static OutgoingEvent sent(Notification it, Instant now) {
        return event(
                it,
                new NotificationSent(
                        it.id(), it.channel(), it.releaseId(), it.message().about(), it.attempts()),
                now);
    }

    static OutgoingEvent failed(Notification it, String reason, Instant now) {
        return event(
                it,
                new NotificationFailed(
                        it.id(), it.channel(), it.releaseId(), it.message().about(), it.attempts(), reason),
                now);
    }

    private static OutgoingEvent event(Notification notification, NotificationEvent event, Instant now) {
        return new OutgoingEvent(
                Ids.next().toString(), notification.message().subject(), now, notification.trace(), event);
    }
}
