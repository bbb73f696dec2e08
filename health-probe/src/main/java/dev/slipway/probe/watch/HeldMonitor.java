package dev.slipway.probe.watch;

import dev.slipway.event.CheckEvent.Monitor;
import dev.slipway.event.Subject;
import dev.slipway.messaging.TraceParent;
import java.time.Instant;
import java.util.UUID;

/**
 * A monitor whose lease this replica has.
 *
 * @param until when its watch is to end
 * @param state as it was when the lease was taken
 */
record HeldMonitor(
        MonitorKey key,
        Subject subject,
        UUID releaseId,
        TraceParent trace,
        Instant until,
        Monitor definition,
        MonitorState state) {}
