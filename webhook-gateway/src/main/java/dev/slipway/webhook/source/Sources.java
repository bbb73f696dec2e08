package dev.slipway.webhook.source;

import io.quarkus.runtime.StartupEvent;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * The sources by name, in memory: those of the configuration, and those that the API set up. A change that another
 * replica made is seen within a second. While the database is away, the sources stay as they were.
 */
@Singleton
public class Sources {

    private static final Logger LOG = Logger.getLogger(Sources.class);

    private final ConfiguredSources configured;
    private final SourceStore store;
    private final Consumer<SourcesRead> beforeUse;

    private volatile Map<String, Source> byName;

    /** The revision of {@link #byName}; guarded by this. */
    private long revision = -1;

    /** What was logged already; guarded by this. */
    private final Set<String> told = new HashSet<>();

    private boolean failing;

    @Inject
    public Sources(ConfiguredSources configured, SourceStore store, Event<SourcesRead> read) {
        this(configured, store, read::fire);
    }

    /** @param beforeUse sees all sources before any of them takes a request */
    Sources(ConfiguredSources configured, SourceStore store, Consumer<SourcesRead> beforeUse) {
        this.configured = configured;
        this.store = store;
        this.beforeUse = beforeUse;
        this.byName = configured.byName();
    }

    /** The source of a name, if there is one. */
    public Optional<Source> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** All sources, by their names. */
    public Collection<Source> all() {
        return byName.values();
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
        }
        beforeUse.accept(new SourcesRead(all.values()));
        byName = Collections.unmodifiableMap(all);
        revision = snapshot.revision();
    }

    /** Says it once, not with every change. */
    private void tell(String message, Object... values) {
        var text = message.formatted(values);
        if (told.add(text)) {
            LOG.warn(text);
        }
    }
}
