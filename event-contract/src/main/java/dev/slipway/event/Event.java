package dev.slipway.event;

/** A fact that one service tells the others; the data of one CloudEvent. */
public sealed interface Event
        permits ReleaseEvent, ReportEvent, WebhookEvent, HealthEvent, CheckEvent, NotificationEvent {

    /** The topic this event travels on. */
    Topic topic();

    /** The event's name, as in its CloudEvents type: {@code MigrationDone}. */
    default String name() {
        return getClass().getSimpleName();
    }
}
