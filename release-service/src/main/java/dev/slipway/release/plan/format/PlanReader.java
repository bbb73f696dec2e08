package dev.slipway.release.plan.format;

import dev.slipway.condition.Suggestion;
import dev.slipway.event.ReleaseEvent.NotificationRule;
import dev.slipway.event.Subject;
import dev.slipway.release.plan.DeclaredInput;
import dev.slipway.release.plan.Operations;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.Plan.AfterPause;
import dev.slipway.release.plan.Plan.Cause;
import dev.slipway.release.plan.Plan.Contact;
import dev.slipway.release.plan.Plan.Pause;
import dev.slipway.release.plan.Plan.Phase;
import dev.slipway.release.plan.Plan.Queue;
import dev.slipway.release.plan.Plan.Rollback;
import dev.slipway.release.plan.Plan.WhenTaken;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.Template;
import dev.slipway.release.plan.format.PlanReader.Reading.Valid;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads a plan. All that is wrong is found at once, each with its place and the mend; what is valid by this reader can
 * be run.
 */
public final class PlanReader {

    /** The longest file, in characters. */
    public static final int MAX_LENGTH = PlanText.MAX_LENGTH;

    /** The most steps of a plan. */
    public static final int MAX_STEPS = 500;

    /** The most variables of a plan. */
    static final int MAX_VARIABLES = 500;

    /** The most monitors of a plan. */
    static final int MAX_MONITORS = 500;

    /** The longest value of a variable, those that it refers to filled in. */
    private static final int MAX_VARIABLE = 10_000;

    private static final Set<String> KINDS = Set.of("release", "health");
    private static final Duration RUN_TIMEOUT = Duration.ofMinutes(15);
    private static final Duration ROLLBACK_WITHIN = Duration.ofMinutes(5);

    /** Releases that are part of another are rolled back with it, whether its plan has more to do then or not. */
    private static final Rollback ROLLBACK_OF_CHILDREN =
            new Rollback(EnumSet.of(Cause.STEP_FAILED), Duration.ofHours(1), List.of());

    private final PlanFormat format;
    private final Names names;
    private final Texts texts;
    private final StepReader steps;

    private PlanReader(Operations operations, PlanFormat format, Names names, Fragments fragments) {
        this.format = format;
        this.names = names;
        this.texts = Texts.outside(names);
        this.steps = new StepReader(operations, format, names, fragments);
    }

    /** What reading a plan gives. */
    public sealed interface Reading {

        /**
         * It can be run.
         *
         * @param fragments the texts of the stored fragments that it uses, by the name that {@code uses} says
         */
        record Valid(Plan plan, Map<String, String> fragments) implements Reading {

            public Valid {
                fragments = Map.copyOf(fragments);
            }
        }

        /** It cannot; the errors stand in the order of the file. */
        record Invalid(List<PlanError> errors) implements Reading {}
    }

    /** Reads a plan that is complete in itself. */
    public static Reading read(String yaml, Operations operations) {
        return read(PlanFile.of(yaml), operations);
    }

    /** Reads a plan. */
    public static Reading read(PlanFile file, Operations operations) {
        var errors = new Errors();
        var valid = errors.unlessTooMany(() -> PlanText.compose(file.yaml(), file.format(), errors::add)
                .flatMap(root -> Overlay.lay(root, file.environment(), errors::add))
                .flatMap(root -> read(root, file, operations, errors)));
        return errors.none() && valid.isPresent() ? valid.get() : new Reading.Invalid(errors.told());
    }

    /** The environments that a file has plans for; none if it is a plan for one. */
    public static List<String> environments(String yaml) {
        return PlanText.compose(yaml, error -> {}).map(Overlay::environments).orElse(List.of());
    }

    private static Optional<Valid> read(Node root, PlanFile file, Operations operations, Errors errors) {
        var names = Names.in(root, file.fragments());
        var tooMany = tooMany(names, file.format());
        if (tooMany.isPresent()) {
            errors.add(new PlanError("", tooMany.get(), 1, 1));
            return Optional.empty();
        }
        return new YamlValue(root, "", errors::add).object().flatMap(plan -> {
            var fragments = new Fragments(Fragments.in(plan), file.fragments());
            return new PlanReader(operations, file.format(), names, fragments)
                    .plan(plan)
                    .map(it -> new Valid(it, fragments.used()));
        });
    }

