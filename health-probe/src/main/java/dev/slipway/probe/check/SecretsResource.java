package dev.slipway.probe.check;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;

/** Which secrets there are: a dry run of a release asks, before a check misses one. */
@Path("/api/v1/secrets")
@Produces(MediaType.APPLICATION_JSON)
public class SecretsResource {

    private final Secrets secrets;

    public SecretsResource(Secrets secrets) {
        this.secrets = secrets;
    }

    /** Names, never values. */
    public record SecretNames(List<String> items) {}

    /** The names of the secrets that checks may refer to. */
    @GET
    public SecretNames list() {
        return new SecretNames(secrets.names());
    }
}
