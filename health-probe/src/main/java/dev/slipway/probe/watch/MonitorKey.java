package dev.slipway.probe.watch;

/**
 * What names a monitor.
 *
 * @param watchId the watch that it belongs to
 * @param name its name in the plan; unique in its watch
 */
record MonitorKey(String watchId, String name) {}
