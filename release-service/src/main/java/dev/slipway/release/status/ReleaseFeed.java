package dev.slipway.release.status;

import dev.slipway.release.recurring.RecurringWork;
import dev.slipway.release.status.StatusQuery.Mark;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.MultiEmitter;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * Releases, live. The database is looked at a few times a second while somebody listens, whoever changes it, so that any
 * replica can be listened to.
 *
 * <p>A listener is told the next things when it has taken the last ones, so nothing piles up for one that is slow: what
 * it has missed stands in the journal. One that takes nothing for too long is cut off, and resumes from there.
 */
@Singleton
public class ReleaseFeed {

    private static final Logger LOG = Logger.getLogger(ReleaseFeed.class);
    private static final Duration TICK = Duration.ofMillis(200);
    /** How long a status may be old that has changed without an entry: a place in a queue, what an operation meets with. */
    private static final Duration LOOK_EVERY = Duration.ofSeconds(2);
    /** Entries that a listener is told at a time. */
    private static final int AT_ONCE = 32;

    private final StatusQuery statuses;
    private final JournalQuery journals;
    private final StreamConfig config;
    private final Clock clock;
    private final Counter cutOff;
    private final List<Listener> listeners;
    private final RecurringWork work = new RecurringWork(
            "release-feed", TICK, "Listeners are not told of changes now, and will be when this is over", this::tell);

    public ReleaseFeed(
            StatusQuery statuses, JournalQuery journals, StreamConfig config, Clock clock, MeterRegistry meters) {
        this.statuses = statuses;
        this.journals = journals;
        this.config = config;
        this.clock = clock;
        this.cutOff = meters.counter("slipway.stream.cut.off");
        this.listeners =
                meters.gaugeCollectionSize("slipway.stream.listeners", List.of(), new CopyOnWriteArrayList<>());
    }

    void start(@Observes StartupEvent event) {
        work.start();
    }

    void stop(@Observes ShutdownEvent event) {
        work.stop();
        listeners.forEach(Listener::end);
    }

    /**
     * Listens to a release: what happens to it, and how it stands then, to its end.
     *
     * @param after the last change that the listener knows; -1 if none, and then it is told first how the release stands
     * @param disconnect ends the connection at once, with all that is on its way
     * @return nothing if too many listen already
     */
    synchronized Optional<Multi<Told>> listen(UUID id, long after, Runnable disconnect) {
        if (listeners.size() >= config.listeners()) {
            return Optional.empty();
        }
        var listener = new Listener(id, after, disconnect, clock.instant());
        listeners.add(listener);
        return Optional.of(Multi.createFrom().emitter(emitter -> {
            emitter.onTermination(() -> listeners.remove(listener));
            emitter.emit(new Told.SignOfLife());
            listener.emitter = Optional.of(emitter);
        }));
    }

    private void tell() {
        var now = clock.instant();
        var ready = new ArrayList<Listener>();
        for (var listener : listeners) {
            if (listener.isReady()) {
                listener.readyAt = now;
                ready.add(listener);
            } else if (now.isAfter(listener.readyAt.plus(config.patience()))) {
                cutOff(listener);
            }
        }
        if (!ready.isEmpty()) {
            var round = new Round(now, ready);
            ready.forEach(round::tell);
        }
    }

    private void cutOff(Listener listener) {
        LOG.infof("A listener to the release %s takes nothing; it is cut off, and may resume", listener.id);
        cutOff.increment();
        listeners.remove(listener);
        listener.disconnect.run();
    }

    /** What is read once for all listeners of a round. */
    private final class Round {

        private final Instant now;
        private final Map<UUID, Mark> marks;
        private final Map<UUID, String> tags;
        private final Map<UUID, Optional<ReleaseStatus>> read = new HashMap<>();
        private final Map<Mark, List<JournalEntry>> entries = new HashMap<>();

