package dev.slipway.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/** A connection to a gateway over which any bytes can be sent. Its end is a reset. */
final class RawConnection implements AutoCloseable {

    private static final Pattern STATUS = Pattern.compile("^HTTP/1\\.[01] (\\d{3})", Pattern.MULTILINE);
    private static final Pattern ANSWER = Pattern.compile(
            "HTTP/1\\.[01] [2-5].*\r\n(?:.+\r\n)*content-length: (\\d+)\r\n(?:.+\r\n)*\r\n", Pattern.CASE_INSENSITIVE);

    private final Socket socket;
    private final ByteArrayOutputStream read = new ByteArrayOutputStream();

    /** @param patience how long a read waits for something to come */
    RawConnection(URI gateway, Duration patience) throws IOException {
        socket = new Socket(gateway.getHost(), gateway.getPort());
        socket.setTcpNoDelay(true);
        socket.setSoLinger(true, 0);
        socket.setSoTimeout((int) patience.toMillis());
    }

    /**
     * Sends bytes, with some short pauses in between.
     *
     * @return whether the gateway took them
     */
    boolean send(byte[] bytes, int pauses) {
        try {
            var size = bytes.length / (pauses + 1) + 1;
            for (var sent = 0; sent < bytes.length; sent += size) {
                socket.getOutputStream().write(bytes, sent, Math.min(size, bytes.length - sent));
                if (pauses > 0) {
                    LockSupport.parkNanos(1_000_000);
                }
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Reads the first answer; to a HEAD, that is its head. */
    RawConnection readAnswer(String method) {
        readUntil(() -> {
            var answer = ANSWER.matcher(text());
            return answer.find()
                    && (method.equals("HEAD") || read.size() >= answer.end() + Integer.parseInt(answer.group(1)));
        });
        return this;
    }

    /** Says that nothing more will be sent, and reads all that comes. */
    RawConnection readToTheEnd() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            // The gateway has closed it already.
        }
        readUntil(() -> false);
        return this;
    }

    /** The statuses of all answers that were read, but for that which only asks for the body. */
    List<Integer> statuses() {
        return STATUS.matcher(text())
                .results()
                .map(status -> Integer.parseInt(status.group(1)))
                .filter(status -> status != 100)
                .toList();
    }

    /** The end of the connection, however it comes, is the end of what can be read; so is that of patience. */
    private void readUntil(BooleanSupplier enough) {
        var chunk = new byte[8_192];
        try {
            while (!enough.getAsBoolean()) {
                var length = socket.getInputStream().read(chunk);
                if (length < 0) {
                    return;
                }
                read.write(chunk, 0, length);
            }
        } catch (IOException e) {
            // That was the end.
        }
    }

    private String text() {
        return read.toString(ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
