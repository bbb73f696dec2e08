package dev.slipway.webhook.source;

import static dev.slipway.webhook.source.Replica.KEY;
import static dev.slipway.webhook.source.Replica.OTHER_KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.slipway.http.ProblemException;
import dev.slipway.webhook.forward.Signing;
import dev.slipway.webhook.source.Replica.Database;
import dev.slipway.webhook.source.SourceSecret.State;
import io.quarkus.runtime.StartupEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On a real PostgreSQL: what several replicas make of the same database, with the right keys and with wrong ones. */
class SourcesTest {

    private static final String STRIPE = """
            {"name": "pay", "scheme": "stripe", "secrets": ["whsec_number_1", {"env": "PAY_WEBHOOK_SECRET"}]}""";

    private static final Instant NOW = Instant.now();

    private final Database database = Replica.freshDatabase();

    @Test
    void aReplicaSeesWhatAnotherHasSetUpChangedAndDeleted() {
        // Given
        var one = Replica.started(database, KEY);
        var other = Replica.started(database, KEY);

        // When
        one.create(STRIPE);
        other.sources.refresh();
        var setUp = other.sources.find("pay");
        one.store.replace(
                one.draft("{\"name\": \"pay\", \"scheme\": \"stripe\", \"retention\": \"7d\"}"), Optional.empty());
        other.sources.refresh();
        var changed = other.sources.find("pay");
        one.store.delete("pay", Optional.empty());
        other.sources.refresh();

        // Then
        assertThat(setUp).hasValueSatisfying(source -> {
            assertThat(source.retention().toDays()).isEqualTo(30);
            assertThat(source.validSecrets(NOW)).hasSize(1);
        });
        assertThat(changed).hasValueSatisfying(source -> {
            assertThat(source.retention().toDays()).isEqualTo(7);
            assertThat(source.validSecrets(NOW))
                    .as("secrets that are left out stay")
                    .hasSize(1);
        });
        assertThat(other.sources.find("pay")).isEmpty();
    }

    @Test
    void aSecretThatAnotherReplicaHasJustMadeForAnEndpointIsNotReplacedByAnother() {
        // Given
        var one = Replica.started(database, KEY);
        var other = Replica.started(database, KEY);
        one.create(STRIPE);
        other.sources.refresh();
        var withEndpoint = """
                {"name": "pay", "scheme": "stripe", "forwardTo": [{"name": "shop", "url": "https://shop.example"}]}""";
        var made = one.store.replace(one.draft(withEndpoint), Optional.empty());

        // When
        var again = other.store.replace(other.draft(withEndpoint), Optional.empty());

        // Then
        assertThat(made.made()).containsOnlyKeys("shop");
        assertThat(again.made()).isEmpty();
        assertThat(again.source().endpoints().getFirst().secrets())
                .usingRecursiveFieldByFieldElementComparatorIgnoringFields("value")
                .isEqualTo(made.source().endpoints().getFirst().secrets());
    }

    @Test
    void deliveriesCanBeKeptForAsLongAsASourceSaysBeforeItTakesAny() {
        // Given
        var replica = Replica.started(database, KEY);

        // When
        replica.create(STRIPE.replace("\"secrets\"", "\"retention\": \"77d\", \"secrets\""));

        // Then
        assertThat(replica.kept).containsExactly(77);
    }

    @Test
    void aReplicaThatStartsHasTheSourcesBeforeItServes() {
        // Given
        Replica.started(database, KEY).create(STRIPE);

        // When
        var other = Replica.started(database, KEY);

        // Then
        assertThat(other.sources.find("pay")).isPresent();
    }

    @Test
    void whileNothingChangesNothingIsReadAnew() {
        // Given
        var replica = Replica.started(database, KEY);
        replica.create(STRIPE);
        var before = replica.sources.find("pay").orElseThrow();

        // When
        replica.sources.refresh();

        // Then
        assertThat(replica.sources.find("pay")).containsSame(before);
    }

