package dev.slipway.benchmark.engine;

import java.io.IOException;
import java.util.Optional;

/** What carries releases of seven phases, each advanced by one event: Slipway, or a peer. */
interface Carrier extends AutoCloseable {

    int PHASES = 7;

    /**
     * Begins a release.
     *
     * @param client who asks, from 0; nobody asks for the next before his last one has ended
     * @return when it is durable, and awaits the event of its first phase
     */
    Carried begin(int client) throws Exception;

    /** How long all events so far took until they were durable, where clients see them only later. */
    default Optional<Lag> lag() throws IOException, InterruptedException {
        return Optional.empty();
    }

    /** A release on its way. */
    @FunctionalInterface
    interface Carried {

        /** Hands in the event of a phase, from 0, and returns when the state shows it, durable. */
        void advance(int phase) throws Exception;
    }

    @Override
    void close();
}
