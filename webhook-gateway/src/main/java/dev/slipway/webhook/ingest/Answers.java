package dev.slipway.webhook.ingest;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slipway.http.Problem;
import dev.slipway.webhook.scheme.Reason;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** What senders are answered. The texts are written once: forgers get them by the thousand. */
@Singleton
public class Answers {

    /** RevenueCat wants exactly 200. */
    private static final int OK = 200;

    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    private static final CharSequence TEXT = HttpHeaders.createOptimized("text/plain");
    private static final CharSequence PROBLEM = HttpHeaders.createOptimized(Problem.MEDIA_TYPE);
    private static final CharSequence RETRY_AFTER = HttpHeaders.createOptimized("Retry-After");
    private static final Buffer RECEIVED = Buffer.buffer("{\"received\":true}");

    private final ObjectMapper mapper;
    private final Duration retryAfter;
    private final Map<Reason, Refusal> rejected = new EnumMap<>(Reason.class);
    private final Refusal unknownSource;
    private final Refusal methodNotAllowed;
    private final Refusal unavailable;

    public Answers(ObjectMapper mapper, IngestConfig config) {
        this.mapper = mapper;
        this.retryAfter = config.retryAfter();
        for (var reason : Reason.values()) {
            rejected.put(reason, rejection(reason, config));
        }
        this.unknownSource = refusal(
                404,
                "Not found",
                "There is no such source here. STRIPE_WEBHOOK_SECRET makes /webhooks/stripe, REVENUECAT_WEBHOOK_SECRET makes /webhooks/revenuecat, POST /api/v1/sources any other.");
        this.methodNotAllowed = refusal(
                405,
                "Method not allowed",
                "Webhooks are sent with POST. The deliveries that came are listed at /api/v1/deliveries.");
        this.unavailable = refusal(
                503,
                "Service unavailable",
                "The delivery could not be stored now, so it is not acknowledged. Send it again.");
    }

    /** It is durable. */
    void received(RoutingContext context) {
        end(context.response().setStatusCode(OK).putHeader(HttpHeaders.CONTENT_TYPE, JSON), RECEIVED);
    }

    /** What the sender wants to hear. */
    void challenge(RoutingContext context, String answer) {
        end(context.response().setStatusCode(OK).putHeader(HttpHeaders.CONTENT_TYPE, TEXT), Buffer.buffer(answer));
    }

    void rejected(RoutingContext context, String source, Reason reason) {
        if (reason == Reason.MISSING_AUTHORIZATION || reason == Reason.BAD_AUTHORIZATION) {
            context.response().putHeader("WWW-Authenticate", "Bearer realm=\"" + source + "\"");
        }
        refuse(context, requireNonNull(rejected.get(reason)));
    }

    void unknownSource(RoutingContext context) {
        refuse(context, unknownSource);
    }

    void methodNotAllowed(RoutingContext context) {
        context.response().putHeader(HttpHeaders.ALLOW, "POST");
        refuse(context, methodNotAllowed);
    }

    void tooLarge(RoutingContext context, long limit) {
        refuse(
                context,
                refusal(413, "Content too large", "A webhook's body may have %d bytes at most.".formatted(limit)));
    }

    /** Afterwards the connection is closed: what still comes is not read. */
    void tooSlow(RoutingContext context) {
        context.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        context.addEndHandler(end -> context.request().connection().close());
        refuse(context, requireNonNull(rejected.get(Reason.TOO_SLOW)));
    }

    void tooMany(RoutingContext context, Duration wait) {
        retryAfter(context, wait);
        refuse(context, requireNonNull(rejected.get(Reason.TOO_MANY)));
    }

    void unavailable(RoutingContext context) {
        retryAfter(context, retryAfter);
        refuse(context, unavailable);
    }

    private static void retryAfter(RoutingContext context, Duration wait) {
        context.response().putHeader(RETRY_AFTER, Long.toString(wait.toSeconds()));
    }

    private static void refuse(RoutingContext context, Refusal refusal) {
        end(
                context.response().setStatusCode(refusal.status()).putHeader(HttpHeaders.CONTENT_TYPE, PROBLEM),
                refusal.body());
    }

    /** The sender may be gone by now, which is no fault of anyone's. */
    private static void end(HttpServerResponse response, Buffer body) {
        if (!response.ended() && !response.closed()) {
            response.end(body);
        }
    }

    private Refusal rejection(Reason reason, IngestConfig config) {
        return switch (reason) {
            case MISSING_AUTHORIZATION, BAD_AUTHORIZATION -> refusal(401, "Unauthorized", reason.explanation());
            case MISSING_SIGNATURE, BAD_SIGNATURE, TOO_OLD, IN_THE_FUTURE, NOT_AN_EVENT ->
                refusal(400, "Bad request", reason.explanation());
            case TOO_LARGE -> refusal(413, "Content too large", reason.explanation());
            case TOO_SLOW ->
                refusal(
                        408,
                        "Request timeout",
                        "The body did not come within %d seconds."
                                .formatted(config.bodyWithin().toSeconds()));
            case TOO_MANY ->
                refusal(
                        429,
                        "Too many requests",
                        "More is sent than this source may. Send it again after the time in Retry-After.");
        };
    }

    private Refusal refusal(int status, String title, String detail) {
        try {
            return new Refusal(status, Buffer.buffer(mapper.writeValueAsBytes(Problem.of(status, title, detail))));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private record Refusal(int status, Buffer body) {}
}
