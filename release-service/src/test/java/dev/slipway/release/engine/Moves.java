package dev.slipway.release.engine;

import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.Parent;
import dev.slipway.release.engine.Release.Child;
import dev.slipway.release.plan.Plan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Random plans, and whatever may happen to a release of them. */
public final class Moves {

    private static final List<ReleaseState> CHILD_ENDS =
            List.of(ReleaseState.ROLLED_BACK, ReleaseState.FAILED, ReleaseState.ABORTED, ReleaseState.ROLLBACK_FAILED);

    private static final Parent PARENT = new Parent(Story.NEWER, "suite", "production");

    private Moves() {}

    /** Something that happens; which step or event it is about is picked by a number. */
    public record Move(Kind kind, int pick, boolean well) {

        /** Lets it happen. */
        void to(Story story) {
            var refs = story.plan().steps();
            var step = refs.get(pick % refs.size()).toString();
            // Now and then the answer of another attempt.
            var workId = pick % 7 == 0 ? story.workId(step) + "0" : story.workId(step);
            var evidence = Evidence.of("it was so");
            switch (kind) {
                case TURN -> story.turnCame();
                case SUPERSEDED -> story.given(new Input.Superseded(Story.NEWER, "1.5.0"));
                case REFUSED -> story.given(new Input.Refused("another is active"));
                case REPORT ->
                    story.given(new Input.Reported("Event" + pick % 3, "event-" + pick, Map.of("n", pick), well));
                case CHECK -> story.given(new Input.Checked(workId, well, evidence));
                case OPERATION ->
                    story.given(new Input.OperationEnded(
                            workId, well, pick % 2 == 0 ? evidence : new Evidence("done", Map.of("n", pick))));
                case WATCH -> story.given(new Input.Watched(workId, well, evidence));
                case DEGRADED -> story.given(new Input.Degraded("m" + pick % 3, evidence, well));
                case APPROVE ->
                    story.given(new Input.Approved(
                            List.of("ada", "bob", "ci").get(pick % 3),
                            well ? Optional.empty() : Optional.of(step),
                            Optional.empty()));
                case REJECT ->
                    story.given(
                            new Input.Rejected("ada", well ? Optional.empty() : Optional.of(step), Optional.empty()));
                case SKIP -> story.skipAsked(step);
                case CHILD -> {
                    var child = story.progress(step).child().map(Child::id).orElse(Story.NEWER);
                    var end = CHILD_ENDS.get(pick % CHILD_ENDS.size()).name();
                    story.given(
                            well
                                    ? new Input.ChildReady(child)
                                    : new Input.ChildEnded(
                                            child, end, "it was so", pick % 3 > 0, Optional.of(pick % 5 > 2)));
                }
                case OPT_OUT -> story.given(new Input.OptOutAsked("ada", "urgent"));
                case PAUSE -> story.pauseAsked();
                case RESUME -> story.resumeAsked();
                case RETRY ->
                    story.given(
                            new Input.RetryAsked("ada", well ? Optional.empty() : Optional.of(step), Optional.empty()));
                case ABORT -> story.abortAsked();
                case ROLLBACK -> story.rollbackAsked();
                case PARENT ->
                    story.given(
                            well
                                    ? new Input.ParentSucceeded()
                                    : new Input.ParentTurnedBack("it was so", Optional.empty()));
                case STALE_TIMER -> story.given(new Input.TimeCame(workId + (well ? "0" : "/approval0")));
                case TIME -> story.after(Duration.ofMinutes(pick % 90));
            }
        }
    }

    public enum Kind {
        TURN,
        SUPERSEDED,
        REFUSED,
        REPORT,
        CHECK,
        OPERATION,
        WATCH,
        DEGRADED,
        APPROVE,
        REJECT,
        SKIP,
        CHILD,
        OPT_OUT,
        PAUSE,
        RESUME,
        RETRY,
        ABORT,
        ROLLBACK,
        PARENT,
        STALE_TIMER,
        TIME
    }

