package dev.slipway.condition;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a check saw.
 *
 * @param connected whether a connection came about
 * @param status the HTTP status
 * @param responseTime from the request to the end of the answer
 * @param body the answer's body, as far as it was read
 * @param certificateExpiration from now to the end of the certificate; negative if it has expired
 * @param ip the address that was connected to
 */
public record Observation(
        boolean connected,
        OptionalInt status,
        Optional<Duration> responseTime,
        Optional<String> body,
        Optional<Duration> certificateExpiration,
        Optional<String> ip) {

    /** No connection came about. */
    public static Observation notConnected() {
        return new Observation(
                false, OptionalInt.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** An HTTP answer. */
    public static Observation answered(int status, Duration responseTime, String body) {
        return new Observation(
                true,
                OptionalInt.of(status),
                Optional.of(responseTime),
                Optional.of(body),
                Optional.empty(),
                Optional.empty());
    }

    /** A certificate that was shown. */
    public static Observation certified(Duration certificateExpiration, Duration responseTime) {
        return new Observation(
                true,
                OptionalInt.empty(),
                Optional.of(responseTime),
                Optional.empty(),
                Optional.of(certificateExpiration),
                Optional.empty());
    }

    /** The same, with the address that was connected to. */
    public Observation at(String address) {
        return new Observation(connected, status, responseTime, body, certificateExpiration, Optional.of(address));
    }
}
