package dev.slipway.webhook.scheme;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.webhook.scheme.Verification.Rejected;
import dev.slipway.webhook.scheme.Verification.Verified;
import java.util.Arrays;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What holds for every scheme. */
class ForgeryPropertyTest {

    @ParameterizedTest
    @EnumSource
    void whatASenderSignedIsTaken(Sender sender) {
        assertThat(sender.verify(sender.body(), sender.headers(), sender.pathSecret()))
                .isInstanceOf(Verified.class);
    }

    @Test
    void everySchemeHasASenderHere() {
        assertThat(Arrays.stream(Sender.values()).map(Sender::scheme)).contains(KnownScheme.values());
    }

    @Property
    void anyOtherBitInTheBodyIsRefused(@ForAll("senders") Sender sender, @ForAll @IntRange(max = 1 << 20) int bit) {
        // Given
        Assume.that(sender.coversItsBody());
        var body = sender.body();
        body[bit / 8 % body.length] ^= (byte) (1 << bit % 8);

        // When
        var verification = sender.verify(body, sender.headers(), sender.pathSecret());

        // Then
        assertThat(verification).isInstanceOf(Rejected.class);
    }

    @Property
    void anyOtherBitInWhatProvesTheSenderIsRefused(
            @ForAll("senders") Sender sender,
            @ForAll @IntRange(max = 1 << 20) int choice,
            @ForAll @IntRange(max = 7) int bit) {
        // Given
        var headers = sender.headers();
        var proofs = sender.proofs();
        var pathSecret = sender.pathSecret();
        if (proofs.isEmpty()) {
            pathSecret = pathSecret.map(secret -> flip(secret, choice, bit));
        } else {
            headers.computeIfPresent(
                    proofs.get(choice % proofs.size()), (name, value) -> flip(value, choice / proofs.size(), bit));
        }

        // When
        var verification = sender.verify(sender.body(), headers, pathSecret);

        // Then
        assertThat(verification).isInstanceOf(Rejected.class);
    }

    @Property
    void aProofThatIsCutOrLongerIsRefused(
            @ForAll("senders") Sender sender, @ForAll @IntRange(max = 1 << 20) int choice, @ForAll String more) {
        // Given
        Assume.that(!sender.proofs().isEmpty());
        var headers = sender.headers();
        var proof = sender.proofs().get(choice % sender.proofs().size());
        headers.computeIfPresent(proof, (name, value) -> value.substring(0, choice % value.length()) + more);
        Assume.that(!headers.equals(sender.headers()));

        // When
        var verification = sender.verify(sender.body(), headers, sender.pathSecret());

        // Then
        assertThat(verification).isInstanceOf(Rejected.class);
    }

    @Property
    void noHeadersNoUrlAndNoBodyMakeASchemeThrow(
            @ForAll("senders") Sender sender,
            @ForAll String header,
            @ForAll Optional<String> pathSecret,
            @ForAll byte[] body) {
        // Given
        var request = new Request(name -> Optional.of(header), pathSecret, body);

        // When
        var verification = sender.verifier().verify(request, sender.secrets(), Sender.NOW);

        // Then
        assertThat(verification).isInstanceOf(Rejected.class);
    }

    @Property
    void noBodyThatIsSignedMakesASchemeThrow(@ForAll("senders") Sender sender, @ForAll byte[] body) {
        // Given
        var sent = sender.wrap(body);

        // When
        var verification = sender.verify(sent, sender.headersOf(sent), sender.pathSecret());

        // Then
        assertThat(verification)
                .satisfiesAnyOf(
                        it -> assertThat(it).isInstanceOf(Verified.class),
                        it -> assertThat(it).isEqualTo(new Rejected(Reason.NOT_AN_EVENT)));
    }

    @Property
    void anotherSecretIsRefused(@ForAll("senders") Sender sender) {
        // Given
        var headers = Requests.request(sender.body(), sender.headers()).headers();
        var request = new Request(headers, sender.pathSecret(), sender.body());

        // When
        var verification = sender.verifier().verify(request, sender.otherSecrets(), Sender.NOW);

        // Then
        assertThat(verification).isInstanceOf(Rejected.class);
    }

    @Provide
    Arbitrary<Sender> senders() {
        return Arbitraries.of(Sender.values());
    }

    private static String flip(String text, int position, int bit) {
        var chars = text.toCharArray();
        chars[position % chars.length] ^= (char) (1 << bit);
        return new String(chars);
    }
}
