package dev.slipway.release.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.slipway.devstack.testing.Infrastructure;
import dev.slipway.event.EventJson;
import dev.slipway.messaging.MessagingBeans;
import dev.slipway.release.engine.Engine;
import dev.slipway.release.engine.Input;
import dev.slipway.release.engine.Release;
import dev.slipway.release.plan.FakeOperations;
import dev.slipway.release.plan.PlanStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.ds.PGSimpleDataSource;

/** A database in which Slipway 0.1 stored plans and releases, and which is brought to the present. */
class UpgradeTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden/0.1");

    /** The last migration before plans had a format. */
    private static final String BEFORE = "1.22";

    private static final JsonMapper MAPPER = mapper();

    private final PGSimpleDataSource database = new PGSimpleDataSource();
    private Handle handle;

    private static JsonMapper mapper() {
        var mapper = EventJson.mapper().copy();
        mapper.registerSubtypes(Input.class.getPermittedSubclasses());
        return mapper;
    }

    @BeforeEach
    void makeDatabase() {
        var address = Infrastructure.shared().freshDatabase();
        database.setUrl(address.jdbcUrl());
        database.setUser(address.user());
        database.setPassword(address.password());
        handle = MessagingBeans.database(database).open();
    }

    @AfterEach
    void close() {
        handle.close();
    }

    private void migrate(String target) {
        Flyway.configure()
                .dataSource(database)
                .locations("db/messaging", "db/migration")
                .outOfOrder(true)
                .target(target)
                .load()
                .migrate();
    }

    static Stream<Path> stories() throws IOException {
        try (var files = Files.list(GOLDEN)) {
            return files.sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("stories")
    void everyReleaseThatWasUnderWayGoesOnByThePlanThatItHad(Path story) throws IOException {
        // Given
        var golden = MAPPER.readTree(story.toFile());
        var chapters = golden.get("chapters");
        migrate(BEFORE);
        store(golden.get("plan").asText());
        var ids = IntStream.range(0, chapters.size())
                .mapToObj(n -> store(chapters.get(n).get("release"), n))
                .toList();

        // When
        migrate("latest");

        // Then
        var end = MAPPER.treeToValue(chapters.get(chapters.size() - 1).get("release"), Release.class);
        for (var n = 0; n < chapters.size(); n++) {
            var release = new ReleaseStore().find(handle, ids.get(n)).orElseThrow();
            assertThat(goneOn(release, chapters, n + 1))
                    .usingRecursiveComparison()
                    // Who approved, 0.1 did not keep in the state.
                    .ignoringFields("steps.approvers")
                    .isEqualTo(end);
        }
    }

    private Release goneOn(Release from, JsonNode chapters, int first) throws IOException {
        var plan =
                new PlanStore(new FakeOperations(), Clock.systemUTC()).plan(handle, from.subject(), from.planVersion());
        var release = from;
        for (var n = first; n < chapters.size(); n++) {
            var input = MAPPER.treeToValue(chapters.get(n).get("input"), Input.class);
            var at = Instant.parse(chapters.get(n).get("at").asText());
            release = Engine.decide(plan, release, input, at).release();
        }
        return release;
    }

    // ---- as 0.1 stored them ----

    private void store(String yaml) {
        handle.execute("""
                INSERT INTO plan (application, environment, version, yaml, stored_at, stored_by)
                VALUES ('shop', 'production', 3, ?, now(), 'operator')
                """, yaml);
    }

    /** Each under an id of its own, and in an environment of its own: one may be active in each. */
    private UUID store(JsonNode release, int number) {
        var id = new UUID(0x7000, number);
        handle.execute(
                """
                INSERT INTO release (id, application, environment, version, state, revision, progress, requested_at)
                VALUES (?, 'shop', ?, '1.4.0', ?, ?, ?::jsonb, now())
                """,
                id,
                "e" + number,
                release.get("state").asText(),
                release.get("revision").asLong(),
                release.toString());
        return id;
    }
}