    @Test
    void noTableHoldsASecretAsItIs() {
        // Given
        var replica = Replica.started(database, KEY);
        replica.create("{\"name\": \"pay\", \"scheme\": \"stripe\", \"secrets\": [\"whsec_plain_secret\"]}");

        // When
        var dump = dump(replica);

        // Then
        assertThat(dump).contains("pay", "STORED").doesNotContain("whsec_plain_secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {OTHER_KEY, ""})
    void withoutTheRightKeyASourceIsThereButIncomplete(String key) {
        // Given
        Replica.started(database, KEY).create(STRIPE);

        // When
        var source = Replica.started(database, key).sources.find("pay").orElseThrow();

        // Then
        assertThat(source.state(NOW)).isEqualTo(Source.State.INCOMPLETE);
        assertThat(source.validSecrets(NOW)).isEmpty();
        assertThat(source.secrets())
                .extracting(secret -> secret.state(NOW))
                .containsExactly(State.UNREADABLE, State.MISSING);
        assertThat(source.secrets().getFirst().problem())
                .hasValueSatisfying(problem -> assertThat(problem).contains("SLIPWAY_ENCRYPTION_KEY"));
    }

    @Test
    void thatASecretCannotBeUsedIsLoggedOnce() {
        // Given
        Replica.started(database, KEY).create(STRIPE);
        var log = new ArrayList<String>();
        var handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                log.add(record.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger.getLogger(Sources.class.getName()).addHandler(handler);

        // When
        var replica = Replica.started(database, OTHER_KEY);
        replica.create(STRIPE.replace("pay", "other"));
        Logger.getLogger(Sources.class.getName()).removeHandler(handler);

        // Then
        assertThat(log)
                .filteredOn(line -> line.contains("SLIPWAY_ENCRYPTION_KEY"))
                .singleElement()
                .asString()
                .contains("The source pay lacks a secret");
    }

    @Test
    void secretsAreEncryptedAnewWithTheFirstKeySoThatTheOldOneCanGo() {
        // Given
        Replica.started(database, OTHER_KEY).create(STRIPE);

        // When
        Replica.started(database, KEY + "," + OTHER_KEY);

        // Then
        assertThat(Replica.started(database, KEY)
                        .sources
                        .find("pay")
                        .orElseThrow()
                        .validSecrets(NOW))
                .hasSize(1);
        assertThat(Replica.started(database, OTHER_KEY)
                        .sources
                        .find("pay")
                        .orElseThrow()
                        .validSecrets(NOW))
                .isEmpty();
    }

    @Test
    void aCiphertextThatWasPutInAnothersPlaceIsNoSecret() {
        // Given
        var replica = Replica.started(database, KEY);
        replica.create(STRIPE);
        replica.create(STRIPE.replace("pay", "other").replace("whsec_number_1", "whsec_number_2"));

        // When
        replica.jdbi.useHandle(handle -> handle.execute("""
                UPDATE source_secret SET content = (
                    SELECT content FROM source_secret WHERE source = 'other' AND kind = 'STORED')
                WHERE source = 'pay' AND kind = 'STORED'
                """));

        // Then
        assertThat(Replica.started(database, KEY)
                        .sources
                        .find("pay")
                        .orElseThrow()
                        .validSecrets(NOW))
                .isEmpty();
    }

    @Test
    void aCiphertextThatIsBrokenIsNoSecretAndTheGatewayStarts() {
        // Given
        var replica = Replica.started(database, KEY);
        replica.create(STRIPE);

        // When
        replica.jdbi.useHandle(
                handle -> handle.execute("UPDATE source_secret SET content = '-' WHERE kind = 'STORED'"));

        // Then
        assertThat(Replica.started(database, KEY)
                        .sources
                        .find("pay")
                        .orElseThrow()
                        .validSecrets(NOW))
                .isEmpty();
    }

    @Test
    void withoutAKeyNoSecretIsTakenButAReferenceIs() {
        // Given
        var replica = Replica.started(database, "");

        // Then
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> replica.create(STRIPE))
                .withMessageContaining("openssl rand -base64 32")
                .satisfies(e -> assertThat(e.problem().status()).isEqualTo(422));
        assertThat(replica.store.load().sources()).isEmpty();
        assertThat(replica.create("""
                {"name": "pay", "scheme": "stripe", "secrets": [{"env": "PAY_WEBHOOK_SECRET"}]}""").name()).isEqualTo("pay");
    }

    @Test
    void aVariableThatIsSetLaterCountsFromTheNextStartOn() {
        // Given
        Replica.started(database, KEY).create("""
                {"name": "pay", "scheme": "stripe", "secrets": [{"env": "PAY_WEBHOOK_SECRET"}]}""");

        // When
        var replica = new Replica(database, Map.of("PAY_WEBHOOK_SECRET", "whsec_number_1"));
        replica.sources.start(new StartupEvent());

        // Then
        assertThat(replica.sources.find("pay").orElseThrow().state(NOW)).isEqualTo(Source.State.READY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"value\": \"%s\"}", "{\"env\": \"HOOK_WEBHOOK_SECRET\"}"})
    void secretsThatSupabaseHasJoinedAllCount(String secret) {
        // Given
        var joined = "v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw|v1,whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        var replica = new Replica(
                database, Map.of("slipway.webhook.setup.encryption-key", KEY, "HOOK_WEBHOOK_SECRET", joined));

        // When
        var source = replica.create("""
                {"name": "hook", "scheme": "supabase-auth", "secrets": [%s]}""".formatted(secret.formatted(joined)));

        // Then
        assertThat(source.secrets()).extracting(it -> it.state(NOW)).containsExactly(State.VALID);
        assertThat(source.validSecrets(NOW)).hasSize(2);
    }

    @Test
    void whatIsStoredCannotMakeAnEndpointSignWithTheSecretOfASenderEither() {
        // Given
        var signing = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        var replica = new Replica(database, Map.of("CLERK_WEBHOOK_SECRET", signing, "SHOP_FORWARD_SECRET", signing));
        replica.create("""
                {"name": "pay", "scheme": "stripe", "forwardTo": [
                  {"name": "shop", "url": "https://shop.example", "secrets": [{"env": "SHOP_FORWARD_SECRET"}]}]}""");
        var before = replica.sources.find("pay").orElseThrow().endpoints().getFirst();
        replica.jdbi.useHandle(handle -> handle.execute("UPDATE source_secret SET content = 'CLERK_WEBHOOK_SECRET'"));

        // When
        var after = replica.store.load().sources().getFirst().endpoints().getFirst();

        // Then
        assertThat(before.secrets()).extracting(secret -> secret.state(NOW)).containsExactly(State.VALID);
        assertThat(after.secrets()).extracting(secret -> secret.state(NOW)).containsExactly(State.UNREADABLE);
        assertThat(after.endpoint().signing()).isEqualTo(new Signing.StandardWebhooks(List.of()));
    }

    @Test
    void theConfigurationCountsBeforeTheApi() {
        // Given
        Replica.started(database, KEY).create(STRIPE);

        // When
        var replica = new Replica(
                database,
                Map.of(
                        "slipway.webhook.sources.pay.scheme", "stripe",
                        "slipway.webhook.sources.pay.secrets", "whsec_number_1"));
        replica.sources.start(new StartupEvent());

        // Then
        assertThat(replica.sources.all())
                .singleElement()
                .satisfies(source -> assertThat(source.origin())
                        .isEqualTo(new Origin.Configuration("slipway.webhook.sources.pay.*")));
    }

    @Test
    void whileTheDatabaseIsAwayTheSourcesStayAsTheyWere() {
        // Given
        var replica = Replica.started(database, KEY);
        replica.create(STRIPE);
        Replica.started(database, KEY).create(STRIPE.replace("pay", "other"));

        // When
        database.away = true;
        replica.sources.refresh();
        var during = replica.sources.all().stream().map(Source::name).toList();
        database.away = false;
        replica.sources.refresh();

        // Then
        assertThat(during).containsExactly("pay");
        assertThat(replica.sources.all()).extracting(Source::name).containsExactly("other", "pay");
    }

    @Test
    void aSourceThatThisVersionCannotReadDoesNotKeepTheOthersFromServing() {
        // Given
        var replica = Replica.started(database, KEY);
        replica.create(STRIPE);
        replica.create("{\"name\": \"other\", \"scheme\": \"stripe\"}");
        replica.jdbi.useHandle(handle -> handle.execute(
                "UPDATE source SET definition = definition || '{\"from\": \"the future\"}' WHERE name = 'pay'"));

        // When
        var older = Replica.started(database, KEY);

        // Then
        assertThat(older.sources.all()).extracting(Source::name).containsExactly("other");
        assertThat(older.sources.isUnreadable("pay")).isTrue();
        assertThat(older.sources.problem("pay"))
                .hasValueSatisfying(problem -> assertThat(problem).contains("from", "PUT /api/v1/sources/pay"));
        assertThat(older.sources.isUnreadable("nobody")).isFalse();
    }

    private static String dump(Replica replica) {
        return replica.jdbi.withHandle(handle -> {
            var dump = new StringBuilder();
            for (var table : handle.createQuery(
                            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
                    .mapTo(String.class)
                    .list()) {
                handle.createQuery("SELECT CAST(it AS text) FROM \"" + table + "\" AS it")
                        .mapTo(String.class)
                        .forEach(row -> dump.append(table).append(row).append('\n'));
            }
            return dump.toString();
        });
    }
}
