package io.thalweg.frontend.kafka.access;

import io.thalweg.format.access.ChangeOutcome;
import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.ScramSecret;
import io.thalweg.format.access.UserChange;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import io.thalweg.frontend.kafka.topic.KafkaErrors;
import io.thalweg.server.api.SecurityApi;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.DuplicateResourceException;
import org.apache.kafka.common.errors.UnacceptableCredentialException;
import org.apache.kafka.common.errors.UnsupportedSaslMechanismException;
import org.apache.kafka.common.message.AlterUserScramCredentialsRequestData;
import org.apache.kafka.common.message.AlterUserScramCredentialsRequestData.ScramCredentialUpsertion;
import org.apache.kafka.common.message.AlterUserScramCredentialsResponseData;
import org.apache.kafka.common.message.AlterUserScramCredentialsResponseData.AlterUserScramCredentialsResult;
import org.apache.kafka.common.message.DescribeUserScramCredentialsRequestData.UserName;
import org.apache.kafka.common.message.DescribeUserScramCredentialsResponseData;
import org.apache.kafka.common.message.DescribeUserScramCredentialsResponseData.CredentialInfo;
import org.apache.kafka.common.message.DescribeUserScramCredentialsResponseData.DescribeUserScramCredentialsResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AlterUserScramCredentialsRequest;
import org.apache.kafka.common.requests.AlterUserScramCredentialsResponse;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.DescribeUserScramCredentialsRequest;
import org.apache.kafka.common.requests.DescribeUserScramCredentialsResponse;

/** Sets, removes and lists users' secrets (KIP-554). Any thread. */
public final class UserRequests {
  private final SecurityApi security;

  /** Over {@code security}. */
  public UserRequests(SecurityApi security) {
    this.security = security;
  }

  /** Sets and removes secrets; whatever is wrong with a user concerns that one alone. */
  public Handling alter(ClientRequest request) {
    AlterUserScramCredentialsRequestData body =
        ((AlterUserScramCredentialsRequest) request.body()).data();
    Map<String, ApiError> results = new LinkedHashMap<>();
    List<UserChange> changes = changes(body, results);
    CompletableFuture<List<ChangeOutcome>> altered =
        changes.isEmpty() && !results.isEmpty()
            ? CompletableFuture.completedFuture(List.of())
            : security.alterUsers(request.who(), changes);
    return Handling.of(
        altered.handle(
            (outcomes, failure) -> {
              for (int i = 0; i < changes.size(); i++) {
                ApiError error = failure == null ? error(outcomes.get(i)) : error(failure);
                results.merge(changes.get(i).user(), error, UserRequests::worse);
              }
              return response(results);
            }));
  }

  /** The changes of the users with whom nothing is wrong; the errors of the others. */
  private static List<UserChange> changes(
      AlterUserScramCredentialsRequestData body, Map<String, ApiError> errors) {
    List<UserChange> changes = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    body.deletions()
        .forEach(
            each ->
                add(
                    changes,
                    errors,
                    seen,
                    each.name(),
                    each.mechanism(),
                    known -> Optional.empty()));
    body.upsertions()
        .forEach(
            each ->
                add(
                    changes,
                    errors,
                    seen,
                    each.name(),
                    each.mechanism(),
                    known -> Optional.of(secret(each, known))));
    changes.removeIf(each -> errors.containsKey(each.user()));
    return changes;
  }

  /** A secret for a mechanism. */
  private interface Secrets {
    Optional<ScramSecret> of(ScramMechanism mechanism);
  }

  private static void add(
      List<UserChange> changes,
      Map<String, ApiError> errors,
      Set<String> seen,
      String user,
      byte number,
      Secrets secrets) {
    try {
      ScramMechanism mechanism =
          ScramMechanism.ofNumber(number)
              .orElseThrow(
                  () ->
                      new UnsupportedSaslMechanismException(
                          "there is no mechanism " + number + "; 1 is SCRAM-SHA-256, 2 -512"));
      if (!seen.add(number + user)) {
        throw new DuplicateResourceException(
            "the request changes a secret of user '" + user + "' twice");
      }
      changes.add(new UserChange(user, mechanism, secrets.of(mechanism)));
    } catch (ThalwegException name) {
      errors.put(user, new ApiError(Errors.UNACCEPTABLE_CREDENTIAL, name.getMessage()));
    } catch (ApiException refused) {
      errors.put(user, ApiError.fromThrowable(refused));
    }
  }

