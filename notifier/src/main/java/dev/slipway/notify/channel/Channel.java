package dev.slipway.notify.channel;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A way to reach people. */
public sealed interface Channel permits LogChannel, SlackChannel, MailChannel {

    /** Its name in plans: {@code slack}. */
    String name();

    /** How it reaches people, in a few words. */
    String kind();

    /** Why nothing can be sent on it, and what to do about that; nothing when it is configured. */
    Optional<String> problem();

    /**
     * Whom a plan's settings of this channel mean.
     *
     * @param to the rule's {@code to}
     * @return at least one, or none if the settings name nobody and the channel has no default either; a channel that
     *     leads to one place answers the empty name
     */
    default List<String> recipients(Map<String, String> to) {
        return List.of("");
    }

    /**
     * Tries once to deliver. It may block, and is interrupted when it takes too long; what it answers never holds a
     * secret.
     *
     * @throws InterruptedException if it was interrupted
     */
    Outcome deliver(Letter letter) throws InterruptedException;
}
