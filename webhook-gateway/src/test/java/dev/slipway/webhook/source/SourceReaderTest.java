package dev.slipway.webhook.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.slipway.event.Subject;
import dev.slipway.webhook.scheme.KnownScheme;
import dev.slipway.webhook.source.SecretDraft.Added;
import dev.slipway.webhook.source.SecretDraft.Content;
import dev.slipway.webhook.source.SecretDraft.Kept;
import dev.slipway.webhook.source.SourceSecret.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SourceReaderTest {

    private static final JsonMapper LENIENT = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES, JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES)
            .build();

    @Test
    void whatIsLeftOutHasItsDefault() {
        // When
        var draft = read("{name: 'stripe', scheme: 'stripe'}");

        // Then
        assertThat(draft.settings())
                .isEqualTo(new SourceSettings(
                        "stripe",
                        KnownScheme.STRIPE,
                        Optional.empty(),
                        Optional.of(Duration.ofMinutes(5)),
                        Map.of(),
                        1024 * 1024,
                        Optional.empty(),
                        Optional.empty(),
                        Duration.ofDays(30),
                        Duration.ofDays(30)));
        assertThat(draft.secrets()).isEmpty();
    }

    @Test
    void everythingCanBeChosen() {
        // When
        var draft = read("""
                {name: 'stripe-eu', scheme: 'STRIPE', application: 'solacore', environment: 'production',
                 tolerance: '10m', largestBody: '4M', rateLimit: {perSecond: 100, burst: 200},
                 senderRateLimit: {perSecond: '5'}, retention: '90d', dedupeWindow: '72h',
                 secrets: ['whsec_number_1', {value: 'whsec_number_2', expiresAt: '2026-12-01T00:00:00Z'},
                           {env: 'STRIPE_EU_WEBHOOK_SECRET'}, {id: '01890a5d-ac96-774b-bcce-b302099a8057'}]}""");

        // Then
        assertThat(draft.settings())
                .isEqualTo(new SourceSettings(
                        "stripe-eu",
                        KnownScheme.STRIPE,
                        Optional.of(new Subject("solacore", "production")),
                        Optional.of(Duration.ofMinutes(10)),
                        Map.of(),
                        4 * 1024 * 1024,
                        Optional.of(new RateLimit(100, 200)),
                        Optional.of(new RateLimit(5, 5)),
                        Duration.ofDays(90),
                        Duration.ofDays(3)));
        assertThat(draft.secrets())
                .hasValue(List.of(
                        new Added(new Content(Kind.STORED, "whsec_number_1"), Optional.empty()),
                        new Added(
                                new Content(Kind.STORED, "whsec_number_2"),
                                Optional.of(Instant.parse("2026-12-01T00:00:00Z"))),
                        new Added(new Content(Kind.ENV, "STRIPE_EU_WEBHOOK_SECRET"), Optional.empty()),
                        new Kept(UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8057"), Optional.empty())));
    }

    @Test
    void anEnvironmentMayBeWrittenAsOne() {
        // When
        var draft = read("{name: 'stripe', scheme: 'stripe', environment: 'solacore/production'}");

        // Then
        assertThat(draft.settings().environment()).hasValue(new Subject("solacore", "production"));
    }

    @Test
    void theToleranceCanBeSwitchedOff() {
        // When
        var draft = read("{name: 'stripe', scheme: 'stripe', tolerance: 'off'}");

        // Then
        assertThat(draft.settings().tolerance()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {name: null}                                        | name                 | is missing
            {name: 'Stripe'}                                    | name                 | must be 1 to 63 lower-case letters
            {name: 'a/b'}                                       | name                 | must be 1 to 63 lower-case letters
            {name: ['stripe']}                                  | name                 | must be a text
            {schema: 'stripe'}                                  | schema               | 'schema' is unknown; did you mean 'scheme'?
            {scheme: null}                                      | scheme               | is missing
            {scheme: 'strip'}                                   | scheme               | 'strip' is unknown; did you mean 'stripe'?
            {application: 'solacore'}                           | environment          | is missing
            {environment: 'production'}                         | environment          | is not of the form application/environment
            {application: 'solacore', environment: 'Prod'}      | environment          | must be 1 to 63 lower-case letters
            {tolerance: '5 minutes'}                            | tolerance            | write it like 500ms, 30s
            {tolerance: '0s'}                                   | tolerance            | must be between 1s and 1d
            {tolerance: '25h'}                                  | tolerance            | must be between 1s and 1d
            {options: 'none'}                                   | options              | must be an object
            {scheme: 'hmac'}                                    | options              | needs the option 'header'
            {scheme: 'shared-secret', options: {'event-id': 'body.id', event_id: 'body.id'}} | options | stands there twice
            {options: {header: {}}}                             | options.header       | must be a text
            {largestBody: 'big'}                                | largestBody          | write it like 65536, 256K or 4M
            {largestBody: 1023}                                 | largestBody          | must be between 1K and 16M
            {largestBody: '17M'}                                | largestBody          | must be between 1K and 16M
            {largestBody: -1}                                   | largestBody          | write it like 65536, 256K or 4M
            {rateLimit: 5}                                      | rateLimit            | must be an object
            {rateLimit: {burst: 5}}                             | rateLimit.perSecond  | is missing
            {rateLimit: {perSecond: 0}}                         | rateLimit.perSecond  | must be between 1 and 100000
            {rateLimit: {perSecond: 1.5}}                       | rateLimit.perSecond  | is not a whole number
            {rateLimit: {perSecond: 5, brust: 5}}               | rateLimit.brust      | did you mean 'burst'?
            {senderRateLimit: {perSecond: 5, burst: 100001}}    | senderRateLimit.burst | must be between 1 and 100000
            {retention: '36h'}                                  | retention            | must be whole days
            {retention: '0d'}                                   | retention            | must be between 1d and 3650d
            {retention: '10d', dedupeWindow: '11d'}             | dedupeWindow         | must be between 1m and 10d
            {dedupeWindow: '31d'}                               | dedupeWindow         | must be between 1m and 30d
            {dedupeWindow: '59s'}                               | dedupeWindow         | must be between 1m and 30d
            {secrets: 'whsec_number_1'}                                | secrets              | must be a list
            {secrets: ['whsec_number_1', 'whsec_number_2', 'whsec_number_3', 'whsec_number_4', 'whsec_number_5', 'whsec_number_6', 'whsec_number_7', 'whsec_number_8', 'whsec_number_9', 'whsec_number_10', 'whsec_number_11']} | secrets | must be at most 10
            {secrets: ['whsec_number_1', 'whsec_number_1']}                   | secrets              | must not have one twice
            {secrets: [5]}                                      | secrets[0]           | must be a text, or an object
            {secrets: ['']}                                     | secrets[0]           | has another form
            {secrets: ['whsec_x']}                              | secrets[0]           | is too short
            {secrets: [{}]}                                     | secrets[0]           | one of 'value', 'env', 'file'
            {secrets: [{value: 'whsec_number_1', env: 'A_WEBHOOK_SECRET'}]} | secrets[0]      | one of 'value', 'env', 'file'
            {secrets: [{value: 'whsec_number_1', expiresAt: 'soon'}]}  | secrets[0].expiresAt | write it like 2026-11-20T10:15:30Z
            {secrets: [{env: 'SLIPWAY_ENCRYPTION_KEY'}]}        | secrets[0].env       | whose name ends in _WEBHOOK_SECRET
            {secrets: [{env: 'quarkus.datasource.password'}]}   | secrets[0].env       | whose name ends in _WEBHOOK_SECRET
            {secrets: [{file: 'stripe'}]}                       | secrets[0].file      | SLIPWAY_WEBHOOK_SECRET_FOLDER
            {secrets: [{id: '1'}]}                              | secrets[0].id        | Invalid UUID
            """)
    void whatIsWrongIsToldWithItsMend(String wrong, String path, String message) {
        // Given
        var source = json("{name: 'stripe', scheme: 'stripe'}");
        source.setAll(json(wrong));

        // Then
        assertThatExceptionOfType(InvalidSourceException.class)
                .isThrownBy(() -> reader(Map.of()).read(source))
                .satisfies(e -> assertThat(e.errors()).singleElement().satisfies(error -> {
                    assertThat(error.path()).isEqualTo(path);
                    assertThat(error.message()).contains(message);
                }))
                .withMessageNotContaining("whsec_number_1");
    }

    @Test
    void allThatIsWrongIsToldAtOnce() {
        assertThatExceptionOfType(InvalidSourceException.class)
                .isThrownBy(
                        () -> read(
                                "{name: 'Stripe', scheme: 'x', retention: '1h', secrets: [{env: 'HOME'}, {valeu: 'x'}], extra: 1}"))
                .satisfies(e -> assertThat(e.errors())
                        .extracting(SourceError::path)
                        .containsExactly(
                                "name",
                                "scheme",
                                "retention",
                                "secrets[0].env",
                                "secrets[1]",
                                "secrets[1].valeu",
                                "extra"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {scheme: 'stripe'}                                                   | true
            {scheme: 'github'}                                                   | true
            {scheme: 'clerk'}                                                    | true
            {scheme: 'phonepe-v1'}                                               | true
            {scheme: 'hmac', options: {header: 'X-Shop-Signature'}}              | true
            {scheme: 'hmac', options: {header: 'Authorization'}}                 | false
            {scheme: 'revenuecat'}                                               | false
            {scheme: 'revenuecat', options: {header: 'X-RevenueCat-Signature'}}  | true
            {scheme: 'phonepe-v2'}                                               | false
            {scheme: 'railway'}                                                  | false
            {scheme: 'supabase-database'}                                        | false
            {scheme: 'shared-secret', options: {header: 'X-Token'}}              | false
            """)
    void theOriginalSignatureIsForwardedOnlyWhereItIsKept(String scheme, boolean expected) {
        // Given
        var source =
                json("{name: 'pay', forwardTo: [{name: 'shop', url: 'https://shop.example', signing: 'original'}]}");
        source.setAll(json(scheme));

        // When
        var refused = catchThrowableOfType(
                InvalidSourceException.class, () -> reader(Map.of()).read(source));

        // Then
        if (expected) {
            assertThat(refused).isNull();
        } else {
            assertThat(refused.errors()).singleElement().satisfies(error -> {
                assertThat(error.path()).isEqualTo("forwardTo[0].signing");
                assertThat(error.message()).contains("a secret, which is not kept");
            });
        }
        assertThat(reader(Map.of()).readStored(source).endpoints()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "'stripe'", "null", "5"})
    void whatIsNoObjectIsNoSource(String json) {
        assertThatExceptionOfType(InvalidSourceException.class)
                .isThrownBy(() -> reader(Map.of()).read(tree(json)))
                .satisfies(e -> assertThat(e.errors()).containsExactly(new SourceError("", "must be an object")));
    }

    @Test
    void aSecretFileMustBeOneOfTheFolder() {
        // Given
        var reader = reader(Map.of("slipway.webhook.setup.secret-folder", "/run/secrets"));

        // Then
        assertThatExceptionOfType(InvalidSourceException.class)
                .isThrownBy(() -> reader.read(json("""
                        {name: 'stripe', scheme: 'stripe',
                         secrets: [{file: '../shadow'}, {file: '/etc/passwd'}, {file: '..'}, {file: 'a/b'}, {file: 'ok'}]}""")))
                .satisfies(e -> assertThat(e.errors())
                        .extracting(SourceError::path)
                        .containsExactly("secrets[0].file", "secrets[1].file", "secrets[2].file", "secrets[3].file"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {env: 'STRIPE_WEBHOOK_SECRET'}       | env  | whose name ends in _FORWARD_SECRET
            {env: 'CLERK_WEBHOOK_SIGNING_SECRET'} | env | whose name ends in _FORWARD_SECRET
            {env: 'SLIPWAY_ENCRYPTION_KEY'}      | env  | whose name ends in _FORWARD_SECRET
            {file: 'stripe'}                     | file | that ends in .forward
            {file: '../stripe.forward'}          | file | without a path
            """)
    void anEndpointMayNotNameTheSecretOfASender(String secret, String field, String message) {
        // Given
        var reader = reader(Map.of("slipway.webhook.setup.secret-folder", "/run/secrets"));
        var source = json("""
                {name: 'pay', scheme: 'stripe', forwardTo: [{name: 'shop', url: 'https://shop.example', secrets: [%s]}]}""".formatted(secret));

        // Then
        assertThatExceptionOfType(InvalidSourceException.class)
                .isThrownBy(() -> reader.read(source))
                .satisfies(e -> assertThat(e.errors()).singleElement().satisfies(error -> {
                    assertThat(error.path()).isEqualTo("forwardTo[0].secrets[0]." + field);
                    assertThat(error.message()).contains(message);
                }));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{env: 'SHOP_FORWARD_SECRET'}", "{file: 'shop.forward'}", "{file: 'shop.Forward'}"})
    void aSourceMayNotNameTheSecretOfAnEndpoint(String secret) {
        // Given
        var reader = reader(Map.of("slipway.webhook.setup.secret-folder", "/run/secrets"));

        // Then
        assertThatExceptionOfType(InvalidSourceException.class)
                .isThrownBy(() -> reader.read(
                        json("{name: 'pay', scheme: 'standard-webhooks', secrets: [%s]}".formatted(secret))));
    }

    @Test
    void aUrlOfAnEndpointThatIsNoneIsNotShownAsItMayHoldASecret() {
        // Given
        var source = json(
                "{name: 'pay', scheme: 'stripe', forwardTo: [{name: 'shop', url: 'https://shop.example/a b?t=hidden'}]}");

        // Then
        assertThatExceptionOfType(InvalidSourceException.class)
                .isThrownBy(() -> reader(Map.of()).read(source))
                .withMessageContaining("forwardTo[0].url: is not a URL: look at character 23")
                .withMessageNotContaining("hidden");
    }

    @Test
    void anEndpointMayNameSecretsThatAreMeantForEndpoints() {
        // Given
        var reader = reader(Map.of("slipway.webhook.setup.secret-folder", "/run/secrets"));

        // When
        var draft = reader.read(json("""
                {name: 'pay', scheme: 'stripe', forwardTo: [{name: 'shop', url: 'https://shop.example',
                 secrets: [{env: 'SHOP_FORWARD_SECRET'}, {file: 'shop.forward'}]}]}"""));

        // Then
        assertThat(draft.endpoints().getFirst().secrets().orElseThrow())
                .containsExactly(
                        new Added(new Content(Kind.ENV, "SHOP_FORWARD_SECRET"), Optional.empty()),
                        new Added(new Content(Kind.FILE, "shop.forward"), Optional.empty()));
    }

    @Test
    void aVariableThatIsThereMustHaveTheFormOfASecret() {
        // Given
        var reader = reader(Map.of("WRONG_WEBHOOK_SECRET", "hunter2"));

        // Then
        assertThatExceptionOfType(InvalidSourceException.class)
                .isThrownBy(() -> reader.read(
                        json("{name: 'stripe', scheme: 'stripe', secrets: [{env: 'WRONG_WEBHOOK_SECRET'}]}")))
                .withMessageContaining("secrets[0]")
                .withMessageNotContaining("hunter2");
    }

    @Test
    void whatTheApiAnswersCanBeSentBack() {
        // When
        var draft = read("""
                {name: 'stripe', scheme: 'stripe', state: 'READY', origin: 'API', url: 'http://x', steps: [],
                 createdAt: '2026-11-20T10:15:30Z', changedAt: '2026-11-20T10:15:30Z', retention: '7d',
                 secrets: [{id: '01890a5d-ac96-774b-bcce-b302099a8057', kind: 'ENV', reference: 'A_WEBHOOK_SECRET',
                            state: 'MISSING', problem: 'x', addedAt: '2026-11-20T10:15:30Z'}]}""");

        // Then
        assertThat(draft.definition()).isEqualTo(json("{name: 'stripe', scheme: 'stripe', retention: '7d'}"));
        assertThat(draft.secrets())
                .hasValueSatisfying(secrets -> assertThat(secrets)
                        .containsExactly(
                                new Kept(UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8057"), Optional.empty())));
    }

    @Test
    void anEmptyListOfSecretsSaysNothingOfThem() {
        // When
        var draft = read("{name: 'stripe', scheme: 'stripe', secrets: []}");

        // Then
        assertThat(draft.secrets()).isEmpty();
    }

    @Test
    void aWindowIsStoredWithTheRetentionThatItWasHeldAgainst() {
        // When
        var draft = read("{name: 'stripe', scheme: 'stripe', dedupeWindow: '20d'}");

        // Then
        assertThat(draft.definition())
                .isEqualTo(json("{name: 'stripe', scheme: 'stripe', dedupeWindow: '20d', retention: '30d'}"));
    }

    @Test
    void aDraftDoesNotShowItsSecret() {
        // When
        var draft = read("{name: 'stripe', scheme: 'stripe', secrets: ['whsec_number_1']}");

        // Then
        assertThat(draft.toString()).doesNotContain("whsec_number_1");
    }

    private static SourceDraft read(String json) {
        return reader(Map.of()).read(json(json));
    }

    private static SourceReader reader(Map<String, String> properties) {
        var environment = Replica.environment(properties);
        return new SourceReader(
                Replica.DEFAULTS,
                new SecretReader(new SecretReferences(environment, environment.getConfigMapping(SetupConfig.class))));
    }

    private static ObjectNode json(String json) {
        return (ObjectNode) tree(json);
    }

    private static JsonNode tree(String json) {
        try {
            return LENIENT.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
