package io.thalweg.frontend.kafka.access;

import io.thalweg.format.access.ChangeOutcome;
import io.thalweg.format.error.Shown;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.quota.QuotaChange;
import io.thalweg.format.quota.QuotaEntity;
import io.thalweg.format.quota.QuotaKey;
import io.thalweg.format.quota.QuotaName;
import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import io.thalweg.frontend.kafka.topic.KafkaErrors;
import io.thalweg.server.api.QuotaApi;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.message.AlterClientQuotasRequestData;
import org.apache.kafka.common.message.AlterClientQuotasRequestData.EntityData;
import org.apache.kafka.common.message.AlterClientQuotasRequestData.EntryData;
import org.apache.kafka.common.message.AlterClientQuotasResponseData;
import org.apache.kafka.common.message.DescribeClientQuotasRequestData;
import org.apache.kafka.common.message.DescribeClientQuotasRequestData.ComponentData;
import org.apache.kafka.common.message.DescribeClientQuotasResponseData;
import org.apache.kafka.common.message.DescribeClientQuotasResponseData.ValueData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.requests.AlterClientQuotasRequest;
import org.apache.kafka.common.requests.AlterClientQuotasResponse;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.requests.DescribeClientQuotasRequest;
import org.apache.kafka.common.requests.DescribeClientQuotasResponse;

/** Sets, removes and lists quotas (KIP-546). Any thread. */
public final class QuotaRequests {
  private final QuotaApi quotas;

  /** Over {@code quotas}. */
  public QuotaRequests(QuotaApi quotas) {
    this.quotas = quotas;
  }

  /** Sets and removes quotas; whatever is wrong with an entity concerns that one alone. */
  public Handling alter(ClientRequest request) {
    AlterClientQuotasRequestData body = ((AlterClientQuotasRequest) request.body()).data();
    List<QuotaChange> changes = new ArrayList<>();
    List<ApiError> errors = new ArrayList<>();
    Set<QuotaEntity> seen = new HashSet<>();
    for (EntryData each : body.entries()) {
      try {
        QuotaChange change = change(each);
        if (!seen.add(change.entity())) {
          throw new InvalidRequestException("the request names an entity twice; name it once");
        }
        changes.add(change);
        errors.add(ApiError.NONE);
      } catch (ThalwegException | ApiException refused) {
        errors.add(new ApiError(Errors.INVALID_REQUEST, refused.getMessage()));
      }
    }
    return Handling.of(
        quotas
            .alterQuotas(request.who(), changes, body.validateOnly())
            .handle(
                (outcomes, failure) ->
                    altered(
                        body.entries(),
                        failure == null ? withOutcomes(errors, outcomes) : all(errors, failure))));
  }

  private static QuotaChange change(EntryData entry) {
    QuotaName user = QuotaName.NONE;
    QuotaName clientId = QuotaName.NONE;
    for (EntityData part : entry.entity()) {
      QuotaName name =
          part.entityName() == null ? QuotaName.DEFAULT : QuotaName.of(part.entityName());
      boolean isUser = part.entityType().equals(ClientQuotaEntity.USER);
      if (!isUser && !part.entityType().equals(ClientQuotaEntity.CLIENT_ID)) {
        throw new InvalidRequestException(
            "there are no quotas of '%s' here; name a user, a client-id, or both"
                .formatted(Shown.of(part.entityType())));
      }
      if (!(isUser ? user : clientId).equals(QuotaName.NONE)) {
        throw new InvalidRequestException(
            "an entity has one " + part.entityType() + ", and this one names two");
      }
      user = isUser ? name : user;
      clientId = isUser ? clientId : name;
    }
    QuotaEntity entity = new QuotaEntity(user, clientId);
    return new QuotaChange(
        entity,
        entry.ops().stream()
            .map(
                each ->
                    new QuotaChange.Setting(
                        key(each.key()),
                        each.remove() ? OptionalDouble.empty() : OptionalDouble.of(each.value())))
            .toList());
  }

  private static QuotaKey key(String text) {
    return QuotaKey.ofText(text)
        .orElseThrow(
            () ->
                new InvalidRequestException(
                    "there is no quota '%s'; there are %s"
                        .formatted(Shown.of(text), String.join(", ", QuotaKey.texts()))));
  }

  private static List<ApiError> withOutcomes(List<ApiError> errors, List<ChangeOutcome> outcomes) {
    List<ApiError> all = new ArrayList<>();
    int next = 0;
    for (ApiError each : errors) {
      boolean full = each.isSuccess() && outcomes.get(next++) == ChangeOutcome.FULL;
      all.add(
          full
              ? new ApiError(
                  Errors.POLICY_VIOLATION,
                  "there are quotas of 10,000 entities, the most; remove some")
              : each);
    }
    return all;
  }

  private static List<ApiError> all(List<ApiError> errors, Throwable failure) {
    ApiError error = KafkaErrors.ofCluster(failure, Errors.INVALID_REQUEST);
    return errors.stream().map(each -> error).toList();
  }