    public static Arbitrary<List<Move>> moves() {
        var kinds = Arbitraries.frequency(
                Tuple.of(2, Kind.TURN),
                Tuple.of(1, Kind.SUPERSEDED),
                Tuple.of(1, Kind.REFUSED),
                Tuple.of(12, Kind.REPORT),
                Tuple.of(12, Kind.CHECK),
                Tuple.of(16, Kind.OPERATION),
                Tuple.of(8, Kind.WATCH),
                Tuple.of(3, Kind.DEGRADED),
                Tuple.of(10, Kind.APPROVE),
                Tuple.of(2, Kind.REJECT),
                Tuple.of(2, Kind.SKIP),
                Tuple.of(8, Kind.CHILD),
                Tuple.of(1, Kind.OPT_OUT),
                Tuple.of(3, Kind.PAUSE),
                Tuple.of(4, Kind.RESUME),
                Tuple.of(6, Kind.RETRY),
                Tuple.of(1, Kind.ABORT),
                Tuple.of(2, Kind.ROLLBACK),
                Tuple.of(1, Kind.PARENT),
                Tuple.of(2, Kind.STALE_TIMER),
                Tuple.of(6, Kind.TIME));
        var well = Arbitraries.integers().between(0, 3).map(n -> n > 0);
        return Combinators.combine(kinds, Arbitraries.integers().between(0, 10_000), well)
                .as(Move::new)
                .list()
                .ofMinSize(5)
                .ofMaxSize(80);
    }

    // ---- plans ----

    /** What was asked for: a release of a plan, by itself or as a part of another. */
    record Asked(Plan plan, boolean isPart) {

        Story queued() {
            return isPart ? Story.partOf(PARENT, plan) : Story.queued(plan);
        }
    }

    static Arbitrary<Asked> asked() {
        return Combinators.combine(plans(), Arbitraries.of(false, false, true)).as(Asked::new);
    }

    private record RandomStep(int action, int detail, int needs, int condition, int onFailure, int retry, int output) {}

    private record RandomRollback(int when, List<RandomStep> steps) {}

    static Arbitrary<Plan> plans() {
        return yaml().map(Story::plan);
    }

