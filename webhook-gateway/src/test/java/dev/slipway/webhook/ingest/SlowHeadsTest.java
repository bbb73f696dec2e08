package dev.slipway.webhook.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.webhook.StripeSender;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Map;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With sockets, as a client would not send so. The gateway is started for this, so that nobody has called it before. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
@TestProfile(SlowHeadsTest.Impatient.class)
@TestMethodOrder(OrderAnnotation.class)
class SlowHeadsTest {

    private static final String REQUEST = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String ANSWER = "HTTP/1.1 200 ";

    /** A head must come within 2 s. */
    public static final class Impatient implements QuarkusTestProfile {

        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("slipway.webhook.ingest.head-within", "2s");
        }
    }

    /** The first, so that nobody has sent a request. */
    @Test
    @Order(1)
    void aConnectionOnWhichAHeadDripsIsClosed() throws IOException {
        // Given
        try (var socket = connect()) {

            // When
            var drops = drip(socket);

            // Then
            assertThat(drops).isBetween(5, 30);
        }
    }

    @Test
    void aConnectionOnWhichALaterHeadDripsIsClosedToo() throws IOException {
        // Given
        try (var socket = connect()) {
            assertThat(answer(socket)).startsWith(ANSWER);

            // When
            var drops = drip(socket);

            // Then
            assertThat(drops).isBetween(5, 30);
        }
    }

    @Test
    void aConnectionOnWhichNothingComesBetweenRequestsIsKept() throws IOException {
        // Given
        try (var socket = connect()) {
            assertThat(answer(socket)).startsWith(ANSWER);
            socket.setSoTimeout(5_000);
            assertThat(isClosed(socket)).isFalse();

            // When
            var answer = answer(socket);

            // Then
            assertThat(answer).startsWith(ANSWER);
        }
    }

    @Test
    void aConnectionWhoseBodyCameAfterItsAnswerIsKeptToo() throws IOException {
        // Given
        try (var socket = connect()) {
            assertThat(answer(socket, "POST /webhooks/nobody HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"))
                    .startsWith("HTTP/1.1 404 ");
            socket.getOutputStream().write("{}".getBytes(UTF_8));
            socket.setSoTimeout(5_000);
            assertThat(isClosed(socket)).isFalse();

            // When
            var answer = answer(socket);

            // Then
            assertThat(answer).startsWith(ANSWER);
        }
    }

    @Test
    void aBodyThatDripsAfterItsAnswerIsCutOff() throws IOException {
        // Given
        try (var socket = connect()) {
            assertThat(answer(socket, "POST /api/v1/sources HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"))
                    .startsWith("HTTP/1.1 401 ");

            // When
            var drops = drip(socket);

            // Then
            assertThat(drops).isBetween(5, 30);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
            })
    void noConnectionLeavesHttp11WhereHeadsAreWatched(String request) throws IOException {
        // Given
        try (var socket = connect()) {
            socket.setSoTimeout(10_000);

            // When
            socket.getOutputStream().write(request.getBytes(UTF_8));

            // Then
            assertThat(new String(socket.getInputStream().readNBytes(12), UTF_8))
                    .as("the beginning of an answer in text that agrees to nothing")
                    .matches("HTTP/.\\.. [245]..");
        }
    }

    private static Socket connect() throws IOException {
        return new Socket(
                StripeSender.address().getHost(), StripeSender.address().getPort());
    }

    private static String answer(Socket socket) throws IOException {
        return answer(socket, REQUEST);
    }

    private static String answer(Socket socket, String request) throws IOException {
        socket.setSoTimeout(10_000);
        socket.getOutputStream().write(request.getBytes(UTF_8));
        var answer = new StringBuilder();
        while (!answer.toString().endsWith("}")) {
            answer.append((char) socket.getInputStream().read());
        }
        return answer.toString();
    }

    /** Sends a head without end, five bytes a second, and tells how many it could. */
    private static int drip(Socket socket) throws IOException {
        socket.setSoTimeout(200);
        var drops = 0;
        do {
            socket.getOutputStream()
                    .write("GET /health/live HTTP/1.1\r\nX: "
                            .concat("x".repeat(100))
                            .charAt(drops));
            drops++;
        } while (drops < 100 && !isClosed(socket));
        return drops;
    }

    private static boolean isClosed(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}
