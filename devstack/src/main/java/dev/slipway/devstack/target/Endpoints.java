package dev.slipway.devstack.target;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import com.stripe.exception.SignatureVerificationException;
import com.stripe.net.Webhook;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the target application answers. */
final class Endpoints implements HttpHandler {
    private static final Logger log = LoggerFactory.getLogger(Endpoints.class);

    private static final int BODY_LIMIT = 1024 * 1024;

    /** How old a signature may be, in seconds; Stripe's own default. */
    private static final long STRIPE_TOLERANCE = 300;

    private static final ObjectMapper json = JsonMapper.builder()
            .addModules(new JavaTimeModule(), new Jdk8Module())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .build();

    private final TargetSettings settings;
    private final Clock clock;
    private final Deployment deployment;
    private volatile Duration slowness = Duration.ZERO;
    private final byte[] signingKey = UUID.randomUUID().toString().getBytes(StandardCharsets.UTF_8);

    Endpoints(TargetSettings settings, Clock clock) {
        this.settings = settings;
        this.clock = clock;
        this.deployment = new Deployment(clock);
    }

    private interface Endpoint {
        Answer answer(Request request) throws Refused;
    }

    private record Request(HttpExchange exchange, String body) {
        Optional<String> header(String name) {
            return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
        }

        Optional<String> bearerToken() {
            return header("Authorization")
                    .filter(value -> value.regionMatches(true, 0, "Bearer ", 0, 7))
                    .map(value -> value.substring(7).strip())
                    .filter(token -> !token.isEmpty());
        }

        JsonNode json() throws Refused {
            try {
                return Endpoints.json.readTree(body);
            } catch (JsonProcessingException e) {
                throw new Refused(400, "The body is not JSON: " + e.getOriginalMessage());
            }
        }

        Optional<String> idempotencyKey() {
            return header("Idempotency-Key").filter(key -> !key.isBlank());
        }
    }

    @Override
    public void handle(HttpExchange exchange) {
        try (exchange) {
            write(exchange, answer(exchange));
        } catch (IOException e) {
            log.debug("The caller left before the answer to {}", exchange.getRequestURI(), e);
        }
    }

    private Answer answer(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(BODY_LIMIT + 1);
        if (body.length > BODY_LIMIT) {
            return Answer.refusal(413, "The body is larger than " + BODY_LIMIT + " bytes.");
        }
        try {
            return route(exchange).answer(new Request(exchange, new String(body, StandardCharsets.UTF_8)));
        } catch (Refused e) {
            return e.answer();
        } catch (RuntimeException e) {
            log.error("{} {} failed", exchange.getRequestMethod(), exchange.getRequestURI(), e);
            return Answer.refusal(500, "Internal error; the devstack's log has its cause.");
        }
    }

    private Endpoint route(HttpExchange exchange) {
        return switch (exchange.getRequestURI().getPath()) {
            case "/health" -> get(this::health);
            case "/health/ready" -> get(this::ready);
            case "/health/live" -> get(request -> Answer.ok(Map.of("live", true)));
            case "/auth/google" -> post(this::signIn);
            case "/webhooks/stripe" -> post(this::stripe);
            case "/webhooks/revenuecat" -> post(this::revenueCat);
            case "/deploy" -> post(this::deploy);
            case "/rollback" -> post(request -> answer(deployment.rollback(request.idempotencyKey())));
            case "/migrations/upgrade" -> post(request -> answer(deployment.upgradeSchema(request.idempotencyKey())));
            case "/migrations/downgrade" ->
                post(request -> answer(deployment.downgradeSchema(request.idempotencyKey())));
            case "/sickness" -> post(this::sickness);
            case "/admin/state" -> get(request -> Answer.ok(deployment.state()));
            case "/admin/slowness" -> post(this::slowness);
            case "/admin/reset" -> post(this::reset);
            default ->
                request -> Answer.refusal(
                        404, "Nothing is at " + exchange.getRequestURI().getPath() + ".");
        };
    }

    private Answer health(Request request) {
        Deployment.State state = deployment.state();
        Map<String, String> body = new LinkedHashMap<>();
        body.put("status", state.sick() ? "unhealthy" : "healthy");
        body.put("version", state.version());
        body.put("database", state.sick() ? "disconnected" : "connected");
        return Answer.of(state.sick() ? 503 : 200, body);
    }

    private Answer ready(Request request) {
        boolean sick = deployment.state().sick();
        return Answer.of(sick ? 503 : 200, Map.of("ready", !sick));
    }

