package dev.slipway.devstack.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.stripe.net.Webhook;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * All who have a part in a release beside Slipway: GitHub Actions with its token, Stripe and RevenueCat with their
 * signatures, the release manager, and whoever makes the target application sick.
 */
public final class Parties {

    private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

    private final DemoSettings settings;
    private final Clock clock;
    private final Http http = new Http();

    public Parties(DemoSettings settings, Clock clock) {
        this.settings = settings;
        this.clock = clock;
    }

    // ---- GitHub Actions ----

    /** Stores the plan, for the addresses at which the demo runs. */
    void storePlan(String application, String yaml) throws InterruptedException {
        http.expect(
                "PUT",
                settings.releases().resolve("/api/v1/plans/%s/demo".formatted(application)),
                authorized(Map.of("Content-Type", "application/yaml")),
                yaml);
    }

    /** Asks for a release; returns its id. */
    UUID askForRelease(String application, String version) throws InterruptedException {
        var answer = http.expect(
                "POST",
                settings.releases().resolve("/api/v1/releases"),
                authorized(Map.of("Content-Type", "application/json", "Idempotency-Key", "demo-" + UUID.randomUUID())),
                """
                {"application":"%s","environment":"demo","version":"%s","commit":"%040x"}""".formatted(application, version, Math.abs((long) version.hashCode())));
        return UUID.fromString(answer.json().path("id").asText());
    }

    /** Reports work done for a release. One whose release has gone another way meanwhile is not needed any more. */
    void report(UUID release, String type, String data) throws InterruptedException {
        act(release, "events", """
                {"type":"%s","data":%s}""".formatted(type, data));
    }

    /** Upgrades the target's schema, as the migration job does. */
    String upgradeSchema(String key) throws InterruptedException {
        return migrate("upgrade", key);
    }

    /** Downgrades the target's schema, with the new version's image, as the job for it does. */
    String downgradeSchema(String key) throws InterruptedException {
        return migrate("downgrade", key);
    }

    private String migrate(String direction, String key) throws InterruptedException {
        return http.expect(
                        "POST",
                        settings.target().resolve("/migrations/" + direction),
                        with(JSON, "Idempotency-Key", key),
                        "{}")
                .body();
    }

    // ---- the release manager ----

    /** Approves what awaits approval. */
    void approve(UUID release, String comment) throws InterruptedException {
        act(release, "approve", """
                {"comment":"%s"}""".formatted(comment));
    }

    /** Ends releases that an earlier demo left behind: the queue would wait for them. */
    void abortUnended(String application) throws InterruptedException {
        var list =
                settings.releases().resolve("/api/v1/releases?environment=demo&limit=200&application=" + application);
        for (var release : get(list).path("items")) {
            if (!release.hasNonNull("endedAt")) {
                act(UUID.fromString(release.path("id").asText()), "abort", "{\"reason\":\"Left behind by a demo\"}");
            }
        }
    }

    private void act(UUID release, String call, String body) throws InterruptedException {
        var uri = settings.releases().resolve("/api/v1/releases/%s/%s".formatted(release, call));
        var answer = http.call("POST", uri, authorized(JSON), body);
        if (answer.status() != 202 && answer.status() != 409) {
            throw new DemoException("POST %s answered %d: %s".formatted(uri, answer.status(), answer.body()));
        }
    }

    // ---- Stripe and RevenueCat ----

    /** Sends an event as Stripe does, signed. */
    void stripe(String eventId) throws InterruptedException {
        var now = clock.instant().getEpochSecond();
        var body = """
                {"id":"%s","object":"event","api_version":"2025-09-30.clover","created":%d,"livemode":false,\
                "pending_webhooks":1,"type":"invoice.paid","request":{"id":null,"idempotency_key":null},\
                "data":{"object":{"id":"in_demo","object":"invoice","amount_paid":4900,"currency":"usd"}}}""".formatted(eventId, now);
        try {
            var signature = Webhook.Util.computeHmacSha256(settings.stripeSecret(), now + "." + body);
            http.expect(
                    "POST",
                    settings.gateway().resolve("/webhooks/stripe"),
                    with(JSON, "Stripe-Signature", "t=%d,v1=%s".formatted(now, signature)),
                    body);
        } catch (GeneralSecurityException e) {
            throw new DemoException("Stripe's signature cannot be made", e);
        }
    }

    /** Sends an event as RevenueCat does, with its authorization. */
    void revenueCat(String eventId) throws InterruptedException {
        http.expect(
                "POST",
                settings.gateway().resolve("/webhooks/revenuecat"),
                with(JSON, "Authorization", "Bearer " + settings.revenueCatSecret()),
                """
                {"api_version":"1.0","event":{"id":"%s","type":"TEST","environment":"SANDBOX","event_timestamp_ms":%d,\
                "app_user_id":"demo","store":"APP_STORE"}}""".formatted(eventId, clock.millis()));
    }

    // ---- the target application ----

    /** Makes the target as it was when it was installed: version 1.0.0, healthy. */
    void resetTarget() throws InterruptedException {
        http.expect("POST", settings.target().resolve("/admin/reset"), JSON, "{}");
    }

    /** Makes the version that is live sick. */
    void sicken() throws InterruptedException {
        http.expect("POST", settings.target().resolve("/sickness"), JSON, "{\"sick\":true}");
    }

    /** What the target says of itself, sick or well. */
    JsonNode targetState() throws InterruptedException {
        return http.expect("GET", settings.target().resolve("/admin/state"), Map.of(), "")
                .json();
    }

    // ---- what the APIs answer ----

    /** The status of a release. */
    JsonNode status(UUID release) throws InterruptedException {
        return get(settings.releases().resolve("/api/v1/releases/" + release));
    }

    /** The deliveries that the gateway has of a source's event. */
    JsonNode deliveries(String source, String eventId) throws InterruptedException {
        return get(settings.gateway().resolve("/api/v1/deliveries?source=%s&eventId=%s".formatted(source, eventId)))
                .path("items");
    }

    /** The notifications about a release. */
    JsonNode notifications(UUID release) throws InterruptedException {
        return get(settings.notifier().resolve("/api/v1/notifications?limit=200&releaseId=" + release))
                .path("items");
    }

    private JsonNode get(URI uri) throws InterruptedException {
        return http.expect("GET", uri, authorized(Map.of()), "").json();
    }

    private Map<String, String> authorized(Map<String, String> headers) {
        return with(headers, "Authorization", "Bearer " + settings.token());
    }

    private static Map<String, String> with(Map<String, String> headers, String name, String value) {
        var all = new HashMap<>(headers);
        all.put(name, value);
        return all;
    }
}
