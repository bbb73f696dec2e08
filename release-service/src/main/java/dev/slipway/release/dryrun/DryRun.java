package dev.slipway.release.dryrun;

import static java.util.stream.Collectors.joining;

import dev.slipway.condition.Durations;
import dev.slipway.event.CheckEvent.Check;
import dev.slipway.release.dryrun.Explanation.Ahead;
import dev.slipway.release.dryrun.Explanation.ExplainedApproval;
import dev.slipway.release.dryrun.Explanation.ExplainedChild;
import dev.slipway.release.dryrun.Explanation.ExplainedFreeze;
import dev.slipway.release.dryrun.Explanation.ExplainedPhase;
import dev.slipway.release.dryrun.Explanation.ExplainedQueue;
import dev.slipway.release.dryrun.Explanation.ExplainedRetry;
import dev.slipway.release.dryrun.Explanation.ExplainedRollback;
import dev.slipway.release.dryrun.Explanation.ExplainedStep;
import dev.slipway.release.dryrun.Explanation.ExplainedWait;
import dev.slipway.release.dryrun.Explanation.Kind;
import dev.slipway.release.dryrun.Explanation.Needed;
import dev.slipway.release.dryrun.Outlook.Part.Impossible;
import dev.slipway.release.dryrun.Outlook.Part.Possible;
import dev.slipway.release.dryrun.Outlook.Wanted;
import dev.slipway.release.dryrun.Preparations.Told;
import dev.slipway.release.engine.Rehearsal;
import dev.slipway.release.engine.Rehearsal.Outcome;
import dev.slipway.release.engine.Release;
import dev.slipway.release.engine.StepState;
import dev.slipway.release.freeze.Freeze.Hold;
import dev.slipway.release.lifecycle.Requests;
import dev.slipway.release.plan.Guard;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Plan.Queue;
import dev.slipway.release.plan.Plan.Rollback;
import dev.slipway.release.plan.Step;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.Step.Awaited;
import dev.slipway.release.plan.Step.Retry;
import dev.slipway.release.plan.StepRef;
import dev.slipway.release.plan.Template;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Says what would happen, without anything being done, or stored. */
@Singleton
public class DryRun {

    private final Preparations preparations;

    DryRun(Preparations preparations) {
        this.preparations = preparations;
    }

    /**
     * Explains.
     *
     * @param authorization the caller's own, with which the other services are asked
     */
    public Explanation explain(Wanted wanted, Optional<String> authorization) throws InterruptedException {
        return explain(List.of(wanted), authorization).getFirst();
    }

    /** Explains several, one by one. */
    List<Explanation> explain(List<Wanted> all, Optional<String> authorization) throws InterruptedException {
        var told = preparations.ask(all.stream().flatMap(DryRun::plans).toList(), authorization);
        return all.stream().map(wanted -> explain(wanted, told)).toList();
    }

    /** Its plan, and those of the releases that would be part of it. */
    private static Stream<Plan> plans(Wanted wanted) {
        return Stream.concat(Stream.of(wanted.plan()), possible(wanted).flatMap(part -> plans(part.wanted())));
    }

    private static Stream<Possible> possible(Wanted wanted) {
        return wanted.parts().stream()
                .flatMap(part -> part instanceof Possible possible ? Stream.of(possible) : Stream.empty());
    }

