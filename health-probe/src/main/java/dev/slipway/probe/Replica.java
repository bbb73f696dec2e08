package dev.slipway.probe;

import java.util.UUID;

/**
 * One running instance of this service, in the leases that it holds. A restarted one is another.
 *
 * @param id unique
 */
public record Replica(UUID id) {}
