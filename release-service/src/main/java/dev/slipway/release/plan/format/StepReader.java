package dev.slipway.release.plan.format;

import dev.slipway.condition.Suggestion;
import dev.slipway.event.Subject;
import dev.slipway.release.plan.Guard;
import dev.slipway.release.plan.Operations;
import dev.slipway.release.plan.Output;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Step;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.Step.Approval;
import dev.slipway.release.plan.Step.Awaited;
import dev.slipway.release.plan.Step.OnFailure;
import dev.slipway.release.plan.Step.Retry;
import dev.slipway.release.plan.StepRef;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads the steps of a phase, or of the way back. */
final class StepReader {

    /** What a step may say. */
    static final List<String> KEYS = List.of(
            "name",
            "description",
            "needs",
            "if",
            "check",
            "await",
            "run",
            "with",
            "until",
            "approve",
            "watch",
            "release",
            "timeout",
            "retry",
            "on-failure");

    static final String NO_WAY_BACK = "There is no way back to go; add 'rollback' to the plan";

    private static final List<String> ACTIONS = List.of("check", "await", "run", "approve", "watch", "release");
    /** Beyond a check's own time-out: the way to health-probe and back, and a restart of it. */
    private static final Duration CHECK_ROUND_TRIP = Duration.ofMinutes(1);

    private static final Duration AWAIT_TIMEOUT = Duration.ofHours(24);
    private static final Duration APPROVE_TIMEOUT = Duration.ofHours(24);
    private static final Duration CHILD_TIMEOUT = Duration.ofHours(24);
    private static final int MOST_ATTEMPTS = 20;
    private static final int MOST_APPROVALS = 20;
    private static final Duration BACKOFF = Duration.ofSeconds(10);
    private static final Duration MAX_BACKOFF = Duration.ofMinutes(5);

    private final Operations operations;
    private final PlanFormat format;
    private final Names names;
    private final Fragments fragments;

    StepReader(Operations operations, PlanFormat format, Names names, Fragments fragments) {
        this.operations = operations;
        this.format = format;
        this.names = names;
        this.fragments = fragments;
    }

    /**
     * Where steps stand.
     *
     * @param runTimeout how long an operation may take that does not say it
     * @param use the fragment that they are of, if they are of one
     */
    private record Place(String phase, Order order, Duration runTimeout, Optional<Use> use) {}

    /**
     * The use of a fragment.
     *
     * @param prefix what stands before the names of its steps
     * @param condition when it is needed at all
     */
    private record Use(String prefix, Optional<Guard> condition) {}

    /**
     * Reads the steps of a phase.
     *
     * @param phase its name; {@link Plan#ROLLBACK} for the way back
     * @param runTimeout how long an operation may take that does not say it
     */
    List<Step> steps(YamlValue value, String phase, Duration runTimeout) {
        var items = items(value);
        return steps(items, new Place(phase, Order.of(items, format), runTimeout, Optional.empty()))
                .toList();
    }

    private static List<YamlObject> items(YamlValue value) {
        return value.list("At least one step is needed").stream()
                .flatMap(item -> item.object().stream())
                .toList();
    }

    private Stream<Step> steps(List<YamlObject> items, Place place) {
        return items.stream().flatMap(item -> item.has("uses") ? used(item, place) : step(item, place).stream());
    }

    /** The steps of a fragment, in the place where it is used. */
    private Stream<Step> used(YamlObject use, Place place) {
        var needs = place.order().needs(use);
        var name = Names.useName(use).orElse("?");
        var named = use.get("name").or(() -> use.get("uses"));
        var problem = useProblem(name, place);
        problem.ifPresent(it -> named.ifPresent(at -> at.error(it)));
        var items = fragments
                .steps(use)
                .filter(it -> problem.isEmpty())
                .map(StepReader::items)
                .orElse(List.of());
        var condition = use.get("if").flatMap(it -> guard(it, textsOf(place, Order.prefix(name) + first(items))));
        use.get("with").ifPresent(YamlValue::object);
        use.close();
        var inside = place.order().inside(name, items, needs);
        var within = Optional.of(new Use(Order.prefix(name), condition));
        var steps = steps(items, new Place(place.phase(), inside, place.runTimeout(), within))
                .toList();
        place.order().add(name, inside);
        return steps.stream();
    }

    private static Optional<String> useProblem(String name, Place place) {
        if (place.use().isPresent()) {
            return Optional.of("A fragment uses no other fragment");
        }
        if (place.order().above().contains(name)) {
            return Optional.of("There is a step '%s' above already; give this one a 'name' of its own".formatted(name));
        }
        return Scalars.nameProblem(name);
    }

    private static String first(List<YamlObject> items) {
        return items.stream()
                .findFirst()
                .flatMap(it -> it.get("name"))
                .flatMap(YamlValue::text)
                .orElse("?");
    }

