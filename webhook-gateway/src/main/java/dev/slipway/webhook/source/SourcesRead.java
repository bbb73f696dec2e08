package dev.slipway.webhook.source;

import java.util.Collection;
import java.util.List;

/** The sources as they are from now on; told before any of them takes a request. */
public record SourcesRead(List<Source> sources) {

    SourcesRead(Collection<Source> sources) {
        this(List.copyOf(sources));
    }
}
