package dev.slipway.event;

import java.util.Optional;
import java.util.UUID;

/** What people were told. */
public sealed interface NotificationEvent extends Event {

    /** The notification. */
    UUID notificationId();

    /** The channel it went to. */
    String channel();

    /** The release it was about. */
    Optional<UUID> releaseId();

    @Override
    default Topic topic() {
        return Topic.NOTIFICATIONS;
    }

    /**
     * A notification reached its channel.
     *
     * @param about the name of the event that it told: {@code RollbackStarted}
     */
    record NotificationSent(UUID notificationId, String channel, Optional<UUID> releaseId, String about, int attempts)
            implements NotificationEvent {}

    /** A notification was given up. */
    record NotificationFailed(
            UUID notificationId, String channel, Optional<UUID> releaseId, String about, int attempts, String reason)
            implements NotificationEvent {}
}
