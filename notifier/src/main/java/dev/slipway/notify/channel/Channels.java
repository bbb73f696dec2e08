package dev.slipway.notify.channel;

import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;

/** The channels that there are, configured or not. */
@Singleton
public class Channels {

    private final List<Channel> all;

    public Channels(LogChannel log, SlackChannel slack, MailChannel mail) {
        this.all = List.of(log, slack, mail);
    }

    /** Every channel. */
    public List<Channel> all() {
        return all;
    }

    /** The channel that a plan means. */
    public Optional<Channel> byName(String name) {
        return all.stream().filter(channel -> channel.name().equals(name)).findFirst();
    }
}
