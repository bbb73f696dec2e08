package dev.slipway.notify.notification;

import dev.slipway.messaging.Ids;
import dev.slipway.messaging.TraceParent;
import dev.slipway.notify.channel.Letter;
import dev.slipway.notify.message.Message;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * One message to one recipient on one channel, and what became of it.
 *
 * @param cause what it is told because of; it makes one notification for each channel and recipient, ever
 * @param recipient whom, in the channel's terms; empty where the channel leads to one place
 * @param trace the trace of its cause
 * @param attempts how often it was tried to deliver
 * @param reason why it failed, or why the last attempt did
 * @param sentAt when the channel took it
 */
record Notification(
        UUID id,
        Cause cause,
        String channel,
        String recipient,
        Optional<UUID> releaseId,
        Message message,
        TraceParent trace,
        State state,
        int attempts,
        Optional<String> reason,
        Instant createdAt,
        Optional<Instant> sentAt) {

    /** Where a notification stands. */
    enum State {
        /** To be delivered. */
        PENDING,
        /** Delivered. */
        SENT,
        /** Given up. */
        FAILED
    }

    /** A source and an id which together name what a notification is told because of: an event, mostly. */
    record Cause(String source, String id) {}

    static Notification pending(
            Cause cause,
            String channel,
            String recipient,
            Optional<UUID> releaseId,
            Message message,
            TraceParent trace,
            Instant now) {
        return new Notification(
                Ids.next(),
                cause,
                channel,
                recipient,
                releaseId,
                message,
                trace,
                State.PENDING,
                0,
                Optional.empty(),
                now,
                Optional.empty());
    }

    /** One that cannot even be tried. */
    static Notification impossible(
            Cause cause,
            String channel,
            String reason,
            UUID releaseId,
            Message message,
            TraceParent trace,
            Instant now) {
        return new Notification(
                Ids.next(),
                cause,
                channel,
                "",
                Optional.of(releaseId),
                message,
                trace,
                State.FAILED,
                0,
                Optional.of(reason),
                now,
                Optional.empty());
    }

    Letter letter() {
        return new Letter(id, recipient, message);
    }
}
