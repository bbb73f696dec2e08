package dev.slipway.webhook.forward;

/** Names an endpoint of a source. */
record EndpointRef(String source, String name) {

    @Override
    public String toString() {
        return "%s of %s".formatted(name, source);
    }
}
