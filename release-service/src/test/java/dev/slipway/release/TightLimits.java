package dev.slipway.release;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.HashMap;
import java.util.Map;

/** A service that is soon full, soon impatient, soon forgets, and trusts a proxy on the same machine. */
public final class TightLimits implements QuarkusTestProfile {

    public static final int LISTENERS = 3;

    @Override
    public Map<String, String> getConfigOverrides() {
        var overrides = new HashMap<String, String>();
        overrides.put("slipway.stream.listeners", Integer.toString(LISTENERS));
        overrides.put("slipway.stream.heartbeat", "300ms");
        overrides.put("slipway.stream.patience", "2s");
        overrides.put("quarkus.http.proxy.proxy-address-forwarding", "true");
        overrides.put("quarkus.http.proxy.trusted-proxies", "127.0.0.1");
        return overrides;
    }
}
