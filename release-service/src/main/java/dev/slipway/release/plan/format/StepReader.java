package dev.slipway.release.plan.format;

import dev.slipway.release.plan.Guard;
import dev.slipway.release.plan.Operations;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Step;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.Step.Approval;
import dev.slipway.release.plan.Step.Awaited;
import dev.slipway.release.plan.Step.OnFailure;
import dev.slipway.release.plan.StepRef;
import dev.slipway.release.plan.Suggestion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the steps of a phase, or of the way back. */
final class StepReader {

    private static final List<String> ACTIONS = List.of("check", "await", "run", "approve", "watch");
    /** Beyond a check's own time-out: the way to health-probe and back, and a restart of it. */
    private static final Duration CHECK_ROUND_TRIP = Duration.ofMinutes(1);

    private static final Duration AWAIT_TIMEOUT = Duration.ofHours(24);
    private static final Duration APPROVE_TIMEOUT = Duration.ofHours(24);

    private final Operations operations;
    private final PlanFormat format;
    private final Names names;
    private final Texts texts;
    private final CheckReader checks;

    StepReader(Operations operations, PlanFormat format, Names names, Texts texts, CheckReader checks) {
        this.operations = operations;
        this.format = format;
        this.names = names;
        this.texts = texts;
        this.checks = checks;
    }

    /**
     * Reads the steps of a phase.
     *
     * @param phase its name; {@link Plan#ROLLBACK} for the way back
     * @param runTimeout how long an operation may take that does not say it
     */
    List<Step> steps(YamlValue value, String phase, Duration runTimeout) {
        var objects = value.list("At least one step is needed").stream()
                .flatMap(item -> item.object().stream())
                .toList();
        var order = Order.of(objects, format);
        return objects.stream()
                .flatMap(object -> step(object, phase, order, runTimeout).stream())
                .toList();
    }

    private Optional<Step> step(YamlObject object, String phase, Order order, Duration runTimeout) {
        var said = order.needs(object);
        var name = object.require("name").flatMap(it -> Scalars.uniqueName(it, order.above(), "step"));
        checkKinds(object);
        // All are read, so that all errors are found.
        var check = object.get("check").flatMap(checks::check);
        var await = object.get("await").flatMap(it -> awaited(it, AWAIT_TIMEOUT));
        var run = object.get("run").flatMap(it -> run(it, object.get("with")));
        var timeout = object.get("timeout").flatMap(Scalars::duration);
        var approval = object.get("approve")
                .flatMap(it -> approval(it, object.has("run") ? APPROVE_TIMEOUT : timeout.orElse(APPROVE_TIMEOUT)));
        var watch = object.get("watch").flatMap(this::watch);
        var until = object.get("until").flatMap(it -> awaited(it, runTimeout));
        var condition = object.get("if").flatMap(it -> guard(it, phase));
        var onFailure = object.get("on-failure").flatMap(it -> onFailure(it, phase));
        object.close();
        var asked = condition.stream()
                .flatMap(Guard::steps)
                .filter(ref -> ref.phase().equals(phase));
        var needs =
                name.map(it -> order.add(it, said, asked.map(StepRef::step))).orElse(said);

        var action = check.<Action>map(Action.VerifyCheck::new)
                .or(() -> await.map(it -> new Action.Await(it.event())))
                .or(() -> run)
                .or(() -> watch)
                .or(() -> approval.map(it -> new Action.Approve()));
        var time = timeout.or(() -> check.map(it -> it.timeout().plus(CHECK_ROUND_TRIP)))
                .or(() -> await.map(AwaitedFor::timeout))
                .or(() -> until.map(AwaitedFor::timeout))
                .or(() -> watch.map(Action.Watch::duration))
                .orElse(runTimeout);
        return name.flatMap(it -> action.map(
                does -> new Step(it, does, needs, condition, approval, until.map(AwaitedFor::event), time, onFailure)));
    }

