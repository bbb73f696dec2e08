package dev.slipway.release.plan.format;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

import dev.slipway.condition.Durations;
import dev.slipway.condition.Suggestion;
import dev.slipway.event.EventTypes;
import dev.slipway.event.ReportEvent;
import dev.slipway.event.Subject;
import dev.slipway.event.WebhookEvent.WebhookVerified;
import dev.slipway.release.plan.Plan;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Single values: names, durations, numbers. Each is empty if it is not one, and then an error is noted. */
final class Scalars {

    private static final Pattern NAME = Pattern.compile("[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?");
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_-]{0,62}");
    private static final Pattern COUNT = Pattern.compile("[1-9][0-9]{0,2}");
    /** The longest duration that a plan may name. */
    static final Duration LONGEST = Duration.ofDays(30);

    private Scalars() {}

    /** The name of an application or an environment. */
    static Optional<String> subjectName(YamlValue value) {
        return value.text().filter(text -> {
            var fits = Subject.NAME.matcher(text).matches();
            if (!fits) {
                value.error("must be 1 to 63 lower-case letters, digits, dots, dashes or underscores");
            }
            return fits;
        });
    }

    /** The name of a phase, a step, a monitor, a channel. */
    static Optional<String> name(YamlValue value) {
        return value.text().filter(text -> {
            var problem = nameProblem(text);
            problem.ifPresent(value::error);
            return problem.isEmpty();
        });
    }

    /** What is wrong with a name, if something is. */
    static Optional<String> nameProblem(String text) {
        return NAME.matcher(text).matches()
                ? Optional.empty()
                : Optional.of("'%s' must be 1 to 63 lower-case letters, digits, dashes or underscores".formatted(text));
    }

    /** Notes if a key is no name. */
    static void checkName(YamlObject of, String key) {
        nameProblem(key).ifPresent(problem -> of.error(key, problem));
    }

    /** A name that is none of those taken. */
    static Optional<String> uniqueName(YamlValue value, Set<String> taken, String what) {
        return name(value).filter(name -> {
            var fresh = !taken.contains(name);
            if (!fresh) {
                value.error(
                        name.equals(Plan.ROLLBACK) && what.equals("phase")
                                ? "'rollback' is the name of the way back; choose another for the phase"
                                : "There is a %s '%s' above already; names must differ".formatted(what, name));
            }
            return fresh;
        });
    }

    /** Notes if that is no name for a variable, or for something alike. */
    static void checkVariable(YamlObject of, String name, String what) {
        if (!VARIABLE.matcher(name).matches()) {
            of.error(name, "%s's name must be letters, digits, dashes and underscores, at most 63".formatted(what));
        }
    }

    static Optional<Boolean> flag(YamlValue value) {
        return value.text().flatMap(text -> {
            if (text.equals("true") || text.equals("false")) {
                return Optional.of(Boolean.valueOf(text));
            }
            value.error("must be true or false");
            return Optional.empty();
        });
    }

    static Optional<String> eventName(YamlValue value) {
        return value.text().filter(name -> {
            var fits = EventTypes.NAME.matcher(name).matches();
            if (!fits) {
                value.error("An event's name is letters and digits and begins with a capital: MigrationDone");
            }
            return fits;
        });
    }

    /** Notes if that is one of Slipway's own events, which tell what has been decided already. */
    static void checkAwaited(YamlValue at, String event) {
        if (EventTypes.byName(event)
                .filter(type -> !ReportEvent.class.isAssignableFrom(type) && type != WebhookVerified.class)
                .isPresent()) {
            at.error("%s is told by Slipway itself; a step can await a report, or WebhookVerified".formatted(event));
        }
    }

    static Optional<Duration> duration(YamlValue value) {
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

    static Optional<Integer> count(YamlValue value) {
        return count(value, 1, 999);
    }

    static Optional<Integer> count(YamlValue value, int least, int most) {
        return value.text().flatMap(text -> {
            var count = COUNT.matcher(text).matches() ? Integer.parseInt(text) : 0;
            if (count >= least && count <= most) {
                return Optional.of(count);
            }
            value.error("must be a whole number from %d to %d".formatted(least, most));
            return Optional.empty();
        });
    }

    /** One of an enum's constants, written in lower case and with dashes. */
    static <E extends Enum<E>> Optional<E> oneOf(YamlValue value, Class<E> type) {
        var names = Arrays.stream(type.getEnumConstants())
                .collect(toMap(it -> it.name().toLowerCase(Locale.ROOT).replace('_', '-'), identity()));
        return value.text().flatMap(text -> {
            if (!names.containsKey(text)) {
                value.error(Suggestion.unknown(text, names.keySet()));
            }
            return Optional.ofNullable(names.get(text));
        });
    }
}