    private Texts textsOf(Place place, String nameInFull) {
        return Texts.of(
                new StepRef(place.phase(), nameInFull),
                place.use().map(Use::prefix).orElse(""),
                names);
    }

    private Optional<Step> step(YamlObject object, Place place) {
        var order = place.order();
        var runTimeout = place.runTimeout();
        var said = order.needs(object);
        var name = object.require("name")
                .flatMap(at -> Scalars.uniqueName(at, order.above(), "step").filter(it -> isFree(at, it, order)));
        var texts = textsOf(place, name.map(order::inFull).orElse("?"));
        checkKinds(object);
        // All are read, so that all errors are found.
        var description = object.get("description").flatMap(YamlValue::text);
        var check = object.get("check").flatMap(it -> new CheckReader(texts).check(it));
        var await = object.get("await").flatMap(it -> awaited(it, AWAIT_TIMEOUT));
        var run = object.get("run").flatMap(it -> run(it, object.get("with"), texts));
        var timeout = object.get("timeout").flatMap(Scalars::duration);
        var approval = object.get("approve")
                .flatMap(it ->
                        approval(it, texts, object.has("run") ? APPROVE_TIMEOUT : timeout.orElse(APPROVE_TIMEOUT)));
        var watch = object.get("watch").flatMap(this::watch);
        var child = object.get("release").flatMap(it -> child(it, texts, place.phase()));
        var until = object.get("until").flatMap(it -> awaited(it, runTimeout));
        var retry = object.get("retry").flatMap(StepReader::retry);
        var own = object.get("if").flatMap(it -> guard(it, texts));
        var onFailure = object.get("on-failure").flatMap(it -> onFailure(it, place.phase()));
        object.close();

        var condition = both(place.use().flatMap(Use::condition), own);
        var asked = Stream.concat(
                        condition.stream().flatMap(Guard::steps),
                        texts.outputs().stream().map(Output::step))
                .filter(ref -> ref.phase().equals(place.phase()))
                .map(StepRef::step);
        var needs = name.map(it -> order.add(it, said, asked)).orElse(said);
        var action = check.<Action>map(Action.VerifyCheck::new)
                .or(() -> await.map(it -> new Action.Await(it.event())))
                .or(() -> run)
                .or(() -> watch)
                .or(() -> child)
                .or(() -> approval.map(it -> new Action.Approve()));
        var once = check.map(it -> it.timeout().plus(CHECK_ROUND_TRIP))
                .or(() -> await.map(AwaitedFor::timeout))
                .or(() -> until.map(AwaitedFor::timeout))
                .or(() -> watch.map(Action.Watch::duration))
                .or(() -> child.map(it -> CHILD_TIMEOUT))
                .orElse(runTimeout);
        var time = timeout.orElseGet(() ->
                retry.map(it -> inAll(it, once, place.phase(), runTimeout)).orElse(once));
        return name.flatMap(it -> action.map(does -> new Step(
                order.inFull(it),
                description,
                does,
                needs,
                condition,
                approval,
                until.map(AwaitedFor::event),
                time,
                retry,
                onFailure,
                texts.outputs())));
    }

    /** Whether the step's name in full is one, and no other step's. */
    private static boolean isFree(YamlValue at, String name, Order order) {
        var inFull = order.inFull(name);
        var problem = Scalars.nameProblem(inFull)
                .or(() -> order.has(inFull)
                        ? Optional.of("There is a step '%s' above already; names must differ".formatted(inFull))
                        : Optional.empty());
        problem.ifPresent(at::error);
        return problem.isEmpty();
    }

    private static Optional<Guard> both(Optional<Guard> one, Optional<Guard> other) {
        return one.isPresent() && other.isPresent()
                ? Optional.of(new Guard.And(List.of(one.get(), other.get())))
                : one.or(() -> other);
    }

    /** How long all attempts may take; on the way back no longer than that. */
    private static Duration inAll(Retry retry, Duration once, String phase, Duration within) {
        var all = once.multipliedBy(retry.attempts()).plus(retry.pauses());
        var longest = phase.equals(Plan.ROLLBACK) ? within : Scalars.LONGEST;
        return all.compareTo(longest) < 0 ? all : longest;
    }

    private static void checkKinds(YamlObject object) {
        var present = ACTIONS.stream().filter(object::has).toList();
        if (present.isEmpty()) {
            object.error("A step needs one of check, await, run, approve, watch, release");
        } else if (present.size() > 1 && !present.equals(List.of("run", "approve"))) {
            object.error(
                    "A step does one thing, but this one has %s; make several steps of it (only run and approve go together)"
                            .formatted(String.join(", ", present)));
        }
        if (!object.has("run")) {
            refuse(object, "with", "'with' goes with 'run'");
            refuse(object, "until", "'until' goes with 'run'; to wait for an event alone, use 'await'");
        }
        if (!object.has("run") && !object.has("check")) {
            refuse(object, "retry", "'retry' goes with 'check' and 'run'");
        }
        if (object.has("watch")) {
            refuse(object, "timeout", "'timeout' does not go with 'watch', which takes as long as its 'for' says");
        }
    }

