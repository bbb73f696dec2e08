package dev.slipway.release.lifecycle;

import dev.slipway.event.ReleaseEvent.ReleaseRequested;
import dev.slipway.event.ReportEvent;
import dev.slipway.event.Subject;
import dev.slipway.event.WebhookEvent.WebhookVerified;
import dev.slipway.messaging.OutgoingEvent;
import dev.slipway.messaging.ReceivedEvent;
import dev.slipway.messaging.TraceParent;
import dev.slipway.release.engine.Effect;
import dev.slipway.release.engine.Engine;
import dev.slipway.release.engine.Input;
import dev.slipway.release.engine.Release;
import dev.slipway.release.engine.ReleaseState;
import dev.slipway.release.journal.Journal;
import dev.slipway.release.journal.Journal.Cause;
import dev.slipway.release.lifecycle.ReleaseStore.Changed;
import dev.slipway.release.lifecycle.ReleaseStore.Places;
import dev.slipway.release.operation.OperationQueue.Wanted;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.PlanStore;
import dev.slipway.release.timer.Timers.Timer;
import dev.slipway.release.timer.Timers.TimerRef;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/** What a batch of events leads to, gathered in memory so that it can be written with a few statements. */
final class Batch {

    private final Handle handle;
    private final ReleaseStore store;
    private final PlanStore plans;
    private final Requests requests;
    private final Map<String, Caller> callers;
    private final Instant now;
    private final Map<UUID, Release> releases = new HashMap<>();
    private final Map<UUID, Long> readRevisions = new HashMap<>();
    private final Map<Subject, UUID> active = new HashMap<>();
    private final Set<UUID> changed = new LinkedHashSet<>();
    private final List<Journal.Entry> entries = new ArrayList<>();
    private final Map<TimerRef, Timer> timers = new LinkedHashMap<>();
    private final Set<TimerRef> cancelledTimers = new LinkedHashSet<>();
    private final Map<String, Wanted> operations = new LinkedHashMap<>();
    private final Set<String> cancelledOperations = new LinkedHashSet<>();
    private final List<OutgoingEvent> published = new ArrayList<>();
    private List<Subject> subjects = List.of();
    private Optional<Places> places = Optional.empty();

    /** Who made a call, and the address that it came from. */
    record Caller(String name, String address) {}

    /** @param callers who made the calls that some of the events come from, by event id */
    Batch(
            Handle handle,
            ReleaseStore store,
            PlanStore plans,
            Requests requests,
            Map<String, Caller> callers,
            Instant now) {
        this.handle = handle;
        this.store = store;
        this.plans = plans;
        this.requests = requests;
        this.callers = callers;
        this.now = now;
    }

    /** Reads, with one statement, the releases that the events are about. */
    void load(List<ReceivedEvent> events) {
        var ids = events.stream()
                .flatMap(event -> Inputs.releaseId(event.event()).stream())
                .collect(Collectors.toSet());
        subjects = events.stream()
                .map(ReceivedEvent::subject)
                .distinct()
                .filter(subject -> subject.indexOf('/') > 0)
                .map(Subject::parse)
                .toList();
        store.concerned(handle, ids, subjects).forEach(release -> {
            know(release);
            if (release.state().active()) {
                active.put(release.subject(), release.id());
            }
        });
    }

    private void know(Release release) {
        if (releases.putIfAbsent(release.id(), release) == null) {
            readRevisions.put(release.id(), release.revision());
        }
    }

    /** Lets an event have its effect. */
    void take(ReceivedEvent event) {
        if (event.event() instanceof WebhookVerified verified && event.subject().indexOf('/') < 0) {
            offer(event, verified);
            return;
        }
        var subject = Subject.parse(event.subject());
        if (event.event() instanceof ReleaseRequested requested) {
            request(event, requested, subject);
            return;
        }
        find(event, subject).ifPresent(release -> {
            if (release.state().ended()) {
                // The environment may have been held by this release's last operation alone.
                startNext(subject, event);
            } else {
                Inputs.of(event, plan(release)).ifPresent(input -> decide(release, input, event));
            }
        });
    }

    /**
     * A webhook that no environment claims is offered to every release that awaits it: under the environment's key, so
     * that the writer of that key decides.
     */
    private void offer(ReceivedEvent event, WebhookVerified verified) {
        for (var subject : store.awaitingWebhook(handle, verified.source())) {
            published.add(new OutgoingEvent(
                    event.id() + "@" + subject, subject.toString(), event.time(), event.trace(), verified));
        }
    }

    private void request(ReceivedEvent event, ReleaseRequested requested, Subject subject) {
        if (!releases.containsKey(requested.releaseId())) {
            // Asked for on Kafka, not by the API, which makes the release itself.
            var made = requests.make(handle, subject, requested, event.time(), cause(event));
            store.add(handle, made.release(), requested.committedAt());
            entries.add(made.entry());
            know(made.release());
        }
        requireSubject(release(requested.releaseId()), subject);
        startNext(subject, event);
    }

