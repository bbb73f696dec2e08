package dev.slipway.webhook.source;

import static java.util.stream.Collectors.toSet;
import static java.util.stream.Collectors.toUnmodifiableMap;

import dev.slipway.webhook.forward.Endpoint;
import dev.slipway.webhook.forward.Endpoints;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jboss.logging.Logger;

/**
 * The sources by name, in memory: those of the configuration, and those that the API set up. A change that another
 * replica made is seen within a second. While the database is away, the sources stay as they were.
 */
@Singleton
public class Sources implements Endpoints {

    private static final Logger LOG = Logger.getLogger(Sources.class);

    private final ConfiguredSources configured;
    private final SourceStore store;
    private final Retentions retentions;

    private volatile Map<String, Source> byName;

    /** Why this version cannot read a source that there is, by its name. */
    private volatile Map<String, String> unreadable = Map.of();

    /** The revision of {@link #byName}; guarded by this. */
    private long revision = -1;

    /** For how many days deliveries can be kept already; guarded by this. */
    private final Set<Integer> kept = new HashSet<>();

    /** What was logged already; guarded by this. */
    private final Set<String> told = new HashSet<>();

    private boolean failing;

    public Sources(ConfiguredSources configured, SourceStore store, Retentions retentions) {
        this.configured = configured;
        this.store = store;
        this.retentions = retentions;
        this.byName = configured.byName();
    }

    /** The source of a name, if there is one. */
    public Optional<Source> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** Whether there is a source of this name that cannot be read now; what comes for it should come again later. */
    public boolean isUnreadable(String name) {
        return unreadable.containsKey(name);
    }

    @Override
    public Optional<String> problem(String name) {
        return Optional.ofNullable(unreadable.get(name));
    }

    /** All sources, by their names. */
    public Collection<Source> all() {
        return byName.values();
    }

    @Override
    public Map<String, List<Endpoint>> bySource() {
        return byName.values().stream()
                .collect(toUnmodifiableMap(
                        Source::name,
                        source -> source.endpoints().stream()
                                .map(SourceEndpoint::endpoint)
                                .toList()));
    }

    /** Before the first request is served. */
    void start(@Observes @Priority(1) StartupEvent event) {
        store.encryptAnew();
        load();
    }

    /** Sees what has changed, if the database answers. */
    @Scheduled(every = "1s", concurrentExecution = ConcurrentExecution.SKIP)
    synchronized void refresh() {
        try {
            if (store.revision() != revision) {
                load();
            }
            failing = false;
        } catch (RuntimeException e) {
            if (!failing) {
                failing = true;
                LOG.warn("The sources cannot be read now; they stay as they are until they can", e);
            }
        }
    }

    private synchronized void load() {
        var snapshot = store.load();
        var all = new TreeMap<String, Source>();
        snapshot.sources().forEach(source -> all.put(source.name(), source));
        configured.byName().forEach((name, source) -> {
            if (all.put(name, source) != null) {
                tell("The source %s is configured, and was set up by the API too: the configuration counts", name);
            }
        });
        for (var source : all.values()) {
            source.secrets().stream()
                    .flatMap(secret -> secret.problem().stream())
                    .forEach(problem -> tell("The source %s lacks a secret: %s", source.name(), problem));
            source.endpoints()
                    .forEach(endpoint -> endpoint.secrets().stream()
                            .flatMap(secret -> secret.problem().stream())
                            .forEach(problem -> tell(
                                    "The endpoint %s of %s lacks a secret: %s",
                                    endpoint.endpoint().name(), source.name(), problem)));
        }
        keep(all.values().stream()
                .map(source -> (int) source.retention().toDays())
                .collect(toSet()));
        snapshot.unreadable().values().forEach(problem -> tell("%s. Its URL answers 503 until then", problem));
        unreadable = Map.copyOf(snapshot.unreadable());
        byName = Collections.unmodifiableMap(all);
        revision = snapshot.revision();
    }

    /** Before a delivery that is to be kept for so long can come. */
    private void keep(Set<Integer> days) {
        if (!kept.containsAll(days)) {
            retentions.keep(days);
            kept.addAll(days);
        }
    }

    /** Says it once, not with every change. */
    private void tell(String message, Object... values) {
        var text = message.formatted(values);
        if (told.add(text)) {
            LOG.warn(text);
        }
    }
}