    private static void refuse(YamlObject object, String key, String why) {
        object.get(key).ifPresent(at -> at.error(why));
    }

    private static Optional<Guard> guard(YamlValue value, Texts texts) {
        return value.text().flatMap(text -> {
            try {
                return Optional.of(Guard.parse(text, texts));
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
                value.error(NO_WAY_BACK);
            }
            return fits;
        });
    }

    private static Optional<Retry> retry(YamlValue value) {
        return value.object().flatMap(object -> {
            var attempts = object.require("attempts").flatMap(it -> Scalars.count(it, 2, MOST_ATTEMPTS));
            var backoff = object.get("backoff").flatMap(Scalars::duration).orElse(BACKOFF);
            var longest = object.get("max-backoff").flatMap(Scalars::duration);
            if (longest.filter(it -> it.compareTo(backoff) < 0).isPresent()) {
                object.error("'max-backoff' is shorter than 'backoff'");
            }
            object.close();
            var maxBackoff = longest.orElse(backoff.compareTo(MAX_BACKOFF) > 0 ? backoff : MAX_BACKOFF);
            return attempts.map(it -> new Retry(it, backoff, maxBackoff));
        });
    }

    // ---- what steps do ----

    /** An awaited event, and for how long. */
    private record AwaitedFor(Awaited event, Duration timeout) {}

    private Optional<AwaitedFor> awaited(YamlValue value, Duration defaultTimeout) {
        return value.object().flatMap(object -> {
            var event = object.require("event").flatMap(Scalars::eventName);
            if (format != PlanFormat.FIRST) {
                event.ifPresent(name -> object.get("event").ifPresent(at -> Scalars.checkAwaited(at, name)));
            }
            // A report may come before its step, and is judged then.
            var where = object.get("where")
                    .map(it -> Texts.outside(names).allOpen(it))
                    .orElse(Map.of());
            var timeout = object.get("timeout").flatMap(Scalars::duration).orElse(defaultTimeout);
            object.close();
            return event.map(name -> new AwaitedFor(new Awaited(name, where), timeout));
        });
    }

    private Optional<Action> run(YamlValue value, Optional<YamlValue> with, Texts texts) {
        return value.text().flatMap(kind -> {
            if (!operations.kinds().contains(kind)) {
                value.error("The operation " + Suggestion.unknown(kind, operations.kinds()));
                return Optional.empty();
            }
            var settings = new LinkedHashMap<String, Object>();
            with.flatMap(YamlValue::object)
                    .ifPresent(object -> object.values().forEach((name, at) -> settings.put(name, texts.json(at))));
            operations
                    .problems(kind, settings)
                    .forEach(problem -> with.orElse(value).error(problem));
            return Optional.of(new Action.Run(kind, settings));
        });
    }

    private Optional<Approval> approval(YamlValue value, Texts texts, Duration defaultTimeout) {
        return value.object().flatMap(object -> {
            var by = object.require("by").flatMap(YamlValue::text);
            // Slipway 0.1 neither looked at the text nor showed it.
            var text =
                    object.get("text").filter(at -> format != PlanFormat.FIRST).flatMap(texts::open);
            var timeout = object.get("timeout").flatMap(Scalars::duration).orElse(defaultTimeout);
            var approvals = object.get("approvals")
                    .flatMap(it -> Scalars.count(it, 1, MOST_APPROVALS))
                    .orElse(1);
            var selfApproval =
                    object.get("self-approval").flatMap(Scalars::flag).orElse(format == PlanFormat.FIRST);
            object.close();
            return by.map(it -> new Approval(it, text, timeout, approvals, selfApproval));
        });
    }

    private Optional<Action.Child> child(YamlValue value, Texts texts, String phase) {
        if (phase.equals(Plan.ROLLBACK)) {
            value.error("does not stand in the way back, on which the releases of the phases are rolled back");
        }
        return value.object().flatMap(object -> {
            var application = object.require("application").flatMap(Scalars::subjectName);
            var environment = object.require("environment").flatMap(Scalars::subjectName);
            var version = object.get("version").flatMap(texts::open).orElse("${release.version}");
            var inputs = object.get("inputs").map(texts::allOpen).orElse(Map.of());
            object.close();
            var subject = application.flatMap(app -> environment.map(env -> new Subject(app, env)));
            if (subject.isPresent() && subject.equals(names.subject())) {
                value.error("A release cannot be part of one of its own environment, which would wait for it;"
                        + " name another application or environment");
            }
            return subject.map(it -> new Action.Child(it, version, inputs));
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
                if (!watched.isEmpty() && names.warnings().containsAll(watched)) {
                    list.error("A watch of nothing but warnings could not fail; add a monitor that is critical");
                }
            });
            object.close();
            return duration.map(it -> new Action.Watch(it, watched));
        });
    }
}
