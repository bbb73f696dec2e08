package dev.slipway.probe.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AddressesTest {

    private final AtomicInteger lookUps = new AtomicInteger();

    @Test
    void areLookedUpOnceWhileTheyLast() throws Exception {
        // Given
        var addresses = new Addresses(this::resolve, Duration.ofMinutes(1));
        addresses.of("a.example", Duration.ofSeconds(1));

        // When
        var found = addresses.of("a.example", Duration.ofSeconds(1));

        // Then
        assertThat(found).containsExactly(InetAddress.ofLiteral("192.0.2.1"));
        assertThat(lookUps).hasValue(1);
    }

    @Test
    void areLookedUpAgainWhenTheyAreOld() throws Exception {
        // Given
        var addresses = new Addresses(this::resolve, Duration.ofNanos(1));
        addresses.of("a.example", Duration.ofSeconds(1));

        // When
        var found = addresses.of("a.example", Duration.ofSeconds(1));

        // Then
        assertThat(found).containsExactly(InetAddress.ofLiteral("192.0.2.2"));
    }

    private InetAddress[] resolve(String host) {
        return new InetAddress[] {InetAddress.ofLiteral("192.0.2." + lookUps.incrementAndGet())};
    }
}
