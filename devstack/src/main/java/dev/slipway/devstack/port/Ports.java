package dev.slipway.devstack.port;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Finds free TCP ports on the loopback address. */
public final class Ports {
    private Ports() {}

    /** One free port. Another process may take it before its caller does; nothing reserves it. */
    public static int free() {
        return free(1).getFirst();
    }

    /**
     * Several free ports, no two the same.
     *
     * @param count how many, 1 or more
     */
    public static List<Integer> free(int count) {
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return held.stream().map(ServerSocket::getLocalPort).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("No free TCP port on the loopback address", e);
        } finally {
            held.forEach(Ports::release);
        }
    }

    /**
     * Refuses a port that something listens on already.
     *
     * @param port 1 to 65535
     * @param use what the port is for, as the message names it
     * @param variable the environment variable that chooses the port
     * @throws PortTaken when the port cannot be listened on
     */
    public static void requireFree(int port, String use, String variable) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            throw new PortTaken(port, use, variable, e);
        }
    }

    private static void release(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
