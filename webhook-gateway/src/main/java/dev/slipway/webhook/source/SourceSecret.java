package dev.slipway.webhook.source;

import dev.slipway.webhook.forward.SigningSecret;
import dev.slipway.webhook.scheme.Secret;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * One secret of a source, or of an endpoint that it forwards to.
 *
 * @param id by which the API keeps or deletes it, if the API set it up
 * @param kind where its value stands
 * @param reference the variable or file, if it is a reference
 * @param addedAt when, if the API set it up
 * @param expiresAt from when on it does not count
 * @param value as far as it could be had
 */
public record SourceSecret(
        Optional<UUID> id,
        Kind kind,
        Optional<String> reference,
        Optional<Instant> addedAt,
        Optional<Instant> expiresAt,
        Value value) {

    /** Where a secret's value stands. */
    public enum Kind {
        /** In the database, encrypted. */
        STORED,
        /** In the gateway's configuration itself. */
        CONFIGURED,
        /** In a variable of the gateway's environment. */
        ENV,
        /** In a file of the gateway's secret folder. */
        FILE
    }

    /** Whether a secret counts. */
    public enum State {
        VALID,
        EXPIRED,
        /** What it refers to is not there. */
        MISSING,
        /** It is there, but cannot be used. */
        UNREADABLE
    }

    /** What came of looking for its value. */
    public sealed interface Value {

        /** It is there; what stands in one place may be several, any of which may have signed. */
        record Known(List<Secret> secrets) implements Value {

            public Known {
                secrets = List.copyOf(secrets);
            }
        }

        /** It is there, and signs what is forwarded. */
        record Signs(SigningSecret secret) implements Value {}

        /**
         * It is not.
         *
         * @param state {@link State#MISSING} or {@link State#UNREADABLE}
         * @param problem why, and what to do about it
         */
        record Unknown(State state, String problem) implements Value {}
    }

    /** One that the gateway is configured with. */
    static SourceSecret configured(Kind kind, Optional<String> reference, Optional<Instant> expiresAt, Value value) {
        return new SourceSecret(Optional.empty(), kind, reference, Optional.empty(), expiresAt, value);
    }

    /** Whether it counts at a time. */
    public State state(Instant now) {
        if (!now.isBefore(end())) {
            return State.EXPIRED;
        }
        return switch (value) {
            case Value.Known _, Value.Signs _ -> State.VALID;
            case Value.Unknown unknown -> unknown.state();
        };
    }

    /** Why it cannot be used, and what to do about it. */
    Optional<String> problem() {
        return value instanceof Value.Unknown unknown ? Optional.of(unknown.problem()) : Optional.empty();
    }

    /** When it expires, however far away. */
    Instant end() {
        return expiresAt.orElse(Instant.MAX);
    }
}
