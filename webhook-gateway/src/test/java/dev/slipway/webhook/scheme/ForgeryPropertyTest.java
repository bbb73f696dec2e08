package dev.slipway.webhook.scheme;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.stripe.net.Webhook;
import dev.slipway.webhook.scheme.Verification.Rejected;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.ByteRange;
import net.jqwik.api.constraints.IntRange;

class ForgeryPropertyTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_760_000_010);
    private static final SchemeSettings SETTINGS = new SchemeSettings(Optional.of(Duration.ofMinutes(5)), Map.of());
    private static final List<Secret> SECRETS = KnownScheme.STRIPE.secrets("whsec_1");
    private static final byte[] BODY = """
            {"id":"evt_1","object":"event","type":"invoice.paid","created":1760000000,"livemode":true,"data":{}}""".getBytes(UTF_8);

    private final SignatureScheme stripe = KnownScheme.STRIPE.with(SETTINGS);
    private final SignatureScheme revenueCat = KnownScheme.REVENUECAT.with(SETTINGS);

    @Property
    void aBodyWithAnotherByteIsRefused(
            @ForAll @IntRange(max = 98) int position, @ForAll @ByteRange(min = 1, max = 127) byte difference)
            throws Exception {
        // Given
        var forged = BODY.clone();
        forged[position] ^= difference;

        // When
        var verification = stripe.verify(request(signature(), forged), SECRETS, NOW);

        // Then
        assertThat(verification).isInstanceOf(Rejected.class);
    }

    @Property
    void aSignatureWithAnotherDigitIsRefused(@ForAll @IntRange(min = 0, max = 63) int position, @ForAll char digit)
            throws Exception {
        // Given
        var genuine = signature();
        var at = genuine.length() - 64 + position;
        var forged = genuine.substring(0, at) + digit + genuine.substring(at + 1);

        // When
        var verification = stripe.verify(request(forged, BODY), SECRETS, NOW);

        // Then
        assertThat(verification instanceof Rejected).isEqualTo(!forged.equals(genuine));
    }

    @Property
    void noHeaderAndNoBodyMakeASchemeThrow(@ForAll String header, @ForAll byte[] body) {
        assertThat(stripe.verify(request(header, body), SECRETS, NOW)).isInstanceOf(Rejected.class);
        assertThat(revenueCat.verify(request(header, body), SECRETS, NOW)).isInstanceOf(Rejected.class);
    }

    @Property
    void noGenuineBodyMakesASchemeThrow(@ForAll byte[] bytes) throws Exception {
        // Given
        var body = new String(bytes, UTF_8);
        var signature = Webhook.Signature.generateSignatureHeader(body, "whsec_1", NOW.getEpochSecond());

        // When
        var verification = stripe.verify(request(signature, body.getBytes(UTF_8)), SECRETS, NOW);

        // Then
        assertThat(verification).isEqualTo(new Rejected(Reason.NOT_AN_EVENT));
    }

    private static String signature() throws Exception {
        return Webhook.Signature.generateSignatureHeader(new String(BODY, UTF_8), "whsec_1", NOW.getEpochSecond());
    }

    private static Request request(String header, byte[] body) {
        return new Request(name -> Optional.of(header), Optional.empty(), body);
    }
}