    /** A file that is full of names is not read any further: who misspells one would be told of all of them. */
    private static Optional<String> tooMany(Names names, PlanFormat format) {
        if (names.steps().size() > MAX_STEPS) {
            return Optional.of("A plan may have at most %d steps; this one has more".formatted(MAX_STEPS));
        }
        if (format == PlanFormat.FIRST) {
            return Optional.empty();
        }
        if (names.variables().size() > MAX_VARIABLES) {
            return Optional.of("A plan may have at most %d variables; this one has %d"
                    .formatted(MAX_VARIABLES, names.variables().size()));
        }
        return names.monitors().size() > MAX_MONITORS
                ? Optional.of("A plan may have at most %d monitors; this one has %d"
                        .formatted(MAX_MONITORS, names.monitors().size()))
                : Optional.empty();
    }

    private Optional<Plan> plan(YamlObject plan) {
        var application = plan.require("application").flatMap(Scalars::subjectName);
        var environment = plan.require("environment").flatMap(Scalars::subjectName);
        plan.get("environments");
        var description = plan.get("description").flatMap(YamlValue::text);
        var inputs = plan.get("inputs").map(InputReader::inputs).orElse(Map.of());
        var vars = plan.get("vars").map(this::vars).orElse(Map.of());
        var monitors = plan.get("monitors")
                .map(it -> new CheckReader(texts).monitors(it))
                .orElse(Map.of());
        var phases = plan.require("phases").map(this::phases).orElse(List.of());
        var rollback = plan.get("rollback")
                .flatMap(this::rollback)
                .or(() -> phases.stream().anyMatch(PlanReader::hasChildren)
                        ? Optional.of(ROLLBACK_OF_CHILDREN)
                        : Optional.empty());
        var queue = plan.get("queue").flatMap(PlanReader::queue).orElse(Queue.DEFAULT);
        var pause = plan.get("pause").flatMap(this::pause).orElse(Pause.DEFAULT);
        var notifications = plan.get("notify").map(this::notifications).orElse(List.of());
        plan.get("fragments").ifPresent(FragmentReader::check);
        var contacts = plan.get("contacts").map(PlanReader::contacts).orElse(List.of());
        plan.close();
        if (names.growth().isTooMuch()) {
            plan.error("With all values filled in, the plan could have more than %d characters".formatted(Growth.MOST));
        }
        if (application.isEmpty() || environment.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Plan(
                new Subject(application.get(), environment.get()),
                description,
                inputs,
                vars,
                phases,
                monitors,
                rollback,
                queue,
                pause,
                notifications,
                contacts));
    }

    private Map<String, String> vars(YamlValue value) {
        var vars = new LinkedHashMap<String, String>();
        value.object()
                .ifPresent(object -> object.values().forEach((name, at) -> {
                    Scalars.checkVariable(object, name, "A variable");
                    var text = format == PlanFormat.FIRST
                            ? at.text()
                            : Texts.outside(names.above(vars.keySet())).open(at);
                    text.ifPresent(it -> vars.put(name, it));
                }));
        if (format != PlanFormat.FIRST) {
            checkLengths(value, vars);
        }
        return vars;
    }

    /** A few variables that name each other could grow without end. */
    private void checkLengths(YamlValue value, Map<String, String> vars) {
        var filled = new HashMap<String, String>();
        for (var variable : vars.entrySet()) {
            var text = Template.fill(
                    variable.getValue(),
                    name -> name.startsWith("inputs.")
                            ? Optional.of("x".repeat(DeclaredInput.MAX_LENGTH))
                            : Optional.ofNullable(filled.get(name.replaceFirst("^vars\\.", ""))));
            if (text.length() > MAX_VARIABLE) {
                value.error("The variable '%s' could have more than %d characters with all that it refers to"
                        .formatted(variable.getKey(), MAX_VARIABLE));
                return;
            }
            filled.put(variable.getKey(), text);
            names.growth().variable(variable.getKey(), text.length());
        }
    }

