package dev.slipway.event;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toUnmodifiableMap;

import dev.slipway.event.ReportEvent.CustomReport;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The events by name, and the names as CloudEvents types. */
public final class EventTypes {

    /** What an event's name may be: letters and digits, beginning with a capital, at most 100. */
    public static final Pattern NAME = Pattern.compile("[A-Z][A-Za-z0-9]{0,99}");

    private static final Pattern TYPE = Pattern.compile("dev\\.slipway\\.(" + NAME + ")\\.v1");

    private static final Map<String, Class<? extends Event>> BY_NAME = leaves(Event.class)
            .filter(type -> type != CustomReport.class)
            .collect(toUnmodifiableMap(Class::getSimpleName, identity()));

    private EventTypes() {}

    /** Every event that has a record of its own. */
    public static List<Class<? extends Event>> all() {
        return List.copyOf(BY_NAME.values());
    }

    /** The record of an event, if it has one. */
    public static Optional<Class<? extends Event>> byName(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    /** The CloudEvents type of an event's name: {@code MigrationDone} → {@code dev.slipway.MigrationDone.v1}. */
    public static String typeOf(String name) {
        return "dev.slipway." + name + ".v1";
    }

    /** The event's name in a CloudEvents type, or nothing if the type is not one of Slipway's, or of another version. */
    public static Optional<String> nameOf(String type) {
        var matcher = TYPE.matcher(type);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    private static Stream<Class<? extends Event>> leaves(Class<?> type) {
        return type.isSealed()
                ? Arrays.stream(type.getPermittedSubclasses()).flatMap(EventTypes::leaves)
                : Stream.of(type.asSubclass(Event.class));
    }
}
