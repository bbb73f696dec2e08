package dev.slipway.release.lifecycle;

import dev.slipway.event.ReleaseEvent.ParentTurnedBack;
import dev.slipway.event.ReleaseEvent.ReleaseRequested;
import dev.slipway.event.ReleaseEvent.RollbackRequested;
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
import dev.slipway.release.freeze.Freeze;
import dev.slipway.release.freeze.Freeze.Hold;
import dev.slipway.release.freeze.Freezes;
import dev.slipway.release.insight.Outcome;
import dev.slipway.release.journal.Journal;
import dev.slipway.release.journal.Journal.Cause;
import dev.slipway.release.lifecycle.ReleaseStore.Added;
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
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;

/** What a batch of events leads to, gathered in memory so that it can be written with a few statements. */
final class Batch {

    private final Handle handle;
    private final ReleaseStore store;
    private final PlanStore plans;
    private final Requests requests;
    private final Freezes freezes;
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
    private final Map<UUID, Added> added = new LinkedHashMap<>();
    private List<Subject> subjects = List.of();
    private Optional<Places> places = Optional.empty();
    private Optional<List<Freeze>> standing = Optional.empty();

    /** Who made a call, and the address that it came from. */
    record Caller(String name, String address) {}

    /** @param callers who made the calls that some of the events come from, by event id */
    Batch(
            Handle handle,
            ReleaseStore store,
            PlanStore plans,
            Requests requests,
            Freezes freezes,
            Map<String, Caller> callers,
            Instant now) {
        this.handle = handle;
        this.store = store;
        this.plans = plans;
        this.requests = requests;
        this.freezes = freezes;
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
        store.all(handle, ids, subjects).forEach(release -> {
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
            if (!release.state().ended()) {
                Inputs.of(event, plan(release)).ifPresent(input -> decide(release, under(release, input), event));
                if (release(release.id()).state() == ReleaseState.QUEUED) {
                    // A freeze may be over, or not hold it up any more.
                    startNext(subject, event);
                }
            } else if (event.event() instanceof RollbackRequested asked) {
                decide(release, new Input.RollbackAsked(asked.by(), asked.reason(), hindrance(release)), event);
            } else if (event.event() instanceof ParentTurnedBack turned) {
                decide(release, new Input.ParentTurnedBack(turned.reason(), hindrance(release)), event);
            } else {
                // The environment may have been held by this release's last operation alone.
                startNext(subject, event);
            }
        });
    }

    /** The input, and what it meets, a stop of the line or an operation's setback: the journal keeps both. */
    private Input under(Release release, Input input) {
        return switch (input) {
            case Input.ResumeAsked asked -> new Input.ResumeAsked(asked.by(), asked.reason(), stop(release));
            case Input.RetryAsked asked ->
                new Input.RetryAsked(asked.by(), asked.step(), asked.reason(), stop(release));
            case Input.SkipAsked asked -> new Input.SkipAsked(asked.by(), asked.step(), asked.reason(), stop(release));
            case Input.TimeCame time ->
                new Input.TimeCame(
                        time.timer(),
                        time.timer().equals(Engine.PAUSE_TIMER) ? stop(release) : setback(release, time.timer()));
            default -> input;
        };
    }

    /** What kept a step from its end by the time that it had. */
    private Optional<String> setback(Release release, String timer) {
        return release.steps().stream().anyMatch(step -> release.workId(step).equals(timer))
                ? store.setback(handle, timer)
                : Optional.empty();
    }

    private Optional<String> stop(Release release) {
        return release.optOut().isPresent()
                ? Optional.empty()
                : Freezes.stop(standing(), release.subject(), now)
                        .map(stop -> "the line is stopped by %s: %s"
                                .formatted(stop.freeze().setBy(), stop.freeze().reason()));
    }

