package io.thalweg.frontend.kafka.login;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import javax.security.auth.Subject;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.AppConfigurationEntry.LoginModuleControlFlag;
import javax.security.auth.login.Configuration;
import org.apache.kafka.common.network.ChannelMetadataRegistry;
import org.apache.kafka.common.network.ConnectionMode;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.common.network.SaslChannelBuilder;
import org.apache.kafka.common.network.TransportLayer;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.security.JaasContext;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.security.authenticator.CredentialCache;
import org.apache.kafka.common.security.authenticator.SaslServerAuthenticator;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule;
import org.apache.kafka.common.security.plain.PlainLoginModule;
import org.apache.kafka.common.security.scram.ScramLoginModule;
import org.apache.kafka.common.security.token.delegation.internals.DelegationTokenCache;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.internals.LogContext;

/**
 * Kafka's channels with SASL, where each connection has callbacks of its own: so it is known which
 * connection named which user. Belongs to one network thread.
 */
final class SaslChannels extends SaslChannelBuilder {
  private final List<String> mechanisms;
  private final CallbacksOf callbacks;

  /** Makes the callbacks of a connection. */
  interface CallbacksOf {
    /**
     * Those of one mechanism.
     *
     * @param id the connection's
     * @param from the client's address
     */
    AuthenticateCallbackHandler make(String id, String from, String mechanism);
  }

  /**
   * Channels.
   *
   * @param callbacks those of each connection
   * @param versions what a client that has not logged in yet hears of the requests there are
   */
  SaslChannels(
      SecurityProtocol protocol,
      List<String> mechanisms,
      boolean asksForCertificates,
      CallbacksOf callbacks,
      Function<Short, ApiVersionsResponse> versions) {
    super(
        ConnectionMode.SERVER,
        contexts(mechanisms),
        protocol,
        ListenerName.forSecurityProtocol(protocol),
        false,
        null,
        new CredentialCache(),
        new DelegationTokenCache(mechanisms),
        asksForCertificates ? null : "none",
        Time.SYSTEM,
        new LogContext("[Kafka door] "),
        versions);
    this.mechanisms = mechanisms;
    this.callbacks = callbacks;
  }

  /** The module of each mechanism, which brings Kafka's SASL server and no user. */
  private static Map<String, JaasContext> contexts(List<String> mechanisms) {
    Map<String, JaasContext> contexts = new HashMap<>();
    for (String mechanism : mechanisms) {
      Class<?> module =
          switch (mechanism) {
            case DoorSecurity.PLAIN -> PlainLoginModule.class;
            case OAuthConfig.MECHANISM -> OAuthBearerLoginModule.class;
            default -> ScramLoginModule.class;
          };
      AppConfigurationEntry entry =
          new AppConfigurationEntry(
              module.getName(), LoginModuleControlFlag.REQUIRED, Map.<String, Object>of());
      Configuration only =
          new Configuration() {
            @Override
            public AppConfigurationEntry[] getAppConfigurationEntry(String name) {
              return new AppConfigurationEntry[] {entry};
            }
          };
      contexts.put(
          mechanism,
          new JaasContext("kafka-door-" + mechanism, JaasContext.Type.SERVER, only, null));
    }
    return contexts;
  }

  @Override
  protected SaslServerAuthenticator buildServerAuthenticator(
      Map<String, ?> configs,
      Map<String, AuthenticateCallbackHandler> shared,
      String id,
      TransportLayer transport,
      Map<String, Subject> subjects,
      Map<String, Long> reauthentication,
      ChannelMetadataRegistry registry) {
    Map<String, AuthenticateCallbackHandler> own = new HashMap<>();
    String from = transport.socketChannel().socket().getInetAddress().getHostAddress();
    mechanisms.forEach(each -> own.put(each, callbacks.make(id, from, each)));
    return super.buildServerAuthenticator(
        configs, own, id, transport, subjects, reauthentication, registry);
  }
}
