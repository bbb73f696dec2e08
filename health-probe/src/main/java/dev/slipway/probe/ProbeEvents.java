package dev.slipway.probe;

import dev.slipway.event.CheckEvent;
import dev.slipway.event.CheckEvent.CheckCompleted;
import dev.slipway.event.CheckEvent.CheckRequested;
import dev.slipway.event.CheckEvent.WatchCancelled;
import dev.slipway.event.CheckEvent.WatchCompleted;
import dev.slipway.event.CheckEvent.WatchStarted;
import dev.slipway.event.Event;
import dev.slipway.messaging.EventHandler;
import dev.slipway.messaging.ReceivedEvent;
import dev.slipway.probe.request.CheckRequests;
import dev.slipway.probe.watch.Watches;
import jakarta.inject.Singleton;
import java.util.List;
import org.jdbi.v3.core.Handle;

/** Writes down what is asked for; the rounds see to it that it is done. */
@Singleton
public class ProbeEvents implements EventHandler {

    private final CheckRequests requests;
    private final Watches watches;
    private final Rounds rounds;

    public ProbeEvents(CheckRequests requests, Watches watches, Rounds rounds) {
        this.requests = requests;
        this.watches = watches;
        this.rounds = rounds;
    }

    @Override
    public boolean wants(Event event) {
        return event instanceof CheckRequested || event instanceof WatchStarted || event instanceof WatchCancelled;
    }

    @Override
    public void handle(Handle handle, List<ReceivedEvent> events) {
        for (var event : events) {
            switch ((CheckEvent) event.event()) {
                case CheckRequested request -> requests.add(handle, event, request);
                case WatchStarted watch -> watches.start(handle, event, watch);
                case WatchCancelled watch -> watches.cancel(handle, watch);
                case CheckCompleted _, WatchCompleted _ -> throw new IllegalArgumentException("These are not wanted");
            }
        }
        handle.afterCommit(rounds::wake);
    }
}
