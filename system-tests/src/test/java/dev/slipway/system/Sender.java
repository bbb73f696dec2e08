package dev.slipway.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Senders of the schemes that prove themselves each in its own way; a source of the same name is theirs. They sign by
 * hand: the libraries of senders sign nothing that is wrong.
 */
enum Sender {
    STRIPE("stripe", GatewaySystem.STRIPE_SECRET) {
        @Override
        String body(String eventId, int size) {
            return StripeSender.body(eventId, size);
        }

        @Override
        String proof(String eventId, String time, byte[] body) {
            return "Stripe-Signature: t=%s,v1=%s".formatted(time, hex(hmac(key(), time + ".", body)));
        }
    },

    REVENUECAT("revenuecat", GatewaySystem.REVENUECAT_SECRET) {
        @Override
        String body(String eventId, int size) {
            return """
                    {"event":{"id":"%s","type":"RENEWAL","environment":"SANDBOX","padding":"%s"}}""".formatted(eventId, "x".repeat(size));
        }

        @Override
        String proof(String eventId, String time, byte[] body) {
            return "X-RevenueCat-Webhook-Signature: t=%s,v1=%s".formatted(time, hex(hmac(key(), time + ".", body)));
        }
    },

    GITHUB("github", "github-system-tests") {
        @Override
        String body(String eventId, int size) {
            return """
                    {"action":"completed","padding":"%s"}""".formatted("x".repeat(size));
        }

        @Override
        String proof(String eventId, String time, byte[] body) {
            return "X-GitHub-Event: workflow_run\r\nX-GitHub-Delivery: %s\r\nX-Hub-Signature-256: sha256=%s"
                    .formatted(eventId, hex(hmac(key(), "", body)));
        }
    },

    STANDARD("standard-webhooks", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") {
        @Override
        String body(String eventId, int size) {
            return """
                    {"type":"user.created","padding":"%s"}""".formatted("x".repeat(size));
        }

        @Override
        String proof(String eventId, String time, byte[] body) {
            return "webhook-id: %s\r\nwebhook-timestamp: %s\r\nwebhook-signature: v1,%s"
                    .formatted(
                            eventId,
                            time,
                            Base64.getEncoder().encodeToString(hmac(key(), eventId + "." + time + ".", body)));
        }

        @Override
        byte[] key() {
            return Base64.getDecoder().decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        }

        @Override
        int signatureLength() {
            return 44;
        }
    },

    SLACK("slack", "slack-system-tests") {
        @Override
        String body(String eventId, int size) {
            return """
                    {"type":"event_callback","event_id":"%s","event":{"type":"app_mention"},"padding":"%s"}""".formatted(eventId, "x".repeat(size));
        }

        @Override
        String proof(String eventId, String time, byte[] body) {
            return "X-Slack-Request-Timestamp: %s\r\nX-Slack-Signature: v0=%s"
                    .formatted(time, hex(hmac(key(), "v0:" + time + ":", body)));
        }
    },

    PHONEPE("phonepe-v2", "user:system-tests") {
        @Override
        String body(String eventId, int size) {
            return """
                    {"event":"pg.order.completed","payload":{"orderId":"%s","state":"COMPLETED","padding":"%s"}}""".formatted(eventId, "x".repeat(size));
        }

        @Override
        String proof(String eventId, String time, byte[] body) {
            try {
                return "Authorization: "
                        + hex(MessageDigest.getInstance("SHA-256").digest(key()));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        String storedId(String eventId) {
            return "pg.order.completed/%s/COMPLETED".formatted(eventId);
        }
    },

    SHOP(
            "hmac",
            "shop-system-tests",
            Map.of(
                    "HEADER", "X-Shop-Signature",
                    "SIGNED", "{id}.{timestamp}.{body}",
                    "ID_HEADER", "X-Shop-Id",
                    "TIMESTAMP_HEADER", "X-Shop-Timestamp")) {
        @Override
        String body(String eventId, int size) {
            return """
                    {"padding":"%s"}""".formatted("x".repeat(size));
        }

        @Override
        String proof(String eventId, String time, byte[] body) {
            return "X-Shop-Id: %s\r\nX-Shop-Timestamp: %s\r\nX-Shop-Signature: %s"
                    .formatted(eventId, time, hex(hmac(key(), eventId + "." + time + ".", body)));
        }
    },

    BUILDER("shared-secret", "nobody-can-guess-this", Map.of("HEADER", "X-Builder-Token", "EVENT_ID", "/id")) {
        @Override
        String body(String eventId, int size) {
            return """
                    {"id":"%s","padding":"%s"}""".formatted(eventId, "x".repeat(size));
        }

        @Override
        String proof(String eventId, String time, byte[] body) {
            return "X-Builder-Token: " + new String(key(), UTF_8);
        }

        @Override
        int signatureLength() {
            return key().length;
        }
    };

    static final Set<Sender> ALL = EnumSet.allOf(Sender.class);

    /** Those whose body nobody else can change. */
    static final Set<Sender> SIGNING = EnumSet.complementOf(EnumSet.of(PHONEPE, BUILDER));

    /** Those that say when they signed. */
    static final Set<Sender> TIMED = EnumSet.of(STRIPE, REVENUECAT, STANDARD, SLACK, SHOP);

    /** Those whose header lists signatures as {@code t=…,v1=…}. */
    static final Set<Sender> LISTING = EnumSet.of(STRIPE, REVENUECAT);

    /** Those that sign, and of whom nothing but JSON is an event. */
    static final Set<Sender> SIGNING_JSON = EnumSet.of(STRIPE, REVENUECAT, SLACK);

    /** Those whose events have their id even if the body is not JSON, or are none then. */
    static final Set<Sender> NAMING = EnumSet.complementOf(EnumSet.of(BUILDER));

    private final String scheme;
    private final String secret;
    private final Map<String, String> options;

    Sender(String scheme, String secret) {
        this(scheme, secret, Map.of());
    }

    Sender(String scheme, String secret, Map<String, String> options) {
        this.scheme = scheme;
        this.secret = secret;
        this.options = options;
    }

    /** The variables of a gateway that make them all sources of an environment. */
    static Map<String, String> settings(String environment) {
        var settings = new HashMap<String, String>();
        for (var sender : values()) {
            var prefix = "SLIPWAY_WEBHOOK_SOURCES_%s_".formatted(sender);
            settings.put(prefix + "SCHEME", sender.scheme);
            settings.put(prefix + "SECRETS", sender.secret);
            settings.put(prefix + "ENVIRONMENT", environment);
            sender.options.forEach((option, value) -> settings.put(prefix + "OPTIONS_" + option, value));
        }
        return settings;
    }

    /** Its source. */
    String source() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** A body, larger by so many bytes, that tells of an event, as far as it has its name. */
    abstract String body(String eventId, int size);

    /** The lines of the headers that prove a body, that of the signature or secret last. */
    abstract String proof(String eventId, String time, byte[] body);

    /** Under which id an event is stored. */
    String storedId(String eventId) {
        return eventId;
    }

    /** How many characters at the end of the proof are signature or secret. */
    int signatureLength() {
        return 64;
    }

    byte[] key() {
        return secret.getBytes(UTF_8);
    }

    private static byte[] hmac(byte[] key, String start, byte[] body) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            mac.update(start.getBytes(ISO_8859_1));
            return mac.doFinal(body);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
