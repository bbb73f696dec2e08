package dev.slipway.webhook.source;

import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.event.EventJson;
import dev.slipway.messaging.MessagingBeans;
import dev.slipway.webhook.forward.ForwardStore;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Jdbi;
import org.postgresql.ds.PGSimpleDataSource;

/** The sources of one replica, put together as the gateway does it, on a database that replicas may share. */
final class Replica {

    static final String KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    static final String OTHER_KEY = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";
    static final SourceDefaults DEFAULTS = new SourceDefaults(1024 * 1024, Duration.ofDays(30));

    final Jdbi jdbi;
    final SourceReader reader;
    final SourceStore store;
    final Sources sources;

    /** For how many days deliveries were asked to be kept. */
    final Set<Integer> kept = new HashSet<>();

    Replica(DataSource database, Map<String, String> properties) {
        var environment = environment(properties);
        var setup = environment.getConfigMapping(SetupConfig.class);
        var references = new SecretReferences(environment, setup);
        this.jdbi = MessagingBeans.database(database);
        this.reader = new SourceReader(DEFAULTS, new SecretReader(references));
        this.store = new SourceStore(jdbi, reader, references, new ForwardStore(), setup, Clock.systemUTC());
        this.sources = new Sources(
                new ConfiguredSources(environment.getConfigMapping(SourcesConfig.class), setup, reader, references),
                store,
                kept::addAll);
    }

    /** As a replica that starts now, with an encryption key. */
    static Replica started(DataSource database, String key) {
        var replica = new Replica(database, Map.of("slipway.webhook.setup.encryption-key", key));
        replica.sources.start(new StartupEvent());
        return replica;
    }

    static SmallRyeConfig environment(Map<String, String> properties) {
        return environment(new PropertiesConfigSource(new HashMap<>(properties), "test", 100));
    }

    static SmallRyeConfig environment(ConfigSource source) {
        return new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .addDiscoveredConverters()
                .withMapping(SourcesConfig.class)
                .withMapping(SetupConfig.class)
                .withSources(source)
                .build();
    }

    /** A database that can go away. */
    static final class Database extends PGSimpleDataSource {

        private static final long serialVersionUID = 1L;

        boolean away;

        @Override
        public Connection getConnection() throws SQLException {
            if (away) {
                throw new SQLException("The database is away");
            }
            return super.getConnection();
        }
    }

    static Database freshDatabase() {
        var address = Infrastructure.shared().freshDatabase();
        var database = new Database();
        database.setUrl(address.jdbcUrl());
        database.setUser(address.user());
        database.setPassword(address.password());
        Flyway.configure().dataSource(database).locations("db/migration").load().migrate();
        return database;
    }

    /** Sets a source up, as the API does. */
    Source create(String json) {
        var source = store.create(draft(json)).source();
        sources.refresh();
        return source;
    }

    SourceDraft draft(String json) {
        try {
            return reader.read(EventJson.mapper().readTree(json));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
