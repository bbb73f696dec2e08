package dev.slipway.release.freeze;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.slipway.release.freeze.Freeze.Kind;
import dev.slipway.release.freeze.Freeze.Lifted;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A freeze as it is shown.
 *
 * @param holds whether it holds now
 * @param since when it began to hold, or will the next time; absent when it never will again
 * @param until when that ends by itself
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record FreezeView(
        UUID id,
        Kind kind,
        Optional<String> application,
        Optional<String> environment,
        String reason,
        Optional<LocalDateTime> from,
        Optional<LocalDateTime> to,
        Optional<String> zone,
        Optional<String> rule,
        boolean holds,
        Optional<Instant> since,
        Optional<Instant> until,
        String setBy,
        Instant setAt,
        Optional<Lifted> lifted) {

    /** All that are not lifted. */
    public record FreezeList(List<FreezeView> items) {}

    static FreezeView of(Freeze freeze, Instant now) {
        var hold = freeze.hold(now);
        var next = freeze.lifted().isPresent() ? Optional.<Window.Span>empty() : freeze.present(now);
        return new FreezeView(
                freeze.id(),
                freeze.kind(),
                freeze.application(),
                freeze.environment(),
                freeze.reason(),
                freeze.window().map(Window::from),
                freeze.window().map(Window::to),
                freeze.window().map(it -> it.zone().getId()),
                freeze.window().flatMap(Window::rule),
                hold.isPresent(),
                hold.map(Freeze.Hold::since).or(() -> next.map(Window.Span::from)),
                hold.isPresent() ? hold.get().until() : next.map(Window.Span::until),
                freeze.setBy(),
                freeze.setAt(),
                freeze.lifted());
    }
}