  private static ScramSecret secret(ScramCredentialUpsertion asked, ScramMechanism mechanism) {
    if (asked.iterations() < ScramSecret.MIN_ITERATIONS
        || asked.iterations() > ScramSecret.MAX_ITERATIONS) {
      throw new UnacceptableCredentialException(
          asked.iterations()
              + " iterations cannot be used; give "
              + ScramSecret.MIN_ITERATIONS
              + " to "
              + ScramSecret.MAX_ITERATIONS);
    }
    if (asked.salt().length == 0 || asked.salt().length > ScramSecret.MAX_SALT) {
      throw new UnacceptableCredentialException(
          "a salt of "
              + asked.salt().length
              + " bytes cannot be used; give 1 to "
              + ScramSecret.MAX_SALT);
    }
    if (asked.saltedPassword().length != mechanism.keyBytes()) {
      throw new UnacceptableCredentialException(
          "a salted password of %s has %d bytes, not %d"
              .formatted(mechanism.text(), mechanism.keyBytes(), asked.saltedPassword().length));
    }
    return ScramSecret.ofSalted(
        mechanism, asked.iterations(), asked.salt(), asked.saltedPassword());
  }

  private static ApiError error(ChangeOutcome outcome) {
    return switch (outcome) {
      case MADE -> ApiError.NONE;
      case MISSING -> new ApiError(Errors.RESOURCE_NOT_FOUND, "there is no such secret to remove");
      case FULL ->
          new ApiError(
              Errors.UNACCEPTABLE_CREDENTIAL, "there are 10,000 users, the most; remove some");
    };
  }

  private static ApiError error(Throwable failure) {
    return KafkaErrors.ofCluster(failure, Errors.UNACCEPTABLE_CREDENTIAL);
  }

  private static ApiError worse(ApiError one, ApiError other) {
    return one.isFailure() ? one : other;
  }

  private static AlterUserScramCredentialsResponse response(Map<String, ApiError> results) {
    AlterUserScramCredentialsResponseData data = new AlterUserScramCredentialsResponseData();
    results.forEach(
        (user, error) ->
            data.results()
                .add(
                    new AlterUserScramCredentialsResult()
                        .setUser(user)
                        .setErrorCode(error.error().code())
                        .setErrorMessage(error.message())));
    return new AlterUserScramCredentialsResponse(data);
  }

  /** Lists secrets by their mechanisms and iterations: of all users, or of those that are named. */
  public Handling describe(ClientRequest request) {
    List<UserName> asked = ((DescribeUserScramCredentialsRequest) request.body()).data().users();
    Map<String, Integer> times = new HashMap<>();
    if (asked != null) {
      asked.forEach(each -> times.merge(each.name(), 1, Integer::sum));
    }
    return Handling.of(
        security
            .users(request.who())
            .handle(
                (all, failure) -> {
                  DescribeUserScramCredentialsResponseData data =
                      new DescribeUserScramCredentialsResponseData();
                  if (failure != null) {
                    ApiError error = error(failure);
                    data.setErrorCode(error.error().code()).setErrorMessage(error.message());
                  } else {
                    Set<String> users = times.isEmpty() ? all.keySet() : times.keySet();
                    users.forEach(
                        user ->
                            data.results()
                                .add(described(user, times.getOrDefault(user, 1), all.get(user))));
                  }
                  return new DescribeUserScramCredentialsResponse(data);
                }));
  }

  private static DescribeUserScramCredentialsResult described(
      String user, int times, Map<ScramMechanism, Integer> secrets) {
    DescribeUserScramCredentialsResult result =
        new DescribeUserScramCredentialsResult().setUser(user);
    if (times > 1) {
      return result
          .setErrorCode(Errors.DUPLICATE_RESOURCE.code())
          .setErrorMessage("the request names user '" + user + "' twice");
    }
    if (secrets == null) {
      return result
          .setErrorCode(Errors.RESOURCE_NOT_FOUND.code())
          .setErrorMessage("user '" + user + "' has no secret");
    }
    secrets.forEach(
        (mechanism, iterations) ->
            result
                .credentialInfos()
                .add(
                    new CredentialInfo()
                        .setMechanism((byte) mechanism.number())
                        .setIterations(iterations)));
    return result;
  }
}
