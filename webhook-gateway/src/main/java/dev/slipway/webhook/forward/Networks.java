package dev.slipway.webhook.forward;

import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/** Networks of addresses, written like {@code 10.0.0.0/8} or {@code fd00::/8}. */
record Networks(List<Networks.Network> networks) {

    /**
     * What hands out credentials or settings of the machine to whoever calls: the metadata services of the clouds, and
     * link-local addresses as such. They are not called even if a network around them is allowed.
     */
    private static final Networks METADATA = of(
            "169.254.0.0/16", // AWS, Azure, Google Cloud and others
            "fe80::/10",
            "fd00:ec2::254/128", // AWS
            "fd20:ce::254/128", // Google Cloud
            "100.100.100.200/32", // Alibaba Cloud
            "192.0.0.192/32", // Oracle Cloud
            "168.63.129.16/32"); // Azure; a public address, but its host's own

    /** <a href="https://www.iana.org/assignments/iana-ipv4-special-registry">IANA's registry</a>, and multicast. */
    private static final Networks NOT_PUBLIC_IPV4 = of(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4");

    /** All that IANA has given out so far; loopback, link-local, unique-local and multicast addresses lie outside. */
    private static final Networks GLOBAL_IPV6 = of("2000::/3");

    /** <a href="https://www.iana.org/assignments/iana-ipv6-special-registry">IANA's registry</a>, within the former. */
    private static final Networks NOT_PUBLIC_IPV6 = of(
            "2001::/23", // protocols, Teredo among them
            "2001:db8::/32",
            "2002::/16", // 6to4, which embeds IPv4 addresses
            "3fff::/20");

    /** Where IPv6 embeds the IPv4 addresses that it cannot reach itself, RFC 6052. */
    private static final Network NAT64 = Network.parse("64:ff9b::/96");

    Networks {
        networks = List.copyOf(networks);
    }

    /** @throws IllegalArgumentException if one is not a network */
    static Networks of(String... networks) {
        return of(List.of(networks));
    }

    /** @throws IllegalArgumentException if one is not a network */
    static Networks of(List<String> networks) {
        return new Networks(networks.stream().map(Network::parse).toList());
    }

    /**
     * Addresses that begin with the same bits.
     *
     * @param length how many bits an address has
     * @param prefix how many of them are the same
     */
    private record Network(int length, int prefix, BigInteger first) {

        static Network parse(String text) {
            try {
                var parts = text.strip().split("/", 2);
                var bytes = InetAddress.ofLiteral(parts[0]).getAddress();
                var length = bytes.length * Byte.SIZE;
                var prefix = Integer.parseInt(parts[1]);
                if (prefix >= 0 && prefix <= length) {
                    return new Network(length, prefix, new BigInteger(1, bytes).shiftRight(length - prefix));
                }
            } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
                // Answered below.
            }
            throw new IllegalArgumentException(
                    "'%s' is not a network; write it like 10.0.0.0/8 or fd00::/8".formatted(text));
        }

        boolean contains(InetAddress address) {
            var bytes = address.getAddress();
            return bytes.length * Byte.SIZE == length
                    && new BigInteger(1, bytes).shiftRight(length - prefix).equals(first);
        }
    }

    /** Whether an address is in one of them; of one that NAT64 made, the IPv4 address counts. */
    boolean contain(InetAddress address) {
        var reached = reached(address);
        return networks.stream().anyMatch(network -> network.contains(reached));
    }

    /** Whether an address is that of a metadata service. */
    static boolean isMetadata(InetAddress address) {
        return METADATA.contain(address);
    }

    /** Whether an address is one of the Internet's, and of nobody's own network. */
    static boolean isPublic(InetAddress address) {
        return switch (reached(address)) {
            case Inet4Address ipv4 -> !NOT_PUBLIC_IPV4.contain(ipv4);
            case Inet6Address ipv6 -> GLOBAL_IPV6.contain(ipv6) && !NOT_PUBLIC_IPV6.contain(ipv6);
            default -> false;
        };
    }

    /** Of an address that IPv4 is mapped to, the JDK makes an IPv4 address by itself. */
    private static InetAddress reached(InetAddress address) {
        return NAT64.contains(address) ? ipv4AtTheEnd(address) : address;
    }

    private static InetAddress ipv4AtTheEnd(InetAddress address) {
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(address.getAddress(), 12, 16));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("Four bytes are an address", e);
        }
    }
}
