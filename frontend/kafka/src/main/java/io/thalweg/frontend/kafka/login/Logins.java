package io.thalweg.frontend.kafka.login;

import io.thalweg.frontend.login.Passwords;
import io.thalweg.runtime.AuditLog;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.TlsFiles;
import io.thalweg.server.api.SecurityApi;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.SslClientAuth;
import org.apache.kafka.common.config.SslConfigs;
import org.apache.kafka.common.config.internals.BrokerSecurityConfigs;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.network.ChannelBuilder;
import org.apache.kafka.common.network.ConnectionMode;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.network.PlaintextChannelBuilder;
import org.apache.kafka.common.network.SslChannelBuilder;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/** The logins of all of a door's connections. Any thread. */
public final class Logins {
  /** Requests before the login are small; Kafka takes eight times as much. */
  static final int MAX_REQUEST = 64 << 10;

  /** How long a refused client waits for the end of its connection: Kafka's default. */
  public static final int FAILED_DELAY_MILLIS = 100;

  private final DoorSecurity config;
  private final SecurityApi security;
  private final Passwords passwords;
  private final AuditLog audit;
  private final Clock clock;

  /** Null without OAUTHBEARER. */
  private final OAuthTokens tokens;

  /** Logins by the secrets of {@code security}. */
  public Logins(DoorSecurity config, SecurityApi security, Clock clock) {
    this.config = config;
    this.security = security;
    this.passwords = new Passwords(security, clock);
    this.audit = new AuditLog(clock);
    this.clock = clock;
    this.tokens = config.oauth().map(OAuthTokens::new).orElse(null);
  }

  /** Ends what reads an issuer's keys. */
  public void close() {
    if (tokens != null) {
      tokens.close();
    }
  }

  /** By which it is judged whether a client takes too long. */
  public Clock clock() {
    return clock;
  }

  /** How clients log in. */
  public DoorSecurity config() {
    return config;
  }

  /** Whether a connection exists for a while before its client may ask for anything. */
  public boolean takesTime() {
    return config.protocol() != SecurityProtocol.PLAINTEXT;
  }

  /**
   * Tries the settings before anybody connects.
   *
   * @throws ConfigException where certificate or key cannot be used
   */
  public void check() {
    channels((id, attempt) -> {}, version -> null).close();
  }

  /**
   * The channels of one network thread.
   *
   * @param attempts hears who a connection says that it is
   * @param versions what a client that has not logged in yet hears of the requests there are
   * @throws ConfigException where certificate or key cannot be used
   */
  public ChannelBuilder channels(
      BiConsumer<String, Attempt> attempts, Function<Short, ApiVersionsResponse> versions) {
    ListenerName listener = ListenerName.forSecurityProtocol(config.protocol());
    ChannelBuilder channels =
        switch (config.protocol()) {
          case PLAINTEXT -> new PlaintextChannelBuilder(listener);
          case SSL -> new SslChannelBuilder(ConnectionMode.SERVER, listener, false);
          case SASL_PLAINTEXT, SASL_SSL ->
              new SaslChannels(
                  config.protocol(),
                  config.mechanisms(),
                  config.tls().flatMap(TlsFiles::clients).isPresent(),
                  (id, from, mechanism) ->
                      mechanism.equals(OAuthConfig.MECHANISM)
                          ? tokens.of(named -> attempts.accept(id, named))
                          : new LoginCallbacks(
                              from,
                              mechanism,
                              security,
                              passwords,
                              named -> attempts.accept(id, named)),
                  versions);
        };
    try {
      channels.configure(configs());
    } catch (KafkaException unusable) {
      throw new ConfigException(
          "kafka.tls.certificate, kafka.tls.key or kafka.tls.clients cannot be used: "
              + root(unusable).getMessage());
    }
    return channels;
  }

  static Throwable root(Throwable failure) {
    return failure.getCause() == null ? failure : root(failure.getCause());
  }

  private Map<String, Object> configs() {
    Map<String, Object> configs = new HashMap<>();
    configs.put(BrokerSecurityConfigs.SASL_ENABLED_MECHANISMS_CONFIG, config.mechanisms());
    configs.put(BrokerSecurityConfigs.SASL_SERVER_MAX_RECEIVE_SIZE_CONFIG, MAX_REQUEST);
    configs.put(BrokerSecurityConfigs.CONNECTIONS_MAX_REAUTH_MS_CONFIG, 0L);
    config.tls().ifPresent(tls -> addTls(configs, tls));
    return configs;
  }

  private static void addTls(Map<String, Object> configs, TlsFiles tls) {
    configs.put(SslConfigs.SSL_PROTOCOL_CONFIG, SslConfigs.DEFAULT_SSL_PROTOCOL);
    configs.put(
        SslConfigs.SSL_ENABLED_PROTOCOLS_CONFIG,
        List.of(SslConfigs.DEFAULT_SSL_ENABLED_PROTOCOLS.split(",", -1)));
    configs.put(SslConfigs.SSL_CIPHER_SUITES_CONFIG, List.of());
    configs.put(
        BrokerSecurityConfigs.SSL_PRINCIPAL_MAPPING_RULES_CONFIG,
        BrokerSecurityConfigs.DEFAULT_SSL_PRINCIPAL_MAPPING_RULES);
    configs.put(
        SslConfigs.SSL_KEYMANAGER_ALGORITHM_CONFIG, SslConfigs.DEFAULT_SSL_KEYMANGER_ALGORITHM);
    configs.put(
        SslConfigs.SSL_TRUSTMANAGER_ALGORITHM_CONFIG,
        SslConfigs.DEFAULT_SSL_TRUSTMANAGER_ALGORITHM);
    configs.put(SslConfigs.SSL_KEYSTORE_TYPE_CONFIG, "PEM");
    configs.put(SslConfigs.SSL_KEYSTORE_CERTIFICATE_CHAIN_CONFIG, new Password(tls.certificate()));
    configs.put(SslConfigs.SSL_KEYSTORE_KEY_CONFIG, new Password(tls.key()));
    Optional<Password> clients = tls.clients().map(Password::new);
    clients.ifPresent(
        authorities -> {
          configs.put(SslConfigs.SSL_TRUSTSTORE_TYPE_CONFIG, "PEM");
          configs.put(SslConfigs.SSL_TRUSTSTORE_CERTIFICATES_CONFIG, authorities);
        });
    SslClientAuth wanted = clients.isPresent() ? SslClientAuth.REQUIRED : SslClientAuth.NONE;
    configs.put(
        BrokerSecurityConfigs.SSL_CLIENT_AUTH_CONFIG, wanted.name().toLowerCase(Locale.ROOT));
  }

  /**
   * Whether who logged in so may still: not who was removed, or has another password now, or came
   * with a token whose time is over.
   */
  public boolean isStillWelcome(Attempt login) {
    return login.isStillGood(security, clock.wallMillis());
  }

  /**
   * Notes a login that failed.
   *
   * @param from the client's address
   * @param attempt null if the client did not get as far as saying who it is
   */
  public void refused(String from, Attempt attempt, String why) {
    String who =
        attempt == null
            ? "a client"
            : "user '" + AuditLog.shown(attempt.user()) + "' by " + attempt.mechanism();
    audit.refused(who + ", from " + from + ": " + AuditLog.shown(why));
  }
}
