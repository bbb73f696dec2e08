package dev.slipway.webhook.ingest;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.AttributeKey;
import io.quarkus.vertx.http.HttpServerStart;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.impl.VertxInternal;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Closes connections on which the head of a request has begun and does not come to its end: Vert.x and Quarkus bound how
 * long nothing may come, but a byte now and then would hold a connection for days.
 *
 * <p>They give nobody a connection before its first request. So the gateway sends the first request of all itself, as
 * soon as it listens: that shows the socket, and from then on every connection that it accepts is watched. Only HTTP/1.1
 * is spoken, see {@code quarkus.http.http2}: there heads come one by one.
 */
@Singleton
public class SlowHeads {

    /** Before all other handlers, as all of them answer requests. */
    private static final int FIRST = -20_000;

    private static final AttributeKey<Watch> WATCH = AttributeKey.valueOf(SlowHeads.class, "watch");
    private static final AttributeKey<Boolean> IS_WATCHED = AttributeKey.valueOf(SlowHeads.class, "isWatched");

    private final Vertx vertx;
    private final Duration within;

    public SlowHeads(Vertx vertx, IngestConfig config) {
        this.vertx = vertx;
        this.within = config.headWithin();
    }

    void register(@Observes Router router) {
        router.route().order(FIRST).handler(this::note);
    }

    /** Who comes before is not watched, and could keep all others from ever sending a request. */
    void begin(@ObservesAsync HttpServerStart start) {
        var options = start.options();
        var client = vertx.createHttpClient(new HttpClientOptions()
                .setSsl(options.isSsl())
                .setTrustAll(true)
                .setVerifyHost(false));
        // The port that was asked for may be 0.
        var answers = ((VertxInternal) vertx)
                .sharedHttpServers().values().stream()
                        .map(server -> client.request(
                                        HttpMethod.GET, server.actualPort(), address(options.getHost()), "/health/live")
                                .compose(HttpClientRequest::send))
                        .toList();
        Future.join(answers).onComplete(_ -> client.close());
    }

    /** Where a server that listens at an address can be reached from here. */
    private static String address(String listening) {
        return listening.equals("0.0.0.0") || listening.equals("::") ? "localhost" : listening;
    }

    /** Notes that a head has come. */
    private void note(RoutingContext context) {
        if (context.request().connection() instanceof ConnectionBase connection) {
            var channel = connection.channel();
            var watch = channel.attr(WATCH).get();
            if (watch == null) {
                watchAll(channel.parent());
            } else {
                watch.hasCome();
                context.addEndHandler(end -> mayBegin(watch, context.request()));
            }
        }
        context.next();
    }

    /** What comes after an answer may be the rest of its request, which has as much time, and is no head once it ends. */
    private static void mayBegin(Watch watch, HttpServerRequest answered) {
        watch.mayBegin();
        if (!answered.isEnded()) {
            answered.end().onComplete(_ -> watch.mayBegin());
        }
    }

    private void watchAll(Channel listening) {
        if (listening.attr(IS_WATCHED).setIfAbsent(true) == null) {
            listening.pipeline().addFirst(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext context, Object accepted) {
                    ((Channel) accepted).pipeline().addFirst(new Watch(within));
                    context.fireChannelRead(accepted);
                }
            });
        }
    }

    /** Watches one connection, on its event loop. */
    private static final class Watch extends ChannelInboundHandlerAdapter {

        private static final long NOT_BEGUN = Long.MIN_VALUE;

        private final long within;

        /** When the first byte of a head came, in nanoseconds of {@link System#nanoTime}. */
        private long begunAt = NOT_BEGUN;

        /** A request is being answered: what comes is its body, or has to wait. */
        private volatile boolean isBusy;

        Watch(Duration within) {
            this.within = within.toNanos();
        }

        void hasCome() {
            isBusy = true;
            begunAt = NOT_BEGUN;
        }

        void mayBegin() {
            isBusy = false;
            begunAt = NOT_BEGUN;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            context.channel().attr(WATCH).set(this);
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            lookIn(within, context);
            context.fireChannelActive();
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (!isBusy && begunAt == NOT_BEGUN) {
                begunAt = System.nanoTime();
            }
            context.fireChannelRead(message);
        }

        /** One look now and then costs less than a timer for each request. */
        private void lookIn(long nanos, ChannelHandlerContext context) {
            var _ = context.executor().schedule(() -> look(context), nanos, TimeUnit.NANOSECONDS);
        }

        private void look(ChannelHandlerContext context) {
            var left = begunAt == NOT_BEGUN ? within : begunAt + within - System.nanoTime();
            if (left <= 0) {
                context.close();
            } else if (context.channel().isActive()) {
                lookIn(left, context);
            }
        }
    }
}
