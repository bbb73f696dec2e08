package dev.slipway.devstack.target;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.slipway.devstack.port.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A small real HTTP server that stands for the application a release brings to production: health, sign-in and webhooks
 * as the runbook of {@code api.solacore.app} has them, and the calls of a provider that deploys, rolls back and
 * migrates it. It listens on the loopback address, which is all that protects it, and keeps its state in memory.
 */
public final class TargetApplication implements AutoCloseable {
    static {
        // Without it, Nagle's algorithm holds back each answer on a kept connection by some 40 ms.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<HttpServer> servers = new ArrayList<>();
    private final Endpoints endpoints;

    private TargetApplication(Endpoints endpoints) {
        this.endpoints = endpoints;
    }

    /**
     * Starts the application at version 1.0.0.
     *
     * @throws IllegalStateException when a port is taken, or the certificate cannot be made
     */
    public static TargetApplication start(TargetSettings settings, Clock clock) {
        TargetApplication application = new TargetApplication(new Endpoints(settings, clock));
        try {
            application.listen(HttpServer.create(), settings.port(), "SLIPWAY_TARGET_PORT");
            if (settings.tlsPort().isPresent()) {
                HttpsServer https = HttpsServer.create();
                https.setHttpsConfigurator(new HttpsConfigurator(SelfSignedCertificate.sslContext()));
                application.listen(https, settings.tlsPort().getAsInt(), "SLIPWAY_TARGET_TLS_PORT");
            }
            return application;
        } catch (IOException e) {
            application.close();
            throw new IllegalStateException("The target application did not start: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            application.close();
            throw e;
        }
    }

    /** Where it listens for HTTP. */
    public URI uri() {
        return URI.create("http://localhost:" + servers.getFirst().getAddress().getPort());
    }

    /** Where it listens for HTTPS, if it does. Its certificate is signed by itself. */
    public Optional<URI> tlsUri() {
        return servers.stream()
                .skip(1)
                .map(server ->
                        URI.create("https://localhost:" + server.getAddress().getPort()))
                .findFirst();
    }

    @Override
    public void close() {
        servers.forEach(server -> server.stop(0));
        threads.close();
    }

    private void listen(HttpServer server, int port, String variable) throws IOException {
        if (port != 0) {
            Ports.requireFree(port, "the target application", variable);
        }
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(threads);
        server.createContext("/", endpoints);
        server.start();
        servers.add(server);
    }
}
