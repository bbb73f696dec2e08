package dev.slipway.devstack.port;

import java.io.IOException;

/** A port is in use by something else; the message says which, for what, and how to choose another. */
public final class PortTaken extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    PortTaken(int port, String use, String variable, IOException cause) {
        super(
                "Port %d, wanted for %s, is taken on this machine. Stop what listens there, or set %s to another port."
                        .formatted(port, use, variable),
                cause);
    }
}
