package dev.slipway.release.dryrun;

import dev.slipway.event.ReleaseEvent.Priority;
import dev.slipway.event.Subject;
import dev.slipway.release.engine.Rehearsal;
import dev.slipway.release.engine.Release;
import dev.slipway.release.freeze.Freeze.Hold;
import dev.slipway.release.freeze.Freezes;
import dev.slipway.release.lifecycle.ReleaseStore;
import dev.slipway.release.plan.DeclaredInput;
import dev.slipway.release.plan.Plan;
import dev.slipway.release.plan.PlanStore;
import dev.slipway.release.plan.Step.Action;
import dev.slipway.release.plan.StepRef;
import dev.slipway.release.plan.Template;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;

/** What a release would find: how it stands in its environment, and the releases that would be part of it. */
@Singleton
public class Outlook {

    /** Of a release that never is. */
    private static final UUID NOBODY = new UUID(0, 0);

    private static final String VERSION = "‹version›";

    /** What a step would give is not known, and stands so in a text. */
    private static final String UNKNOWN = "‹";

    private static final int MOST_AHEAD = 100;

    private final PlanStore plans;
    private final ReleaseStore releases;
    private final Freezes freezes;
    private final Clock clock;

    Outlook(PlanStore plans, ReleaseStore releases, Freezes freezes, Clock clock) {
        this.plans = plans;
        this.releases = releases;
        this.freezes = freezes;
        this.clock = clock;
    }

    /**
     * What somebody asks for.
     *
     * @param version nothing if none is said
     * @param inputs what is said of them; no more is wrong with them than that some are missing
     * @param optOut why it is to pass freezes, if it is
     */
    public record Asked(
            Optional<String> version,
            Optional<String> commit,
            Map<String, String> inputs,
            Optional<Priority> priority,
            Optional<String> optOut) {

        /** Nobody has asked for a release of the plan yet. */
        static final Asked NOTHING =
                new Asked(Optional.empty(), Optional.empty(), Map.of(), Optional.empty(), Optional.empty());
    }

    /**
     * A release that would be.
     *
     * @param planVersion nothing if the plan is not stored
     * @param assumed the inputs that are required and were not said; something that fits stands for them
     * @param release as it would be asked for
     * @param before those that are in its environment already, in the order of their turns; the first of them
     * @param freeze what holds up its environment now
     * @param parts the releases that would be part of it
     */
    public record Wanted(
            Plan plan,
            Optional<Integer> planVersion,
            List<String> assumed,
            Release release,
            List<Release> before,
            Optional<Hold> freeze,
            List<Part> parts) {

        /** One that finds nothing. */
        static Wanted of(Plan plan, Optional<Integer> planVersion, Asked asked, Instant now) {
            var assumed = plan.inputs().values().stream()
                    .filter(input -> input.required() && !asked.inputs().containsKey(input.name()))
                    .toList();
            var said = new LinkedHashMap<>(asked.inputs());
            assumed.forEach(input -> said.put(input.name(), something(input)));
            var release = Release.requested(
                    NOBODY,
                    plan,
                    planVersion.orElse(0),
                    asked.version().orElse(VERSION),
                    asked.commit(),
                    said,
                    asked.priority(),
                    asked.optOut(),
                    Optional.empty(),
                    "",
                    now);
            return new Wanted(
                    plan,
                    planVersion,
                    assumed.stream().map(DeclaredInput::name).toList(),
                    release,
                    List.of(),
                    Optional.empty(),
                    List.of());
        }

        /** The same, with what it finds. */
        Wanted where(List<Release> before, Optional<Hold> freeze, List<Part> parts) {
            return new Wanted(plan, planVersion, assumed, release, before, freeze, parts);
        }
    }

    /** A release that would be part of another. */
    public sealed interface Part {

        StepRef step();

        /** One that there can be. */
        record Possible(StepRef step, Wanted wanted) implements Part {}

        /** One that there cannot be: why, and what to do about it. */
        record Impossible(StepRef step, String why) implements Part {}
    }

    /** What the release that somebody asks for would find. */
    public Wanted of(Handle handle, Plan plan, Optional<Integer> planVersion, Asked asked) {
        return of(handle, plan, planVersion, asked, new HashSet<>(Set.of(plan.subject())));
    }

    /** @param train where the train has a release so far */
    private Wanted of(Handle handle, Plan plan, Optional<Integer> planVersion, Asked asked, Set<Subject> train) {
        var subject = plan.subject();
        var now = clock.instant();
        var wanted = Wanted.of(plan, planVersion, asked, now);
        var texts = Rehearsal.texts(plan, wanted.release());
        var parts = plan.steps().stream()
                .flatMap(ref -> plan.step(ref).action() instanceof Action.Child child
                        ? Stream.of(part(handle, ref, child, texts, asked, train))
                        : Stream.<Part>empty())
                .toList();
        return wanted.where(releases.ahead(handle, subject, MOST_AHEAD), freezes.hold(handle, subject, now), parts);
    }

    private Part part(
            Handle handle,
            StepRef ref,
            Action.Child child,
            UnaryOperator<String> texts,
            Asked parent,
            Set<Subject> train) {
        var subject = child.subject();
        if (!train.add(subject)) {
            return new Part.Impossible(
                    ref,
                    "%s has a release of this train already; beside that, this one would wait for the train's own end"
                            .formatted(subject));
        }
        var stored = plans.newest(handle, subject);
        if (stored.isEmpty()) {
            return new Part.Impossible(
                    ref, "There is no plan for %s; store one: PUT /api/v1/plans/%s".formatted(subject, subject));
        }
        var plan = plans.plan(handle, subject, stored.get().version());
        var inputs = new LinkedHashMap<String, String>();
        child.inputs().forEach((name, text) -> inputs.put(name, texts.apply(text)));
        var known = new LinkedHashMap<>(inputs);
        known.values().removeIf(text -> text.contains(UNKNOWN));
        var problems = new LinkedHashMap<>(plan.given(known).problems());
        problems.keySet().removeIf(name -> inputs.containsKey(name) && !known.containsKey(name));
        var version = texts.apply(child.version());
        if (!problems.isEmpty() || !Template.isPlain(version)) {
            return new Part.Impossible(
                    ref, "The plan for %s does not take these inputs: %s".formatted(subject, problems));
        }
        var asked = new Asked(Optional.of(version), Optional.empty(), known, parent.priority(), parent.optOut());
        return new Part.Possible(ref, of(handle, plan, Optional.of(stored.get().version()), asked, train));
    }

    /** A value that fits. */
    private static String something(DeclaredInput input) {
        return switch (input.type()) {
            case STRING -> "‹%s›".formatted(input.name());
            case NUMBER -> "1";
            case BOOLEAN -> "true";
            case CHOICE -> input.options().getFirst();
        };
    }
}
