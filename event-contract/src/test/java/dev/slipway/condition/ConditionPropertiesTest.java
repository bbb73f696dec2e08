package dev.slipway.condition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.slipway.condition.Expectation.Glob;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;

class ConditionPropertiesTest {

    @Property
    void keepsTheTextAsItWasWritten(@ForAll("conditions") String text) {
        // When
        var condition = Condition.parse(text);

        // Then
        assertThat(condition.text()).isEqualTo(text);
        assertThat(Condition.parse(condition.text())).isEqualTo(condition);
    }

    @Property
    void neverThrowsWhateverWasSeen(
            @ForAll("conditions") String text, @ForAll("observations") Observation observation) {
        // When
        var outcome = Condition.parse(text).evaluate(observation);

        // Then
        assertThat(outcome.condition()).isEqualTo(text);
        assertThat(outcome.actual()).isNotBlank().hasSizeLessThan(210);
    }

    @Property
    void readsOrRefusesAnyTextWithAMessage(
            @ForAll
                    @StringLength(max = 60)
                    @Chars({'[', ']', 'B', 'O', 'D', 'Y', '.', '=', '<', '(', ')', '"', ',', ' ', 'a', '1'})
                    String text) {
        // When
        var failure = catchThrowable(() -> Condition.parse(text));

        // Then
        assertThat(failure)
                .satisfiesAnyOf(
                        it -> assertThat(it).isNull(),
                        it -> assertThat(it)
                                .isInstanceOf(IllegalArgumentException.class)
                                .hasMessageStartingWith("A condition is empty"),
                        it -> assertThat(it)
                                .isInstanceOf(IllegalArgumentException.class)
                                .hasMessageStartingWith("The condition '"));
    }

    @Property
    void equalityAndInequalityDisagreeWhereThereIsSomethingToCompare(
            @ForAll @IntRange(min = 100, max = 599) int status, @ForAll @IntRange(min = 100, max = 599) int expected) {
        // Given
        var seen = Observation.answered(status, Duration.ZERO, "");

        // When
        var equal = Condition.parse("[STATUS] == " + expected).evaluate(seen);

        // Then
        assertThat(equal.satisfied())
                .isEqualTo(status == expected)
                .isNotEqualTo(Condition.parse("[STATUS] != " + expected)
                        .evaluate(seen)
                        .satisfied());
    }

    @Property
    void aGlobMatchesAsTheExpressionOfTheSameMeaning(
            @ForAll @Chars({'a', 'b', '*', '?'}) @StringLength(max = 8) String pattern,
            @ForAll @Chars({'a', 'b'}) @StringLength(max = 8) String text) {
        // When
        var matches = new Glob(pattern).matches(text);

        // Then
        assertThat(matches).isEqualTo(Pattern.matches(pattern.replace("*", ".*").replace("?", "."), text));
    }

    @Provide
    Arbitrary<String> conditions() {
        var path = Arbitraries.of("", ".a", ".a.b", ".list[0]", ".list[1].x", "[0]", "[3].a");
        var numbers = Arbitraries.of("0", "-1", "200", "0.5", "1e9", "5s", "14d");
        var operators = Arbitraries.of("==", "!=", "<", "<=", ">", ">=");
        var equalities = Arbitraries.of("==", "!=");
        var words = Arbitraries.strings()
                .alpha()
                .numeric()
                .withChars('é', '*', '?', '.', '-')
                .ofMinLength(1)
                .ofMaxLength(12);
        var durations = Combinators.combine(
                        Arbitraries.of("[RESPONSE_TIME]", "[CERTIFICATE_EXPIRATION]"), operators, numbers)
                .as("%s %s %s"::formatted);
        var status = Combinators.combine(operators, Arbitraries.integers().between(0, 999))
                .as("[STATUS] %s %s"::formatted);
        var bodies = Combinators.combine(path, operators, words).as("[BODY]%s %s %s"::formatted);
        var globs = Combinators.combine(path, equalities, words).as("[BODY]%s %s pat(%s)"::formatted);
        var choices = Combinators.combine(path, equalities, words, words).as("[BODY]%s %s any(%s, %s)"::formatted);
        var lengths =
                Combinators.combine(path, operators, Arbitraries.integers()).as("len([BODY]%s) %s %s"::formatted);
        var has = Combinators.combine(path, equalities, Arbitraries.of(true, false))
                .as("has([BODY]%s) %s %s"::formatted);
        var both = Combinators.combine(path, operators, path).as("[BODY]%s %s [BODY]%s"::formatted);
        var flipped = Combinators.combine(words, operators, path).as("%s %s [BODY]%s"::formatted);
        return Arbitraries.oneOf(durations, status, bodies, globs, choices, lengths, has, both, flipped);
    }

    @Provide
    Arbitrary<Observation> observations() {
        var bodies = Arbitraries.oneOf(
                Arbitraries.strings().ofMaxLength(300),
                Arbitraries.of(
                        "{\"a\": {\"b\": 1}, \"list\": [1, {\"x\": \"y\"}]}",
                        "[[1,2],{\"a\":null}]",
                        "{\"a\": 1e999999999}",
                        "{\"a\": " + "9".repeat(2_000) + "}",
                        "[".repeat(5_000),
                        "{\"a\": true} trailing",
                        "\u0000",
                        "\uD800"));
        var durations = Arbitraries.longs()
                .between(-1_000_000_000_000L, 1_000_000_000_000L)
                .map(Duration::ofMillis);
        return Combinators.combine(
                        Arbitraries.of(true, false),
                        Arbitraries.integers().between(0, 999).optional(),
                        durations.optional(),
                        bodies.optional(),
                        durations.optional(),
                        Arbitraries.of("192.0.2.1", "::1").optional())
                .as((connected, status, time, body, expiration, ip) -> new Observation(
                        connected,
                        status.map(OptionalInt::of).orElseGet(OptionalInt::empty),
                        time,
                        body,
                        expiration,
                        ip));
    }
}
