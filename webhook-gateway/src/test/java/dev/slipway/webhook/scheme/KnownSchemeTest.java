package dev.slipway.webhook.scheme;

import static dev.slipway.webhook.scheme.Requests.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.slipway.event.EventJson;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class KnownSchemeTest {

    @Test
    void eachHasItsName() {
        assertThat(Arrays.stream(KnownScheme.values()).map(KnownScheme::label))
                .containsExactly(
                        "stripe",
                        "revenuecat",
                        "phonepe-v1",
                        "phonepe-v2",
                        "github",
                        "standard-webhooks",
                        "clerk",
                        "resend",
                        "render",
                        "supabase-auth",
                        "sentry",
                        "vercel",
                        "expo",
                        "slack",
                        "railway",
                        "supabase-database",
                        "shared-secret",
                        "hmac");
    }

    @ParameterizedTest
    @EnumSource
    void isReadByItsNameInAnyCase(KnownScheme scheme) {
        assertThat(List.of(scheme.label(), " " + scheme.label().toUpperCase(Locale.ROOT)))
                .extracting(KnownScheme::parse)
                .containsOnly(scheme);
    }

    @ParameterizedTest
    @EnumSource
    void isWrittenToJsonAndReadFromIt(KnownScheme scheme) throws JsonProcessingException {
        // When
        var json = EventJson.mapper().writeValueAsString(scheme);

        // Then
        assertThat(json).isEqualTo('"' + scheme.label() + '"');
        assertThat(EventJson.mapper().readValue(json, KnownScheme.class)).isEqualTo(scheme);
    }

    @ParameterizedTest
    @EnumSource
    void isReadFromConfiguration(KnownScheme scheme) {
        // When
        var config = new SmallRyeConfigBuilder()
                .withMapping(Configured.class)
                .withDefaultValue("test.lower-case", scheme.label())
                .withDefaultValue("test.upper-case", scheme.label().toUpperCase(Locale.ROOT))
                .build()
                .getConfigMapping(Configured.class);

        // Then
        assertThat(config.lowerCase()).isEqualTo(scheme);
        assertThat(config.upperCase()).isEqualTo(scheme);
    }

    @Test
    void anUnknownNameIsRefusedWithThoseThatAreKnown() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KnownScheme.parse("standard_webhooks"))
                .withMessageContaining("There is no scheme 'standard_webhooks'")
                .withMessageContaining("standard-webhooks");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "STRIPE whsec_abc",
                "REVENUECAT rc_secret",
                "PHONEPE_V1 099eb0cd-02cf-4e2a-8aca-3e6c6aff0399###1",
                "PHONEPE_V1 salt###with###2",
                "PHONEPE_V2 user:pass:word",
                "GITHUB x",
                "STANDARD_WEBHOOKS whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "STANDARD_WEBHOOKS whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
                "CLERK whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "SUPABASE_AUTH v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "SUPABASE_AUTH whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "RAILWAY sixteen-or-more!!",
                "SHARED_SECRET sixteen-or-more!!",
                "HMAC ü"
            })
    void takesASecretOfItsForm(KnownScheme scheme, String secret) {
        assertThat(scheme.secret(secret)).hasToString("***");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "STRIPE sk_live_abc",
                "STRIPE whsec_",
                "PHONEPE_V1 099eb0cd-02cf-4e2a",
                "PHONEPE_V1 ###1",
                "PHONEPE_V1 salt###",
                "PHONEPE_V1 salt###one",
                "PHONEPE_V2 user",
                "PHONEPE_V2 :password",
                "PHONEPE_V2 user:",
                "STANDARD_WEBHOOKS MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "STANDARD_WEBHOOKS whsec_tooShort",
                "STANDARD_WEBHOOKS whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwA",
                "STANDARD_WEBHOOKS whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa_-",
                "STANDARD_WEBHOOKS whsk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
                "STANDARD_WEBHOOKS whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbO",
                "STANDARD_WEBHOOKS whpk_AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                "SUPABASE_AUTH v2,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "RAILWAY short",
                "SHARED_SECRET sixteen-or-more-ü",
                "GITHUB ''"
            })
    void refusesAnotherSecretWithoutTellingIt(KnownScheme scheme, String secret) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> scheme.secret(secret))
                .withMessage(
                        "A secret of the scheme '%s' has another form: it is %s", scheme.label(), scheme.secretForm())
                .withNoCause();
    }

    @ParameterizedTest
    @CsvSource({"' whsec_old_secret ,, whsec_new_secret\n',2", "whsec_new_secret,1", "' , ',0", "'',0"})
    void secretsAreSeparatedByCommasAndBlanksAreNotPartOfThem(String separated, int count) {
        assertThat(KnownScheme.STRIPE.secrets(separated)).hasSize(count);
    }

    @Test
    void aCommaThatIsPartOfASecretStandsAfterABackslash() {
        // When
        var secrets = KnownScheme.SHARED_SECRET.secrets("nobody\\,can\\,guess\\this, another-long-secret");

        // Then
        assertThat(secrets).hasSize(2);
        assertThat(Secret.isAnyOf(secrets, "nobody,can,guess\\this")).isTrue();
        assertThat(Secret.isAnyOf(secrets, "another-long-secret")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "GITHUB,seven77,false",
        "GITHUB,eight888,true",
        "STRIPE,whsec_seven77,false",
        "STRIPE,whsec_eight888,true",
        "PHONEPE_V1,seven77###11,false",
        "PHONEPE_V1,eight888###1,true",
        "PHONEPE_V2,somebody:seven77,false",
        "PHONEPE_V2,u:eight888,true"
    })
    void aSecretThatIsSetUpMustNotBeSoShortThatItCouldBeGuessed(KnownScheme scheme, String secret, boolean expected) {
        // When
        var refused = catchThrowable(() -> scheme.secrets(secret));

        // Then
        if (expected) {
            assertThat(refused).isNull();
        } else {
            assertThat(refused)
                    .hasMessageContainingAll("too short", "at least 8 characters")
                    .hasMessageNotContaining(secret);
        }
    }

    @Test
    void supabasesSecretsAreSeparatedAsSupabaseDoesIt() {
        assertThat(KnownScheme.SUPABASE_AUTH.secrets(
                        "v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw | v1,whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
                .hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({"1,true", "2,true", "10,true", "11,false", "1000,false"})
    void upToTenSecretsThatSupabaseHasJoinedAreTaken(int count, boolean expected) {
        // Given
        var joined = String.join("|", Collections.nCopies(count, "v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));

        // When
        var refused = catchThrowable(() -> KnownScheme.SUPABASE_AUTH.newSecretsIn(joined));

        // Then
        if (expected) {
            assertThat(refused).isNull();
            assertThat(KnownScheme.SUPABASE_AUTH.secretsIn(joined)).hasSize(count);
        } else {
            assertThat(refused).hasMessageContaining("has another form");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "|", "v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw|"})
    void nothingIsNoSecretOfSupabase(String joined) {
        assertThatIllegalArgumentException().isThrownBy(() -> KnownScheme.SUPABASE_AUTH.newSecretsIn(joined));
    }

    @ParameterizedTest
    @EnumSource
    void refusesAnOptionThatItDoesNotHave(KnownScheme scheme) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> scheme.with(settings(Map.of("colour", "red"))))
                .withMessageStartingWith("The scheme '%s' has no option 'colour'; it has ".formatted(scheme.label()))
                .withMessageContaining(
                        scheme.options().isEmpty() ? "none" : scheme.options().getFirst());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "X Signature", "X-Signature:", "Größe"})
    void refusesWhatIsNotTheNameOfAHeader(String header) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KnownScheme.REVENUECAT.with(settings(Map.of("header", header))))
                .withMessage(
                        "The option 'header' of the scheme 'revenuecat' is '%s': a header's name is letters, digits and dashes",
                        header);
    }

    @Test
    void refusesANegativeTolerance() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SchemeSettings(Optional.of(Duration.ofSeconds(-1)), Map.of()))
                .withMessageContaining("5m");
    }

    @ConfigMapping(prefix = "test")
    interface Configured {

        KnownScheme lowerCase();

        KnownScheme upperCase();
    }
}
