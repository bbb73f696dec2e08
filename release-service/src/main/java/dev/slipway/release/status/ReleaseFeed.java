package dev.slipway.release.status;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.MultiEmitter;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jboss.logging.Logger;

/**
 * Statuses, live. The database is looked at a few times a second while somebody listens, whoever changes it, so that
 * any replica can be listened to.
 */
@Singleton
public class ReleaseFeed {

    private static final Logger LOG = Logger.getLogger(ReleaseFeed.class);
    private static final Duration TICK = Duration.ofMillis(200);
    private static final int SIGN_EVERY_TICKS = 75;
    /** The most that may listen to one replica. */
    static final int MAX_LISTENERS = 500;

    private final StatusQuery statuses;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final Thread thread =
            Thread.ofPlatform().name("release-feed").daemon().unstarted(this::run);
    private volatile boolean running = true;

    public ReleaseFeed(StatusQuery statuses) {
        this.statuses = statuses;
    }

    void start(@Observes StartupEvent event) {
        thread.start();
    }

    void stop(@Observes ShutdownEvent event) {
        running = false;
        thread.interrupt();
        listeners.forEach(listener -> listener.emitter.complete());
    }

    /** Whether one more may listen. */
    boolean hasRoom() {
        return listeners.size() < MAX_LISTENERS;
    }

    /**
     * The status of a release at each change, from now on to its end; and nothing, as a sign of life, at the beginning
     * and every 15 s without a change.
     *
     * @param after the revision that the listener knows already; -1 if none
     */
    Multi<Optional<ReleaseStatus>> of(UUID id, long after) {
        return Multi.createFrom().emitter(emitter -> {
            var listener = new Listener(id, emitter, after);
            emitter.onTermination(() -> listeners.remove(listener));
            listeners.add(listener);
            emitter.emit(Optional.empty());
        });
    }

    private void run() {
        while (running) {
            try {
                Thread.sleep(TICK);
                tell();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException e) {
                LOG.warn("Listeners are not told of changes for now: the database cannot be read", e);
            }
        }
    }

    private void tell() {
        if (listeners.isEmpty()) {
            return;
        }
        var revisions = statuses.revisions(
                listeners.stream().map(listener -> listener.id).distinct().toList());
        Map<UUID, Optional<ReleaseStatus>> read = new HashMap<>();
        for (var listener : listeners) {
            var revision = revisions.getOrDefault(listener.id, -1L);
            if (revision > listener.known) {
                read.computeIfAbsent(listener.id, statuses::status).ifPresent(listener::tell);
            } else {
                listener.giveSign();
            }
        }
    }

    private static final class Listener {

        private final UUID id;
        private final MultiEmitter<? super Optional<ReleaseStatus>> emitter;
        private long known;
        private int ticksInSilence;

        private Listener(UUID id, MultiEmitter<? super Optional<ReleaseStatus>> emitter, long known) {
            this.id = id;
            this.emitter = emitter;
            this.known = known;
        }

        private void tell(ReleaseStatus status) {
            known = status.revision();
            ticksInSilence = 0;
            emitter.emit(Optional.of(status));
            if (status.state().ended()) {
                emitter.complete();
            }
        }

        /** Without one, proxies cut a silent connection, and a listener that is gone is never noticed. */
        private void giveSign() {
            ticksInSilence++;
            if (ticksInSilence >= SIGN_EVERY_TICKS) {
                ticksInSilence = 0;
                emitter.emit(Optional.empty());
            }
        }
    }
}
