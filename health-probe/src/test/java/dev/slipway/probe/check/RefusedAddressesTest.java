package dev.slipway.probe.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RefusedAddressesTest {

    /** Each range with its neighbours just outside. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            169.253.255.255,          false
            169.254.0.0,              true
            169.254.169.254,          true
            169.254.255.255,          true
            169.255.0.0,              false
            fe7f:ffff::1,             false
            fe80::1,                  true
            febf:ffff::1,             true
            fec0::1,                  false
            fd00:ec2::253,            false
            fd00:ec2::254,            true
            fd00:ec2::255,            false
            ::ffff:169.254.169.254,   true
            ::ffff:169.255.169.254,   false
            ::169.254.169.254,        true
            ::169.253.169.254,        false
            ::ffff:0:169.254.169.254, true
            ::ffff:1:169.254.169.254, false
            64:ff9b::a9fe:a9fe,       true
            64:ff9b::a9fd:a9fe,       false
            64:ff9c::a9fe:a9fe,       false
            2002:a9fe:a9fe::1,        true
            2002:a9fd:a9fe::1,        false
            2003:a9fe:a9fe::1,        false
            127.0.0.1,                false
            ::1,                      false
            10.0.0.1,                 false
            93.184.216.34,            false
            """)
    void holdLinkLocalAndMetadataAddressesAlsoWhereIpv6EmbedsThem(String address, boolean refused) {
        // When / Then
        assertThat(RefusedAddresses.contains(InetAddress.ofLiteral(address))).isEqualTo(refused);
    }
}
