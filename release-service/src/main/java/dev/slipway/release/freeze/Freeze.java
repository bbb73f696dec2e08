package dev.slipway.release.freeze;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.slipway.event.Subject;
import dev.slipway.release.freeze.Window.Span;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A time in which no release begins in some environments.
 *
 * @param application of which application; of each, if absent
 * @param environment in which environment; in each, if absent
 * @param window when it holds; a stop has none, and holds from when it was set
 * @param until when a stop ends, if somebody said so
 */
public record Freeze(
        UUID id,
        Kind kind,
        Optional<String> application,
        Optional<String> environment,
        String reason,
        Optional<Window> window,
        Optional<Instant> until,
        String setBy,
        Instant setAt,
        Optional<Lifted> lifted) {

    /** What is held up. */
    public enum Kind {
        /** Releases that have not begun. */
        WINDOW,
        /** The line is stopped: what runs is paused, too. */
        STOP
    }

    /** That it does not hold any more. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Lifted(String by, Instant at, String reason) {}

    /**
     * A freeze that holds.
     *
     * @param until when it ends by itself, if it does
     */
    public record Hold(Freeze freeze, Instant since, Optional<Instant> until) {

        /** What it is, for a person to read. */
        public String what() {
            return switch (freeze.kind()) {
                case WINDOW -> "the end of a freeze: %s (set by %s)".formatted(freeze.reason(), freeze.setBy());
                case STOP ->
                    "somebody to start the line again: %s (stopped by %s)".formatted(freeze.reason(), freeze.setBy());
            };
        }
    }

    /** Whether it is about an environment. */
    public boolean isAbout(Subject subject) {
        return application.filter(it -> !it.equals(subject.application())).isEmpty()
                && environment.filter(it -> !it.equals(subject.environment())).isEmpty();
    }

    /** Whether it holds at a time. */
    public Optional<Hold> hold(Instant now) {
        if (lifted.isPresent()) {
            return Optional.empty();
        }
        return switch (kind) {
            case WINDOW ->
                present(now)
                        .filter(span -> span.holds(now))
                        .map(span -> new Hold(this, span.from(), Optional.of(span.until())));
            case STOP ->
                until.filter(it -> !now.isBefore(it)).isPresent()
                        ? Optional.empty()
                        : Optional.of(new Hold(this, setAt, until));
        };
    }

    /** The time of a window that holds, or is the next to. */
    Optional<Span> present(Instant now) {
        return window.flatMap(it -> it.present(now));
    }
}
