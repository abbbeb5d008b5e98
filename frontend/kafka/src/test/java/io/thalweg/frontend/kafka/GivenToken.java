package io.thalweg.frontend.kafka;

import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerTokenCallback;

/** Logs a client of Kafka's in with the token that the option {@code token} of its module is. */
public final class GivenToken implements AuthenticateCallbackHandler {
  private String token;

  private record Text(String value) implements OAuthBearerToken {
    @Override
    public Set<String> scope() {
      return Set.of();
    }

    @Override
    public long lifetimeMs() {
      return System.currentTimeMillis() + 3_600_000;
    }

    @Override
    public String principalName() {
      return "as the token says";
    }

    @Override
    public Long startTimeMs() {
      return null;
    }
  }

  @Override
  public void configure(
      Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {
    token = (String) entries.get(0).getOptions().get("token");
  }

  @Override
  public void handle(Callback[] callbacks) throws UnsupportedCallbackException {
    for (Callback each : callbacks) {
      if (!(each instanceof OAuthBearerTokenCallback asked)) {
        throw new UnsupportedCallbackException(each);
      }
      asked.token(new Text(token));
    }
  }

  @Override
  public void close() {}
}
