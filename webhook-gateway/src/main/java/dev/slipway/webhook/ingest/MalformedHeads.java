package dev.slipway.webhook.ingest;

import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/**
 * Refuses requests that the router takes for none by their head alone, such as the beginning of an HTTP/2 connection:
 * Quarkus would log each as an error of ours.
 */
@Singleton
public class MalformedHeads {

    /** Before Quarkus' own. */
    private static final int FIRST = Integer.MIN_VALUE;

    private static final int MALFORMED = 400;

    void begin(@Observes Router router) {
        router.route().order(FIRST).failureHandler(MalformedHeads::refuse);
    }

    private static void refuse(RoutingContext context) {
        if (context.statusCode() == MALFORMED && !context.response().headWritten()) {
            context.response()
                    .setStatusCode(MALFORMED)
                    .putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE)
                    .end();
        } else {
            context.next();
        }
    }
}
