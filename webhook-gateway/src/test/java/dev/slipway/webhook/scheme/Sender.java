package dev.slipway.webhook.scheme;

import static dev.slipway.webhook.scheme.Requests.base64Hmac;
import static dev.slipway.webhook.scheme.Requests.hexHmac;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** A sender for each scheme, who signs at {@link #NOW}; some schemes have several, who prove themselves in other ways. */
enum Sender {
    STRIPE(
            KnownScheme.STRIPE,
            "whsec_1",
            "whsec_2",
            "{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"invoice.paid\",\"created\":1760000000,\"livemode\":true}",
            body -> Map.of("Stripe-Signature", timestamped("whsec_1", body))),

    REVENUECAT(
            KnownScheme.REVENUECAT,
            "rc_secret",
            "rc_other",
            "{\"event\":{\"id\":\"1\",\"type\":\"RENEWAL\"}}",
            body -> Map.of("X-RevenueCat-Webhook-Signature", timestamped("rc_secret", body))),

    PHONEPE_V1(
            KnownScheme.PHONEPE_V1,
            "salt-key###1",
            "salt-key###2",
            "{\"response\":\"eyJjb2RlIjoiUEFZTUVOVF9TVUNDRVNTIn0=\"}",
            body -> Map.of("X-VERIFY", Sha256.hex(response(body), "salt-key".getBytes(UTF_8)) + "###1")) {

        @Override
        byte[] wrap(byte[] content) {
            return "{\"response\":\"%s\"}"
                    .formatted(Base64.getEncoder().encodeToString(content))
                    .getBytes(UTF_8);
        }
    },

    PHONEPE_V2(
            KnownScheme.PHONEPE_V2,
            "user:password",
            "user:passwort",
            "{\"event\":\"pg.order.completed\",\"payload\":{\"orderId\":\"1\",\"state\":\"COMPLETED\"}}",
            body -> Map.of("Authorization", Sha256.hex("user:password".getBytes(UTF_8)))),

    GITHUB(
            KnownScheme.GITHUB,
            "secret",
            "another",
            "{\"action\":\"completed\"}",
            body -> Map.of(
                    "X-Hub-Signature-256",
                    "sha256=" + hexHmac("HmacSHA256", "secret", "", body),
                    "X-GitHub-Event",
                    "workflow_run",
                    "X-GitHub-Delivery",
                    "72d3162e-cc78-11e3-81ab-4c9367dc0958")) {

        @Override
        List<String> proofs() {
            return List.of("X-Hub-Signature-256");
        }
    },

    STANDARD_WEBHOOKS(
            KnownScheme.STANDARD_WEBHOOKS,
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "{\"type\":\"user.created\"}",
            body -> standardWebhooks("webhook-", "v1," + hmac(body))),

    STANDARD_WEBHOOKS_ASYMMETRIC(
            KnownScheme.STANDARD_WEBHOOKS,
            publicKey(),
            "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
            "{\"type\":\"user.created\"}",
            body -> standardWebhooks("webhook-", "v1a," + ed25519(body))),

    CLERK(
            KnownScheme.CLERK,
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "{\"type\":\"user.created\",\"timestamp\":1654012591835}",
            body -> standardWebhooks("svix-", "v1," + hmac(body))),

    RESEND(
            KnownScheme.RESEND,
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "{\"type\":\"email.sent\",\"created_at\":\"2024-02-22T23:41:12.126Z\"}",
            body -> standardWebhooks("svix-", "v1," + hmac(body))),

    RENDER(
            KnownScheme.RENDER,
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "{\"type\":\"deploy_ended\",\"timestamp\":\"2025-03-05T10:16:08Z\"}",
            body -> standardWebhooks("webhook-", "v1," + hmac(body))),

    SUPABASE_AUTH(
            KnownScheme.SUPABASE_AUTH,
            "v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "v1,whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "{\"user\":{\"id\":\"1\"}}",
            body -> standardWebhooks("webhook-", "v1," + hmac(body))),

    SENTRY(
            KnownScheme.SENTRY,
            "secret",
            "another",
            "{\"action\":\"created\",\"data\":{\"title\":\"Grüße\"}}",
            body -> Map.of(
                    "Sentry-Hook-Signature",
                    hexHmac("HmacSHA256", "secret", "", body),
                    "Sentry-Hook-Resource",
                    "issue",
                    "Request-ID",
                    "8a2b6a5e7c4f4a3e9d1f0b2c3d4e5f60")) {

        @Override
        List<String> proofs() {
            return List.of("Sentry-Hook-Signature");
        }
    },

    VERCEL(
            KnownScheme.VERCEL,
            "secret",
            "another",
            "{\"id\":\"uev_1\",\"type\":\"deployment.succeeded\"}",
            body -> Map.of("x-vercel-signature", hexHmac("HmacSHA1", "secret", "", body))),

    EXPO(
            KnownScheme.EXPO,
            "secret",
            "another",
            "{\"id\":\"1\",\"status\":\"finished\",\"buildDetailsPageUrl\":\"https://expo.dev\"}",
            body -> Map.of("expo-signature", "sha1=" + hexHmac("HmacSHA1", "secret", "", body))),

    SLACK(
            KnownScheme.SLACK,
            "secret",
            "another",
            "{\"type\":\"event_callback\",\"event_id\":\"Ev1\",\"event\":{\"type\":\"app_mention\"}}",
            body -> Map.of(
                    "X-Slack-Signature",
                    "v0=" + hexHmac("HmacSHA256", "secret", "v0:1760000010:", body),
                    "X-Slack-Request-Timestamp",
                    "1760000010")),

    RAILWAY(
            KnownScheme.RAILWAY,
            "nobody-can-guess-this",
            "nobody-can-guess-that",
            "{\"type\":\"Deployment.failed\"}",
            body -> Map.of()),

    SUPABASE_DATABASE(
            KnownScheme.SUPABASE_DATABASE,
            "nobody-can-guess-this",
            "nobody-can-guess-that",
            "{\"type\":\"INSERT\"}",
            body -> Map.of("Authorization", "nobody-can-guess-this")),

    SHARED_SECRET(
            KnownScheme.SHARED_SECRET, "nobody-can-guess-this", "nobody-can-guess-that", "anything", body -> Map.of()),

    HMAC(
            KnownScheme.HMAC,
            "secret",
            "another",
            "anything",
            body -> Map.of(
                    "X-Signature",
                    "v1=" + base64Hmac("HmacSHA512", "secret".getBytes(UTF_8), "msg_1|1760000010000|", body),
                    "X-Timestamp",
                    "1760000010000",
                    "X-Id",
                    "msg_1"));

    static final Instant NOW = Instant.ofEpochSecond(1_760_000_010);

    private final KnownScheme scheme;
    private final List<Secret> secrets;
    private final List<Secret> otherSecrets;
    private final String body;
    private final Function<byte[], Map<String, String>> signer;
    private final Optional<String> pathSecret;

    Sender(KnownScheme scheme, String secret, String other, String body, Function<byte[], Map<String, String>> signer) {
        this.scheme = scheme;
        this.secrets = List.of(scheme.secret(other), scheme.secret(secret));
        this.otherSecrets = List.of(scheme.secret(other));
        this.body = body;
        this.signer = signer;
        this.pathSecret = signer.apply(new byte[0]).isEmpty() ? Optional.of(secret) : Optional.empty();
    }

    KnownScheme scheme() {
        return scheme;
    }

    SignatureScheme verifier() {
        return scheme.with(Requests.settings(
                this == HMAC
                        ? Map.of(
                                "header", "X-Signature",
                                "prefix", "v1=",
                                "algorithm", "sha512",
                                "encoding", "base64",
                                "signed", "{id}|{timestamp}|{body}",
                                "timestamp-header", "X-Timestamp",
                                "timestamp-format", "milliseconds",
                                "id-header", "X-Id")
                        : Map.of()));
    }

    /** Another, and the one that it signs with. */
    List<Secret> secrets() {
        return secrets;
    }

    List<Secret> otherSecrets() {
        return otherSecrets;
    }

    byte[] body() {
        return body.getBytes(UTF_8);
    }

    /** A body that carries any content; most senders may send any. */
    byte[] wrap(byte[] content) {
        return content;
    }

    boolean coversItsBody() {
        return pathSecret.isEmpty() && this != PHONEPE_V2 && this != SUPABASE_DATABASE;
    }

    Map<String, String> headers() {
        return headersOf(body());
    }

    Map<String, String> headersOf(byte[] body) {
        return new TreeMap<>(signer.apply(body));
    }

    /** The headers of which nothing may change. */
    List<String> proofs() {
        return List.copyOf(headers().keySet());
    }

    Optional<String> pathSecret() {
        return pathSecret;
    }

    Verification verify(byte[] body, Map<String, String> headers, Optional<String> pathSecret) {
        var request = new Request(Requests.request(body, headers).headers(), pathSecret, body);
        return verifier().verify(request, secrets, NOW);
    }

    private static String timestamped(String secret, byte[] body) {
        return "t=1760000010,v1=" + hexHmac("HmacSHA256", secret, "1760000010.", body);
    }

    /** What stands in {@code {"response":"…"}}. */
    private static byte[] response(byte[] body) {
        return body.length == 0 ? body : Arrays.copyOfRange(body, "{\"response\":\"".length(), body.length - 2);
    }

    private static Map<String, String> standardWebhooks(String family, String signature) {
        return Map.of(family + "id", "msg_1", family + "timestamp", "1760000010", family + "signature", signature);
    }

    private static String hmac(byte[] body) {
        var key = Base64.getDecoder().decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        return base64Hmac("HmacSHA256", key, "msg_1.1760000010.", body);
    }

    private static String ed25519(byte[] body) {
        try {
            var signature = Signature.getInstance("Ed25519");
            signature.initSign(Keys.PAIR.getPrivate());
            signature.update("msg_1.1760000010.".getBytes(US_ASCII));
            signature.update(body);
            return Base64.getEncoder().encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String publicKey() {
        var encoded = Keys.PAIR.getPublic().getEncoded();
        return "whpk_"
                + Base64.getEncoder().encodeToString(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
    }

    private static final class Keys {

        static final KeyPair PAIR = pair();

        private static KeyPair pair() {
            try {
                return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
