package dev.slipway.probe;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/** A released system to check, which can turn sick in every way. */
public final class Target implements AutoCloseable {

    private final HttpServer server;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private volatile HttpHandler behaviour = answering(200, "{\"status\":\"healthy\"}");

    /** What it was asked. */
    public record Request(String method, String path, Headers headers, String body, int clientPort) {}

    public Target() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            requests.add(new Request(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    exchange.getRequestHeaders(),
                    body,
                    exchange.getRemoteAddress().getPort()));
            behaviour.handle(exchange);
        });
        server.start();
    }

    public String url(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    public int port() {
        return server.getAddress().getPort();
    }

    public List<Request> requests() {
        return requests;
    }

    public void behave(HttpHandler behaviour) {
        this.behaviour = behaviour;
    }

    public void beHealthy() {
        behave(answering(200, "{\"status\":\"healthy\"}"));
    }

    public void beSick() {
        behave(answering(503, "{\"status\":\"unhealthy\"}"));
    }

    /** Answers nothing until the test is over. */
    public void hang() {
        behave(exchange -> {
            try {
                closed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.close();
        });
    }

    public static HttpHandler answering(int status, String body) {
        return answering(status, body.getBytes(StandardCharsets.UTF_8));
    }

    public static HttpHandler answering(int status, byte[] body) {
        return exchange -> {
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        };
    }

    public static HttpHandler redirecting(int status, String location) {
        return exchange -> {
            exchange.getResponseHeaders().add("Location", location);
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        };
    }

    /** Redirects one path, and answers all others. */
    public static HttpHandler redirecting(int status, String path, String location) {
        return exchange -> {
            var handler = path.equals(exchange.getRequestURI().getPath())
                    ? redirecting(status, location)
                    : answering(200, "{\"status\":\"healthy\"}");
            handler.handle(exchange);
        };
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
    }
}
