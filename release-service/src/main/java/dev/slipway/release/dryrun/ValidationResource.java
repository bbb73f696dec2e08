package dev.slipway.release.dryrun;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.slipway.release.dryrun.Outlook.Asked;
import dev.slipway.release.dryrun.Outlook.Wanted;
import dev.slipway.release.plan.FragmentStore;
import dev.slipway.release.plan.Operations;
import dev.slipway.release.plan.format.PlanError;
import dev.slipway.release.plan.format.PlanFile;
import dev.slipway.release.plan.format.PlanReader;
import dev.slipway.release.plan.format.PlanReader.Reading;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jdbi.v3.core.Jdbi;

/** Judges and explains plans, without storing them. */
@Path("/api/v1/plans/validate")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "Plans")
public class ValidationResource {

    private final Jdbi jdbi;
    private final FragmentStore fragments;
    private final Operations operations;
    private final Outlook outlook;
    private final DryRun dryRun;

    public ValidationResource(
            Jdbi jdbi, FragmentStore fragments, Operations operations, Outlook outlook, DryRun dryRun) {
        this.jdbi = jdbi;
        this.fragments = fragments;
        this.operations = operations;
        this.outlook = outlook;
        this.dryRun = dryRun;
    }

    /**
     * What validation found.
     *
     * @param explanations of a valid plan, if asked for: one for each of the file's environments
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record Validation(boolean valid, List<PlanError> errors, Optional<List<Explanation>> explanations) {}

    @POST
    @Consumes({
        "application/yaml",
        "application/x-yaml",
        "text/yaml",
        "text/x-yaml",
        MediaType.TEXT_PLAIN,
        MediaType.WILDCARD
    })
    @Operation(summary = "Say all that is wrong with a plan; with explain=true also what a release would do by it")
    public Validation validate(
            String yaml,
            @QueryParam("explain")
                    @Parameter(
                            description =
                                    "Also say what a release would do by a valid plan, in each of its environments",
                            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "false"))
                    Optional<String> explain,
            @HeaderParam("Authorization") Optional<String> authorization)
            throws InterruptedException {
        var isToExplain = new dev.slipway.http.Parameter("explain", explain).flag();
        var readings = read(yaml);
        var errors = readings.stream()
                .flatMap(
                        reading -> reading instanceof Reading.Invalid invalid ? invalid.errors().stream() : Stream.of())
                .distinct()
                .toList();
        return errors.isEmpty() && isToExplain
                ? new Validation(true, errors, Optional.of(explanations(readings, authorization)))
                : new Validation(errors.isEmpty(), errors, Optional.empty());
    }

    private List<Reading> read(String yaml) {
        var environments = PlanReader.environments(yaml);
        var files = environments.isEmpty()
                ? Stream.of(PlanFile.of(yaml))
                : environments.stream().map(PlanFile.of(yaml)::in);
        return jdbi.withHandle(handle -> files.map(
                        file -> PlanReader.read(file.with(use -> fragments.used(handle, use)), operations))
                .toList());
    }

    private List<Explanation> explanations(List<Reading> readings, Optional<String> authorization)
            throws InterruptedException {
        var wanted = jdbi.withHandle(handle -> readings.stream()
                .flatMap(reading -> reading instanceof Reading.Valid valid
                        ? Stream.of(outlook.of(handle, valid.plan(), Optional.empty(), Asked.NOTHING))
                        : Stream.<Wanted>empty())
                .toList());
        return dryRun.explain(wanted, authorization);
    }
}
