package dev.slipway.webhook.ingest;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.AttributeKey;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Closes connections on which the head of a request has begun and does not come to its end: Vert.x and Quarkus bound how
 * long nothing may come, but a byte now and then would hold a connection for days.
 *
 * <p>They give nobody a connection before its first request. So the first request of all shows the socket that listens,
 * and from then on every connection that it accepts is watched.
 */
@Singleton
public class SlowHeads {

    /** Before all other handlers, as all of them answer requests. */
    private static final int FIRST = -20_000;

    private static final AttributeKey<Watch> WATCH = AttributeKey.valueOf(SlowHeads.class, "watch");
    private static final AttributeKey<Boolean> IS_WATCHED = AttributeKey.valueOf(SlowHeads.class, "isWatched");

    private final Duration within;

    public SlowHeads(IngestConfig config) {
        this.within = config.headWithin();
    }

    void register(@Observes Router router) {
        router.route().order(FIRST).handler(this::note);
    }

    /** Notes that a head has come. */
    private void note(RoutingContext context) {
        if (context.request().connection() instanceof ConnectionBase connection) {
            var channel = connection.channel();
            var watch = channel.attr(WATCH).get();
            if (watch == null) {
                watchAll(channel.parent());
            } else if (context.request().version() == HttpVersion.HTTP_2) {
                watch.end();
            } else {
                watch.hasCome();
                context.addEndHandler(end -> watch.mayBegin());
            }
        }
        context.next();
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
        }

        /** With HTTP/2, heads do not come one by one, and there is a time-out of its own for a stream's silence. */
        void end() {
            isBusy = true;
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
