package dev.slipway.webhook.forward;

import static java.util.Comparator.comparing;

import java.util.Comparator;

/** Names an endpoint of a source. They are in the order of their sources, then of their names. */
record EndpointRef(String source, String name) implements Comparable<EndpointRef> {

    private static final Comparator<EndpointRef> ORDER =
            comparing(EndpointRef::source).thenComparing(EndpointRef::name);

    @Override
    public int compareTo(EndpointRef other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return "%s of %s".formatted(name, source);
    }
}