    private Optional<Release> find(ReceivedEvent event, Subject subject) {
        var id = Inputs.releaseId(event.event());
        if (id.isPresent()) {
            if (!releases.containsKey(id.get())) {
                throw new IllegalArgumentException("There is no release " + id.get());
            }
            var release = release(id.get());
            requireSubject(release, subject);
            return Optional.of(release);
        }
        var release = Optional.ofNullable(active.get(subject)).map(this::release);
        if (release.isEmpty() && event.event() instanceof ReportEvent report) {
            throw new IllegalArgumentException(
                    "%s names no release, and none is active in %s".formatted(report.name(), subject));
        }
        return release;
    }

    private static void requireSubject(Release release, Subject subject) {
        if (!release.subject().equals(subject)) {
            throw new IllegalArgumentException(
                    "The release %s is one of %s, not of %s".formatted(release.id(), release.subject(), subject));
        }
    }

    private void decide(Release release, Input input, ReceivedEvent event) {
        var decision = Engine.decide(plan(release), release, input, now);
        if (!decision.matters()) {
            return;
        }
        var after = decision.release();
        releases.put(after.id(), after);
        changed.add(after.id());
        entries.add(new Journal.Entry(after.id(), after.revision(), now, cause(event), input, decision.changes()));
        decision.effects().forEach(effect -> enact(after, effect, event.trace()));
        if (after.state().ended()) {
            active.remove(after.subject(), after.id());
            startNext(after.subject(), event);
        } else if (after.state().active()) {
            active.put(after.subject(), after.id());
        }
    }

    private Cause cause(ReceivedEvent event) {
        var caller = callers.getOrDefault(event.id(), new Caller(Inputs.actor(event), Inputs.origin(event)));
        return new Cause(caller.name(), caller.address(), event.source(), event.id(), event.trace());
    }

    private void startNext(Subject subject, ReceivedEvent event) {
        // What an ended release began at a provider is let come to its end before another begins something there.
        if (!active.containsKey(subject) && !places().busy().contains(subject)) {
            nextInQueue(subject).ifPresent(next -> {
                know(next);
                decide(release(next.id()), new Input.TurnCame(), event);
            });
        }
    }

    /** Who has waited longest. Nearly always nobody waits, or one who is known; only else the database is asked. */
    private Optional<Release> nextInQueue(Subject subject) {
        var known = releases.values().stream()
                .filter(release -> release.state() == ReleaseState.QUEUED
                        && release.subject().equals(subject))
                .toList();
        var first = places().queued().getOrDefault(subject, List.of());
        if (known.size() < 2 && first.size() < 2 && releases.keySet().containsAll(first)) {
            return known.stream().findFirst();
        }
        var leftQueue = releases.values().stream()
                .filter(release -> changed.contains(release.id()))
                .map(Release::id)
                .toList();
        return store.nextInQueue(handle, subject, leftQueue);
    }

    /**
     * How it stands in the environments of the batch besides the releases that are known; read at most once. Whatever
     * changes after that comes with an event of its own.
     */
    private Places places() {
        if (places.isEmpty()) {
            places = Optional.of(store.places(handle, subjects));
        }
        return places.get();
    }

    private void enact(Release release, Effect effect, TraceParent trace) {
        switch (effect) {
            case Effect.Publish publish ->
                published.add(OutgoingEvent.of(release.subject(), publish.event(), now, trace));
            case Effect.SetTimer set -> {
                var ref = new TimerRef(release.id(), set.timer());
                cancelledTimers.remove(ref);
                timers.put(ref, new Timer(ref, set.at(), trace));
            }
            case Effect.CancelTimer cancel -> {
                var ref = new TimerRef(release.id(), cancel.timer());
                timers.remove(ref);
                cancelledTimers.add(ref);
            }
            case Effect.StartOperation start ->
                operations.put(
                        start.workId(),
                        new Wanted(
                                start.workId(),
                                release.id(),
                                release.subject(),
                                start.operation(),
                                start.with(),
                                start.until(),
                                trace));
            case Effect.CancelOperation cancel -> cancelledOperations.add(cancel.workId());
        }
    }

    private Release release(UUID id) {
        return Optional.ofNullable(releases.get(id)).orElseThrow();
    }

    private Plan plan(Release release) {
        return plans.plan(handle, release.subject(), release.planVersion());
    }

    // ---- what is to be written ----

    Collection<Changed> changed() {
        return changed.stream()
                .map(this::release)
                .map(release -> new Changed(
                        release,
                        plan(release),
                        Optional.ofNullable(readRevisions.get(release.id())).orElseThrow()))
                .toList();
    }

    List<Journal.Entry> entries() {
        return entries;
    }

    Collection<Timer> timers() {
        return timers.values();
    }

    Set<TimerRef> cancelledTimers() {
        return new HashSet<>(cancelledTimers);
    }

    Collection<Wanted> operations() {
        return operations.values();
    }

    Set<String> cancelledOperations() {
        return cancelledOperations;
    }

    List<OutgoingEvent> published() {
        return published;
    }
}
