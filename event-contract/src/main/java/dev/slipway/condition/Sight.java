package dev.slipway.condition;

import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.condition.BodyPath.NotJsonException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;

/** The side of a condition that looks at the answer. */
sealed interface Sight {

    /** What kind of value is seen, which says what it can be compared with. */
    Kind kind();

    /**
     * Looks.
     *
     * @throws NothingSeenException if there is nothing to see
     */
    Value in(Observation observation) throws NothingSeenException;

    enum Kind {
        NUMBER,
        DURATION,
        BOOLEAN,
        TEXT
    }

    /** A placeholder without a path. */
    enum Placeholder implements Sight {
        STATUS(Kind.NUMBER, "no status was received") {
            @Override
            Optional<Value> seen(Observation it) {
                return it.status().isPresent()
                        ? Optional.of(
                                Value.ofNumber(BigDecimal.valueOf(it.status().getAsInt())))
                        : Optional.empty();
            }
        },
        RESPONSE_TIME(Kind.DURATION, "there was no response") {
            @Override
            Optional<Value> seen(Observation it) {
                return it.responseTime().map(time -> Value.ofDuration(time, time.toMillis() + " ms"));
            }
        },
        CERTIFICATE_EXPIRATION(Kind.DURATION, "no certificate was seen") {
            @Override
            Optional<Value> seen(Observation it) {
                return it.certificateExpiration().map(left -> Value.ofDuration(left, expiry(left)));
            }
        },
        CONNECTED(Kind.BOOLEAN, "") {
            @Override
            Optional<Value> seen(Observation it) {
                return Optional.of(Value.ofText(String.valueOf(it.connected())));
            }
        },
        IP(Kind.TEXT, "no address was connected to") {
            @Override
            Optional<Value> seen(Observation it) {
                return it.ip().map(Value::ofText);
            }
        };

        private final Kind kind;
        private final String whenNothing;

        Placeholder(Kind kind, String whenNothing) {
            this.kind = kind;
            this.whenNothing = whenNothing;
        }

        abstract Optional<Value> seen(Observation observation);

        @Override
        public Kind kind() {
            return kind;
        }

        @Override
        public Value in(Observation observation) throws NothingSeenException {
            return seen(observation).orElseThrow(() -> new NothingSeenException(whenNothing));
        }

        @Override
        public String toString() {
            return "[" + name() + "]";
        }

        private static String expiry(Duration left) {
            return left.isNegative()
                    ? "expired %s ago".formatted(Durations.format(toTheMinute(left)))
                    : Durations.format(toTheMinute(left));
        }

        private static Duration toTheMinute(Duration left) {
            return Duration.ofMinutes(left.toMinutes());
        }
    }

    /** The body, or a place in it. */
    record Body(BodyPath path) implements Sight {

        @Override
        public Kind kind() {
            return Kind.TEXT;
        }

        @Override
        public Value in(Observation observation) throws NothingSeenException {
            var body = bodyOf(observation);
            if (path.isWholeBody()) {
                return Value.ofText(body);
            }
            var node = find(path, body);
            return node.isNumber()
                    ? Value.ofNumber(node.decimalValue())
                    : Value.ofText(node.isValueNode() ? node.asText() : node.toString());
        }

        @Override
        public String toString() {
            return path.toString();
        }
    }

    /** How many elements an array has, fields an object, characters everything else. */
    record Length(BodyPath path) implements Sight {

        @Override
        public Kind kind() {
            return Kind.NUMBER;
        }

        @Override
        public Value in(Observation observation) throws NothingSeenException {
            return Value.ofNumber(BigDecimal.valueOf(length(bodyOf(observation))));
        }

        private int length(String body) throws NothingSeenException {
            try {
                var node = path.in(body);
                if (node.isMissingNode()) {
                    throw new NothingSeenException(path + " is missing");
                }
                return node.isContainerNode() ? node.size() : lengthOf(node.asText());
            } catch (NotJsonException e) {
                if (path.isWholeBody()) {
                    return lengthOf(body);
                }
                throw new NothingSeenException(e);
            }
        }

        private static int lengthOf(String text) {
            return text.codePointCount(0, text.length());
        }

        @Override
        public String toString() {
            return "len(%s)".formatted(path);
        }
    }

    /** Whether there is something in the body at that place. */
    record Has(BodyPath path) implements Sight {

        @Override
        public Kind kind() {
            return Kind.BOOLEAN;
        }

        @Override
        public Value in(Observation observation) throws NothingSeenException {
            var body = bodyOf(observation);
            try {
                return Value.ofText(String.valueOf(
                        path.isWholeBody() ? !body.isEmpty() : !path.in(body).isMissingNode()));
            } catch (NotJsonException e) {
                throw new NothingSeenException(e);
            }
        }

        @Override
        public String toString() {
            return "has(%s)".formatted(path);
        }
    }

    private static String bodyOf(Observation observation) throws NothingSeenException {
        return observation.body().orElseThrow(() -> new NothingSeenException("there was no response"));
    }

    private static JsonNode find(BodyPath path, String body) throws NothingSeenException {
        try {
            var node = path.in(body);
            if (node.isMissingNode()) {
                throw new NothingSeenException(path + " is missing");
            }
            return node;
        } catch (NotJsonException e) {
            throw new NothingSeenException(e);
        }
    }

    /** There is nothing to compare; the message says what is missing. */
    final class NothingSeenException extends Exception {

        private static final long serialVersionUID = 1L;

        NothingSeenException(String message) {
            super(message);
        }

        NothingSeenException(Exception cause) {
            super(cause.getMessage(), cause);
        }
    }
}
