package dev.slipway.probe.check;

import dev.slipway.condition.Observation;
import java.util.Map;

/** What came back when something was called. */
sealed interface Answer {

    /** What conditions can look at. */
    Observation observation();

    /**
     * Something came back.
     *
     * @param summary continues a sentence that begins with the call: {@code answered 200 in 12 ms}
     * @param details the facts, for evidence
     */
    record Seen(Observation observation, String summary, Map<String, Object> details) implements Answer {}

    /**
     * Nothing came back.
     *
     * @param reason why: {@code connection refused by 192.0.2.1:80}
     * @param connected whether a connection had come about
     */
    record Nothing(String reason, boolean connected) implements Answer {

        @Override
        public Observation observation() {
            var none = Observation.notConnected();
            return new Observation(
                    connected,
                    none.status(),
                    none.responseTime(),
                    none.body(),
                    none.certificateExpiration(),
                    none.ip());
        }
    }
}
