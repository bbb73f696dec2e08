package dev.slipway.notify.notification;

import dev.slipway.devstack.port.Ports;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;

/** Tells the notifier where Slack and the mail server of the tests will be, and makes it impatient. */
public final class ReceivingEnds implements QuarkusTestResourceLifecycleManager {

    static final String WEBHOOK_PATH = "/services/T000/B000/secret";

    @Override
    public Map<String, String> start() {
        var ports = Ports.free(2);
        return Map.ofEntries(
                Map.entry("quarkus.http.test-port", "0"),
                Map.entry("test.slack.port", Integer.toString(ports.getFirst())),
                Map.entry("SLACK_WEBHOOK_URL", "http://localhost:%d%s".formatted(ports.getFirst(), WEBHOOK_PATH)),
                Map.entry("slipway.mail.host", "localhost"),
                Map.entry("slipway.mail.port", Integer.toString(ports.getLast())),
                Map.entry("slipway.mail.from", "slipway@example.org"),
                Map.entry("slipway.mail.to", "team@example.org"),
                Map.entry("SLIPWAY_PUBLIC_URL", "https://slipway.test/"),
                Map.entry("slipway.notifications.first-pause", "100ms"),
                Map.entry("slipway.notifications.longest-pause", "400ms"),
                Map.entry("slipway.notifications.attempt-limit", "1s"),
                Map.entry("slipway.notifications.sweep-every", "50ms"));
    }

    @Override
    public void stop() {}
}
