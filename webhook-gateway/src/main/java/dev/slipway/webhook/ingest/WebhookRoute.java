package dev.slipway.webhook.ingest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slipway.http.Problem;
import dev.slipway.messaging.TraceParent;
import dev.slipway.webhook.delivery.Delivery;
import dev.slipway.webhook.delivery.DeliveryConfig;
import dev.slipway.webhook.delivery.DeliveryWriter;
import dev.slipway.webhook.delivery.DeliveryWriter.Outcome;
import dev.slipway.webhook.delivery.Received;
import dev.slipway.webhook.ingest.RequestBody.Refusal;
import dev.slipway.webhook.rejection.Rejections;
import dev.slipway.webhook.scheme.Reason;
import dev.slipway.webhook.scheme.Request;
import dev.slipway.webhook.scheme.Verification;
import dev.slipway.webhook.scheme.Verification.Challenge;
import dev.slipway.webhook.scheme.Verification.Rejected;
import dev.slipway.webhook.scheme.Verification.Verified;
import dev.slipway.webhook.source.Source;
import dev.slipway.webhook.source.Sources;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /webhooks/{source}}: reads, verifies, hands over to be stored, and answers once that is durable. A source
 * whose sender signs nothing has a secret behind its name.
 *
 * <p>It runs on the event loop, because nothing in it waits; only a signature that takes milliseconds to verify is left
 * to a worker. A 2xx always means durable; a fault of ours is a 503, never
 * a 4xx, so that the sender tries again.
 */
@Singleton
public class WebhookRoute {

    private static final Logger LOG = Logger.getLogger(WebhookRoute.class);

    /** RevenueCat wants exactly 200. */
    private static final int OK = 200;

    private static final Buffer RECEIVED = Buffer.buffer("{\"received\":true}");

    private final Sources sources;
    private final DeliveryWriter writer;
    private final Rejections rejections;
    private final IngestConfig config;
    private final DeliveryConfig deliveries;
    private final ObjectMapper mapper;
    private final Clock clock;
    private final MeterRegistry meters;
    private final AtomicLong unanswered = new AtomicLong();

    public WebhookRoute(
            Sources sources,
            DeliveryWriter writer,
            Rejections rejections,
            IngestConfig config,
            DeliveryConfig deliveries,
            ObjectMapper mapper,
            Clock clock,
            MeterRegistry meters) {
        this.sources = sources;
        this.writer = writer;
        this.rejections = rejections;
        this.config = config;
        this.deliveries = deliveries;
        this.mapper = mapper;
        this.clock = clock;
        this.meters = meters;
        meters.gauge("slipway.webhook.unanswered.bytes", unanswered);
    }

    void register(@Observes Router router) {
        router.route("/webhooks/:source").handler(this::receive);
        router.route("/webhooks/:source/:secret").handler(this::receive);
        router.route("/webhooks/*").handler(context -> {
            body(context).throwAway();
            answer(context, unknownSource());
        });
    }

    private void receive(RoutingContext context) {
        var source = sources.find(context.pathParam("source"));
        var body = body(context);
        if (!context.request().method().equals(HttpMethod.POST)) {
            context.response().putHeader(HttpHeaders.ALLOW, "POST");
            answer(
                    context,
                    Problem.of(
                            405,
                            "Method not allowed",
                            "Webhooks are sent with POST. The deliveries that came are listed at /api/v1/deliveries."));
            body.throwAway();
        } else if (source.isEmpty()) {
            count("unknown", "unknown_source");
            answer(context, unknownSource());
            body.throwAway();
        } else {
            body.read(bytes -> verify(context, source.get(), bytes), refusal -> refuse(context, source.get(), refusal));
        }
    }

    private RequestBody body(RoutingContext context) {
        var body = new RequestBody(
                context.request(),
                config.largestBody().asLongValue(),
                unanswered,
                config.unanswered().asLongValue());
        context.addEndHandler(end -> body.release());
        return body;
    }

    private void refuse(RoutingContext context, Source source, Refusal refusal) {
        switch (refusal) {
            case TOO_LARGE -> {
                count(source.name(), "too_large");
                answer(
                        context,
                        Problem.of(
                                413,
                                "Content too large",
                                "A webhook's body may have %d bytes at most."
                                        .formatted(config.largestBody().asLongValue())));
            }
            case TOO_BUSY -> unavailable(context, source);
        }
    }