    private Explanation explain(Wanted wanted, Told told) {
        var plan = wanted.plan();
        var release = wanted.release();
        var played = Rehearsal.of(plan, release);
        var texts = Rehearsal.texts(plan, release);
        var forward = new Explained(plan, texts, played.forward());
        var back = played.back().map(outcome -> new Explained(plan, texts, outcome));
        var phases = plan.phases().stream()
                .map(phase -> new ExplainedPhase(
                        phase.name(), phase.description(), forward.steps(phase.name(), phase.steps())))
                .toList();
        var rollback = plan.rollback().flatMap(it -> back.map(explained -> explained.rollback(it)));
        var children = possible(wanted)
                .map(part -> new ExplainedChild(part.step().toString(), explain(part.wanted(), told)))
                .toList();
        var turn = Turn.of(wanted);
        var found = preparations.of(plan, told);
        return new Explanation(
                plan.subject().application(),
                plan.subject().environment(),
                wanted.planVersion(),
                release.inputs(),
                wanted.assumed(),
                played.forward().end(),
                played.forward().reason().filter(reason -> played.forward().isUnsuccessful()),
                Durations.format(played.forward().atMost()),
                shown(turn.ahead()),
                queue(plan.queue(), turn),
                wanted.freeze().map(hold -> freeze(hold, release)),
                phases,
                Stream.concat(forward.approvals(), back.stream().flatMap(Explained::approvalsOfWayBack))
                        .toList(),
                rollback,
                children,
                found.secrets(),
                found.channels(),
                Stream.concat(found.missing().stream(), missing(wanted, children))
                        .toList());
    }

    private static ExplainedQueue queue(Queue queue, Turn turn) {
        return new ExplainedQueue(
                queue.whenTaken(),
                Durations.format(queue.timeout()),
                shown(turn.superseded()),
                turn.refusedFor().map(Requests::refusal));
    }

    private static List<Ahead> shown(List<Release> releases) {
        return releases.stream()
                .map(it -> new Ahead(it.id(), it.version(), it.state()))
                .toList();
    }

    private static ExplainedFreeze freeze(Hold hold, Release release) {
        return new ExplainedFreeze(
                hold.freeze().id(),
                hold.freeze().kind(),
                hold.freeze().reason(),
                hold.freeze().setBy(),
                hold.since(),
                hold.until(),
                release.optOut().isPresent());
    }

    /** What stands in the way of the releases that would be part of it, or of their way back. */
    private static Stream<String> missing(Wanted wanted, List<ExplainedChild> children) {
        var impossible = wanted.parts().stream()
                .flatMap(part -> part instanceof Impossible it
                        ? Stream.of("%s: %s".formatted(it.step(), it.why()))
                        : Stream.<String>empty());
        return Stream.concat(impossible, children.stream().flatMap(DryRun::missing));
    }

    private static Stream<String> missing(ExplainedChild child) {
        var release = child.release();
        var refusal = release.queue().refusedFor().stream();
        var wayBack = release.rollback().isPresent()
                ? Stream.<String>empty()
                : Stream.of(
                        "The plan for %s/%s has no way back, so the release that it is part of cannot be rolled back;"
                                        .formatted(release.application(), release.environment())
                                + " add 'rollback' to it");
        return Stream.of(refusal, wayBack, release.missing().stream())
                .flatMap(it -> it)
                .map(what -> "%s: %s".formatted(child.step(), what));
    }

    /**
     * One of the two courses of a release, in words.
     *
     * @param filled makes of a text of the plan what it would be
     */
    private record Explained(Plan plan, UnaryOperator<String> filled, Outcome outcome) {

        private List<ExplainedStep> steps(String phase, List<Step> steps) {
            return steps.stream()
                    .map(step -> explained(new StepRef(phase, step.name()), step))
                    .toList();
        }

        private ExplainedRollback rollback(Rollback back) {
            return new ExplainedRollback(
                    back.when(),
                    Durations.format(back.within()),
                    Durations.format(outcome.atMost()),
                    outcome.end(),
                    steps(Plan.ROLLBACK, back.steps()));
        }

        private ExplainedStep explained(StepRef ref, Step step) {
            var part = outcome.part(ref);
            return new ExplainedStep(
                    step.name(),
                    step.description(),
                    kind(step.action()),
                    what(step),
                    step.action() instanceof Action.VerifyCheck verify
                            ? texts(verify.check().expect())
                            : List.of(),
                    step.action() instanceof Action.Run run ? settings(run) : Map.of(),
                    step.needs(),
                    step.condition().map(Guard::shown),
                    needed(step, part.state()),
                    part.begins().map(Durations::format),
                    part.waits().stream()
                            .map(wait -> new ExplainedWait(wait.what(), Durations.format(wait.atMost()), wait.then()))
                            .toList(),
                    step.retry().map(Explained::retry),
                    Optional.of(ref)
                            .filter(it -> !it.phase().equals(Plan.ROLLBACK))
                            .map(plan::onFailure));
        }

