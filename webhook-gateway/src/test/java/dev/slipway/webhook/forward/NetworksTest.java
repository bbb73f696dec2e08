package dev.slipway.webhook.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworksTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "10.255.255.255",
                "100.64.0.1",
                "100.127.255.255",
                "127.0.0.1",
                "127.255.255.254",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.8",
                "192.0.2.1",
                "192.88.99.1",
                "192.168.0.1",
                "198.18.0.1",
                "198.51.100.1",
                "203.0.113.1",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::127.0.0.1",
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "::ffff:169.254.169.254",
                "::ffff:0:127.0.0.1",
                "64:ff9b::127.0.0.1",
                "64:ff9b::10.0.0.1",
                "64:ff9b::169.254.169.254",
                "64:ff9b:1::10.0.0.1",
                "100::1",
                "2001::1",
                "2001:db8::1",
                "2002:7f00:1::",
                "2002:a9fe:a9fe::",
                "3fff::1",
                "5f00::1",
                "fc00::1",
                "fd00:ec2::254",
                "fdff::1",
                "fe80::1",
                "fec0::1",
                "ff02::1"
            })
    void isNotPublic(String address) throws UnknownHostException {
        // When
        var isPublic = Networks.isPublic(InetAddress.getByName(address));

        // Then
        assertThat(isPublic).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "128.0.0.1",
                "172.15.255.255",
                "172.32.0.0",
                "192.167.255.255",
                "223.255.255.255",
                "2001:200::1",
                "2606:4700:4700::1111",
                "2a00:1450::1",
                "64:ff9b::1.1.1.1"
            })
    void isPublic(String address) throws UnknownHostException {
        // When
        var isPublic = Networks.isPublic(InetAddress.getByName(address));

        // Then
        assertThat(isPublic).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "169.254.169.254",
                "169.254.170.2",
                "100.100.100.200",
                "192.0.0.192",
                "168.63.129.16",
                "fe80::a9fe:a9fe",
                "fd00:ec2::254",
                "fd20:ce::254",
                "64:ff9b::169.254.169.254",
                "::ffff:169.254.169.254"
            })
    void isThatOfAMetadataService(String address) throws UnknownHostException {
        // When
        var isMetadata = Networks.isMetadata(InetAddress.getByName(address));

        // Then
        assertThat(isMetadata).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.1.2.3, true",
        "10.0.0.0/8, 11.1.2.3, false",
        "10.0.0.0/8, ::ffff:10.1.2.3, true",
        "10.0.0.0/8, 64:ff9b::10.1.2.3, true",
        "10.1.2.3/32, 10.1.2.3, true",
        "10.1.2.3/32, 10.1.2.4, false",
        "fd00::/8, fd12::1, true",
        "fd00::/8, fe80::1, false",
        "0.0.0.0/0, ::1, false"
    })
    void containsWhatIsInIt(String network, String address, boolean expected) throws UnknownHostException {
        // When
        var contains = Networks.of(network).contain(InetAddress.getByName(address));

        // Then
        assertThat(contains).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0", "10.0.0.0/33", "internal.example/8", "fd00::/129", "10.0.0/8x", ""})
    void whatIsNoNetworkIsRefusedWithAnExample(String text) {
        // When
        var reading = catchThrowable(() -> Networks.of(text));

        // Then
        assertThat(reading)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("'%s' is not a network; write it like 10.0.0.0/8 or fd00::/8", text);
    }
}
