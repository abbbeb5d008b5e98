package io.thalweg.frontend.kafka.request;

import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;

/** Says which requests there are, in which versions. Any thread. */
final class VersionRequests {
  private static final long FEATURES_EPOCH = 0;

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
    return Handling.of(
        new ApiVersionsResponse.Builder()
            .setError(error)
            .setApiVersions(ApiVersionsResponse.collectApis(ListenerType.BROKER, supported, false))
            .setSupportedFeatures(org.apache.kafka.common.feature.Features.emptySupportedFeatures())
            .setFinalizedFeatures(Map.of())
            .setFinalizedFeaturesEpoch(FEATURES_EPOCH)
            .build());
  }
}