    /** What stands in the way back of a release that has ended; some of it may not be written yet. */
    private Optional<String> hindrance(Release ended) {
        // One that is active began after it, be it in the same batch, and so at the same time.
        return releases.values().stream()
                .filter(it -> it.subject().equals(ended.subject())
                        && (it.isBegunAfter(ended) || it.state().active()))
                .findFirst()
                .map(it -> ReleaseStore.successor(it.id(), it.version()))
                .or(() -> ended.startedAt().isPresent() ? store.hindrance(handle, ended) : Optional.empty());
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
            releases.put(made.release().id(), made.release());
            added.put(made.release().id(), made.added());
            entries.add(made.first());
            made.turn().ifPresent(turn -> timers.put(turn.ref(), turn));
        }
        var release = release(requested.releaseId());
        requireSubject(release, subject);
        if (release.state() == ReleaseState.QUEUED) {
            takePlace(release, event);
        }
        startNext(subject, event);
    }

    /** Does what the plan says of a release that finds its environment taken. */
    private void takePlace(Release newer, ReceivedEvent event) {
        switch (plan(newer).queue().whenTaken()) {
            case QUEUE -> {}
            case SUPERSEDE ->
                queuedBefore(newer).stream()
                        .filter(older -> newer.isHotfix() || !older.isHotfix())
                        .forEach(older -> decide(older, new Input.Superseded(newer.id(), newer.version()), event));
            case REFUSE -> {
                var other = Optional.ofNullable(active.get(newer.subject()))
                        .map(this::release)
                        .or(() -> queuedBefore(newer).stream().findFirst());
                if (!newer.isHotfix()) {
                    other.ifPresent(it -> decide(newer, new Input.Refused(Requests.refusal(it)), event));
                }
            }
        }
    }

    private List<Release> queuedBefore(Release newer) {
        return queue(newer.subject()).stream()
                .filter(it -> it.isAskedBefore(newer))
                .toList();
    }

    /** All that wait for an environment now, in the order of their turns. */
    private List<Release> queue(Subject subject) {
        store.queue(handle, subject).forEach(this::know);
        return knownQueue(subject).toList();
    }

    private Stream<Release> knownQueue(Subject subject) {
        return releases.values().stream()
                .filter(it -> it.state() == ReleaseState.QUEUED && it.subject().equals(subject))
                .sorted(Release.TURNS);
    }

    /** The release whose turn is next. All that wait are read only if those that were read first have left the queue. */
    private Optional<Release> nextInQueue(Subject subject) {
        var first = places().next().getOrDefault(subject, List.of());
        return first.size() < ReleaseStore.NEXT
                        || first.stream().anyMatch(it -> release(it.id()).state() == ReleaseState.QUEUED)
                ? knownQueue(subject).findFirst()
                : queue(subject).stream().findFirst();
    }

    /**
     * How it stands in the environments of the batch besides the releases that are known; read at most once. Whatever
     * changes after that comes with an event of its own.
     */
    private Places places() {
        if (places.isEmpty()) {
            var read = store.places(handle, subjects);
            read.next().values().forEach(next -> next.forEach(this::know));
            places = Optional.of(read);
        }
        return places.get();
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
            nextInQueue(subject)
                    .ifPresent(next -> hold(subject)
                            .ifPresentOrElse(
                                    hold -> startNextUnder(hold, next, event),
                                    () -> decide(next, new Input.TurnCame(), event)));
        }
    }

    private Optional<Hold> hold(Subject subject) {
        return Freezes.hold(standing(), subject, now);
    }

    /** None is set before this batch is written: what begins, or goes on, does so before a stop that asks for its pause. */
    private List<Freeze> standing() {
        if (standing.isEmpty()) {
            standing = Optional.of(freezes.standingBeforeBeginning(handle, now));
        }
        return standing.get();
    }

    /** Begins the first release that a freeze does not hold up, or looks again when the freeze is over. */
    private void startNextUnder(Hold hold, Release first, ReceivedEvent event) {
        queue(first.subject()).stream()
                .filter(it -> it.optOut().isPresent())
                .findFirst()
                .ifPresentOrElse(
                        it -> decide(it, new Input.TurnCame(), event),
                        () -> hold.until()
                                .ifPresent(until -> setTimer(first.id(), Freezes.TIMER, until, event.trace())));
    }

    private void enact(Release release, Effect effect, TraceParent trace) {
        switch (effect) {
            case Effect.Publish publish ->
                published.add(OutgoingEvent.of(release.subject(), publish.event(), now, trace));
            case Effect.Tell tell -> published.add(OutgoingEvent.of(tell.subject(), tell.event(), now, trace));
            case Effect.AskForChild child ->
                published.add(requests.ofChild(handle, release, child)
                        .map(asked -> OutgoingEvent.of(child.subject(), asked, now, trace))
                        .orElseGet(() -> OutgoingEvent.of(
                                release.subject(), Requests.refusedChild(release, child), now, trace)));
            case Effect.SetTimer set -> setTimer(release.id(), set.timer(), set.at(), trace);
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

    private void setTimer(UUID release, String name, Instant at, TraceParent trace) {
        var ref = new TimerRef(release, name);
        cancelledTimers.remove(ref);
        timers.put(ref, new Timer(ref, at, trace));
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
                .filter(id -> !added.containsKey(id))
                .map(this::release)
                .map(release -> new Changed(
                        release,
                        plan(release),
                        Optional.ofNullable(readRevisions.get(release.id())).orElseThrow()))
                .toList();
    }

    Collection<Added> added() {
        return added.values().stream()
                .map(it -> it.as(release(it.release().id())))
                .toList();
    }

    List<Outcome> outcomes() {
        return changed.stream()
                .map(this::release)
                .filter(release -> release.state().ended())
                .map(release -> Outcome.of(release, plan(release)))
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
