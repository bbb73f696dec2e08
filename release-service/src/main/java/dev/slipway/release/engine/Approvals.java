package dev.slipway.release.engine;

import static java.util.stream.Collectors.joining;

import dev.slipway.event.Evidence;
import dev.slipway.event.ReleaseEvent.ApprovalRequested;
import dev.slipway.release.engine.Input.Approved;
import dev.slipway.release.engine.Input.Rejected;
import dev.slipway.release.engine.Release.Approver;
import dev.slipway.release.engine.Release.Stage;
import dev.slipway.release.engine.Release.StepProgress;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.Step.Approval;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Steps that await a person's yes, and what becomes of it, or of a no. */
final class Approvals {

    private final Walk walk;
    private final Outcomes outcomes;
    private final Progress progress;

    Approvals(Walk walk, Outcomes outcomes, Progress progress) {
        this.walk = walk;
        this.outcomes = outcomes;
        this.progress = progress;
    }

    /** Has a step wait for its approval. */
    static void ask(Walk walk, StepProgress step, Approval approval, int attempt) {
        var ref = step.ref();
        var until = walk.now().plus(approval.timeout());
        walk.set(ref, StepState.WAITING, Stage.APPROVAL, attempt, what(walk, approval, List.of()), until, until);
        walk.publish(new ApprovalRequested(walk.id(), ref.phase(), ref.step(), approval.by(), until));
    }

    private static String what(Walk walk, Approval approval, List<Approver> approvers) {
        var missing = approval.approvals() - approvers.size();
        var what = (missing == 1 ? "" : missing + " x ") + "approval by " + approval.by();
        var before = approvers.isEmpty() ? "" : ", after " + names(approvers);
        return what
                + before
                + approval.text().map(it -> ": " + walk.filling().text(it)).orElse("");
    }

    static String names(List<Approver> approvers) {
        return approvers.stream().map(Approver::by).collect(joining(" and "));
    }

    void approved(Approved approved) {
        var by = approved.by();
        var waiting = waiting(approved.step());
        var step = waiting.stream().filter(it -> objection(it, by).isEmpty()).findFirst();
        if (step.isPresent()) {
            approved(step.get(), new Approver(by, walk.now(), approved.comment()));
        } else if (waiting.isEmpty()) {
            walk.remark("%s approved, but no step awaits approval".formatted(by));
        } else {
            objection(waiting.getFirst(), by)
                    .ifPresent(why ->
                            walk.remark(waiting.getFirst().ref(), "An approval does not count: %s".formatted(why)));
        }
    }

    private void approved(StepProgress before, Approver approver) {
        var step = before.approvedBy(approver);
        var definition = walk.definition(step);
        var approval = definition.approval().orElseThrow();
        if (step.approvers().size() < approval.approvals()) {
            walk.put(step.awaiting(what(walk, approval, step.approvers())));
            walk.remark(step.ref(), evidence(List.of(approver)));
        } else if (definition.action() instanceof Action.Approve) {
            outcomes.succeed(step, evidence(step.approvers()));
        } else if (walk.state() == ReleaseState.PAUSED) {
            walk.cancelTimer(walk.timer(step));
            walk.put(step.approved());
            walk.change(
                    step.ref(),
                    StepState.PENDING,
                    "Approved by %s; it acts when the release goes on".formatted(names(step.approvers())),
                    Optional.of(evidence(step.approvers())));
        } else {
            walk.put(step);
            walk.remark(step.ref(), evidence(step.approvers()));
            walk.cancelTimer(walk.timer(step));
            progress.act(step.ref(), definition, step.attempt());
        }
    }

    void rejected(Rejected rejected) {
        waiting(rejected.step()).stream()
                .findFirst()
                .ifPresentOrElse(
                        step -> rejected(step, new Approver(rejected.by(), walk.now(), rejected.comment())),
                        () -> walk.remark("%s said no, but no step awaits approval".formatted(rejected.by())));
    }

    private void rejected(StepProgress step, Approver no) {
        var why = no.comment().map(it -> ": " + it).orElse("");
        outcomes.reject(step, new Evidence("Rejected by " + no.by() + why, details(no)));
    }

    private List<StepProgress> waiting(Optional<String> name) {
        return walk.steps().stream()
                .filter(step -> step.isAwaitingApproval() && step.isMeant(name))
                .toList();
    }

    private Optional<String> objection(StepProgress step, String by) {
        return Objections.toApproval(walk.release(), walk.plan(), step, by);
    }

    /** What several approved says of each; what one did, of that one alone. */
    private static Evidence evidence(List<Approver> approvers) {
        var last = approvers.getLast();
        var details = details(last);
        if (approvers.size() > 1) {
            details.put("by", names(approvers));
            details.put("approvals", approvers.stream().map(Approvals::details).toList());
        }
        return new Evidence("Approved by " + names(approvers), details);
    }

    private static Map<String, Object> details(Approver approver) {
        var details = new LinkedHashMap<String, Object>();
        details.put("by", approver.by());
        details.put("at", approver.at().toString());
        approver.comment().ifPresent(comment -> details.put("comment", comment));
        return details;
    }
}
