package dev.slipway.event;

/**
 * The Kafka topics. All have the same number of partitions, so that one key is in the same partition of each, and one
 * consumer owns all that happens to one environment.
 */
public enum Topic {
    /** What happens to releases: asked for, decided, done. */
    RELEASES("slipway.releases"),
    /** What third parties sent, verified or rejected. */
    WEBHOOKS("slipway.webhooks"),
    /** Health of what was released. */
    HEALTH("slipway.health"),
    /** One-off checks and watches: asked for, answered. */
    CHECKS("slipway.checks"),
    /** What people were told. */
    NOTIFICATIONS("slipway.notifications");

    private final String topicName;

    Topic(String topicName) {
        this.topicName = topicName;
    }

    /** The name in Kafka. */
    public String topicName() {
        return topicName;
    }

    /** The name of the topic that keeps the records of this one which could not be handled. */
    public String deadLetterName() {
        return topicName + ".dlq";
    }
}
