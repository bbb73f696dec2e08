package dev.slipway.probe.check;

import dev.slipway.probe.check.Addresses.RefusedAddressException;
import io.vertx.core.http.HttpClosedException;
import java.io.EOFException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/** Why no answer came, in words. */
final class Failures {

    private Failures() {}

    static String reason(Throwable failure, Deadline deadline, String peer) {
        return deadline.isOver() ? deadline.toString() : reason(failure, peer, deadline.toString());
    }

    private static String reason(Throwable failure, String peer, String timedOut) {
        return switch (failure) {
            case TimeoutException _, SocketTimeoutException _ -> timedOut;
            case UnknownHostException e -> "the host %s is unknown".formatted(e.getMessage());
            case RefusedAddressException e -> String.valueOf(e.getMessage());
            // Netty's own time-out of a connection is one of these.
            case ConnectException e when String.valueOf(e.getMessage()).contains("timed out") -> timedOut;
            case NoRouteToHostException _ -> "there is no route to " + peer;
            case ConnectException _ -> "connection refused by " + peer;
            case SSLException e -> "TLS with %s failed: %s".formatted(peer, deepest(e));
            case HttpClosedException _, SocketException _, EOFException _ ->
                "%s closed the connection before the answer was complete".formatted(peer);
            default -> "%s did not answer properly: %s".formatted(peer, deepest(failure));
        };
    }

    /** Whether a kept connection may just have been closed by the other side, which says nothing of its health. */
    static boolean mayBeStale(Throwable failure) {
        return failure instanceof HttpClosedException
                || (failure instanceof SocketException
                        && !(failure instanceof ConnectException)
                        && !(failure instanceof NoRouteToHostException));
    }

    private static String deepest(Throwable failure) {
        var cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }
}
