package dev.slipway.webhook.ingest;

import static dev.slipway.webhook.StripeSender.deliver;
import static dev.slipway.webhook.StripeSender.newEventId;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.devstack.testing.InfrastructureResource;
import dev.slipway.webhook.StripeSender;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With sockets, as a client would not send so. A head must come within 2 s here. */
@QuarkusTest
@QuarkusTestResource(InfrastructureResource.class)
class SlowHeadsTest {

    private static final String REQUEST = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String ANSWER = "HTTP/1.1 200 ";

    /** The first request of all shows where to look. */
    @BeforeEach
    void deliverOne() {
        assertThat(deliver(newEventId())).isEqualTo(200);
    }

    @Test
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

    private static Socket connect() throws IOException {
        return new Socket(
                StripeSender.address().getHost(), StripeSender.address().getPort());
    }

    private static String answer(Socket socket) throws IOException {
        socket.setSoTimeout(10_000);
        socket.getOutputStream().write(REQUEST.getBytes(UTF_8));
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
