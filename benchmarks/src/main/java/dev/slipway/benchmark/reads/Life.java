package dev.slipway.benchmark.reads;

import dev.slipway.event.Evidence;
import dev.slipway.messaging.TraceParent;
import dev.slipway.release.engine.Decision;
import dev.slipway.release.engine.Effect;
import dev.slipway.release.engine.Engine;
import dev.slipway.release.engine.Input;
import dev.slipway.release.engine.Release;
import dev.slipway.release.engine.Release.Stage;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.engine.StepState;
import dev.slipway.release.journal.Journal.Cause;
import dev.slipway.release.journal.Journal.Entry;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Step;
import dev.slipway.release.plan.Step.Action;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * A release that is made up: the engine itself takes it from input to input, so that what is stored of it is what would
 * be stored of a real one, and replays.
 */
final class Life {

    private static final String SERVICE = "/release-service";

    private final Plan plan;
    private final Fate fate;
    private final RandomGenerator random;
    private final TraceParent trace = TraceParent.start();
    private final List<Entry> entries = new ArrayList<>();
    private final Map<String, Instant> timers = new LinkedHashMap<>();
    private final Optional<Instant> committedAt;
    private final int lastSteps;
    private Release release;
    private Instant now;

    private Life(Plan plan, Fate fate, UUID id, String version, Instant requestedAt, RandomGenerator random) {
        this.plan = plan;
        this.fate = fate;
        this.random = random;
        this.now = requestedAt;
        this.lastSteps = random.nextInt(plan.steps().size());
        this.committedAt = random.nextInt(10) == 0
                ? Optional.empty()
                : Optional.of(requestedAt.minusSeconds(random.nextInt(200_000)));
        var request = new Input.Requested(
                "ci",
                version,
                Optional.of(hex(40)),
                committedAt,
                Optional.empty(),
                1,
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        var made = Engine.request(id, plan, request, now);
        this.release = made.release();
        release.waiting().ifPresent(turn -> timers.put(Engine.QUEUE_TIMER, turn.until()));
        keep(request, made, "ci");
    }

    /** Lives one from its request to where its fate takes it. */
    static Life of(Plan plan, Fate fate, UUID id, String version, Instant requestedAt, RandomGenerator random) {
        var life = new Life(plan, fate, id, version, requestedAt, random);
        if (fate != Fate.QUEUES) {
            life.take(new Input.TurnCame(), "release-service");
            life.live();
        }
        return life;
    }

    Release release() {
        return release;
    }

    Plan plan() {
        return plan;
    }

    List<Entry> entries() {
        return entries;
    }

    /** When it must be woken, by timer. */
    Map<String, Instant> timers() {
        return timers;
    }

    TraceParent trace() {
        return trace;
    }

    Optional<Instant> committedAt() {
        return committedAt;
    }

    private void live() {
        for (var step = next(); step.isPresent(); step = next()) {
            answer(step.get(), plan.step(step.get().ref()));
        }
    }

    /** What is in flight, unless that is where it stays. */
    private Optional<StepProgress> next() {
        return release.steps().stream()
                .filter(step -> step.state().inFlight())
                .findFirst()
                .filter(step -> fate != Fate.GOES_ON
                        || step.state() != StepState.WAITING
                        || release.steps().indexOf(step) < lastSteps
                                && !step.ref().phase().equals("go-live"));
    }

    private void answer(StepProgress step, Step definition) {
        if (step.stage() == Stage.REPORT) {
            report(definition.until().orElseThrow());
            return;
        }
        var workId = "%s/%s/%s/%d"
                .formatted(release.id(), step.ref().phase(), step.ref().step(), step.attempt());
        switch (definition.action()) {
            case Action.VerifyCheck check -> {
                var passes = !(fate == Fate.FAILS && step.ref().step().equals("database")
                        || fate == Fate.IS_LOST && step.ref().step().equals("verify"));
                take(new Input.Checked(workId, passes, checked(passes)), "health-probe");
            }
            case Action.Await await -> report(await.event());
            case Action.Child child -> throw new IllegalStateException("The plan has no parts: " + child);
            case Action.Run run -> take(new Input.OperationEnded(workId, true, called()), "release-service");
            case Action.Approve approve -> {
                if (fate == Fate.IS_ABORTED) {
                    take(new Input.AbortAsked("maria", Optional.of("The sign-in is slow")), "maria");
                } else {
                    take(
                            new Input.Approved(
                                    "maria", Optional.of(step.ref().toString()), Optional.of("Tried it all")),
                            "maria");
                }
            }
            case Action.Watch watch -> {
                if (fate == Fate.DEGRADES || fate == Fate.IS_LOST) {
                    take(new Input.Degraded("health", checked(false), true), "health-probe");
                } else {
                    take(
                            new Input.Watched(
                                    workId,
                                    true,
                                    new Evidence(
                                            "health: 30 of 30 probes passed",
                                            Map.of("monitors", Map.of("health", Map.of("probes", 30, "failed", 0))))),
                            "health-probe");
                }
            }
        }
    }

    private void report(Step.Awaited awaited) {
        var data = new LinkedHashMap<String, Object>(awaited.where());
        var isWebhook = awaited.event().equals("WebhookVerified");
        if (isWebhook) {
            data.put("deliveryId", uuid());
            data.put("eventId", "evt_" + hex(24));
            data.put("type", "invoice.paid");
            data.put("mode", "TEST");
        } else {
            data.put("run", "https://github.com/example/api/actions/runs/" + random.nextInt(1_000_000_000));
        }
        take(new Input.Reported(awaited.event(), uuid(), data, !isWebhook), isWebhook ? "stripe" : "ci");
    }

    private Evidence checked(boolean passes) {
        var details = new LinkedHashMap<String, Object>();
        details.put("status", passes ? 200 : 500);
        details.put("responseTimeMs", random.nextInt(5, 400));
        details.put(
                "body", "{\"status\":\"%s\",\"database\":\"connected\"}".formatted(passes ? "healthy" : "unhealthy"));
        details.put(
                "conditions",
                List.of(Map.of("condition", "[STATUS] == 200", "satisfied", passes, "actual", passes ? "200" : "500")));
        return new Evidence(
                passes
                        ? "GET https://api.example/health answered 200; 1 of 1 conditions hold"
                        : "GET https://api.example/health answered 500; 0 of 1 conditions hold, not [STATUS] == 200 (500)",
                details);
    }

    private Evidence called() {
        var details = new LinkedHashMap<String, Object>();
        details.put("status", 200);
        details.put("responseTimeMs", random.nextInt(100, 9_000));
        details.put("body", "{\"deployment\":\"%s\"}".formatted(uuid()));
        return new Evidence("POST https://api.example/deploy answered 200", details);
    }

    private void take(Input input, String actor) {
        now = now.plus(Duration.ofMillis(random.nextInt(500, 60_000)));
        var decision = Engine.decide(plan, release, input, now);
        if (!decision.matters()) {
            throw new IllegalStateException("%s has no effect on a release that is %s".formatted(input, release));
        }
        release = decision.release();
        keep(input, decision, actor);
        for (var effect : decision.effects()) {
            switch (effect) {
                case Effect.SetTimer set -> timers.put(set.timer(), set.at());
                case Effect.CancelTimer cancel -> timers.remove(cancel.timer());
                case Effect.Publish publish -> {}
                case Effect.Tell tell -> {}
                case Effect.AskForChild child -> {}
                case Effect.StartOperation start -> {}
                case Effect.CancelOperation cancel -> {}
            }
        }
    }

    private void keep(Input input, Decision decision, String actor) {
        var isPerson = actor.equals("ci") || actor.equals("maria");
        var origin = isPerson ? "203.0.113." + random.nextInt(256) : "kafka/" + actor;
        entries.add(new Entry(
                release.id(),
                decision.release().revision(),
                now,
                new Cause(actor, origin, isPerson ? SERVICE : "/" + actor, uuid(), trace),
                input,
                decision.changes()));
    }

    private String uuid() {
        return new UUID(random.nextLong(), random.nextLong()).toString();
    }

    private String hex(int digits) {
        return "%016x%016x%016x"
                .formatted(random.nextLong(), random.nextLong(), random.nextLong())
                .substring(0, digits);
    }
}