    /** Random plans as their text, without the head that names their application. */
    public static Arbitrary<String> yaml() {
        var steps = Combinators.combine(
                        Arbitraries.integers().between(0, 7),
                        Arbitraries.integers().between(0, 100),
                        Arbitraries.integers().between(0, 3),
                        Arbitraries.integers().between(0, 30),
                        Arbitraries.integers().between(0, 7),
                        Arbitraries.integers().between(0, 5),
                        Arbitraries.integers().between(0, 9))
                .as(RandomStep::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(4);
        var rollback = Combinators.combine(Arbitraries.integers().between(0, 3), steps)
                .as(RandomRollback::new)
                .optional(0.8);
        return Combinators.combine(steps.list().ofMinSize(1).ofMaxSize(3), rollback)
                .as(Moves::yaml);
    }

    private static String yaml(List<List<RandomStep>> phases, Optional<RandomRollback> back) {
        var all = new ArrayList<String>();
        for (var phase = 0; phase < phases.size(); phase++) {
            for (var step = 0; step < phases.get(phase).size(); step++) {
                all.add("p%d.s%d".formatted(phase, step));
            }
        }
        back.ifPresent(it -> Stream.iterate(0, step -> step + 1)
                .limit(it.steps().size())
                .forEach(step -> all.add("rollback.s" + step)));
        var yaml = new StringBuilder("inputs: { quick: { type: boolean, default: true } }\nphases:\n");
        for (var phase = 0; phase < phases.size(); phase++) {
            yaml.append("  - name: p%d\n    steps:\n".formatted(phase));
            append(yaml, "p" + phase, phases.get(phase), all, back.isPresent());
        }
        yaml.append("monitors:\n");
        for (var monitor = 0; monitor < 3; monitor++) {
            yaml.append("  - { name: m%d, http: 'http://x', expect: ['[STATUS] == 200'] }\n".formatted(monitor));
        }
        back.ifPresent(it -> {
            var when = List.of("[]", "[step-failed]", "[health-degraded]", "[step-failed, health-degraded]");
            yaml.append("rollback:\n  when: %s\n  within: 20m\n  steps:\n".formatted(when.get(it.when())));
            append(yaml, Plan.ROLLBACK, it.steps(), all, false);
        });
        return yaml.toString();
    }

    private static void append(
            StringBuilder yaml, String phase, List<RandomStep> steps, List<String> all, boolean withOnFailure) {
        for (var index = 0; index < steps.size(); index++) {
            var step = steps.get(index);
            var event = "Event" + step.detail() % 3;
            var action = switch (step.action()) {
                case 0 -> "check: { http: 'http://x', expect: ['[STATUS] == 200'] }";
                case 1 -> "await: { event: %s, timeout: 30m }".formatted(event);
                case 2 -> "run: deploy" + target(phase, index, step, all);
                case 3 -> "run: deploy, until: { event: %s, timeout: 1h }".formatted(event);
                case 4 ->
                    "run: deploy, approve: { by: on-call, timeout: 30m, approvals: %d }"
                            .formatted(1 + step.detail() % 2);
                case 5 ->
                    "approve: { by: on-call, timeout: 2h, self-approval: %s, approvals: %d }"
                            .formatted(step.detail() % 3 == 0, 1 + step.detail() % 2);
                case 6 ->
                    phase.equals(Plan.ROLLBACK)
                            ? "approve: { by: on-call, timeout: 10m }"
                            : "release: { application: part-%d, environment: production }".formatted(step.detail());
                default -> "watch: { for: 15m, monitors: [m%d] }".formatted(step.detail() % 3);
            };
            var needs = step.needs() == 0 && index > 0
                    ? ", needs: [s%d]".formatted(step.detail() % index)
                    : step.needs() == 1 ? ", needs: []" : "";
            var about = all.get(step.detail() % all.size());
            var condition = switch (step.condition()) {
                case 0 -> ", if: " + about;
                case 1 -> ", if: '!%s'".formatted(about);
                case 2 -> ", if: failed(%s)".formatted(about);
                case 3 -> ", if: 'succeeded(%s) || begun(%s)'".formatted(about, all.getFirst());
                case 4 -> ", if: 'inputs.quick && !timed-out(%s)'".formatted(about);
                case 5 -> ", if: 'release.version == 2 || skipped(%s)'".formatted(about);
                default -> "";
            };
            var onFailure = switch (step.onFailure()) {
                case 0 -> ", on-failure: fail";
                case 1 -> ", on-failure: continue";
                case 2, 3 -> ", on-failure: ask";
                case 4 -> withOnFailure ? ", on-failure: roll-back" : "";
                default -> "";
            };
            var retry = step.action() == 0 || step.action() == 2 || step.action() == 3
                    ? switch (step.retry()) {
                        case 0 -> ", retry: { attempts: 2, backoff: 1m }";
                        case 1 -> ", retry: { attempts: 5, backoff: 30s, max-backoff: 10m }";
                        default -> "";
                    }
                    : "";
            yaml.append("      - { name: s%d, %s%s%s%s%s }\n"
                    .formatted(index, action, needs, condition, retry, phase.equals(Plan.ROLLBACK) ? "" : onFailure));
        }
    }

    /** Now and then an operation says what a step before it gave, which that may not have. */
    private static String target(String phase, int index, RandomStep step, List<String> all) {
        var before = all.indexOf("%s.s%d".formatted(phase, index));
        return step.output() < 3 && before > 0
                ? ", with: { target: '${steps.%s.output.n}' }".formatted(all.get(step.detail() % before))
                : "";
    }
}
