package dev.slipway.release.status;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.release.Api;
import dev.slipway.release.TightLimits;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Those who listen to releases, where few may, and none for long without taking what it is told. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
@TestProfile(TightLimits.class)
class ListenersTest {

    private static final String AWAITS = """
            phases:
              - name: migration
                steps:
                  - { name: backup, await: { event: BackupDone } }
            """;

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource
    URI service;

    private final List<Socket> sockets = new ArrayList<>();

    @AfterEach
    void leave() throws IOException {
        for (var socket : sockets) {
            socket.close();
        }
        sockets.clear();
        await().atMost(PATIENCE).until(() -> listeners() == 0);
    }

    @Test
    void whoComesWhenAllPlacesAreTakenIsToldToComeLater() throws IOException {
        // Given
        var id = Api.release(Api.application(), AWAITS);
        for (var i = 0; i < TightLimits.LISTENERS; i++) {
            listen(id, "");
        }
        await().atMost(PATIENCE).until(() -> listeners() == TightLimits.LISTENERS);

        // When
        var answer = Api.call().get("/api/v1/releases/%s/stream".formatted(id));

        // Then
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.contentType()).startsWith("application/problem+json");
        assertThat(answer.header("Retry-After")).isNotBlank();
    }

    @Test
    void aPlaceIsFreeAgainWhenAListenerHasLeft() throws IOException {
        // Given
        var id = Api.release(Api.application(), AWAITS);
        for (var i = 0; i < TightLimits.LISTENERS; i++) {
            listen(id, "");
        }
        await().atMost(PATIENCE).until(() -> listeners() == TightLimits.LISTENERS);

        // When
        sockets.getFirst().close();

        // Then
        await().atMost(PATIENCE).until(() -> listeners() < TightLimits.LISTENERS);
        assertThat(firstLine(listen(id, ""))).contains("200");
    }

    @Test
    void aListenerIsGivenSignsOfLifeWhileNothingHappens() throws IOException {
        // Given
        var id = Api.release(Api.application(), AWAITS);
        Api.awaitStep(id, "migration.backup", "WAITING");

        // When
        var socket = listen(id, "1");

        // Then
        var told = new StringBuilder();
        var buffer = new byte[4_096];
        while (told.toString().split("(?m)^:", -1).length < 4) {
            told.append(new String(buffer, 0, socket.getInputStream().read(buffer), StandardCharsets.UTF_8));
        }
        assertThat(told).doesNotContain("event:");
    }

    @Test
    void aListenerThatTakesNothingIsCutOffAndResumesWhereItWas() throws IOException {
        // Given: what is told is more than the kernels keep between them
        var reports = 12;
        var id = Api.release(
                Api.application(),
                """
                phases:
                  - name: migration
                    steps:
                """
                        + "      - { await: { event: BackupDone }, name: backup-%d }\n"
                                .repeat(reports)
                                .formatted(numbers(reports)));
        var slow = listen(id, "0");
        await().atMost(PATIENCE).until(() -> listeners() == 1);

        // When
        var large = Map.of("type", "BackupDone", "data", Map.of("log", "x".repeat(500_000)));
        for (var i = 1; i <= reports; i++) {
            Api.act(id, "events", large).then().statusCode(202);
        }

        // Then
        await().atMost(PATIENCE).until(() -> listeners() == 0);
        await().atMost(PATIENCE).until(() -> isCut(slow));
        assertThat(given().get("/metrics").asString()).contains("slipway_stream_cut_off_total 1.0");
        var known = lastId(readAll(slow));
        assertThat(known).isBetween(0, reports);
        var resumed = readAll(listen(id, Integer.toString(known)));
        assertThat(ids(resumed)).startsWith(known + 1).endsWith(reports + 1).isSorted();
        assertThat(resumed).contains("\"state\":\"SUCCEEDED\"");
    }

    @Test
    void theAddressThatATrustedProxyForwardsIsTheCallers() {
        // Given
        var application = Api.application();
        Api.store(application, AWAITS);

        // When
        String id = Api.call()
                .header("X-Forwarded-For", "203.0.113.7")
                .body(Map.of("application", application, "environment", "staging", "version", "1"))
                .post("/api/v1/releases")
                .path("id");

        // Then
        assertThat(Api.call()
                        .get("/api/v1/releases/%s/journal".formatted(id))
                        .jsonPath()
                        .getString("items[0].origin"))
                .isEqualTo("203.0.113.7");
    }

    private static Object[] numbers(int count) {
        return IntStream.rangeClosed(1, count).boxed().toArray();
    }

    /** Listens with a connection that holds little, and that nobody reads until the test does. */
    private Socket listen(String id, String lastEventId) throws IOException {
        var socket = new Socket();
        sockets.add(socket);
        socket.setReceiveBufferSize(8_192);
        socket.setSoTimeout((int) PATIENCE.toMillis());
        socket.connect(new InetSocketAddress(service.getHost(), service.getPort()));
        var request =
                "GET /api/v1/releases/%s/stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer %s\r\n%s\r\n"
                        .formatted(
                                id,
                                Infrastructure.TOKEN,
                                lastEventId.isEmpty() ? "" : "Last-Event-ID: %s\r\n".formatted(lastEventId));
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static String firstLine(Socket socket) {
        try {
            var line = new StringBuilder();
            for (var c = socket.getInputStream().read();
                    c >= 0 && c != '\n';
                    c = socket.getInputStream().read()) {
                line.append((char) c);
            }
            return line.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the other side is gone, though it has not been read to its end: then it takes nothing any more. */
    private static boolean isCut(Socket socket) {
        try {
            socket.getOutputStream().write('\n');
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /** All that a connection gives until it is at its end, or cut. */
    private static String readAll(Socket socket) {
        var all = new ByteArrayOutputStream();
        try {
            socket.getInputStream().transferTo(all);
        } catch (SocketTimeoutException e) {
            throw new UncheckedIOException("Nobody ended the connection", e);
        } catch (IOException e) {
            // Cut: what came before counts.
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    private static List<Integer> ids(String told) {
        return Pattern.compile("(?m)^id:(\\d+)$")
                .matcher(told)
                .results()
                .map(id -> Integer.parseInt(id.group(1)))
                .toList();
    }

    private static int lastId(String told) {
        return ids(told).stream().reduce(0, (a, b) -> b);
    }

    private static int listeners() {
        return given().get("/metrics")
                .asString()
                .lines()
                .filter(line -> line.startsWith("slipway_stream_listeners"))
                .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
