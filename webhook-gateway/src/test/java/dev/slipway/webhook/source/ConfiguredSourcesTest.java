package dev.slipway.webhook.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.tuple;

import dev.slipway.webhook.forward.Signing;
import dev.slipway.webhook.scheme.KnownScheme;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.SmallRyeConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfiguredSourcesTest {

    private static final Instant NOW = Instant.parse("2026-11-20T10:15:30Z");

    private static final String SIGNING_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final String OTHER_SIGNING_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    @TempDir
    Path folder;

    @Test
    void aSourceNeedsNothingButASchemeAndASecret() {
        // When
        var source = properties(Map.of("stripe.scheme", "stripe", "stripe.secrets", "whsec_number_1"))
                .get("stripe");

        // Then
        assertThat(source.scheme()).isEqualTo(KnownScheme.STRIPE);
        assertThat(source.subject()).isEqualTo("stripe");
        assertThat(source.validSecrets(NOW)).hasSize(1);
        assertThat(source.largestBody()).isEqualTo(1024 * 1024);
        assertThat(source.origin()).isEqualTo(new Origin.Configuration("slipway.webhook.sources.stripe.*"));
    }

    @Test
    void everythingCanBeSetByProperties() {
        // When
        var source = properties(Map.ofEntries(
                        Map.entry("\"eu.pay\".scheme", "STRIPE"),
                        Map.entry("\"eu.pay\".secrets", "whsec_number_1, whsec_number_2"),
                        Map.entry("\"eu.pay\".old-secrets", "whsec_number_0"),
                        Map.entry("\"eu.pay\".old-secrets-expire-at", "2026-11-20T10:15:30Z"),
                        Map.entry("\"eu.pay\".environment", " solacore/production "),
                        Map.entry("\"eu.pay\".tolerance", "off"),
                        Map.entry("\"eu.pay\".largest-body", "2M"),
                        Map.entry("\"eu.pay\".rate-limit.per-second", "50"),
                        Map.entry("\"eu.pay\".rate-limit.burst", "75"),
                        Map.entry("\"eu.pay\".sender-rate-limit.per-second", "5"),
                        Map.entry("\"eu.pay\".retention", "60d"),
                        Map.entry("\"eu.pay\".dedupe-window", "48h")))
                .get("eu.pay");

        // Then
        assertThat(source.subject()).isEqualTo("solacore/production");
        assertThat(source.validSecrets(NOW.minusMillis(1))).hasSize(3);
        assertThat(source.validSecrets(NOW)).hasSize(2);
        assertThat(source.tolerance()).isEmpty();
        assertThat(source.largestBody()).isEqualTo(2 * 1024 * 1024);
        assertThat(source.rateLimit()).hasValue(new RateLimit(50, 75));
        assertThat(source.senderRateLimit()).hasValue(new RateLimit(5, 5));
        assertThat(source.retention()).isEqualTo(Duration.ofDays(60));
        assertThat(source.dedupeWindow()).isEqualTo(Duration.ofDays(2));
    }

    @Test
    void everythingCanBeSetByVariables() {
        // Given
        var variables = Map.of(
                "SLIPWAY_WEBHOOK_SOURCES_PAY_SCHEME", "stripe",
                "SLIPWAY_WEBHOOK_SOURCES_PAY_SECRETS", "whsec_number_1",
                "SLIPWAY_WEBHOOK_SOURCES_PAY_LARGEST_BODY", "2M",
                "SLIPWAY_WEBHOOK_SOURCES_PAY_SENDER_RATE_LIMIT_PER_SECOND", "5",
                "SLIPWAY_WEBHOOK_SOURCES_PAY_SENDER_RATE_LIMIT_BURST", "10");

        // When
        var source = configured(Replica.environment(new EnvConfigSource(variables, 300)))
                .get("pay");

        // Then
        assertThat(source.largestBody()).isEqualTo(2 * 1024 * 1024);
        assertThat(source.senderRateLimit()).hasValue(new RateLimit(5, 10));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", " , "})
    void aSourceOfPropertiesWithoutSecretDoesNotExist(String secrets) {
        // When
        var sources = properties(Map.of("stripe.scheme", "stripe", "stripe.secrets", secrets));

        // Then
        assertThat(sources).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            tolerance             | 5 min      | slipway.webhook.sources.stripe.tolerance: '5 min' is not a duration
            tolerence             | 5m         | slipway.webhook.sources.stripe.tolerence: 'tolerence' is unknown; did you mean 'tolerance'?
            scheme                | strip      | slipway.webhook.sources.stripe.scheme: 'strip' is unknown; did you mean 'stripe'?
            environment           | production | slipway.webhook.sources.stripe.environment: 'production' is not of the form application/environment
            largest-body          | 1G         | slipway.webhook.sources.stripe.largest-body: '1G' is not a size
            rate-limit.per-second | many       | slipway.webhook.sources.stripe.rate-limit.per-second: 'many' is not a whole number
            rate-limit.brust      | 5          | slipway.webhook.sources.stripe.rate-limit.brust: 'brust' is unknown; did you mean 'burst'?
            old-secrets           | whsec_number_0    | slipway.webhook.sources.stripe.old-secrets-expire-at: is missing
            options.header        | X          | slipway.webhook.sources.stripe.options: The scheme 'stripe' has no option 'header'
            """)
    void aWrongPropertyIsToldWithItsName(String property, String value, String message) {
        // Given
        var properties = new HashMap<>(Map.of("stripe.scheme", "stripe", "stripe.secrets", "whsec_number_1"));
        properties.put("stripe." + property, value);

        // Then
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> properties(properties))
                .withMessageContaining(message)
                .withMessageNotContaining("whsec_number_1");
    }

    @Test
    void anEmojiInAFileIsReadWhereverItStands() {
        // Given: where the YAML library's buffer ends
        var file = write("sources.yaml", """
                #%s\uD83D\uDE80
                sources: [{ name: stripe-eu, scheme: stripe, secrets: [whsec_number_1] }]
                """.formatted("-".repeat(1023)));

        // When
        var sources = file(file, Map.of());

        // Then
        assertThat(sources.get("stripe-eu").secrets()).hasSize(1);
    }

    @Test
    void aFileHasSourcesInTheFormOfTheApi() {
        // Given
        write("stripe-secret", "whsec_number_3\n");
        var file = write("sources.yaml", """
                sources:
                  - name: stripe-eu
                    scheme: stripe
                    application: solacore
                    environment: production
                    tolerance: off
                    largestBody: 2M
                    rateLimit: { perSecond: 50 }
                    secrets:
                      - whsec_number_1
                      - env: STRIPE_EU_WEBHOOK_SECRET
                        expiresAt: 2026-11-20T10:15:30Z
                      - file: stripe-secret
                """);

        // When
        var source = file(file, Map.of("STRIPE_EU_WEBHOOK_SECRET", "whsec_${secret}"))
                .get("stripe-eu");

        // Then
        assertThat(source.subject()).isEqualTo("solacore/production");
        assertThat(source.tolerance()).isEmpty();
        assertThat(source.validSecrets(NOW.minusMillis(1))).hasSize(3);
        assertThat(source.validSecrets(NOW)).hasSize(2);
        assertThat(source.secrets())
                .extracting(SourceSecret::kind, SourceSecret::reference)
                .containsExactly(
                        tuple(SourceSecret.Kind.CONFIGURED, Optional.empty()),
                        tuple(SourceSecret.Kind.ENV, Optional.of("STRIPE_EU_WEBHOOK_SECRET")),
                        tuple(SourceSecret.Kind.FILE, Optional.of("stripe-secret")));
        assertThat(source.origin()).isEqualTo(new Origin.Configuration(file.toString()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            sources: 5                                                        | sources.yaml: sources: must be a list
            source: []                                                        | sources.yaml: source: 'source' is unknown; did you mean 'sources'?
            `- a`                                                             | sources.yaml: must be an object
            `sources: [{name: a, scheme: strip, secrets: [whsec_number_1]}]`         | sources.yaml: sources[0].scheme: 'strip' is unknown; did you mean 'stripe'?
            `sources: [{name: a, scheme: stripe}]`                            | sources.yaml: sources[0].secrets: is missing
            `sources: [{name: a, scheme: stripe, secrets: [{env: A_WEBHOOK_SECRET}]}]` | sources.yaml: sources[0].secrets[0]: The gateway's environment has no variable A_WEBHOOK_SECRET
            `sources: [{name: a, scheme: stripe, secrets: [{file: nothing}]}]` | sources.yaml: sources[0].secrets[0]: The gateway's environment has no secret file nothing
            `sources: [{name: a, scheme: stripe, secrets: [{file: empty}]}]`  | sources.yaml: sources[0].secrets[0]: The gateway's environment has no secret file empty
            `sources: [{name: a, scheme: stripe, secrets: [{file: folder}]}]` | sources.yaml: sources[0].secrets[0]: The gateway's environment has no secret file folder
            `sources: [{name: a, scheme: stripe, secrets: [{id: 01890a5d-ac96-774b-bcce-b302099a8057}]}]` | sources.yaml: sources[0].secrets[0]: needs 'value', 'env' or 'file'
            `sources: [{name: stripe, scheme: stripe, secrets: [whsec_number_1]}]`   | sources.yaml: sources[0].name: 'stripe' is configured already
            `sources: [{name: a, name: whsec_number_1}]`                             | sources.yaml: line 1, column 21: is not YAML: found duplicate key
            `sources: [whsec_number_1]`                                              | sources.yaml: sources[0]: must be an object
            `sources: [whsec_number_1`                                               | sources.yaml: line 2, column 1: is not YAML
            """)
    void aWrongFileIsToldWithItsName(String yaml, String message) {
        // Given
        write("empty", " \n");
        createFolder("folder");
        var file = write("sources.yaml", yaml + "\n");

        // Then
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> file(
                        file,
                        Map.of(
                                "slipway.webhook.sources.stripe.scheme", "stripe",
                                "slipway.webhook.sources.stripe.secrets", "whsec_number_0")))
                .withMessageContaining(message)
                .withMessageNotContainingAny("whsec_number_0", "whsec_number_1");
    }

    @Test
    void secretsThatSupabaseHasJoinedAllCount() {
        // Given
        var joined = "v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw|v1,whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        var file = write("sources.yaml", """
                sources:
                  - { name: as-text, scheme: supabase-auth, secrets: ["%s"] }
                  - { name: as-reference, scheme: supabase-auth, secrets: [{ env: HOOK_WEBHOOK_SECRET }] }
                """.formatted(joined));

        // When
        var sources = file(
                file,
                Map.of(
                        "HOOK_WEBHOOK_SECRET", joined,
                        "slipway.webhook.sources.as-property.scheme", "supabase-auth",
                        "slipway.webhook.sources.as-property.secrets", joined));

        // Then
        assertThat(sources.values())
                .hasSize(3)
                .allSatisfy(source -> assertThat(source.validSecrets(NOW)).hasSize(2));
    }

    @Test
    void aCommaOfASecretCanBeWritten() {
        // When
        var source = properties(Map.of("shop.scheme", "shared-secret", "shop.secrets", "nobody\\,can\\,guess\\,this"))
                .get("shop");

        // Then
        assertThat(source.validSecrets(NOW)).hasSize(1);
    }

    @Test
    void aSecretThatCouldBeGuessedIsRefusedAtTheStart() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> properties(Map.of("github.scheme", "github", "github.secrets", "hunter2")))
                .withMessageContaining(
                        "slipway.webhook.sources.github.secrets: A secret of the scheme 'github' is too short")
                .withMessageNotContaining("hunter2");
    }

    @Test
    void aFileThatIsNotThereIsToldWithItsName() {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> file(folder.resolve("nowhere.yaml"), Map.of()))
                .withMessageContaining("nowhere.yaml: cannot be read; SLIPWAY_SOURCES_FILE must name a file");
    }

    @Test
    void allThatIsWrongIsToldAtOnce() {
        // Given
        var file = write("sources.yaml", "sources: [{name: A, scheme: stripe, secrets: [whsec_number_1]}, {name: b}]");

        // Then
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> file(file, Map.of("slipway.webhook.sources.c.scheme", "strip")))
                .withMessageContainingAll("sources.c.scheme", "sources[0].name", "sources[1].scheme");
    }

    private static Map<String, Source> properties(Map<String, String> ofSources) {
        var properties = new HashMap<String, String>();
        ofSources.forEach((name, value) -> properties.put("slipway.webhook.sources." + name, value));
        return configured(Replica.environment(properties));
    }

    @Test
    void endpointsCanBeSetByProperties() {
        // When
        var source = properties(Map.ofEntries(
                        Map.entry("stripe.scheme", "stripe"),
                        Map.entry("stripe.secrets", "whsec_number_1"),
                        Map.entry("stripe.forward-to.shop.url", "https://shop.example/hooks"),
                        Map.entry("stripe.forward-to.shop.secrets", SIGNING_SECRET + ", " + OTHER_SIGNING_SECRET),
                        Map.entry("stripe.forward-to.shop.schedule", "5s, 1m"),
                        Map.entry("stripe.forward-to.shop.timeout", "3s"),
                        Map.entry("stripe.forward-to.shop.ordered", "true"),
                        Map.entry("stripe.forward-to.shop.concurrency", "2"),
                        Map.entry("stripe.forward-to.shop.types", "invoice.*"),
                        Map.entry("stripe.forward-to.books.url", "https://books.example"),
                        Map.entry("stripe.forward-to.books.signing", "original")))
                .get("stripe");

        // Then
        assertThat(source.endpoints())
                .extracting(SourceEndpoint::endpoint)
                .filteredOn(endpoint -> endpoint.name().equals("shop"))
                .singleElement()
                .satisfies(shop -> {
                    assertThat(shop.url()).hasToString("https://shop.example/hooks");
                    assertThat(shop.signing())
                            .isInstanceOfSatisfying(
                                    Signing.StandardWebhooks.class,
                                    signing -> assertThat(signing.secrets()).hasSize(2));
                    assertThat(shop.schedule()).containsExactly(Duration.ofSeconds(5), Duration.ofMinutes(1));
                    assertThat(shop.timeout()).isEqualTo(Duration.ofSeconds(3));
                    assertThat(shop.ordered()).isTrue();
                    assertThat(shop.concurrency()).isEqualTo(2);
                    assertThat(shop.types()).containsExactly("invoice.*");
                });
        assertThat(source.endpointsFor("invoice.paid")).containsExactlyInAnyOrder("shop", "books");
        assertThat(source.endpointsFor("charge.failed")).containsExactly("books");
    }

    @Test
    void endpointsCanStandInTheFile() {
        // Given
        var file = write("sources.yaml", """
                sources:
                  - name: payments
                    scheme: stripe
                    secrets: [whsec_number_1]
                    forwardTo:
                      - name: shop
                        url: https://shop.example
                        schedule: [5s]
                        secrets: [{ value: %s, expiresAt: "2030-01-01T00:00:00Z" }]
                """.formatted(SIGNING_SECRET));

        // When
        var endpoint = file(file, Map.of()).get("payments").endpoints().getFirst();

        // Then
        assertThat(endpoint.endpoint().schedule()).containsExactly(Duration.ofSeconds(5));
        assertThat(endpoint.secrets())
                .extracting(secret -> secret.kind(), secret -> secret.state(NOW))
                .containsExactly(tuple(SourceSecret.Kind.CONFIGURED, SourceSecret.State.VALID));
    }

    @Test
    void aConfiguredEndpointNeedsASecretAsNobodyIsThereToBeShownOne() {
        // When
        var refused = catchThrowable(() -> properties(Map.of(
                "stripe.scheme", "stripe",
                "stripe.secrets", "whsec_number_1",
                "stripe.forward-to.shop.url", "https://shop.example")));

        // Then
        assertThat(refused)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("forward-to[0].secrets: is missing");
    }

    private Map<String, Source> file(Path file, Map<String, String> more) {
        var properties = new HashMap<>(more);
        properties.put("slipway.webhook.setup.sources-file", file.toString());
        properties.put("slipway.webhook.setup.secret-folder", folder.toString());
        return configured(Replica.environment(properties));
    }

    private static Map<String, Source> configured(SmallRyeConfig environment) {
        var setup = environment.getConfigMapping(SetupConfig.class);
        var references = new SecretReferences(environment, setup);
        return new ConfiguredSources(
                        environment.getConfigMapping(SourcesConfig.class),
                        setup,
                        new SourceReader(Replica.DEFAULTS, new SecretReader(references)),
                        references)
                .byName();
    }

    private Path write(String name, String content) {
        try {
            return Files.writeString(folder.resolve(name), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void createFolder(String name) {
        try {
            Files.createDirectory(folder.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