  private static AlterClientQuotasResponse altered(List<EntryData> entries, List<ApiError> errors) {
    AlterClientQuotasResponseData data = new AlterClientQuotasResponseData();
    for (int i = 0; i < entries.size(); i++) {
      data.entries()
          .add(
              new AlterClientQuotasResponseData.EntryData()
                  .setErrorCode(errors.get(i).error().code())
                  .setErrorMessage(errors.get(i).message())
                  .setEntity(
                      entries.get(i).entity().stream()
                          .map(
                              part ->
                                  new AlterClientQuotasResponseData.EntityData()
                                      .setEntityType(part.entityType())
                                      .setEntityName(part.entityName()))
                          .toList()));
    }
    return new AlterClientQuotasResponse(data);
  }

  /** Lists the quotas of the entities that a filter takes. */
  public Handling describe(ClientRequest request) {
    DescribeClientQuotasRequestData body = ((DescribeClientQuotasRequest) request.body()).data();
    Predicate<QuotaEntity> filter;
    try {
      filter = filter(body);
    } catch (ApiException refused) {
      return Handling.of(request.body().getErrorResponse(refused));
    }
    return Handling.of(
        quotas
            .quotas(request.who())
            .handle(
                (all, failure) -> {
                  DescribeClientQuotasResponseData data = new DescribeClientQuotasResponseData();
                  if (failure != null) {
                    ApiError error = KafkaErrors.ofCluster(failure, Errors.INVALID_REQUEST);
                    data.setErrorCode(error.error().code())
                        .setErrorMessage(error.message())
                        .setEntries(null);
                  } else {
                    all.forEach(
                        (entity, values) -> {
                          if (filter.test(entity)) {
                            data.entries().add(described(entity, values));
                          }
                        });
                  }
                  return new DescribeClientQuotasResponse(data);
                }));
  }

  /**
   * Which entities are meant: each component says what is to be there, and a strict filter takes
   * nothing else.
   */
  private static Predicate<QuotaEntity> filter(DescribeClientQuotasRequestData body) {
    Predicate<QuotaName> user = null;
    Predicate<QuotaName> clientId = null;
    boolean ip = false;
    for (ComponentData each : body.components()) {
      Predicate<QuotaName> match = match(each);
      boolean again =
          switch (each.entityType()) {
            case ClientQuotaEntity.USER -> user != null;
            case ClientQuotaEntity.CLIENT_ID -> clientId != null;
            case ClientQuotaEntity.IP -> ip;
            case "" -> throw new InvalidRequestException("a component names no type of entity");
            default ->
                throw new UnsupportedVersionException(
                    "there are no quotas of '%s'".formatted(Shown.of(each.entityType())));
          };
      if (again) {
        throw new InvalidRequestException(
            "the filter has two components of " + each.entityType() + "; give one");
      }
      user = each.entityType().equals(ClientQuotaEntity.USER) ? match : user;
      clientId = each.entityType().equals(ClientQuotaEntity.CLIENT_ID) ? match : clientId;
      ip |= each.entityType().equals(ClientQuotaEntity.IP);
    }
    if (ip && (user != null || clientId != null)) {
      throw new InvalidRequestException("a filter of ip has no other components");
    }
    if (ip) {
      return none -> false;
    }
    Predicate<QuotaName> otherwise =
        body.strict() ? name -> name.equals(QuotaName.NONE) : any -> true;
    Predicate<QuotaName> ofUser = user == null ? otherwise : user;
    Predicate<QuotaName> ofClient = clientId == null ? otherwise : clientId;
    return entity -> ofUser.test(entity.user()) && ofClient.test(entity.clientId());
  }

  private static Predicate<QuotaName> match(ComponentData component) {
    boolean exact = component.matchType() == DescribeClientQuotasRequest.MATCH_TYPE_EXACT;
    if (exact == (component.match() == null)) {
      throw new InvalidRequestException(
          "a component matches a name exactly, or it has no name; this one of "
              + Shown.of(component.entityType())
              + " is neither");
    }
    return switch (component.matchType()) {
      case DescribeClientQuotasRequest.MATCH_TYPE_EXACT ->
          name -> name.kind() == QuotaName.Kind.NAMED && name.name().equals(component.match());
      case DescribeClientQuotasRequest.MATCH_TYPE_DEFAULT ->
          name -> name.kind() == QuotaName.Kind.DEFAULT;
      case DescribeClientQuotasRequest.MATCH_TYPE_SPECIFIED ->
          name -> name.kind() != QuotaName.Kind.NONE;
      default ->
          throw new InvalidRequestException(
              "a component matches exactly (0), the default (1) or any (2), not "
                  + component.matchType());
    };
  }

  private static DescribeClientQuotasResponseData.EntryData described(
      QuotaEntity entity, Map<QuotaKey, Double> values) {
    DescribeClientQuotasResponseData.EntryData entry =
        new DescribeClientQuotasResponseData.EntryData();
    add(entry, ClientQuotaEntity.USER, entity.user());
    add(entry, ClientQuotaEntity.CLIENT_ID, entity.clientId());
    values.forEach(
        (key, value) -> entry.values().add(new ValueData().setKey(key.text()).setValue(value)));
    return entry;
  }

  private static void add(
      DescribeClientQuotasResponseData.EntryData entry, String type, QuotaName name) {
    if (name.kind() != QuotaName.Kind.NONE) {
      entry
          .entity()
          .add(
              new DescribeClientQuotasResponseData.EntityData()
                  .setEntityType(type)
                  .setEntityName(name.kind() == QuotaName.Kind.DEFAULT ? null : name.name()));
    }
  }
}
