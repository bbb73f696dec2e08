package dev.slipway.release.engine;

import dev.slipway.event.Event;
import dev.slipway.event.Subject;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/** What a decision wants done outside of the state. */
public sealed interface Effect {

    /** Tell the world. */
    record Publish(Event event) implements Effect {}

    /** Tell a release of another environment. */
    record Tell(Subject subject, Event event) implements Effect {}

    /**
     * Ask for a release that is part of this one.
     *
     * @param id which it has
     */
    record AskForChild(UUID id, Subject subject, String version, Map<String, String> inputs) implements Effect {}

    /** Wake the release at a time, unless cancelled; a timer of the same name is replaced. */
    record SetTimer(String timer, Instant at) implements Effect {}

    /** Do not wake it any more for this. */
    record CancelTimer(String timer) implements Effect {}

    /**
     * Do something at a provider, once.
     *
     * @param workId the operation key
     * @param with its settings; references to secrets still stand in them
     * @param until when its result is of no more use
     */
    record StartOperation(String workId, String operation, Map<String, Object> with, Instant until) implements Effect {}

    /** Do not begin an operation that has not begun; one that has goes on to its end. Either is reported. */
    record CancelOperation(String workId) implements Effect {}
}
