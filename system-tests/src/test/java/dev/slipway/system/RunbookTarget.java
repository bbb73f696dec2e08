package dev.slipway.system;

import static java.util.Objects.requireNonNullElse;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All the servers that plans of runbooks call, as one: applications, their providers, GitHub. Each release has them for
 * itself, at {@code /<release>/<host>/<path>}, and they answer as the file of its runbook says, line by line:
 *
 * <pre>{@code
 * METHOD host/path?query Header=value STATUS body
 * }</pre>
 *
 * The first line that fits counts; {@code *} stands for anything, query and header may be left out. One that begins
 * with {@code once} counts once. In a body, {@code {base}} is where the release's servers are.
 */
final class RunbookTarget {

    private static final Pattern LINE = Pattern.compile(
            "(?<once>once )?(?<call>[A-Z]+ \\S+)(?: (?<header>[A-Za-z-]+)=(?<value>\\S+))? (?<status>\\d{3}) ?(?<body>.*)");

    /** Stands in no address. */
    private static final String NOTHING = " ";

    private final HttpServer server;
    private final Map<String, List<Line>> lines = new ConcurrentHashMap<>();
    private final Map<String, String> sick = new ConcurrentHashMap<>();

    /** A line of a file; its header, if it names one, has the value. */
    private record Line(
            boolean isOnce, Pattern call, boolean hasQuery, String header, String value, int status, String body) {

        static Line of(String text) {
            var line = LINE.matcher(text);
            if (!line.matches()) {
                throw new IllegalArgumentException("No answer can be read from: " + text);
            }
            var call = Stream.of(line.group("call").split("\\*", -1))
                    .map(Pattern::quote)
                    .collect(Collectors.joining(".*"));
            return new Line(
                    line.group("once") != null,
                    Pattern.compile(call),
                    line.group("call").contains("?"),
                    requireNonNullElse(line.group("header"), "Host"),
                    requireNonNullElse(line.group("value"), ""),
                    Integer.parseInt(line.group("status")),
                    line.group("body"));
        }

        boolean fits(HttpExchange exchange, String address) {
            var called = "%s %s".formatted(exchange.getRequestMethod(), hasQuery ? address : address.split("\\?")[0]);
            return call.matcher(called).matches()
                    && (value.isEmpty()
                            || value.equals(exchange.getRequestHeaders().getFirst(header)));
        }
    }

    private RunbookTarget(HttpServer server) {
        this.server = server;
    }

    static RunbookTarget start() {
        try {
            var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            var target = new RunbookTarget(server);
            server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            server.createContext("/", target::handle);
            // Every workflow is dispatched; what it did, the test reports.
            server.createContext("/github/", exchange -> answer(exchange, 204, ""));
            server.start();
            return target;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    URI uri() {
        return URI.create("http://localhost:" + server.getAddress().getPort());
    }

    /** Serves what a runbook describes to a release; returns where. */
    String serve(String release, List<String> file) {
        var base = "%s/%s".formatted(uri(), release);
        lines.put(
                release,
                file.stream()
                        .map(line -> Line.of(line.replace("{base}", base)))
                        .collect(Collectors.toCollection(CopyOnWriteArrayList::new)));
        return base;
    }

    /** Whether a release has called for all that counts once. */
    boolean wasCalledForAll(String release) {
        return lines.getOrDefault(release, List.of()).stream().noneMatch(Line::isOnce);
    }

    /** From now on a release's servers answer calls with this in their address with 503. */
    void sicken(String release, String address) {
        sick.put(release, address);
    }

    void heal(String release) {
        sick.remove(release);
    }

    private void handle(HttpExchange exchange) throws IOException {
        var uri = exchange.getRequestURI();
        var path = uri.getRawPath().split("/", 3);
        var release = path[1];
        var address = path[2] + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
        if (address.contains(sick.getOrDefault(release, NOTHING))) {
            answer(exchange, 503, "{\"status\":\"unhealthy\"}");
            return;
        }
        var line = lines.getOrDefault(release, List.of()).stream()
                .filter(it -> it.fits(exchange, address))
                .findFirst();
        line.filter(Line::isOnce).ifPresent(lines.getOrDefault(release, List.of())::remove);
        if (line.isPresent()) {
            answer(exchange, line.get().status(), line.get().body());
        } else {
            answer(exchange, 501, "The runbook says nothing of %s %s".formatted(exchange.getRequestMethod(), address));
        }
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        exchange.getRequestBody().readAllBytes();
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, status == 204 || bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            exchange.getResponseBody().write(bytes);
        }
        exchange.close();
    }
}
