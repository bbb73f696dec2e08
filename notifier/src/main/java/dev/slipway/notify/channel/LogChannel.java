package dev.slipway.notify.channel;

import jakarta.inject.Singleton;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Tells everything in the service's log, whatever a plan says: one line each. */
@Singleton
public final class LogChannel implements Channel {

    /** Its name. */
    public static final String NAME = "log";

    private static final Logger LOG = Logger.getLogger("dev.slipway.notify");

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String kind() {
        return "the service's log";
    }

    @Override
    public Optional<String> problem() {
        return Optional.empty();
    }

    @Override
    public Outcome deliver(Letter letter) {
        LOG.info(letter.message().text());
        return new Outcome.Delivered();
    }
}
