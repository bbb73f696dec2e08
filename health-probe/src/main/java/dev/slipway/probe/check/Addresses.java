package dev.slipway.probe.check;

import dev.slipway.probe.ProbeConfig;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Finds the addresses of hosts. A check connects to the address that was looked at here, never to the name, so that a
 * name cannot point elsewhere between the look and the call.
 */
@Singleton
public class Addresses {

    private final Resolver resolver;
    private final Duration lifetime;
    private final Map<String, Found> found = new ConcurrentHashMap<>();
    // Of platform threads: the system's resolver would hold on to the few that carry the virtual ones.
    private final ExecutorService lookups = Executors.newCachedThreadPool(
            Thread.ofPlatform().name("address-lookup").daemon().factory());

    @Inject
    public Addresses(ProbeConfig config) {
        this(InetAddress::getAllByName, config.addressLifetime());
    }

    Addresses(Resolver resolver, Duration lifetime) {
        this.resolver = resolver;
        this.lifetime = lifetime;
    }

    /** Looks a name up. */
    interface Resolver {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    private record Found(List<InetAddress> addresses, long atNanos) {}

    /**
     * The addresses of a host, at least one.
     *
     * @param host a name, or an address; an IPv6 address may stand in brackets
     * @throws UnknownHostException if it has none
     * @throws RefusedAddressException if one of them may not be called
     * @throws TimeoutException if it took longer than {@code atMost}
     */
    List<InetAddress> of(String host, Duration atMost)
            throws UnknownHostException, RefusedAddressException, TimeoutException, InterruptedException {
        var known = found.get(host);
        if (known == null || isOld(known)) {
            found.values().removeIf(this::isOld);
            known = new Found(lookUp(host, atMost), System.nanoTime());
            found.put(host, known);
        }
        for (var address : known.addresses) {
            if (RefusedAddresses.contains(address)) {
                throw new RefusedAddressException(
                        "%s is at %s, a link-local or metadata address, which Slipway never calls"
                                .formatted(host, address.getHostAddress()));
            }
        }
        return known.addresses;
    }

    private boolean isOld(Found it) {
        return System.nanoTime() - it.atNanos > lifetime.toNanos();
    }

    private List<InetAddress> lookUp(String host, Duration atMost)
            throws UnknownHostException, TimeoutException, InterruptedException {
        try {
            return List.of(lookups.submit(() -> resolver.resolve(host)).get(atMost.toMillis(), TimeUnit.MILLISECONDS));
        } catch (ExecutionException e) {
            var unknown = new UnknownHostException(host);
            unknown.initCause(e.getCause());
            throw unknown;
        }
    }

    /** The address may not be called; the message says which and why. */
    static final class RefusedAddressException extends Exception {

        private static final long serialVersionUID = 1L;

        RefusedAddressException(String message) {
            super(message);
        }
    }
}