    private static void checkKinds(YamlObject object) {
        var present = ACTIONS.stream().filter(object::has).toList();
        if (present.isEmpty()) {
            object.error("A step needs one of check, await, run, approve, watch");
        } else if (present.size() > 1 && !present.equals(List.of("run", "approve"))) {
            object.error(
                    "A step does one thing, but this one has %s; make several steps of it (only run and approve go together)"
                            .formatted(String.join(", ", present)));
        }
        if (!object.has("run")) {
            object.get("with").ifPresent(at -> at.error("'with' goes with 'run'"));
            object.get("until")
                    .ifPresent(at -> at.error("'until' goes with 'run'; to wait for an event alone, use 'await'"));
        }
        if (object.has("watch")) {
            object.get("timeout")
                    .ifPresent(at ->
                            at.error("'timeout' does not go with 'watch', which takes as long as its 'for' says"));
        }
    }

    private Optional<Guard> guard(YamlValue value, String phase) {
        return value.text().flatMap(text -> {
            try {
                return Optional.of(Guard.parse(text, name -> names.step(name, phase)));
            } catch (IllegalArgumentException e) {
                value.error("The condition '%s' cannot be read: %s".formatted(text, e.getMessage()));
                return Optional.empty();
            }
        });
    }

    private Optional<OnFailure> onFailure(YamlValue value, String phase) {
        if (phase.equals(Plan.ROLLBACK)) {
            value.error("does not go with a step of the way back, which goes on without it");
        }
        return Scalars.oneOf(value, OnFailure.class).filter(onFailure -> {
            var fits = onFailure != OnFailure.ROLL_BACK || names.hasRollback();
            if (!fits) {
                value.error("There is no way back to go; add 'rollback' to the plan");
            }
            return fits;
        });
    }

    // ---- what steps do ----

    /** An awaited event, and for how long. */
    private record AwaitedFor(Awaited event, Duration timeout) {}

    private Optional<AwaitedFor> awaited(YamlValue value, Duration defaultTimeout) {
        return value.object().flatMap(object -> {
            var event = object.require("event").flatMap(Scalars::eventName);
            var where = object.get("where").map(texts::allOpen).orElse(Map.of());
            var timeout = object.get("timeout").flatMap(Scalars::duration).orElse(defaultTimeout);
            object.close();
            return event.map(name -> new AwaitedFor(new Awaited(name, where), timeout));
        });
    }

    private Optional<Action> run(YamlValue value, Optional<YamlValue> with) {
        return value.text().flatMap(kind -> {
            if (!operations.kinds().contains(kind)) {
                value.error("The operation " + Suggestion.unknown(kind, operations.kinds()));
                return Optional.empty();
            }
            var settings = new LinkedHashMap<String, Object>();
            with.flatMap(YamlValue::object)
                    .ifPresent(object -> object.values().forEach((name, at) -> {
                        texts.checkAll(at, at.plain());
                        settings.put(name, at.plain());
                    }));
            operations
                    .problems(kind, settings)
                    .forEach(problem -> with.orElse(value).error(problem));
            return Optional.of(new Action.Run(kind, settings));
        });
    }

    private static Optional<Approval> approval(YamlValue value, Duration defaultTimeout) {
        return value.object().flatMap(object -> {
            var by = object.require("by").flatMap(YamlValue::text);
            var text = object.get("text").flatMap(YamlValue::text);
            var timeout = object.get("timeout").flatMap(Scalars::duration).orElse(defaultTimeout);
            object.close();
            return by.map(it -> new Approval(it, text, timeout));
        });
    }

    private Optional<Action.Watch> watch(YamlValue value) {
        return value.object().flatMap(object -> {
            var duration = object.require("for").flatMap(Scalars::duration);
            var watched = new ArrayList<String>();
            object.require("monitors").ifPresent(list -> {
                for (var item : list.list("A watch needs at least one monitor")) {
                    item.text().ifPresent(name -> {
                        if (watched.contains(name)) {
                            item.error("The monitor '%s' stands there twice; keep one".formatted(name));
                        } else if (names.monitors().contains(name)) {
                            watched.add(name);
                        } else {
                            item.error("The monitor " + Suggestion.unknown(name, names.monitors()));
                        }
                    });
                }
            });
            object.close();
            return duration.map(it -> new Action.Watch(it, watched));
        });
    }
}
