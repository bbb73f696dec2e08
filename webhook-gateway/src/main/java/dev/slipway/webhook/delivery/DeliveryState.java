package dev.slipway.webhook.delivery;

/** How far a delivery has come. */
public enum DeliveryState {
    /** It is durable, and on its way to Kafka. */
    ACCEPTED,
    /** Kafka has it. */
    PUBLISHED
}
