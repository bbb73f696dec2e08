package dev.slipway.release.freeze;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.release.freeze.Window.Span;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When windows hold, on the clock on the wall. */
class WindowTest {

    private static Window window(String from, String to, String zone, String rule) {
        return new Window(
                LocalDateTime.parse(from),
                LocalDateTime.parse(to),
                ZoneId.of(zone),
                Optional.of(rule).filter(it -> !it.equals("once")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // first time                        | zone             | rule                          | now
                //       | from                 | until
                "2026-12-20T00:00 | 2027-01-02T00:00 | UTC              | once                          | 2026-12-19T23:59:59Z | 2026-12-20T00:00:00Z | 2027-01-02T00:00:00Z",
                "2026-12-20T00:00 | 2027-01-02T00:00 | UTC              | once                          | 2027-01-01T23:59:59Z | 2026-12-20T00:00:00Z | 2027-01-02T00:00:00Z",
                "2026-12-20T00:00 | 2027-01-02T00:00 | UTC              | once                          | 2027-01-02T00:00:00Z | never                | never",
                "2026-12-20T00:00 | 2027-01-02T00:00 | Asia/Kolkata     | once                          | 2026-01-01T00:00:00Z | 2026-12-19T18:30:00Z | 2027-01-01T18:30:00Z",
                // every weekend, in winter, and over the change to summer time
                "2026-01-02T16:00 | 2026-01-05T08:00 | Europe/Amsterdam | FREQ=WEEKLY;BYDAY=FR          | 2026-03-20T14:00:00Z | 2026-03-20T15:00:00Z | 2026-03-23T07:00:00Z",
                "2026-01-02T16:00 | 2026-01-05T08:00 | Europe/Amsterdam | FREQ=WEEKLY;BYDAY=FR          | 2026-03-29T12:00:00Z | 2026-03-27T15:00:00Z | 2026-03-30T06:00:00Z",
                "2026-01-02T16:00 | 2026-01-05T08:00 | Europe/Amsterdam | FREQ=WEEKLY;BYDAY=FR          | 2026-04-01T12:00:00Z | 2026-04-03T14:00:00Z | 2026-04-06T06:00:00Z",
                // at night, each day; twenty years on
                "2026-01-01T22:00 | 2026-01-02T06:00 | America/New_York | FREQ=DAILY                    | 2046-07-01T04:00:00Z | 2046-07-01T02:00:00Z | 2046-07-01T10:00:00Z",
                // the last Friday of a month
                "2026-01-30T00:00 | 2026-01-31T00:00 | UTC              | FREQ=MONTHLY;BYDAY=-1FR       | 2026-02-01T00:00:00Z | 2026-02-27T00:00:00Z | 2026-02-28T00:00:00Z",
                // three times, or to a day
                "2026-01-01T00:00 | 2026-01-02T00:00 | UTC              | FREQ=YEARLY;COUNT=3           | 2028-01-01T12:00:00Z | 2028-01-01T00:00:00Z | 2028-01-02T00:00:00Z",
                "2026-01-01T00:00 | 2026-01-02T00:00 | UTC              | FREQ=YEARLY;COUNT=3           | 2028-01-02T00:00:00Z | never                | never",
                "2026-01-01T00:00 | 2026-01-02T00:00 | UTC              | FREQ=WEEKLY;UNTIL=20260201T000000Z | 2026-02-03T00:00:00Z | never           | never",
                // one that is longer than its pause goes on with the earlier one until that is over
                "2026-01-01T00:00 | 2026-01-03T00:00 | UTC              | FREQ=DAILY                    | 2026-01-05T12:00:00Z | 2026-01-04T00:00:00Z | 2026-01-06T00:00:00Z",
            })
    void aWindowHoldsAndComesAgainOnTheClockOfItsZone(
            String from, String to, String zone, String rule, Instant now, String expectedFrom, String expectedUntil) {
        // When
        var span = window(from, to, zone, rule).present(now);

        // Then
        assertThat(span)
                .isEqualTo(
                        expectedFrom.equals("never")
                                ? Optional.empty()
                                : Optional.of(new Span(Instant.parse(expectedFrom), Instant.parse(expectedUntil))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "2026-01-02T00:00 | 2026-01-02T00:00 | once                            | 'to' must be after 'from', and at most 366 days later",
                "2026-01-02T00:00 | 2026-01-01T00:00 | once                            | 'to' must be after 'from', and at most 366 days later",
                "2026-01-01T00:00 | 2027-01-03T00:00 | once                            | 'to' must be after 'from', and at most 366 days later",
                "1999-12-31T00:00 | 2000-01-01T00:00 | once                            | 'from' and 'to' must be of the years 2000 to 9998",
                "2026-01-01T00:00 | 2026-01-02T00:00 | every Friday                    | 'rule' must be an RRULE of RFC 5545, such as FREQ=WEEKLY;BYDAY=FR",
                "2026-01-01T00:00 | 2026-01-02T00:00 | FREQ=WEEKLY;BYDAY=XX            | 'rule' must be an RRULE of RFC 5545, such as FREQ=WEEKLY;BYDAY=FR",
                "2026-01-01T00:00 | 2026-01-02T00:00 | FREQ=HOURLY                     | 'rule' cannot be followed: 'rule' must have a FREQ of DAILY, WEEKLY, MONTHLY or YEARLY",
                "2026-01-01T00:00 | 2026-01-02T00:00 | FREQ=WEEKLY;UNTIL=20260201T000000 | 'rule' cannot be followed: ",
                "2026-01-01T00:00 | 2026-01-02T00:00 | FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30 | 'rule' cannot be followed: ",
            })
    void whatIsNoWindowIsRefusedWithTheMend(String from, String to, String rule, String message) {
        assertThatThrownBy(() -> window(from, to, "UTC", rule))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    @Property(tries = 300)
    void whatIsPresentIsNotOverAndNothingIsLeftOutBeforeIt(
            @ForAll @IntRange(min = 1, max = 500) int hours,
            @ForAll @IntRange(min = 1, max = 3) int interval,
            @ForAll @LongRange(min = 0, max = 3_000) long daysLater) {
        // Given
        var from = LocalDateTime.parse("2026-01-01T10:00");
        var window = new Window(
                from, from.plusHours(hours), ZoneId.of("UTC"), Optional.of("FREQ=WEEKLY;INTERVAL=" + interval));
        var now = Instant.parse("2026-01-01T10:00:00Z").plus(Duration.ofDays(daysLater));

        // When
        var span = window.present(now).orElseThrow();

        // Then
        assertThat(span.until()).isAfter(now);
        assertThat(Duration.between(span.from(), span.until())).isEqualTo(Duration.ofHours(hours));
        var before = span.until().minus(Duration.ofDays(7L * interval));
        assertThat(before.isAfter(now)
                        && !before.minus(Duration.ofHours(hours)).isBefore(Instant.parse("2026-01-01T10:00:00Z")))
                .isFalse();
    }
}
