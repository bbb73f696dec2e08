package dev.slipway.webhook.forward;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Finds the addresses of endpoints, and refuses those that are not meant to be called. An attempt connects to an address
 * that was looked at here, never to the name, so that a name cannot point elsewhere between the look and the call.
 */
@Singleton
public class EndpointAddresses {

    private final Networks allowed;
    private final Resolver resolver;
    // Of platform threads: the system's resolver would hold on to the few that carry the virtual ones.
    private final ExecutorService lookups = Executors.newCachedThreadPool(
            Thread.ofPlatform().name("endpoint-lookup").daemon().factory());

    /** @throws IllegalArgumentException if an allowed network is not one */
    @Inject
    public EndpointAddresses(ForwardConfig config) {
        this(config, InetAddress::getAllByName);
    }

    EndpointAddresses(ForwardConfig config, Resolver resolver) {
        this.allowed = Networks.of(config.allowedNetworks().orElse(List.of()));
        this.resolver = resolver;
    }

    /** Looks a name up. */
    @FunctionalInterface
    interface Resolver {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    /**
     * The addresses of an endpoint, at least one.
     *
     * @throws UnknownHostException if it has none
     * @throws RefusedAddressException if one of them may not be called
     * @throws TimeoutException if it took longer than {@code atMost}
     */
    List<InetAddress> of(URI url, Duration atMost)
            throws UnknownHostException, RefusedAddressException, TimeoutException, InterruptedException {
        var addresses = lookUp(url.getHost(), atMost);
        for (var address : addresses) {
            refuseUnlessAllowed(url, address);
        }
        return addresses;
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

    private void refuseUnlessAllowed(URI url, InetAddress address) throws RefusedAddressException {
        var where = "%s is at %s".formatted(url.getHost(), address.getHostAddress());
        if (Networks.isMetadata(address)) {
            throw new RefusedAddressException(
                    where + ", a link-local or metadata address, which is never called; give another URL");
        }
        if (allowed.contain(address)) {
            return;
        }
        if (!Networks.isPublic(address)) {
            throw new RefusedAddressException(
                    where + ", which is not a public address; if it shall be called, add its network to"
                            + " slipway.webhook.forward.allowed-networks");
        }
        if (!"https".equals(url.getScheme())) {
            throw new RefusedAddressException(where + ", which is only called by https; give an https URL");
        }
    }

    /** The address may not be called; the message says which, why, and what to do. */
    static final class RefusedAddressException extends Exception {

        private static final long serialVersionUID = 1L;

        RefusedAddressException(String message) {
            super(message);
        }
    }
}