        private static Needed needed(Step step, StepState state) {
            if (step.condition().filter(it -> !Rehearsal.isDecidable(it)).isPresent()) {
                return Needed.DEPENDS;
            }
            return state == StepState.SKIPPED ? Needed.NO : Needed.YES;
        }

        private static Kind kind(Action action) {
            return switch (action) {
                case Action.VerifyCheck check -> Kind.CHECK;
                case Action.Await await -> Kind.AWAIT;
                case Action.Run run -> Kind.RUN;
                case Action.Approve approve -> Kind.APPROVE;
                case Action.Watch watch -> Kind.WATCH;
                case Action.Child child -> Kind.RELEASE;
            };
        }

        private String what(Step step) {
            return switch (step.action()) {
                case Action.VerifyCheck verify -> what(verify.check());
                case Action.Await await -> what(await.event());
                case Action.Run run ->
                    run.operation()
                            + step.until().map(it -> ", until " + what(it)).orElse("");
                case Action.Approve approve ->
                    step.approval().map(it -> "approval by " + it.by()).orElseThrow();
                case Action.Child child -> "%s of %s".formatted(text(child.version()), child.subject());
                case Action.Watch watch ->
                    "%s for %s".formatted(String.join(", ", watch.monitors()), Durations.format(watch.duration()));
            };
        }

        private String what(Check check) {
            return check.http()
                    .map(call -> "%s %s".formatted(call.method(), text(call.url())))
                    .or(() -> check.tls().map(host -> "the certificate of " + text(host)))
                    .orElseThrow();
        }

        private String what(Awaited awaited) {
            var where = awaited.where().entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .map(entry -> "%s %s".formatted(entry.getKey(), text(entry.getValue())))
                    .collect(joining(", "));
            return where.isEmpty() ? awaited.event() : "%s with %s".formatted(awaited.event(), where);
        }

        private static ExplainedRetry retry(Retry retry) {
            return new ExplainedRetry(
                    retry.attempts(),
                    IntStream.range(1, retry.attempts())
                            .mapToObj(retry::pauseAfter)
                            .map(Durations::format)
                            .toList());
        }

        private Stream<ExplainedApproval> approvals() {
            return plan.phases().stream().flatMap(phase -> approvals(phase.name(), phase.steps()));
        }

        private Stream<ExplainedApproval> approvalsOfWayBack() {
            return plan.rollback().stream().flatMap(back -> approvals(Plan.ROLLBACK, back.steps()));
        }

        private Stream<ExplainedApproval> approvals(String phase, List<Step> steps) {
            return steps.stream()
                    .filter(step -> needed(
                                            step,
                                            outcome.part(new StepRef(phase, step.name()))
                                                    .state())
                                    != Needed.NO
                            // Somebody may be asked on the way back, if it goes badly.
                            || phase.equals(Plan.ROLLBACK))
                    .flatMap(step -> step.approval().stream()
                            .map(approval -> new ExplainedApproval(
                                    new StepRef(phase, step.name()).toString(),
                                    approval.by(),
                                    approval.approvals(),
                                    approval.selfApproval(),
                                    approval.text().map(this::text),
                                    Durations.format(approval.timeout()))));
        }

        private String text(String text) {
            return filled.apply(text);
        }

        private List<String> texts(List<String> texts) {
            return texts.stream().map(this::text).toList();
        }

        @SuppressWarnings("unchecked") // Filling keeps the shape.
        private Map<String, Object> settings(Action.Run run) {
            return (Map<String, Object>) Template.fillAll(run.with(), filled);
        }
    }
}
