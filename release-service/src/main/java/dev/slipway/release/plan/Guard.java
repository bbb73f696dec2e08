package dev.slipway.release.plan;

import static java.util.stream.Collectors.joining;

import dev.slipway.condition.Condition;
import dev.slipway.condition.Observation;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * When a step is needed: {@code migration.upgrade}, {@code failed(downgrade-schema) || failed(verify)}, {@code
 * inputs.strategy == blue && !inputs.quick}.
 *
 * <p>A step's bare name holds when the step was begun, so that it may have had an effect, well or badly. A value's bare
 * name holds if the value is {@code true}. {@code !}, {@code &&}, {@code ||} and parentheses combine; {@code &&} binds
 * more tightly than {@code ||}.
 */
public sealed interface Guard {

    /** What became of a step, as far as guards ask. */
    enum Fact {
        /** It was begun. */
        BEGUN,
        /** It ended well. */
        SUCCEEDED,
        /** It was begun and ended badly, or not in its time. */
        FAILED,
        /** It did not end in its time. */
        TIMED_OUT,
        /** It was not needed. */
        SKIPPED
    }

    /** Holds if that is the fact about the step. */
    record Is(Fact fact, StepRef step) implements Guard {}

    /**
     * Holds if the value is there and fulfils the condition.
     *
     * @param value its reference in full: {@code inputs.strategy}
     * @param condition what must hold of it, as of a body
     */
    record Fulfils(String value, Condition condition) implements Guard {}

    /** Holds if the other does not. */
    record Not(Guard guard) implements Guard {}

    /** Holds if all hold. */
    record And(List<Guard> guards) implements Guard {}

    /** Holds if any holds. */
    record Or(List<Guard> guards) implements Guard {}

    /** Tells what is so. */
    interface Facts {

        /** Whether that is so of a step. */
        boolean is(Fact fact, StepRef step);

        /** The value of a reference, if it has one. */
        Optional<String> value(String reference);
    }

    /** Knows what names stand for. */
    interface Names {

        /**
         * The step of a name.
         *
         * @throws IllegalArgumentException if there is none
         */
        StepRef step(String name);

        /**
         * The reference in full of a value's name, if it is one.
         *
         * @throws IllegalArgumentException if it has the form of one, but there is no such value
         */
        Optional<String> value(String name);
    }

    /** Whether the step is needed. */
    default boolean holds(Facts facts) {
        return switch (this) {
            case Is is -> facts.is(is.fact(), is.step());
            case Fulfils fulfils ->
                facts.value(fulfils.value())
                        .filter(value -> fulfils(fulfils.condition(), value))
                        .isPresent();
            case Not not -> !not.guard().holds(facts);
            case And and -> and.guards().stream().allMatch(guard -> guard.holds(facts));
            case Or or -> or.guards().stream().anyMatch(guard -> guard.holds(facts));
        };
    }

    private static boolean fulfils(Condition condition, String value) {
        return condition.evaluate(Observation.answered(0, Duration.ZERO, value)).satisfied();
    }

    /** The guard as a plan would say it, with the names in full. */
    default String shown() {
        return switch (this) {
            case Is is when is.fact() == Fact.BEGUN -> is.step().toString();
            case Is is -> "%s(%s)".formatted(GuardParser.shown(is.fact()), is.step());
            case Fulfils fulfils -> fulfils.condition().text().replaceFirst("\\[BODY]", fulfils.value());
            case Not not -> "!(%s)".formatted(not.guard().shown());
            case And and -> and.guards().stream().map(Guard::shownWithin).collect(joining(" && "));
            case Or or -> or.guards().stream().map(Guard::shownWithin).collect(joining(" || "));
        };
    }

    private String shownWithin() {
        return this instanceof And || this instanceof Or ? "(%s)".formatted(shown()) : shown();
    }

    /** The steps that it asks after. */
    default Stream<StepRef> steps() {
        return parts().flatMap(part -> switch (part) {
            case Is is -> Stream.of(is.step());
            case Fulfils fulfils -> Output.of(fulfils.value()).map(Output::step).stream();
            default -> Stream.<StepRef>empty();
        });
    }

    /** The outputs of steps that it asks after. */
    default Stream<Output> outputs() {
        return parts().flatMap(part ->
                part instanceof Fulfils fulfils ? Output.of(fulfils.value()).stream() : Stream.<Output>empty());
    }

    private Stream<Guard> parts() {
        return switch (this) {
            case Is is -> Stream.of(is);
            case Fulfils fulfils -> Stream.of(fulfils);
            case Not not -> not.guard().parts();
            case And and -> and.guards().stream().flatMap(Guard::parts);
            case Or or -> or.guards().stream().flatMap(Guard::parts);
        };
    }

    /** The steps whose failure makes this hold, by themselves or with others. */
    default Stream<StepRef> failures() {
        return switch (this) {
            case Is is ->
                is.fact() == Fact.FAILED || is.fact() == Fact.TIMED_OUT ? Stream.of(is.step()) : Stream.empty();
            case Fulfils fulfils -> Stream.empty();
            case Not not -> Stream.empty();
            case And and -> and.guards().stream().flatMap(Guard::failures);
            case Or or -> or.guards().stream().flatMap(Guard::failures);
        };
    }

    /**
     * Reads a guard.
     *
     * @throws IllegalArgumentException if it cannot be read, with what is wrong
     */
    static Guard parse(String text, Names names) {
        return new GuardParser(text, names).parse();
    }
}
