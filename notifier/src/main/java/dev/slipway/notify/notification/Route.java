package dev.slipway.notify.notification;

import dev.slipway.event.ReleaseEvent.NotificationRule;
import dev.slipway.notify.channel.Channel;
import dev.slipway.notify.channel.Channels;
import dev.slipway.notify.channel.LogChannel;
import dev.slipway.notify.message.Kind;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Where news go, or why they cannot. */
sealed interface Route {

    /** The channel's name. */
    String channel();

    /** To a recipient on a channel. */
    record To(String channel, String recipient) implements Route {}

    /** Nowhere: a rule names a channel that cannot be used. */
    record Nowhere(String channel, String reason) implements Route {}

    /** Where news of a kind go by a plan's rules: to the log always, and to nobody twice. */
    static Set<Route> of(Kind kind, List<NotificationRule> rules, Channels channels) {
        return Stream.concat(
                        Stream.of(new To(LogChannel.NAME, "")),
                        rules.stream()
                                .filter(rule -> rule.on().contains(kind.word()))
                                .flatMap(rule -> of(rule, channels)))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** What stands in the way of a plan's rules, whatever they are told of; one for each channel. */
    static List<Nowhere> problems(List<NotificationRule> rules, Channels channels) {
        return rules.stream()
                .flatMap(rule -> of(rule, channels))
                .flatMap(route -> route instanceof Nowhere nowhere ? Stream.of(nowhere) : Stream.empty())
                .distinct()
                .toList();
    }

    private static Stream<Route> of(NotificationRule rule, Channels channels) {
        var channel = channels.byName(rule.channel());
        if (channel.isEmpty()) {
            return Stream.of(new Nowhere(
                    rule.channel(),
                    "There is no channel '%s'; there are %s"
                            .formatted(
                                    rule.channel(),
                                    channels.all().stream().map(Channel::name).collect(Collectors.joining(", ")))));
        }
        var problem = channel.get().problem();
        if (problem.isPresent()) {
            return Stream.of(new Nowhere(rule.channel(), problem.get()));
        }
        var recipients = channel.get().recipients(rule.to());
        return recipients.isEmpty()
                ? Stream.of(new Nowhere(
                        rule.channel(),
                        "The rule names nobody on '%s': give it an address (to: {address: …}), or set a default (SLIPWAY_MAIL_TO)"
                                .formatted(rule.channel())))
                : recipients.stream().map(recipient -> new To(rule.channel(), recipient));
    }
}
