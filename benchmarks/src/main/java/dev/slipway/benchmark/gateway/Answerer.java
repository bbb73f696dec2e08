package dev.slipway.benchmark.gateway;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;

/** The floor of answering: the gateway's HTTP server, that reads each body and answers 200 without any work. */
public final class Answerer {

    private static final Buffer RECEIVED = Buffer.buffer("{\"received\":true}");

    private Answerer() {}

    /** Serves on the port that is the only argument. */
    public static void main(String[] arguments) {
        var vertx = Vertx.vertx();
        for (var loop = 0; loop < 2 * Runtime.getRuntime().availableProcessors(); loop++) {
            vertx.createHttpServer(new HttpServerOptions().setTcpNoDelay(true))
                    .requestHandler(request -> request.bodyHandler(body -> request.response()
                            .putHeader("Content-Type", "application/json")
                            .end(RECEIVED)))
                    .listen(Integer.parseInt(arguments[0]), "127.0.0.1")
                    .onFailure(failure -> {
                        failure.printStackTrace();
                        System.exit(1);
                    });
        }
    }
}
