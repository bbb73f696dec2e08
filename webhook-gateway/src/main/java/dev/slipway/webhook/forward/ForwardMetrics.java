package dev.slipway.webhook.forward;

import dev.slipway.webhook.forward.EndpointOverview.EndpointStatus;
import dev.slipway.webhook.forward.EndpointStates.Circuit;
import dev.slipway.webhook.forward.ForwardStore.Ended;
import dev.slipway.webhook.forward.Outcome.Answered;
import dev.slipway.webhook.forward.Outcome.Unanswered;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.JdbiException;

/** How forwarding goes, in figures. What has to be asked of the database is asked every few seconds. */
@Singleton
class ForwardMetrics {

    private static final Logger LOG = Logger.getLogger(ForwardMetrics.class);

    private final EndpointOverview overview;
    private final MeterRegistry meters;
    private final Map<MultiGauge, ToDoubleFunction<EndpointStatus>> gauges = new LinkedHashMap<>();

    ForwardMetrics(EndpointOverview overview, MeterRegistry meters, Clock clock) {
        this.overview = overview;
        this.meters = meters;
        gauge("slipway.webhook.forward.pending", status -> status.backlog().pending());
        gauge("slipway.webhook.forward.given.up", status -> status.backlog().givenUp());
        gauge(
                "slipway.webhook.forward.oldest.pending.seconds",
                status -> status.backlog()
                        .oldest()
                        .map(oldest -> Duration.between(oldest, clock.instant()).toMillis() / 1000.0)
                        .orElse(0.0));
        gauge("slipway.webhook.endpoint.open", status -> status.state().circuit() == Circuit.OPEN ? 1 : 0);
        gauge("slipway.webhook.endpoint.gone", status -> status.state().circuit() == Circuit.GONE ? 1 : 0);
    }

    private void gauge(String name, ToDoubleFunction<EndpointStatus> value) {
        gauges.put(MultiGauge.builder(name).register(meters), value);
    }

    /** Counts an attempt. */
    void count(Ended attempt) {
        var outcome = switch (attempt.outcome()) {
            case Answered answer when answer.isSuccess() -> "delivered";
            case Answered _ -> "refused";
            case Unanswered _ -> "unanswered";
        };
        meters.timer(
                        "slipway.webhook.forward.attempts",
                        tags(attempt.forward().endpoint()).and("outcome", outcome))
                .record(attempt.took());
    }

    @Scheduled(every = "5s", concurrentExecution = ConcurrentExecution.SKIP)
    void look() {
        try {
            var all = overview.all();
            gauges.forEach((gauge, value) -> gauge.register(
                    all.stream()
                            .map(status -> Row.of(tags(status.ref()), value.applyAsDouble(status)))
                            .toList(),
                    true));
        } catch (JdbiException e) {
            LOG.debug("The backlogs of the endpoints cannot be counted now", e);
        }
    }

    private static Tags tags(EndpointRef endpoint) {
        return Tags.of("source", endpoint.source(), "endpoint", endpoint.name());
    }
}
