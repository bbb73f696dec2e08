package dev.slipway.release.plan;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

import dev.slipway.condition.Condition;
import dev.slipway.condition.Durations;
import dev.slipway.condition.Suggestion;
import dev.slipway.event.CheckEvent.Check;
import dev.slipway.event.CheckEvent.HttpCall;
import dev.slipway.event.CheckEvent.Monitor;
import dev.slipway.event.EventTypes;
import dev.slipway.event.ReleaseEvent.NotificationRule;
import dev.slipway.event.ReportEvent;
import dev.slipway.event.Subject;
import dev.slipway.event.WebhookEvent.WebhookVerified;
import dev.slipway.release.plan.Plan.Cause;
import dev.slipway.release.plan.Plan.Phase;
import dev.slipway.release.plan.Plan.Rollback;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.Step.Approval;
import dev.slipway.release.plan.Step.Awaited;
import dev.slipway.release.plan.Step.OnFailure;
import dev.slipway.release.plan.YamlValue.YamlObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads a plan. All that is wrong is found at once, each with its place and the mend; what is valid by this reader can
 * be run.
 */
public final class PlanReader {

    /** The longest file, in characters. */
    public static final int MAX_LENGTH = 1 << 20;

    /** The most steps of a plan. */
    public static final int MAX_STEPS = 500;

