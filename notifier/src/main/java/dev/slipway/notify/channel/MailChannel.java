package dev.slipway.notify.channel;

import dev.slipway.notify.channel.MailConfig.Encryption;
import dev.slipway.notify.message.Message;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.ext.mail.LoginOption;
import io.vertx.ext.mail.MailClient;
import io.vertx.ext.mail.MailMessage;
import io.vertx.ext.mail.StartTLSOptions;
import jakarta.inject.Singleton;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Sends mails by SMTP: one to each recipient, so that one bad address keeps nobody else from being told. */
@Singleton
public final class MailChannel implements Channel {

    private static final Pattern ADDRESS = Pattern.compile("[^\\s@<>,;\"]{1,64}@([A-Za-z0-9.-]{1,253})");

    private final MailConfig config;
    private final Optional<MailClient> client;

    public MailChannel(MailConfig config, Vertx vertx) {
        this.config = config;
        this.client = config.host().map(host -> MailClient.create(vertx, smtp(config, host)));
    }

    @Override
    public String name() {
        return "email";
    }

    @Override
    public String kind() {
        return "e-mail by SMTP";
    }

    @Override
    public Optional<String> problem() {
        if (client.isEmpty()) {
            return Optional.of("E-mail is not configured: set SLIPWAY_MAIL_HOST to an SMTP server");
        }
        return isAddress(config.from())
                ? Optional.empty()
                : Optional.of("SLIPWAY_MAIL_FROM '%s' is not an e-mail address".formatted(config.from()));
    }

    @Override
    public List<String> recipients(Map<String, String> to) {
        var named = Optional.ofNullable(to.get("address")).stream()
                .flatMap(addresses -> Arrays.stream(addresses.split(",")))
                .map(String::strip)
                .filter(Predicate.not(String::isEmpty))
                .distinct()
                .toList();
        return named.isEmpty() ? config.to().orElse(List.of()) : named;
    }

    @Override
    public Outcome deliver(Letter letter) throws InterruptedException {
        var problem = problem();
        if (problem.isPresent()) {
            return new Outcome.Refused(problem.get());
        }
        if (!isAddress(letter.recipient())) {
            return new Outcome.Refused("'%s' is not an e-mail address".formatted(letter.recipient()));
        }
        try {
            client.orElseThrow()
                    .sendMail(mail(letter))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get();
            return new Outcome.Delivered();
        } catch (ExecutionException e) {
            return MailFailure.outcome(Objects.requireNonNullElse(e.getCause(), e));
        }
    }

    private MailMessage mail(Letter letter) {
        var message = letter.message();
        var sender = config.from();
        return new MailMessage()
                .setFrom(sender)
                .setTo(letter.recipient())
                .setSubject(message.title())
                .setText(new text(message).render())
                .setHtml(new html(message).render())
                // The same at every attempt, so that mailboxes show a repeat once.
                .setHeaders(MultiMap.caseInsensitiveMultiMap()
                        .add("Message-ID", "<%s@%s>".formatted(letter.id(), sender.substring(sender.indexOf('@') + 1)))
                        .add("Auto-Submitted", "auto-generated"));
    }

    private static boolean isAddress(String text) {
        return ADDRESS.matcher(text).matches();
    }

    private static io.vertx.ext.mail.MailConfig smtp(MailConfig config, String host) {
        var smtp = new io.vertx.ext.mail.MailConfig(host, config.port());
        smtp.setConnectTimeout(5_000);
        // A server that hangs must not keep its connection for ever.
        smtp.setIdleTimeout(30).setIdleTimeoutUnit(TimeUnit.SECONDS);
        smtp.setSsl(config.encryption() == Encryption.TLS);
        smtp.setStarttls(
                switch (config.encryption()) {
                    case OFFERED -> StartTLSOptions.OPTIONAL;
                    case REQUIRED -> StartTLSOptions.REQUIRED;
                    case TLS, NONE -> StartTLSOptions.DISABLED;
                });
        smtp.setHostnameVerificationAlgorithm("HTTPS");
        smtp.setLogin(config.user().isPresent() ? LoginOption.REQUIRED : LoginOption.DISABLED);
        config.user().ifPresent(smtp::setUsername);
        config.password().ifPresent(smtp::setPassword);
        return smtp;
    }

    @CheckedTemplate
    record text(Message message) implements TemplateInstance {}

    @CheckedTemplate
    record html(Message message) implements TemplateInstance {}
}