    private Answer signIn(Request request) {
        return request.bearerToken()
                .map(token -> Answer.ok(Map.of("access_token", accessToken(), "token_type", "bearer")))
                .orElseGet(() -> Answer.refusal(401, "Sign-in needs Google's token: Authorization: Bearer <token>.")
                        .withHeader("WWW-Authenticate", "Bearer"));
    }

    private Answer stripe(Request request) throws Refused {
        String signature = request.header("Stripe-Signature").orElse("");
        if (settings.stripeSecrets().stream().noneMatch(secret -> isStripes(request.body(), signature, secret))) {
            return Answer.refusal(400, "Invalid signature");
        }
        request.json();
        return Answer.ok(Map.of("received", true));
    }

    private static boolean isStripes(String body, String signature, String secret) {
        try {
            return Webhook.Signature.verifyHeader(body, signature, secret, STRIPE_TOLERANCE);
        } catch (SignatureVerificationException e) {
            return false;
        }
    }

    private Answer revenueCat(Request request) throws Refused {
        byte[] given = request.bearerToken().orElse("").getBytes(StandardCharsets.UTF_8);
        if (settings.revenueCatSecrets().stream()
                .noneMatch(secret -> MessageDigest.isEqual(given, secret.getBytes(StandardCharsets.UTF_8)))) {
            return Answer.refusal(400, "Invalid authorization");
        }
        request.json();
        return Answer.ok(Map.of("received", true));
    }

    private Answer deploy(Request request) throws Refused {
        JsonNode version = request.json().path("version");
        if (!version.isTextual() || version.textValue().isBlank()) {
            throw new Refused(400, "A deploy names its version: {\"version\": \"2.0.0\"}.");
        }
        var answer = answer(deployment.deploy(request.idempotencyKey(), version.textValue()));
        try {
            Thread.sleep(slowness);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return answer;
    }

    /** Makes deployments answer late, after they are done: time in which whoever asked can be killed. */
    private Answer slowness(Request request) throws Refused {
        JsonNode millis = request.json().path("millis");
        if (!millis.canConvertToInt() || millis.intValue() < 0 || millis.intValue() > 60_000) {
            throw new Refused(400, "Say how slow, from 0 to 60000: {\"millis\": 2000}.");
        }
        slowness = Duration.ofMillis(millis.intValue());
        return Answer.ok(Map.of("millis", millis.intValue()));
    }

    private Answer sickness(Request request) throws Refused {
        JsonNode sick = request.json().path("sick");
        if (!sick.isBoolean()) {
            throw new Refused(400, "Say whether it is sick: {\"sick\": true} or {\"sick\": false}.");
        }
        deployment.sicken(sick.booleanValue());
        return Answer.ok(Map.of("sick", sick.booleanValue()));
    }

    private Answer reset(Request request) {
        slowness = Duration.ZERO;
        deployment.reset();
        return Answer.ok(deployment.state());
    }

    private static Answer answer(Deployment.Outcome outcome) {
        return switch (outcome) {
            case Deployment.Live live -> Answer.ok(live);
            case Deployment.Impossible impossible -> Answer.refusal(409, impossible.reason());
            case Deployment.KeyReused reused ->
                Answer.refusal(422, "The idempotency key " + reused.key() + " was used for another operation.");
        };
    }

    /** A real JWT (HS256), which nothing checks. */
    private String accessToken() {
        long now = clock.instant().getEpochSecond();
        String unsigned = base64("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8))
                + "."
                + base64("{\"sub\":\"user\",\"iat\":%d,\"exp\":%d}"
                        .formatted(now, now + 3600)
                        .getBytes(StandardCharsets.UTF_8));
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(signingKey, "HmacSHA256"));
            return unsigned + "." + base64(mac.doFinal(unsigned.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has HmacSHA256", e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static Endpoint get(Endpoint endpoint) {
        return allowing(List.of("GET", "HEAD"), endpoint);
    }

    private static Endpoint post(Endpoint endpoint) {
        return allowing(List.of("POST"), endpoint);
    }

    private static Endpoint allowing(List<String> methods, Endpoint endpoint) {
        return request -> methods.contains(request.exchange().getRequestMethod())
                ? endpoint.answer(request)
                : Answer.refusal(405, "Only " + String.join(", ", methods) + " is allowed here.")
                        .withHeader("Allow", String.join(", ", methods));
    }

    private static void write(HttpExchange exchange, Answer answer) throws IOException {
        byte[] body = json.writeValueAsBytes(answer.body());
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        answer.headers().forEach(exchange.getResponseHeaders()::set);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(answer.status(), -1);
        } else {
            exchange.sendResponseHeaders(answer.status(), body.length);
            exchange.getResponseBody().write(body);
        }
    }
}
