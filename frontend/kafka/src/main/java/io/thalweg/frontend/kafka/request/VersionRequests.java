package io.thalweg.frontend.kafka.request;

import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.feature.Features;
import org.apache.kafka.common.feature.SupportedVersionRange;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersionCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;

/** Says which requests there are, in which versions. Any thread. */
final class VersionRequests {
  private static final long FEATURES_EPOCH = 0;

  /** Whose later versions name topics by their ids, which the coordinator's answers do not. */
  private static final Map<ApiKeys, Short> LAST_BY_NAME =
      Map.of(
          ApiKeys.OFFSET_COMMIT,
          (short) 9,
          ApiKeys.OFFSET_FETCH,
          (short) 9,
          ApiKeys.TXN_OFFSET_COMMIT,
          (short) 5);

  /** What clients look at before they use the newer protocols of groups and of transactions. */
  private static final Map<String, Short> FEATURES =
      Map.of("group.version", (short) 1, "transaction.version", (short) 2);

  private static final Map<String, SupportedVersionRange> RANGES =
      FEATURES.entrySet().stream()
          .collect(
              Collectors.toUnmodifiableMap(
                  Map.Entry::getKey,
                  each -> new SupportedVersionRange((short) 0, each.getValue())));

  private final Set<ApiKeys> supported;

  VersionRequests(Set<ApiKeys> supported) {
    this.supported = supported;
  }

  Handling versions(ClientRequest request) {
    ApiVersionsRequest body = (ApiVersionsRequest) request.body();
    Errors error = Errors.NONE;
    if (body.hasUnsupportedRequestVersion()) {
      error = Errors.UNSUPPORTED_VERSION;
    } else if (!body.isValid()) {
      error = Errors.INVALID_REQUEST;
    }
    return Handling.of(response(error));
  }

  /** All versions of all requests. */
  ApiVersionsResponse response(Errors error) {
    ApiVersionCollection versions =
        ApiVersionsResponse.collectApis(ListenerType.BROKER, supported, false);
    LAST_BY_NAME.forEach((kind, last) -> versions.find(kind.id).setMaxVersion(last));
    return new ApiVersionsResponse.Builder()
        .setError(error)
        .setApiVersions(versions)
        .setSupportedFeatures(Features.supportedFeatures(RANGES))
        .setFinalizedFeatures(FEATURES)
        .setFinalizedFeaturesEpoch(FEATURES_EPOCH)
        .build();
  }
}