    private void verify(RoutingContext context, Source source, byte[] bytes) {
        var headers = context.request().headers();
        var request = new Request(
                name -> Optional.ofNullable(headers.get(name)),
                Optional.ofNullable(context.pathParam("secret")),
                bytes);
        var now = clock.instant();
        if (source.isExpensive()) {
            context.vertx()
                    .executeBlocking(() -> source.verify(request, now), false)
                    .onSuccess(verification -> conclude(context, source, verification, bytes))
                    .onFailure(failure -> fail(context, source, failure));
            return;
        }
        try {
            conclude(context, source, source.verify(request, now), bytes);
        } catch (RuntimeException e) {
            fail(context, source, e);
        }
    }

    private void conclude(RoutingContext context, Source source, Verification verification, byte[] bytes) {
        switch (verification) {
            case Verified event -> store(context, source, event, bytes);
            case Challenge(String answer) -> meet(context, source, answer);
            // It may be signed with the secret that is not to be had.
            case Rejected rejected when source.isIncomplete(clock.instant()) -> unavailable(context, source);
            case Rejected(Reason reason) -> reject(context, source, reason);
        }
    }

    private void fail(RoutingContext context, Source source, Throwable failure) {
        LOG.errorf(failure, "A request to the source %s could not be judged", source.name());
        unavailable(context, source);
    }

    private void meet(RoutingContext context, Source source, String challenge) {
        count(source.name(), "challenge");
        end(
                context.response().setStatusCode(OK).putHeader(HttpHeaders.CONTENT_TYPE, "text/plain"),
                Buffer.buffer(challenge));
    }

    private void reject(RoutingContext context, Source source, Reason reason) {
        count(source.name(), "rejected");
        rejections.count(source, reason);
        switch (reason) {
            case MISSING_AUTHORIZATION, BAD_AUTHORIZATION -> {
                context.response().putHeader("WWW-Authenticate", "Bearer realm=\"" + source.name() + "\"");
                answer(context, Problem.of(401, "Unauthorized", reason.explanation()));
            }
            case MISSING_SIGNATURE, BAD_SIGNATURE, TOO_OLD, IN_THE_FUTURE, NOT_AN_EVENT ->
                answer(context, Problem.of(400, "Bad request", reason.explanation()));
        }
    }

    private void store(RoutingContext context, Source source, Verified event, byte[] bytes) {
        var trace = Optional.ofNullable(context.request().getHeader("traceparent"))
                .flatMap(TraceParent::parse)
                .orElseGet(TraceParent::start);
        Context eventLoop = context.vertx().getOrCreateContext();
        var _ = writer.write(new Received(
                        Delivery.of(source, event, trace, (int)
                                deliveries.retention().toDays()),
                        StoredHeaders.of(context.request().headers()),
                        bytes))
                .orTimeout(config.acknowledgeWithin().toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((outcome, failure) ->
                        eventLoop.runOnContext(ignored -> acknowledge(context, source, outcome, failure)));
    }

    private void acknowledge(
            RoutingContext context, Source source, @Nullable Outcome outcome, @Nullable Throwable failure) {
        if (outcome == null) {
            LOG.debugf(failure, "A delivery of %s was not stored in time", source.name());
            unavailable(context, source);
            return;
        }
        count(
                source.name(),
                switch (outcome) {
                    case STORED -> "accepted";
                    case DUPLICATE -> "duplicate";
                });
        end(context.response().setStatusCode(OK).putHeader(HttpHeaders.CONTENT_TYPE, "application/json"), RECEIVED);
    }

    private void unavailable(RoutingContext context, Source source) {
        count(source.name(), "unavailable");
        context.response()
                .putHeader("Retry-After", Long.toString(config.retryAfter().toSeconds()));
        answer(
                context,
                Problem.of(
                        503,
                        "Service unavailable",
                        "The delivery could not be taken now, so it is not acknowledged. Send it again."));
    }

    private static Problem unknownSource() {
        return Problem.of(
                404,
                "Not found",
                "There is no such source here; GET /api/v1/sources lists those that there are. One exists once it is configured (STRIPE_WEBHOOK_SECRET makes /webhooks/stripe, REVENUECAT_WEBHOOK_SECRET makes /webhooks/revenuecat), or set up with POST /api/v1/sources.");
    }

    private void answer(RoutingContext context, Problem problem) {
        try {
            end(
                    context.response()
                            .setStatusCode(problem.status())
                            .putHeader(HttpHeaders.CONTENT_TYPE, Problem.MEDIA_TYPE),
                    Buffer.buffer(mapper.writeValueAsBytes(problem)));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The sender may be gone by now, which is no fault of anyone's. */
    private static void end(HttpServerResponse response, Buffer body) {
        if (!response.ended() && !response.closed()) {
            response.end(body);
        }
    }

    private void count(String source, String outcome) {
        meters.counter("slipway.webhook.deliveries", "source", source, "outcome", outcome)
                .increment();
    }
}