    private static final int MAX_DEPTH = 12;
    private static final Pattern NAME = Pattern.compile("[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?");
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_-]{0,62}");
    private static final Pattern HTTP = Pattern.compile("(?:([A-Z]+)\\s+)?(\\S+)");
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
    private static final Set<String> RELEASE_VALUES = Set.of("release.id", "release.version", "release.commit");
    private static final List<String> ACTIONS = List.of("check", "await", "run", "approve", "watch");
    private static final Predicate<Class<?>> CAN_BE_AWAITED =
            event -> ReportEvent.class.isAssignableFrom(event) || event == WebhookVerified.class;
    private static final Set<String> KINDS = Set.of("release", "health");

    private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(10);
    /** Beyond a check's own time-out: the way to health-probe and back, and a restart of it. */
    private static final Duration CHECK_ROUND_TRIP = Duration.ofMinutes(1);

    private static final Duration MONITOR_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration MONITOR_EVERY = Duration.ofSeconds(30);
    private static final Duration RUN_TIMEOUT = Duration.ofMinutes(15);
    private static final Duration AWAIT_TIMEOUT = Duration.ofHours(24);
    private static final Duration APPROVE_TIMEOUT = Duration.ofHours(24);
    private static final Duration ROLLBACK_WITHIN = Duration.ofMinutes(5);
    private static final Duration LONGEST = Duration.ofDays(30);

    private final Operations operations;
    private final List<PlanError> errors = new ArrayList<>();
    private final List<Reference> references = new ArrayList<>();
    private final List<GuardText> guards = new ArrayList<>();
    private final List<StepRef> named = new ArrayList<>();
    private boolean hasRollback;
    private Set<String> variables = Set.of();

    private PlanReader(Operations operations) {
        this.operations = operations;
    }

    /** What reading a plan gives. */
    public sealed interface Reading {

        /** It can be run. */
        record Valid(Plan plan) implements Reading {}

        /** It cannot; the errors stand in the order of the file. */
        record Invalid(List<PlanError> errors) implements Reading {}
    }

    /** A text that refers to values, to be looked at when all variables are known. */
    private record Reference(YamlValue at, String text, boolean takesSecrets) {}

    /** A condition of a step, to be read when all steps are known. */
    private record GuardText(YamlValue at, String text, StepRef step) {}

    /** Reads a plan. */
    public static Reading read(String yaml, Operations operations) {
        return new PlanReader(operations).read(yaml);
    }

    private Reading read(String yaml) {
        var plan = compose(yaml).flatMap(root -> plan(new YamlValue(root, "", errors)));
        return errors.isEmpty() && plan.isPresent()
                ? new Reading.Valid(plan.get())
                : new Reading.Invalid(errors.stream()
                        .sorted(Comparator.comparingInt(PlanError::line).thenComparingInt(PlanError::column))
                        .toList());
    }

    private Optional<Node> compose(String yaml) {
        if (yaml.length() > MAX_LENGTH) {
            errors.add(new PlanError("", "A plan may have at most %d characters".formatted(MAX_LENGTH), 1, 1));
            return Optional.empty();
        }
        var settings = LoadSettings.builder().setCodePointLimit(MAX_LENGTH * 2).build();
        var text = References.hide(yaml);
        try {
            if (!isPlain(settings, text)) {
                return Optional.empty();
            }
            var root = new Compose(settings).composeString(text);
            if (root.isEmpty()) {
                errors.add(new PlanError("", "The plan is empty", 1, 1));
            }
            return root;
        } catch (MarkedYamlEngineException e) {
            var mark = e.getProblemMark();
            errors.add(new PlanError(
                    "",
                    "This is not YAML: " + References.show(e.getProblem()),
                    mark.map(it -> it.getLine() + 1).orElse(1),
                    mark.map(it -> it.getColumn() + 1).orElse(1)));
            return Optional.empty();
        } catch (YamlEngineException e) {
            errors.add(new PlanError("", "This is not YAML: " + e.getMessage(), 1, 1));
            return Optional.empty();
        }
    }

    /** Aliases could grow a small file without end, and nothing here is nested deeply. */
    private boolean isPlain(LoadSettings settings, String text) {
        var depth = 0;
        for (var event : new Parse(settings).parseString(text)) {
            switch (event.getEventId()) {
                case Alias -> errors.add(at(event, "Aliases ('*name') are not supported; write it out, or use vars"));
                case MappingStart, SequenceStart -> depth++;
                case MappingEnd, SequenceEnd -> depth--;
                default -> {}
            }
            if (depth > MAX_DEPTH) {
                errors.add(at(event, "It is nested more than %d deep".formatted(MAX_DEPTH)));
            }
            if (!errors.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private static PlanError at(Event event, String message) {
        return new PlanError(
                "",
                message,
                event.getStartMark().map(it -> it.getLine() + 1).orElse(1),
                event.getStartMark().map(it -> it.getColumn() + 1).orElse(1));
    }

    private Optional<Plan> plan(YamlValue root) {
        return root.object().flatMap(plan -> {
            var application = plan.require("application").flatMap(this::subjectName);
            var environment = plan.require("environment").flatMap(this::subjectName);
            var vars = plan.get("vars").map(this::vars).orElse(Map.of());
            variables = vars.keySet();
            var monitors = plan.get("monitors").map(this::monitors).orElse(Map.of());
            hasRollback = plan.has("rollback");
            var phases = plan.require("phases")
                    .map(it -> phases(it, monitors.keySet()))
                    .orElse(List.of());
            var rollback = plan.get("rollback").flatMap(it -> rollback(it, monitors.keySet()));
            var notifications = plan.get("notify").map(this::notifications).orElse(List.of());
            plan.close();
            references.forEach(this::checkReferences);
            if (application.isEmpty() || environment.isEmpty()) {
                return Optional.empty();
            }
            var subject = new Subject(application.get(), environment.get());
            var unguarded = new Plan(subject, vars, phases, monitors, rollback, notifications);
            if (unguarded.steps().size() > MAX_STEPS) {
                root.error("A plan may have at most %d steps; this one has %d"
                        .formatted(MAX_STEPS, unguarded.steps().size()));
                return Optional.empty();
            }
            return Optional.of(guarded(unguarded));
        });
    }

    // ---- parts ----

    private Map<String, String> vars(YamlValue value) {
        var vars = new LinkedHashMap<String, String>();
        value.object()
                .ifPresent(object -> object.values().forEach((name, at) -> {
                    if (!VARIABLE.matcher(name).matches()) {
                        at.error("A variable's name must be letters, digits, dashes and underscores, at most 63");
                    }
                    at.text().ifPresent(text -> vars.put(name, text));
                }));
        return vars;
    }

    private List<Phase> phases(YamlValue value, Set<String> monitors) {
        var phases = new ArrayList<Phase>();
        var names = new HashSet<String>();
        names.add(Plan.ROLLBACK);
        for (var item : value.list("A plan needs at least one phase")) {
            item.object().ifPresent(object -> {
                var name = object.require("name").flatMap(it -> uniqueName(it, names, "phase"));
                var steps = object.require("steps")
                        .map(it -> steps(it, name.orElse("?"), monitors, RUN_TIMEOUT))
                        .orElse(List.of());
                object.close();
                name.ifPresent(it -> phases.add(new Phase(it, steps)));
            });
        }
        return phases;
    }

    private List<Step> steps(YamlValue value, String phase, Set<String> monitors, Duration longest) {
        var steps = new ArrayList<Step>();
        var names = new LinkedHashSet<String>();
        for (var item : value.list("At least one step is needed")) {
            item.object().ifPresent(object -> {
                var above = List.copyOf(names);
                step(object, phase, above, names, monitors, longest).ifPresent(steps::add);
                object.close();
            });
        }
        return steps;
    }

    private Optional<Step> step(
            YamlObject object,
            String phase,
            List<String> above,
            Set<String> names,
            Set<String> monitors,
            Duration longest) {
        var name = object.require("name").flatMap(it -> uniqueName(it, names, "step"));
        name.ifPresent(it -> named.add(new StepRef(phase, it)));
        var present = ACTIONS.stream().filter(object::has).toList();
        var isRunWithApproval = present.equals(List.of("run", "approve"));
        if (present.size() != 1 && !isRunWithApproval) {
            object.error(
                    present.isEmpty()
                            ? "A step needs one of check, await, run, approve, watch"
                            : "A step does one thing, but this one has %s; make several steps of it (only run and approve go together)"
                                    .formatted(String.join(", ", present)));
        }
        // All are read, so that all errors are found.
        var check = object.get("check").flatMap(it -> check(it, CHECK_TIMEOUT));
        var await = object.get("await").flatMap(it -> awaited(it, AWAIT_TIMEOUT));
        var run = object.get("run").flatMap(it -> run(it, object.get("with")));
        var timeout = object.get("timeout").flatMap(this::duration);
        var approval = object.get("approve")
                .flatMap(it -> approval(it, object.has("run") ? APPROVE_TIMEOUT : timeout.orElse(APPROVE_TIMEOUT)));
        var watch = object.get("watch").flatMap(it -> watch(it, monitors));
        var until = object.get("until").flatMap(it -> awaited(it, longest));
        object.get("with").ifPresent(with -> {
            if (!object.has("run")) {
                with.error("'with' goes with 'run'");
            }
        });
        object.get("until").ifPresent(at -> {
            if (!object.has("run")) {
                at.error("'until' goes with 'run'; to wait for an event alone, use 'await'");
            }
        });
        object.get("timeout").ifPresent(at -> {
            if (object.has("watch")) {
                at.error("'timeout' does not go with 'watch', which takes as long as its 'for' says");
            }
        });
        var onFailure = object.get("on-failure").flatMap(it -> onFailure(it, phase));
        var needs = object.get("needs")
                .map(it -> needs(it, above))
                .orElseGet(() -> above.isEmpty() ? List.of() : List.of(above.getLast()));
        object.get("if")
                .ifPresent(at -> at.text()
                        .ifPresent(text ->
                                name.ifPresent(it -> guards.add(new GuardText(at, text, new StepRef(phase, it))))));

        var action = check.<Action>map(Action.VerifyCheck::new)
                .or(() -> await.map(it -> new Action.Await(it.event())))
                .or(() -> run)
                .or(() -> watch)
                .or(() -> approval.map(it -> new Action.Approve()));
        var time = timeout.or(() -> check.map(it -> it.timeout().plus(CHECK_ROUND_TRIP)))
                .or(() -> await.map(AwaitedFor::timeout))
                .or(() -> until.map(AwaitedFor::timeout))
                .or(() -> watch.map(Action.Watch::duration))
                .orElse(longest);
        if (name.isEmpty() || action.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Step(
                name.get(),
                action.get(),
                needs,
                Optional.empty(),
                approval,
                until.map(AwaitedFor::event),
                time,
                onFailure));
    }

    private Optional<OnFailure> onFailure(YamlValue value, String phase) {
        if (phase.equals(Plan.ROLLBACK)) {
            value.error("does not go with a step of the way back, which goes on without it");
        }
        return oneOf(value, OnFailure.class).filter(onFailure -> {
            var fits = onFailure != OnFailure.ROLL_BACK || hasRollback;
            if (!fits) {
                value.error("There is no way back to go; add 'rollback' to the plan");
            }
            return fits;
        });
    }

    private Optional<Check> check(YamlValue value, Duration defaultTimeout) {
        return value.object().flatMap(object -> {
            var check = checkFields(object, defaultTimeout);
            object.close();
            return check;
        });
    }

    private Optional<Check> checkFields(YamlObject object, Duration defaultTimeout) {
        var headers = object.get("headers").map(it -> texts(it, true)).orElse(Map.of());
        var body = object.get("body").flatMap(YamlValue::text);
        body.ifPresent(text -> object.get("body").ifPresent(at -> references.add(new Reference(at, text, true))));
        var http = object.get("http").flatMap(it -> http(it, headers, body));
        var tls = object.get("tls").flatMap(this::template);
        var expect = object.get("expect").map(this::conditions).orElse(List.of());
        var timeout = object.get("timeout").flatMap(this::duration).orElse(defaultTimeout);
        if (object.has("http") == object.has("tls")) {
            object.error("A check needs either http or tls");
            return Optional.empty();
        }
        if (object.has("tls") && (object.has("headers") || object.has("body"))) {
            object.error("headers and body go with http");
        }
        if (expect.isEmpty()) {
            object.error("'expect' is missing: say what must hold, such as [\"[STATUS] == 200\"]");
        }
        return Optional.of(new Check(http, tls, expect, timeout));
    }

    private Optional<HttpCall> http(YamlValue value, Map<String, String> headers, Optional<String> body) {
        return template(value).flatMap(text -> {
            var matcher = HTTP.matcher(text.strip());
            if (!matcher.matches()) {
                value.error("must be a URL, or a method and a URL: 'POST https://…'");
                return Optional.empty();
            }
            var method = Optional.ofNullable(matcher.group(1)).orElse("GET");
            var url = matcher.group(2);
            if (!METHODS.contains(method)) {
                value.error(Suggestion.unknown(method, METHODS));
            }
            if (!url.startsWith("http://") && !url.startsWith("https://") && !url.startsWith("${")) {
                value.error("The URL must begin with http:// or https://");
            }
            return Optional.of(new HttpCall(method, url, headers, body));
        });
    }

    private List<String> conditions(YamlValue value) {
        var conditions = new ArrayList<String>();
        for (var item : value.list()) {
            template(item).ifPresent(text -> {
                try {
                    Condition.parse(text);
                } catch (IllegalArgumentException e) {
                    item.error(String.valueOf(e.getMessage()));
                }
                conditions.add(text);
            });
        }
        return conditions;
    }

    /** An awaited event, and for how long. */
    private record AwaitedFor(Awaited event, Duration timeout) {}

    private Optional<AwaitedFor> awaited(YamlValue value, Duration defaultTimeout) {
        return value.object().flatMap(object -> {
            var event = object.require("event")
                    .flatMap(at -> at.text().filter(name -> {
                        var fits = EventTypes.NAME.matcher(name).matches();
                        if (!fits) {
                            at.error("An event's name is letters and digits and begins with a capital: MigrationDone");
                        }
                        return fits;
                    }));
            var where = object.get("where").map(it -> texts(it, false)).orElse(Map.of());
            var timeout = object.get("timeout").flatMap(this::duration).orElse(defaultTimeout);
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
            Map<String, Object> settings = new LinkedHashMap<>();
            with.flatMap(YamlValue::object)
                    .ifPresent(object -> object.values().forEach((name, at) -> {
                        checkTexts(at, at.plain());
                        settings.put(name, at.plain());
                    }));
            operations
                    .problems(kind, settings)
                    .forEach(problem -> with.orElse(value).error(problem));
            return Optional.of(new Action.Run(kind, settings));
        });
    }

    private void checkTexts(YamlValue at, Object plain) {
        switch (plain) {
            case String text -> references.add(new Reference(at, text, true));
            case List<?> list -> list.forEach(item -> checkTexts(at, String.valueOf(item)));
            case Map<?, ?> map -> map.values().forEach(item -> checkTexts(at, String.valueOf(item)));
            default -> {}
        }
    }

    private Optional<Approval> approval(YamlValue value, Duration defaultTimeout) {
        return value.object().flatMap(object -> {
            var by = object.require("by").flatMap(YamlValue::text);
            var text = object.get("text").flatMap(YamlValue::text);
            var timeout = object.get("timeout").flatMap(this::duration).orElse(defaultTimeout);
            object.close();
            return by.map(it -> new Approval(it, text, timeout));
        });
    }

    private Optional<Action.Watch> watch(YamlValue value, Set<String> monitors) {
        return value.object().flatMap(object -> {
            var duration = object.require("for").flatMap(this::duration);
            var names = new ArrayList<String>();
            object.require("monitors").ifPresent(list -> {
                for (var item : list.list("A watch needs at least one monitor")) {
                    item.text().ifPresent(name -> {
                        if (names.contains(name)) {
                            item.error("The monitor '%s' stands there twice; keep one".formatted(name));
                        } else if (monitors.contains(name)) {
                            names.add(name);
                        } else {
                            item.error("The monitor " + Suggestion.unknown(name, monitors));
                        }
                    });
                }
            });
            object.close();
            return duration.map(it -> new Action.Watch(it, names));
        });
    }

    private List<String> needs(YamlValue value, List<String> above) {
        var needs = new ArrayList<String>();
        for (var item : value.list()) {
            item.text().ifPresent(name -> {
                if (above.contains(name)) {
                    needs.add(name);
                } else {
                    item.error("The step '%s' does not stand above this one in its phase".formatted(name));
                }
            });
        }
        return needs;
    }

    private Map<String, Monitor> monitors(YamlValue value) {
        var monitors = new LinkedHashMap<String, Monitor>();
        var names = new HashSet<String>();
        for (var item : value.list()) {
            item.object().ifPresent(object -> {
                var name = object.require("name").flatMap(it -> uniqueName(it, names, "monitor"));
                var every = object.get("every").flatMap(this::duration).orElse(MONITOR_EVERY);
                var degradedAfter =
                        object.get("degraded-after").flatMap(this::count).orElse(1);
                var recoveredAfter =
                        object.get("recovered-after").flatMap(this::count).orElse(1);
                var check = checkFields(object, MONITOR_TIMEOUT);
                object.close();
                if (name.isPresent() && check.isPresent()) {
                    monitors.put(
                            name.get(), new Monitor(name.get(), check.get(), every, degradedAfter, recoveredAfter));
                }
            });
        }
        return monitors;
    }

    private Optional<Rollback> rollback(YamlValue value, Set<String> monitors) {
        return value.object().map(object -> {
            var when = EnumSet.noneOf(Cause.class);
            object.get("when")
                    .ifPresent(list ->
                            list.list().forEach(item -> oneOf(item, Cause.class).ifPresent(when::add)));
            var within = object.get("within").flatMap(this::duration).orElse(ROLLBACK_WITHIN);
            var steps = object.require("steps")
                    .map(it -> steps(it, Plan.ROLLBACK, monitors, within))
                    .orElse(List.of());
            object.close();
            return new Rollback(when, within, steps);
        });
    }

    private List<NotificationRule> notifications(YamlValue value) {
        var rules = new ArrayList<NotificationRule>();
        for (var item : value.list()) {
            item.object().ifPresent(object -> {
                var channel = object.require("channel").flatMap(this::name);
                var on = new ArrayList<String>();
                object.require("on")
                        .ifPresent(list -> list.list()
                                .forEach(kind -> kind.text().ifPresent(text -> {
                                    if (!KINDS.contains(text)) {
                                        kind.error(Suggestion.unknown(text, KINDS));
                                    }
                                    on.add(text);
                                })));
                var to = object.get("to").map(this::plainTexts).orElse(Map.of());
                object.close();
                channel.ifPresent(it -> rules.add(new NotificationRule(it, on, to)));
            });
        }
        return rules;
    }

    // ---- conditions of steps ----

    private Plan guarded(Plan plan) {
        var read = new LinkedHashMap<StepRef, Guard>();
        for (var guard : guards) {
            try {
                read.put(guard.step(), Guard.parse(guard.text(), name -> stepNamed(name, guard.step())));
            } catch (IllegalArgumentException e) {
                guard.at().error("The condition '%s' cannot be read: %s".formatted(guard.text(), e.getMessage()));
            }
        }
        return new Plan(
                plan.subject(),
                plan.vars(),
                plan.phases().stream()
                        .map(phase -> new Phase(phase.name(), guarded(phase.name(), phase.steps(), read)))
                        .toList(),
                plan.monitors(),
                plan.rollback()
                        .map(back ->
                                new Rollback(back.when(), back.within(), guarded(Plan.ROLLBACK, back.steps(), read))),
                plan.notifications());
    }

    private static List<Step> guarded(String phase, List<Step> steps, Map<StepRef, Guard> guards) {
        return steps.stream()
                .map(step -> new Step(
                        step.name(),
                        step.action(),
                        step.needs(),
                        Optional.ofNullable(guards.get(new StepRef(phase, step.name()))),
                        step.approval(),
                        step.until(),
                        step.timeout(),
                        step.onFailure()))
                .toList();
    }

    /** A step by {@code phase.step}, or by its name alone: one of the same phase, or the only one of that name. */
    private StepRef stepNamed(String name, StepRef from) {
        var exact = named.stream().filter(ref -> ref.toString().equals(name)).toList();
        var beside = named.stream()
                .filter(ref -> ref.step().equals(name) && ref.phase().equals(from.phase()))
                .toList();
        var anywhere = named.stream().filter(ref -> ref.step().equals(name)).toList();
        for (var found : List.of(exact, beside, anywhere)) {
            if (found.size() == 1) {
                return found.getFirst();
            }
        }
        if (anywhere.size() > 1) {
            throw new IllegalArgumentException("There are several steps '%s'; say which: %s"
                    .formatted(name, anywhere.stream().map(StepRef::toString).collect(Collectors.joining(", "))));
        }
        throw new IllegalArgumentException("The step "
                + Suggestion.unknown(name, named.stream().map(StepRef::toString).toList()));
    }

    // ---- simple values ----

    private Optional<String> subjectName(YamlValue value) {
        return value.text().filter(text -> {
            var fits = Subject.NAME.matcher(text).matches();
            if (!fits) {
                value.error("must be 1 to 63 lower-case letters, digits, dots, dashes or underscores");
            }
            return fits;
        });
    }

    private Optional<String> name(YamlValue value) {
        return value.text().filter(text -> {
            var fits = NAME.matcher(text).matches();
            if (!fits) {
                value.error("'%s' must be 1 to 63 lower-case letters, digits, dashes or underscores".formatted(text));
            }
            return fits;
        });
    }

    private Optional<String> uniqueName(YamlValue value, Set<String> taken, String what) {
        return name(value).filter(name -> {
            var fresh = taken.add(name);
            if (!fresh) {
                value.error(
                        name.equals(Plan.ROLLBACK) && what.equals("phase")
                                ? "'rollback' is the name of the way back; choose another for the phase"
                                : "There is a %s '%s' above already; names must differ".formatted(what, name));
            }
            return fresh;
        });
    }

    private Optional<Duration> duration(YamlValue value) {
        return value.text().flatMap(text -> {
            try {
                var duration = Durations.parse(text);
                if (duration.isZero() || duration.compareTo(LONGEST) > 0) {
                    value.error("must be more than nothing and at most 30d");
                }
                return Optional.of(duration);
            } catch (IllegalArgumentException e) {
                value.error(String.valueOf(e.getMessage()));
                return Optional.empty();
            }
        });
    }

    private Optional<Integer> count(YamlValue value) {
        return value.text().flatMap(text -> {
            if (text.matches("[1-9][0-9]{0,2}")) {
                return Optional.of(Integer.valueOf(text));
            }
            value.error("must be a whole number from 1 to 999");
            return Optional.empty();
        });
    }

    private <E extends Enum<E>> Optional<E> oneOf(YamlValue value, Class<E> type) {
        var names = Arrays.stream(type.getEnumConstants())
                .collect(toMap(it -> it.name().toLowerCase(Locale.ROOT).replace('_', '-'), identity()));
        return value.text().flatMap(text -> {
            if (!names.containsKey(text)) {
                value.error(Suggestion.unknown(text, names.keySet()));
            }
            return Optional.ofNullable(names.get(text));
        });
    }

    private Map<String, String> texts(YamlValue value, boolean takesSecrets) {
        var texts = new LinkedHashMap<String, String>();
        value.object()
                .ifPresent(object -> object.values()
                        .forEach((name, at) -> at.text().ifPresent(text -> {
                            references.add(new Reference(at, text, takesSecrets));
                            texts.put(name, text);
                        })));
        return texts;
    }

    private Map<String, String> plainTexts(YamlValue value) {
        var texts = new LinkedHashMap<String, String>();
        value.object()
                .ifPresent(object -> object.values()
                        .forEach((name, at) -> at.text().ifPresent(text -> {
                            if (!Template.references(text).isEmpty()) {
                                at.error("References are not filled in here; write it out");
                            }
                            texts.put(name, text);
                        })));
        return texts;
    }

    private Optional<String> template(YamlValue value) {
        var text = value.text();
        text.ifPresent(it -> references.add(new Reference(value, it, false)));
        return text;
    }

    private void checkReferences(Reference reference) {
        for (var name : Template.references(reference.text())) {
            if (Template.isSecret(name)) {
                if (!reference.takesSecrets()) {
                    reference
                            .at()
                            .error("${%s}: a secret may stand in headers, a body or the settings of an operation"
                                    .formatted(name));
                }
            } else if (!RELEASE_VALUES.contains(name)
                    && !variables.contains(name.startsWith("vars.") ? name.substring(5) : name)) {
                var known = new ArrayList<>(variables);
                known.addAll(RELEASE_VALUES);
                reference.at().error("${%s}: %s".formatted(name, Suggestion.unknown(name, known)));
            }
        }
    }
}
