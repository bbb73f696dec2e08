package dev.slipway.notify.channel;

import com.fasterxml.jackson.annotation.JsonInclude;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Optional;

/** Where people can be told. */
@Path("/api/v1/channels")
@Produces(MediaType.APPLICATION_JSON)
public class ChannelResource {

    private final Channels channels;

    public ChannelResource(Channels channels) {
        this.channels = channels;
    }

    /**
     * A channel.
     *
     * @param name its name in plans
     * @param kind how it reaches people
     * @param configured whether it can be used
     * @param problem why not, and what to do about it
     */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    public record ChannelStatus(String name, String kind, boolean configured, Optional<String> problem) {}

    /** All channels. */
    public record ChannelList(List<ChannelStatus> items) {}

    /** Every channel, and whether it can be used. */
    @GET
    public ChannelList list() {
        return new ChannelList(channels.all().stream()
                .map(channel -> new ChannelStatus(
                        channel.name(), channel.kind(), channel.problem().isEmpty(), channel.problem()))
                .toList());
    }
}
