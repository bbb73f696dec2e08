package dev.slipway.release.freeze;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.TimeZone;
import org.dmfs.rfc5545.DateTime;
import org.dmfs.rfc5545.recur.Freq;
import org.dmfs.rfc5545.recur.InvalidRecurrenceRuleException;
import org.dmfs.rfc5545.recur.RecurrenceRule;
import org.dmfs.rfc5545.recur.RecurrenceRule.RfcMode;
import org.dmfs.rfc5545.recur.RecurrenceRuleIterator;

/**
 * A span of time, once or again and again, on the clock on the wall: from Friday at four to Monday at eight, whatever
 * summer time does in between.
 *
 * @param from its beginning, the first time
 * @param to its end, the first time; at most a year later
 * @param zone the wall that the clock hangs on
 * @param rule when it comes again: an RRULE of
 *     <a href="https://www.rfc-editor.org/rfc/rfc5545#section-3.3.10">RFC 5545</a>, at most daily
 */
public record Window(LocalDateTime from, LocalDateTime to, ZoneId zone, Optional<String> rule) {

    private static final Duration LONGEST = Duration.ofDays(366);
    private static final int FIRST_YEAR = 2000;
    private static final int LAST_YEAR = 9998;
    private static final Set<Freq> FREQUENCIES = EnumSet.of(Freq.DAILY, Freq.WEEKLY, Freq.MONTHLY, Freq.YEARLY);

    /** What {@code from}, {@code to} and {@code rule} amount to at one time: until excluded. */
    public record Span(Instant from, Instant until) {

        boolean holds(Instant at) {
            return !at.isBefore(from) && at.isBefore(until);
        }
    }

    /** @throws IllegalArgumentException if it is no span, or if its rule cannot be understood; with the mend */
    public Window {
        if (from.getYear() < FIRST_YEAR || to.getYear() > LAST_YEAR) {
            throw new IllegalArgumentException(
                    "'from' and 'to' must be of the years %d to %d".formatted(FIRST_YEAR, LAST_YEAR));
        }
        if (!to.isAfter(from) || Duration.between(from, to).compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("'to' must be after 'from', and at most 366 days later");
        }
        // One that cannot be followed is found out now, not when it should hold.
        if (rule.filter(it -> !spans(it, from, zone).hasNext()).isPresent()) {
            throw new IllegalArgumentException("'rule' leaves nothing: it ends before 'from'");
        }
    }

    /** The time zone of a name: {@code Europe/Amsterdam}. */
    static ZoneId zone(String name) {
        try {
            return ZoneId.of(name);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("'zone' must be a time zone, such as Europe/Amsterdam or UTC", e);
        }
    }

    /** The span that holds now, or else the next one, if another comes. */
    public Optional<Span> present(Instant now) {
        var first = span(from);
        if (rule.isEmpty()) {
            return Optional.of(first).filter(it -> now.isBefore(it.until()));
        }
        var starts = spans(rule.get(), from, zone);
        // Whatever began longer ago than the longest span is over.
        starts.fastForward(
                now.minus(Duration.between(from, to)).minus(Duration.ofDays(1)).toEpochMilli());
        while (starts.hasNext()) {
            var start = Instant.ofEpochMilli(starts.nextMillis()).atZone(zone).toLocalDateTime();
            var span = span(start);
            if (now.isBefore(span.until())) {
                return Optional.of(span);
            }
        }
        return Optional.empty();
    }

    private Span span(LocalDateTime start) {
        return new Span(
                start.atZone(zone).toInstant(),
                start.plus(Duration.between(from, to)).atZone(zone).toInstant());
    }

    private static RecurrenceRuleIterator spans(String rule, LocalDateTime from, ZoneId zone) {
        try {
            var parsed = new RecurrenceRule(rule, RfcMode.RFC5545_STRICT);
            if (!FREQUENCIES.contains(parsed.getFreq())) {
                throw new IllegalArgumentException("'rule' must have a FREQ of DAILY, WEEKLY, MONTHLY or YEARLY");
            }
            return parsed.iterator(new DateTime(
                    TimeZone.getTimeZone(zone),
                    from.getYear(),
                    from.getMonthValue() - 1,
                    from.getDayOfMonth(),
                    from.getHour(),
                    from.getMinute(),
                    from.getSecond()));
        } catch (InvalidRecurrenceRuleException e) {
            throw new IllegalArgumentException(
                    "'rule' must be an RRULE of RFC 5545, such as FREQ=WEEKLY;BYDAY=FR: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'rule' cannot be followed: " + e.getMessage(), e);
        }
    }
}
