package dev.slipway.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/** Whether the service is alive, can work, and is well: for balancers, orchestrators and people. */
@Path("/health")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class HealthResource {

    private static final Logger LOG = Logger.getLogger(HealthResource.class);

    private final Jdbi jdbi;
    private final String version;

    public HealthResource(Jdbi jdbi, @ConfigProperty(name = "quarkus.application.version") String version) {
        this.jdbi = jdbi;
        this.version = version;
    }

    /** How the service is. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Health(String status, String version, String database) {}

    /** Whether it can do its work. */
    public record Ready(boolean ready) {}

    /** Whether it need not be restarted. */
    public record Live(boolean live) {}

    /** 200 and {@code healthy}, or 503 and {@code unhealthy}. */
    @GET
    public Response health() {
        return databaseAnswers()
                ? Response.ok(new Health("healthy", version, "connected")).build()
                : Response.status(503)
                        .entity(new Health("unhealthy", version, "disconnected"))
                        .build();
    }

    /** 200 if it can do its work, else 503. */
    @GET
    @Path("/ready")
    public Response ready() {
        var ready = databaseAnswers();
        return Response.status(ready ? 200 : 503).entity(new Ready(ready)).build();
    }

    /** 200 as long as the process answers at all: a restart mends nothing that is outside of it. */
    @GET
    @Path("/live")
    public Live live() {
        return new Live(true);
    }

    private boolean databaseAnswers() {
        try {
            return jdbi.withHandle(handle -> handle.createQuery("SELECT 1")
                            .setQueryTimeout(2)
                            .mapTo(Integer.class)
                            .one()
                    == 1);
        } catch (JdbiException e) {
            LOG.debug("The database does not answer", e);
            return false;
        }
    }
}
