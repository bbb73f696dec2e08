package dev.slipway.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A provider that does each operation once under its key, {@code POST /<report>}, and reports that as CI does. A
 * call whose body is {@code REFUSED} it refuses.
 */
final class Provider implements AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final ReleaseSystem slipway;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger calls = new AtomicInteger();
    private final Set<String> effects = ConcurrentHashMap.newKeySet();
    private final Queue<String> unheard = new ConcurrentLinkedQueue<>();

    private Provider(ReleaseSystem slipway, HttpServer server) {
        this.slipway = slipway;
        this.server = server;
    }

    /** Starts one that reports to the releases of a system. */
    static Provider start(ReleaseSystem slipway) {
        try {
            var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            var provider = new Provider(slipway, server);
            server.setExecutor(provider.threads);
            server.createContext("/", provider::answer);
            server.start();
            return provider;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    URI uri() {
        return URI.create("http://localhost:" + server.getAddress().getPort());
    }

    /** The keys of the operations that had their effect. */
    Set<String> effects() {
        return Set.copyOf(effects);
    }

    /** How often it was called, repeats and refusals too. */
    int calls() {
        return calls.get();
    }

    /** The reports that release-service would not take. */
    Queue<String> unheard() {
        return unheard;
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
            var refused = new String(exchange.getRequestBody().readAllBytes(), UTF_8).equals("REFUSED");
            calls.incrementAndGet();
            if (!refused && effects.add(key)) {
                var report = exchange.getRequestURI().getPath().substring(1);
                threads.execute(() -> report(key, report));
            }
            exchange.sendResponseHeaders(refused ? 422 : 200, -1);
        }
    }

    private void report(String key, String report) {
        try {
            // The key begins with the release's id.
            var path = "/api/v1/releases/%s/events".formatted(key.substring(0, key.indexOf('/')));
            slipway.post(path, key, JSON.writeValueAsString(Map.of("type", report)));
        } catch (IOException | RuntimeException | AssertionError e) {
            unheard.add("%s of %s: %s".formatted(report, key, e));
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