    private List<Phase> phases(YamlValue value) {
        var phases = new ArrayList<Phase>();
        var names = new HashSet<>(Set.of(Plan.ROLLBACK));
        for (var item : value.list("A plan needs at least one phase")) {
            item.object().flatMap(object -> phase(object, names)).ifPresent(phases::add);
        }
        return phases;
    }

    private Optional<Phase> phase(YamlObject object, Set<String> names) {
        var name = object.require("name").flatMap(it -> Scalars.uniqueName(it, names, "phase"));
        name.ifPresent(names::add);
        var all = object.require("steps")
                .map(it -> steps.steps(it, name.orElse("?"), RUN_TIMEOUT))
                .orElse(List.of());
        var description = object.get("description").flatMap(YamlValue::text);
        object.close();
        return name.map(it -> new Phase(it, description, all));
    }

    private Optional<Rollback> rollback(YamlValue value) {
        return value.object().map(object -> {
            var when = EnumSet.noneOf(Cause.class);
            object.get("when")
                    .ifPresent(list -> list.list()
                            .forEach(item -> Scalars.oneOf(item, Cause.class).ifPresent(when::add)));
            var within = object.get("within").flatMap(Scalars::duration).orElse(ROLLBACK_WITHIN);
            var all = object.require("steps")
                    .map(it -> steps.steps(it, Plan.ROLLBACK, within))
                    .orElse(List.of());
            object.close();
            return new Rollback(when, within, all);
        });
    }

    private static boolean hasChildren(Phase phase) {
        return phase.steps().stream().anyMatch(step -> step.action() instanceof Action.Child);
    }

    private static Optional<Queue> queue(YamlValue value) {
        return value.object().map(object -> {
            var whenTaken = object.get("when-taken")
                    .flatMap(it -> Scalars.oneOf(it, WhenTaken.class))
                    .orElse(Queue.DEFAULT.whenTaken());
            var timeout = object.get("timeout").flatMap(Scalars::duration).orElse(Queue.DEFAULT.timeout());
            object.close();
            return new Queue(whenTaken, timeout);
        });
    }

    private Optional<Pause> pause(YamlValue value) {
        return value.object().map(object -> {
            var timeout = object.get("timeout").flatMap(Scalars::duration).orElse(Pause.DEFAULT.timeout());
            var then = object.get("then").flatMap(this::afterPause).orElse(Pause.DEFAULT.then());
            object.close();
            return new Pause(timeout, then);
        });
    }

    private Optional<AfterPause> afterPause(YamlValue value) {
        var then = Scalars.oneOf(value, AfterPause.class);
        if (then.filter(AfterPause.ROLL_BACK::equals).isPresent() && !names.hasRollback()) {
            value.error(StepReader.NO_WAY_BACK);
        }
        return then;
    }

    private List<NotificationRule> notifications(YamlValue value) {
        var rules = new ArrayList<NotificationRule>();
        for (var item : value.list()) {
            item.object().flatMap(this::notification).ifPresent(rules::add);
        }
        return rules;
    }

    private Optional<NotificationRule> notification(YamlObject object) {
        var channel = object.require("channel").flatMap(Scalars::name);
        var on = new ArrayList<String>();
        object.require("on")
                .ifPresent(list -> list.list()
                        .forEach(kind -> kind.text().ifPresent(text -> {
                            if (!KINDS.contains(text)) {
                                kind.error(Suggestion.unknown(text, KINDS));
                            }
                            on.add(text);
                        })));
        var to = object.get("to").map(texts::allPlain).orElse(Map.of());
        object.close();
        return channel.map(it -> new NotificationRule(it, on, to));
    }

    private static List<Contact> contacts(YamlValue value) {
        var contacts = new ArrayList<Contact>();
        for (var item : value.list()) {
            item.object().flatMap(PlanReader::contact).ifPresent(contacts::add);
        }
        return contacts;
    }

    private static Optional<Contact> contact(YamlObject object) {
        var role = object.require("role").flatMap(YamlValue::text);
        var contact = object.require("contact").flatMap(YamlValue::text);
        var available = object.get("available").flatMap(YamlValue::text);
        object.close();
        return role.flatMap(it -> contact.map(at -> new Contact(it, at, available)));
    }
}
