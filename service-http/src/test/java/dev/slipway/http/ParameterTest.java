package dev.slipway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.DayOfWeek;
import java.time.Instant;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParameterTest {

    private static Parameter given(String text) {
        return new Parameter("p", Optional.of(text));
    }

    @Test
    void whatIsAbsentIsNothing() {
        var absent = new Parameter("p", Optional.empty());

        assertThat(absent.text()).isEmpty();
        assertThat(absent.number(1, 2)).isEmpty();
        assertThat(absent.time()).isEmpty();
        assertThat(absent.oneOf(DayOfWeek.class)).isEmpty();
    }

    @Test
    void aFlagIsTrueOrFalseAndFalseIfItIsNotSaid() {
        assertThat(given("true").flag()).isTrue();
        assertThat(given("false").flag()).isFalse();
        assertThat(new Parameter("p", Optional.empty()).flag()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "TRUE", "yes", "1"})
    void whatIsNoFlagIsRefused(String text) {
        assertRefused(() -> given(text).flag(), "'p' must be true or false");
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "200, 200", "+7, 7"})
    void aNumberIsReadWithinItsLimits(String text, long number) {
        assertThat(given(text).number(1, 200)).contains(number);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "0", "201", "-1", "abc", "1.0", "99999999999999999999"})
    void whatIsNoNumberOfTheLimitsIsRefused(String text) {
        assertRefused(() -> given(text).number(1, 200), "'p' must be a whole number from 1 to 200");
    }

    @ParameterizedTest
    @ValueSource(strings = {"2026-11-20T10:15:30Z", "2026-11-20T11:15:30+01:00", "2026-11-20T10:15:30.000Z"})
    void aTimeIsRead(String text) {
        assertThat(given(text).time()).contains(Instant.parse("2026-11-20T10:15:30Z"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "now",
                "2026-11-20",
                "2026-11-20T10:15:30",
                "2026-13-20T10:15:30Z",
                "1969-12-31T23:59:59Z",
                "-0001-01-01T00:00:00Z",
                "+10000-01-01T00:00:00Z",
                "+1000000000-12-31T23:59:59.999999999Z",
                "-1000000000-01-01T00:00:00Z"
            })
    void whatIsNoTimeOrAnAbsurdOneIsRefused(String text) {
        assertRefused(
                () -> given(text).time(), "'p' must be a time of the years 1970 to 9999, such as 2026-11-20T10:15:30Z");
    }

    @Test
    void oneOfASetIsReadByItsName() {
        assertThat(given("MONDAY").oneOf(DayOfWeek.class)).contains(DayOfWeek.MONDAY);
        assertRefused(() -> given("monday").oneOf(DayOfWeek.class), "'p' must be one of [MONDAY, TUESDAY");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 200})
    void aTextIsRead(int length) {
        assertThat(given("x".repeat(length)).text()).contains("x".repeat(length));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 201, 10_000})
    void aTextHasItsLength(int length) {
        assertRefused(() -> given("x".repeat(length)).text(), "'p' must have 1 to 200 characters, none of them NUL");
    }

    @Test
    void aTextHasNoNul() {
        assertRefused(() -> given("a\0b").text(), "'p' must have 1 to 200 characters, none of them NUL");
    }

    private static void assertRefused(ThrowingCallable reading, String detail) {
        assertThatThrownBy(reading)
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refused -> assertThat(refused.problem().status()).isEqualTo(400))
                .hasMessageStartingWith(detail);
    }
}
