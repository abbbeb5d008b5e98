package io.thalweg.frontend.kafka.login;

import io.thalweg.runtime.config.ConfigException;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.AppConfigurationEntry.LoginModuleControlFlag;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.config.internals.BrokerSecurityConfigs;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallback;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler;

/**
 * Checks tokens by Kafka's own validator: signature, issuer, audience and times. One for all
 * connections of a door; any thread.
 */
final class OAuthTokens implements AutoCloseable {
  private final OAuthBearerValidatorCallbackHandler validator =
      new OAuthBearerValidatorCallbackHandler();

  /**
   * Tokens as {@code config} has them.
   *
   * @throws ConfigException where the keys cannot be read
   */
  OAuthTokens(OAuthConfig config) {
    // Kafka reads keys only from where the process says that it may.
    System.setProperty(
        BrokerSecurityConfigs.ALLOWED_SASL_OAUTHBEARER_URLS_CONFIG, config.keys().toString());
    Map<String, Object> configs = new HashMap<>();
    configs.put(SaslConfigs.SASL_OAUTHBEARER_JWKS_ENDPOINT_URL, config.keys().toString());
    configs.put(
        SaslConfigs.SASL_OAUTHBEARER_JWKS_ENDPOINT_REFRESH_MS,
        SaslConfigs.DEFAULT_SASL_OAUTHBEARER_JWKS_ENDPOINT_REFRESH_MS);
    configs.put(
        SaslConfigs.SASL_OAUTHBEARER_JWKS_ENDPOINT_RETRY_BACKOFF_MS,
        SaslConfigs.DEFAULT_SASL_OAUTHBEARER_JWKS_ENDPOINT_RETRY_BACKOFF_MS);
    configs.put(
        SaslConfigs.SASL_OAUTHBEARER_JWKS_ENDPOINT_RETRY_BACKOFF_MAX_MS,
        SaslConfigs.DEFAULT_SASL_OAUTHBEARER_JWKS_ENDPOINT_RETRY_BACKOFF_MAX_MS);
    configs.put(SaslConfigs.SASL_OAUTHBEARER_EXPECTED_ISSUER, config.issuer());
    configs.put(SaslConfigs.SASL_OAUTHBEARER_EXPECTED_AUDIENCE, List.of(config.audience()));
    configs.put(
        SaslConfigs.SASL_OAUTHBEARER_CLOCK_SKEW_SECONDS,
        SaslConfigs.DEFAULT_SASL_OAUTHBEARER_CLOCK_SKEW_SECONDS);
    configs.put(
        SaslConfigs.SASL_OAUTHBEARER_SCOPE_CLAIM_NAME,
        SaslConfigs.DEFAULT_SASL_OAUTHBEARER_SCOPE_CLAIM_NAME);
    configs.put(SaslConfigs.SASL_OAUTHBEARER_SUB_CLAIM_NAME, config.nameClaim());
    configs.put(
        SaslConfigs.SASL_OAUTHBEARER_JWT_VALIDATOR_CLASS,
        SaslConfigs.DEFAULT_SASL_OAUTHBEARER_JWT_VALIDATOR_CLASS);
    try {
      validator.configure(configs, OAuthConfig.MECHANISM, List.of(entry()));
    } catch (KafkaException unusable) {
      throw new ConfigException(
          "kafka.oauth.keys = '"
              + config.keys()
              + "' cannot be used: "
              + Logins.root(unusable).getMessage());
    }
  }

  private static AppConfigurationEntry entry() {
    return new AppConfigurationEntry(
        OAuthBearerLoginModule.class.getName(),
        LoginModuleControlFlag.REQUIRED,
        Map.<String, Object>of());
  }

  /**
   * The answers for one connection.
   *
   * @param attempts hears whose token was good
   */
  AuthenticateCallbackHandler of(Consumer<Attempt> attempts) {
    return new AuthenticateCallbackHandler() {
      @Override
      public void configure(
          Map<String, ?> configs, String saslMechanism, List<AppConfigurationEntry> entries) {
        // All is known.
      }

      @Override
      public void handle(Callback[] callbacks) throws IOException, UnsupportedCallbackException {
        validator.handle(callbacks);
        for (Callback each : callbacks) {
          if (each instanceof OAuthBearerValidatorCallback checked && checked.token() != null) {
            attempts.accept(attempt(checked.token()));
          }
        }
      }

      @Override
      public void close() {
        // The validator is that of all connections.
      }
    };
  }

  private static Attempt attempt(OAuthBearerToken token) {
    return Attempt.ofToken(token.principalName(), token.lifetimeMs());
  }

  @Override
  public void close() {
    validator.close();
  }
}
