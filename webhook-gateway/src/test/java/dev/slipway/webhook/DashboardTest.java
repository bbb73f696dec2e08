package dev.slipway.webhook;

import static dev.slipway.webhook.Api.post;
import static dev.slipway.webhook.StripeSender.body;
import static dev.slipway.webhook.StripeSender.newEventId;
import static dev.slipway.webhook.StripeSender.send;
import static dev.slipway.webhook.StripeSender.sign;
import static dev.slipway.webhook.StripeSender.to;
import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.event.EventJson;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** The dashboard asks for metrics that there are. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class DashboardTest {

    private static final Path DASHBOARD = Path.of("../docs/grafana/webhook-gateway.json");
    private static final Pattern METRIC = Pattern.compile("slipway_\\w+");

    @Test
    void everyMetricOfTheDashboardIsThereAfterADeliveryAndAForgery() throws IOException {
        // Given
        var wanted = metricsOf(EventJson.mapper().readTree(DASHBOARD.toFile()));
        post("/api/v1/sources", """
                {"name": "dashboard", "scheme": "stripe", "secrets": ["whsec_dashboard"],
                 "forwardTo": [{"name": "nobody", "url": "http://127.0.0.1:1/"}]}""");

        // When
        var statuses = Set.of(deliver("whsec_dashboard"), deliver("whsec_forged"));

        // Then
        assertThat(statuses).containsExactlyInAnyOrder(200, 400);
        assertThat(wanted).hasSizeGreaterThan(20);
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(metricsThatAreThere()).containsAll(wanted));
    }

    private static int deliver(String secret) {
        var body = body(newEventId());
        return send(to("/webhooks/dashboard")
                        .header("Stripe-Signature", sign(body, secret, Instant.now()))
                        .POST(BodyPublishers.ofString(body))
                        .build())
                .statusCode();
    }

    private static Set<String> metricsOf(JsonNode dashboard) {
        return StreamSupport.stream(dashboard.path("panels").spliterator(), false)
                .flatMap(panel -> StreamSupport.stream(panel.path("targets").spliterator(), false))
                .flatMap(target ->
                        METRIC.matcher(target.path("expr").asText()).results().map(MatchResult::group))
                .collect(toCollection(TreeSet::new));
    }

    private static Set<String> metricsThatAreThere() {
        return send(to("/metrics").build())
                .body()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("[{ ]", 2)[0])
                .collect(toSet());
    }
}