        private Round(Instant now, List<Listener> listeners) {
            this.now = now;
            this.marks = statuses.marks(ids(listeners.stream()));
            // Before any status: what changes in between has another tag at the next look.
            this.tags = statuses.tags(ids(listeners.stream()
                    .filter(listener -> listener.known < revision(listener) || isToBeLookedAt(listener))));
        }

        private static List<UUID> ids(Stream<Listener> some) {
            return some.map(listener -> listener.id).distinct().toList();
        }

        private boolean isToBeLookedAt(Listener listener) {
            return !now.isBefore(listener.lookAt);
        }

        private long revision(Listener listener) {
            return Optional.ofNullable(marks.get(listener.id))
                    .map(Mark::revision)
                    .orElse(-1L);
        }

        private Optional<ReleaseStatus> status(Listener listener) {
            return read.computeIfAbsent(listener.id, statuses::status);
        }

        private void tell(Listener listener) {
            var mark = Optional.ofNullable(marks.get(listener.id));
            // One that knows more than has happened is mistaken, not ahead.
            listener.known = Math.min(listener.known, revision(listener));
            if (listener.known < revision(listener)) {
                status(listener).ifPresent(status -> tell(listener, status));
            } else if (mark.isEmpty() || mark.get().ended()) {
                listener.end();
            } else if (isToBeLookedAt(listener) && isOutdated(listener)) {
                // If something has happened meanwhile, that is told first.
                status(listener)
                        .filter(status -> status.revision() == listener.known)
                        .ifPresent(status -> stands(listener, status));
            } else if (now.isAfter(listener.toldAt.plus(config.heartbeat()))) {
                listener.tell(new Told.SignOfLife(), now);
            }
        }

        /** Whether the status has changed since it was told, though nothing has happened to the release. */
        private boolean isOutdated(Listener listener) {
            var tag = Optional.ofNullable(tags.get(listener.id));
            if (listener.tag.isEmpty()) {
                // It came back, and was told before how it stood.
                listener.tag = tag;
            }
            listener.lookAt = now.plus(LOOK_EVERY);
            return !listener.tag.equals(tag);
        }

        private void tell(Listener listener, ReleaseStatus status) {
            if (listener.known >= 0) {
                for (var entry : entries(listener)) {
                    if (entry.seq() <= status.revision()) {
                        listener.tell(new Told.Happened(entry, entry.seq() == status.revision()), now);
                        listener.known = entry.seq();
                    }
                }
            } else {
                listener.known = status.revision();
            }
            if (listener.known == status.revision()) {
                stands(listener, status);
            }
        }

        private void stands(Listener listener, ReleaseStatus status) {
            listener.tell(new Told.Stands(status), now);
            listener.tag = Optional.ofNullable(tags.get(listener.id));
            listener.lookAt = now.plus(LOOK_EVERY);
        }

        private List<JournalEntry> entries(Listener listener) {
            return entries.computeIfAbsent(
                    new Mark(listener.id, listener.known, false),
                    from -> journals.page(from.id(), from.revision(), AT_ONCE));
        }
    }

    /** Who listens. All but the emitter is the feed's thread's alone. */
    private static final class Listener {

        private final UUID id;
        private final Runnable disconnect;
        private volatile Optional<MultiEmitter<? super Told>> emitter = Optional.empty();
        private long known;
        /** Of what it was told last. */
        private Optional<String> tag = Optional.empty();

        private Instant lookAt;
        private Instant toldAt;
        private Instant readyAt;

        private Listener(UUID id, long known, Runnable disconnect, Instant now) {
            this.id = id;
            this.known = known;
            this.disconnect = disconnect;
            this.lookAt = now;
            this.toldAt = now;
            this.readyAt = now;
        }

        /** Whether it has taken all that it was told. */
        private boolean isReady() {
            return emitter.filter(it -> it.requested() > 0).isPresent();
        }

        private void tell(Told told, Instant now) {
            emitter.ifPresent(it -> it.emit(told));
            toldAt = now;
        }

        private void end() {
            emitter.ifPresent(MultiEmitter::complete);
        }
    }
}
