package dev.slipway.probe.check;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Addresses that no check may call, because what answers there hands out credentials: link-local ones (169.254.0.0/16,
 * fe80::/10) and the cloud metadata services, also where IPv6 embeds them.
 */
final class RefusedAddresses {

    private static final InetAddress AWS_METADATA = InetAddress.ofLiteral("fd00:ec2::254");
    /** ::/96 (IPv4-compatible), ::ffff:0:0:0/96 (translated), 64:ff9b::/96 (NAT64): the IPv4 address stands at the end. */
    private static final List<byte[]> EMBEDDING =
            List.of(new byte[12], new byte[] {0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xff, 0, 0}, new byte[] {
                0, 0x64, (byte) 0xff, (byte) 0x9b, 0, 0, 0, 0, 0, 0, 0, 0
            });

    private RefusedAddresses() {}

    static boolean contains(InetAddress address) {
        return address.isLinkLocalAddress()
                || address.equals(AWS_METADATA)
                || embeddedIn(address).filter(InetAddress::isLinkLocalAddress).isPresent();
    }

    private static Optional<InetAddress> embeddedIn(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return Optional.empty();
        }
        var bytes = address.getAddress();
        if (bytes[0] == 0x20 && bytes[1] == 0x02) {
            return Optional.of(ipv4(bytes, 2)); // 6to4
        }
        return EMBEDDING.stream().anyMatch(prefix -> Arrays.equals(prefix, 0, 12, bytes, 0, 12))
                ? Optional.of(ipv4(bytes, 12))
                : Optional.empty();
    }

    private static InetAddress ipv4(byte[] bytes, int from) {
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(bytes, from, from + 4));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("Four bytes are an address", e);
        }
    }
}
